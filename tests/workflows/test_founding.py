"""The first day of an installation, by the command: from nothing to a chief who can sign in and plan."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from crm.accounts.models import User
from enterprises.models import ChainNode, NodeEdge
from stations.models import Station, TradeUnion

pytestmark = pytest.mark.django_db
GIVEN: dict[str, Any] = {
    "city": "某市总工会",
    "district": "某区总工会",
    "station": "某园区“联链”服务站",
    "short_name": "某站",
    "paper_code": "某联链",
    "parks": ["某园区", "另一园区"],
    "grassroots": ["某基层工会"],
    "chief": "周站长",
    "leader": "赵区总",
    "administrator": "孙管理",
    "regime": "定期联系制度",
}


def found(**more: Any) -> str:
    out = StringIO()
    words = []
    for name, value in (GIVEN | more).items():
        option = "--" + {"parks": "park"}.get(name, name).replace("_", "-")
        for one in value if isinstance(value, list) else [value]:
            words += [option, *(one if isinstance(one, list) else [one])]
    call_command("found_station", *words, stdout=out)
    return out.getvalue()


def test_a_station_is_opened_with_everything_its_chief_needs(tmp_path: Path) -> None:
    file = tmp_path / "chain.csv"
    file.write_text("number,name,upstream\n1,育种,\n2,种植,1\n3,交易,1;2\n", encoding="utf-8")
    said = found(chain=[["flower", "花卉链", str(file)]])
    station = Station.objects.get()
    assert station.services.count() == 2
    assert list(ChainNode.objects.order_by("number").values_list("column", flat=True)) == [1, 2, 3]
    assert NodeEdge.objects.count() == 3
    for line in said.splitlines()[1:]:
        username, password = line.split()[-2:]
        assert User.objects.get(username=username).check_password(password)
        client = Client()
        client.force_login(User.objects.get(username=username))
        assert client.get("/").status_code == 200
    chief = Client()
    chief.force_login(User.objects.get(username=f"chief-{station.pk}"))
    assert "定期联系制度" in chief.get(f"/stations/{station.pk}/plan/").content.decode()


def test_again_or_with_a_bad_chain_nothing_is_half_done(tmp_path: Path) -> None:
    file = tmp_path / "chain.csv"
    file.write_text("number,name,upstream\n1,育种,9\n", encoding="utf-8")
    with pytest.raises(CommandError):
        found(chain=[["flower", "花卉链", str(file)]])
    assert not Station.objects.exists()
    assert not TradeUnion.objects.exists()
    found()
    with pytest.raises(CommandError):
        found()
    assert Station.objects.count() == 1
    found(station="某园区第二服务站", paper_code="某二联链")
    assert TradeUnion.objects.count() == 3
