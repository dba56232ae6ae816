"""The pages of the reform: they answer who may see them, with few queries, and what they take is taken once."""

import uuid
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.core import clock
from crm.programs.models import Delivery, ItemEvent, Policy, PracticeCase
from crm.programs.services import add_policy, give_title, write_case
from tests.programs.conftest import Reform

MOST_QUERIES = 12


def test_every_page_answers_with_few_queries(reform: Reform, client: Client) -> None:
    staff, row, station = reform.people["staff"], reform.enterprise, reform.world.station
    reform.done()
    policy = add_policy(
        actor=staff, union=reform.world.district, client_uuid=uuid.uuid4(), title="补贴", issuer="x", topic="skills",
        issued_on=clock.today(),
    )  # fmt: skip
    title: dict[str, Any] = {"kind": "demonstration", "level": "district", "number": "号", "start": clock.today()}
    give_title(actor=staff, enterprise=row, **title)
    case = write_case(
        actor=reform.people["officer"],
        station=station,
        client_uuid=uuid.uuid4(),
        title="老带新",
        text="x",
        enterprise=row,
    )
    names = [
        ("index", None), ("station", station), ("station_export", station), ("enterprise", row), ("part", row),
        ("policies", None), ("policy_new", None), ("policy", policy), ("cases", None), ("case", case), ("case_new", station),
        ("demonstration", None),
        ("checklist", reform.world.district), ("revise", reform.world.district),
    ]  # fmt: skip
    urls = {name: reverse(f"programs:{name}", args=[one.pk] if one else []) for name, one in names}
    urls |= {"item": f"{urls['enterprise']}?item=14", "filtered": f"{urls['station']}?item=14&state=done"}
    open_to = {"officer": {"policy_new", "revise"}, "chief": {"policy_new", "revise"}, "staff": {"case_new"}}
    too_many = []
    for who, shut in open_to.items():
        client.force_login(reform.people[who])
        client.get("/")
        for name, url in urls.items():
            with CaptureQueriesContext(connection) as queries:
                response = client.get(url)
            assert response.status_code == (403 if name in shut else 200), (who, name)
            if len(queries) > MOST_QUERIES:
                too_many.append((who, name, len(queries)))
    assert too_many == []
    client.force_login(reform.people["foreign_chief"])
    assert {client.get(urls[name]).status_code for name in ("station", "enterprise", "part", "policy", "case")} == {404}


def test_an_item_is_moved_by_the_form_and_twice_is_once(reform: Reform, client: Client) -> None:
    client.force_login(reform.people["officer"])
    url, page = (reverse(f"programs:{name}", args=[reform.enterprise.pk]) for name in ("move", "enterprise"))
    sent = {"client_uuid": str(uuid.uuid4()), "item": 14, "version": 0, "to": "done", "on": str(clock.today())}
    wrong = client.post(url, sent)
    assert (wrong.status_code, ItemEvent.objects.count()) == (422, 0)
    sent |= {"evidence_kind": "document", "evidence": "师徒协议"}
    for _ in range(2):
        assert client.post(url, sent)["Location"] == f"{page}?item=14#item"
    assert ItemEvent.objects.count() == 1
    assert (
        client.post(url, sent | {"client_uuid": str(uuid.uuid4()), "to": "verified", "version": 1}).status_code == 403
    )


def test_a_policy_is_entered_handed_over_and_acknowledged(reform: Reform, client: Client) -> None:
    client.force_login(reform.people["staff"])
    sent = {
        "client_uuid": str(uuid.uuid4()),
        "union": reform.world.district.pk,
        "title": "补贴通知",
        "issuer": "区人社局",
    }
    sent |= {"issued_on": str(clock.today()), "topic": "skills"}
    client.post(reverse("programs:policy_new"), sent)
    policy = Policy.objects.get()
    client.force_login(reform.people["officer"])
    given = {"client_uuid": str(uuid.uuid4()), "enterprise": reform.enterprise.pk, "on": str(clock.today())}
    for _ in range(2):
        assert client.post(reverse("programs:deliver", args=[policy.pk]), given).status_code == 302
    row = Delivery.objects.get()
    client.post(
        reverse("programs:acknowledge", args=[row.pk]), {"by": "人事主管", "on": str(clock.today()), "version": 1}
    )
    row.refresh_from_db()
    assert row.acknowledged_by == "人事主管"


def test_a_case_is_written_reported_and_adopted(reform: Reform, client: Client) -> None:
    client.force_login(reform.people["officer"])
    sent = {"client_uuid": str(uuid.uuid4()), "title": "老带新", "text": "按周评比", "enterprise": reform.enterprise.pk}
    client.post(reverse("programs:case_new", args=[reform.world.station.pk]), sent)
    url = reverse("programs:case_move", args=[PracticeCase.objects.get().pk])
    client.post(url, {"version": 1})
    client.force_login(reform.people["leader"])
    client.post(url, {"version": 2, "union": reform.world.district.pk})
    assert PracticeCase.objects.get().state == "adopted"


def test_the_district_makes_a_version_by_the_form(reform: Reform, client: Client) -> None:
    client.force_login(reform.people["staff"])
    url = reverse("programs:revise", args=[reform.world.district.pk])
    form = client.get(url).context["form"]
    sent: dict[str, Any] = {"start": str(clock.today().replace(year=clock.today().year + 1)), "name": "修订"}
    for line, part in form.lines:
        sent |= {
            f"line-{line.number}-{name}": part[name].value() or ""
            for name in ("title", "asks", "evidence_kind", "months")
        }
    sent["line-11-off_sizes"] = ["micro"]
    assert client.post(url, sent | {"line-3-months": "500"}).status_code == 422
    assert client.post(url, sent).status_code == 302
    made = reform.world.district.checklists.get(number=2)
    assert (made.name, made.lines.get(number=11).off_sizes, made.lines.count()) == ("修订", ["micro"], 30)
