"""Coverage of pages and API against a recount in SQL over the base tables."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from crm.access.grants import one_request
from crm.accounts.models import User
from crm.core import clock
from crm.coverage import periods
from crm.coverage.cuts import Cut
from crm.coverage.measures import MEASURES
from crm.coverage.selectors import Rates, chain_coverage, coverage
from crm.workflows.demo import build_demo
from enterprises.models import Chain
from tests import build
from tests.worlds import random_world

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent
SQL = {measure.code: (FOLDER / f"{measure.code}.sql").read_text(encoding="utf-8") for measure in MEASURES}
Pairs = dict[str, tuple[int, int]]


def recount(period: periods.Period, as_of: dt.date, **cut: Any) -> Pairs:
    given = {"chain": None, "node": None, "station": None, "union_path": None} | cut
    given |= {"start": period.start, "end": period.end, "as_of": as_of}
    found = {}
    with connection.cursor() as cursor:
        for code, statement in SQL.items():
            cursor.execute(statement, given)
            found[code] = cursor.fetchone()
    return found


def pairs(rates: Rates) -> Pairs:
    return {code: (rate.n, rate.d) for code, rate in rates.items()}


def whens() -> Iterator[tuple[periods.Period, dt.date]]:
    """This and the last quarter and this month, today and three months ago."""
    for as_of in (clock.today(), build.days_ago(91)):
        quarter = periods.quarter_of(as_of)
        yield from ((quarter, as_of), (quarter.before, as_of), (periods.month_of(as_of), as_of))


def strip_of(client: Client, chain: Chain, period: periods.Period, as_of: dt.date) -> list[tuple[int, int]]:
    """n and d of the five figures as the chain page writes them."""
    page = client.get(reverse("coverage:chain", args=[chain.pk]), {"period": period.code, "as_of": as_of.isoformat()})
    strip = page.content.decode().split('<dl class="five">')[1].split("</dl>")[0]
    texts = [re.sub(r"<[^>]+>", " ", part) for part in strip.split("<dt>")[1:]]
    return [(int(m[1]), int(m[2])) for m in (re.search(r"(\d+)\s*/\s*(\d+)", text) for text in texts) if m]


def test_the_demo_says_the_same_on_page_in_api_and_in_sql(client: Client) -> None:
    build_demo()
    reader = User.objects.get(username="ganshi")
    client.force_login(reader)
    compared = 0
    for chain in Chain.objects.order_by("pk"):
        for period, as_of in whens():
            with one_request():
                found = chain_coverage(Cut(reader, period, as_of, chain=chain))
            total = recount(period, as_of, chain=chain.pk)
            assert pairs(found.total) == total
            for row in found.nodes:
                assert pairs(row.rates) == recount(period, as_of, chain=chain.pk, node=row.node.pk)
                compared += len(MEASURES)
            assert strip_of(client, chain, period, as_of) == [total[measure.code] for measure in MEASURES]
            answer = client.get(
                "/api/v1/coverage/", {"chain": chain.pk, "period": period.code, "as_of": as_of.isoformat()}
            ).json()
            assert {rate["measure"]: (rate["n"], rate["d"]) for rate in answer["rates"]} == total
            for node in answer["nodes"]:
                told = {rate["measure"]: (rate["n"], rate["d"]) for rate in node["rates"]}
                assert told == recount(period, as_of, chain=chain.pk, node=node["node"])
    assert compared > 400


@pytest.mark.parametrize("seed", range(20, 24))
def test_random_worlds_are_counted_alike(seed: int) -> None:
    world = random_world(seed)
    with one_request():
        for period, as_of in whens():
            whole = Cut(world.leader, period, as_of)
            assert pairs(coverage(whole)) == recount(period, as_of)
            for station in world.stations:
                assert pairs(coverage(whole.at(station=station))) == recount(period, as_of, station=station.pk)
            for union in (world.city, *world.districts):
                assert pairs(coverage(whole.at(union=union))) == recount(period, as_of, union_path=union.path)
            for chain in world.chains:
                found = chain_coverage(whole.at(chain=chain))
                assert pairs(found.total) == recount(period, as_of, chain=chain.pk)
                for row in found.nodes:
                    assert pairs(row.rates) == recount(period, as_of, chain=chain.pk, node=row.node.pk)
