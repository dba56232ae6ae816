"""Coverage counted by SQL that was written independently from the definitions, without a look at the product's own count."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from crm.access.grants import one_request
from crm.core import clock
from crm.core.dated import term_from
from crm.coverage.cuts import Cut
from crm.coverage.periods import Period, month_of, quarter_of
from crm.coverage.selectors import coverage
from crm.visits.models import RegimeRule
from enterprises.models import ChainMembership, RegisterEntry
from grids.models import Responsibility
from tests import build
from tests.worlds import random_world

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent
DAY = dt.timedelta(days=1)
MEASURES = ("responsibility", "contact", "visit", "on_time", "nodes")
LISTED = (HERE / "listed.sql").read_text()
SQL = {code: LISTED + (HERE / f"{code}.sql").read_text() for code in MEASURES}


def recount(code: str, period: Period, as_of: dt.date, **at: Any) -> tuple[int, int]:
    """(n, d) by the SQL. `at`: chain, node, station, union."""
    union = at.pop("union", None)
    params = {"chain": None, "node": None, "station": None} | {name: row.pk for name, row in at.items()}
    params |= {"start": period.start, "end": period.end, "as_of": as_of, "union_path": union and union.path}
    with connection.cursor() as cursor:
        cursor.execute(SQL[code], params)
        n, d = cursor.fetchone()
    return n, d


def counted(user: Any, period: Period, as_of: dt.date, **at: Any) -> dict[str, tuple[int, int]]:
    """{measure: (n, d)} by the product."""
    with one_request():
        return {code: (rate.n, rate.d) for code, rate in coverage(Cut(user, period, as_of).at(**at)).items()}


@pytest.mark.parametrize("seed", range(4))
def test_every_cut_of_a_random_world_is_counted_alike(seed: int) -> None:
    world = random_world(seed)
    cuts: list[dict[str, Any]] = [{}, *({"station": one} for one in world.stations)]
    cuts += [{"union": one} for one in (world.city, *world.districts)]
    places = [{"chain": one} for one in world.chains] + [{"chain": one.chain, "node": one} for one in world.nodes]
    cuts += places + [place | {"station": world.stations[0]} for place in places]
    compared = 0
    for as_of in world.days:
        for period in (month_of(as_of), quarter_of(as_of), quarter_of(as_of).before):
            for at in cuts:
                told = counted(world.leader, period, as_of, **at)
                for code in MEASURES:
                    if code == "nodes" and "chain" not in at:
                        continue  # the definitions speak of the nodes of a chain
                    assert told[code] == recount(code, period, as_of, **at), (seed, code, period, as_of, at)
                    compared += 1
    assert compared == 6 * (7 * 4 + 18 * 5)


@pytest.fixture
def world() -> build.World:
    return build.world()


@pytest.mark.parametrize("model", [RegisterEntry, ChainMembership, Responsibility])
@pytest.mark.parametrize(("ends", "begins", "counts"), [(0, None, 0), (1, None, 1), (None, 0, 1), (None, 1, 0)])
def test_a_term_holds_from_its_first_day_to_the_day_before_its_end(
    world: build.World, model: Any, ends: int | None, begins: int | None, counts: int
) -> None:
    """One enterprise is looked at; its term ends, or begins, so many days after D."""
    as_of = build.days_ago(3)
    row = world.enterprises[0]
    term = term_from(
        as_of + begins * DAY if begins is not None else build.days_ago(60),
        as_of + ends * DAY if ends is not None else None,
    )
    kept = model._base_manager.filter(enterprise=row)
    assert kept.exists()
    fields = {"exit_reason": "transferred"} if model is RegisterEntry and ends is not None else {}
    for other in world.enterprises[1:]:
        model._base_manager.filter(enterprise=other).delete()
    kept.update(term=term, **fields)
    at = {"chain": world.chain} if model is ChainMembership else {"station": world.station}
    side = 0 if model is Responsibility else 1  # listed, or in scope
    period = quarter_of(as_of)
    assert recount("responsibility", period, as_of, **at)[side] == counts
    assert counted(world.leader, period, as_of, **at)["responsibility"][side] == counts


def test_an_enterprise_that_changes_its_node_on_d_fills_the_new_one_alone(world: build.World) -> None:
    as_of, row = build.days_ago(3), world.enterprises[0]
    ChainMembership._base_manager.filter(chain=world.chain).delete()
    build.on_node(row, world.nodes[0], build.days_ago(60), as_of)
    build.on_node(row, world.nodes[1], as_of)
    told = recount("nodes", quarter_of(as_of), as_of, chain=world.chain)
    assert told == (1, len(world.nodes)) == counted(world.leader, quarter_of(as_of), as_of, chain=world.chain)["nodes"]


def test_the_last_day_of_a_period_counts_and_a_window_that_is_open_is_not_due(world: build.World) -> None:
    period = month_of(build.days_ago(40))
    last = period.end - DAY
    row, post = world.enterprises[0], world.posts["officer0"]
    before = recount("visit", period, clock.today(), station=world.station)
    build.visit(row, post, last)
    assert recount("visit", period, clock.today(), station=world.station) == (before[0] + 1, before[1])
    assert recount("visit", period, last - DAY, station=world.station) == before
    rule = RegimeRule.objects.first()
    assert rule is not None
    due = recount("on_time", period, clock.today(), station=world.station)
    build.obligation(row, rule, last - 9 * DAY, last)
    for as_of, more in ((last - DAY, 0), (last, 1), (clock.today(), 1)):
        assert recount("on_time", period, as_of, station=world.station)[1] == due[1] + more
        assert counted(world.leader, period, as_of, station=world.station)["on_time"][1] == due[1] + more


def test_nothing_is_counted_where_nobody_is(world: build.World) -> None:
    period = quarter_of(clock.today())
    for code in MEASURES[:4]:
        assert recount(code, period, clock.today(), station=world.other) == (0, 0)
        assert counted(world.leader, period, clock.today(), station=world.other)[code] == (0, 0)
