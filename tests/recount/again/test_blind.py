"""Coverage counted a second time from the base tables, written independently from the definitions alone."""

import datetime as dt
from collections.abc import Iterator
from functools import cache
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
from tests.worlds import RandomWorld, random_world

pytestmark = pytest.mark.django_db

CODES = ("responsibility", "contact", "visit", "on_time", "nodes")
SEEDS = (11, 23, 58, 97)
HERE = Path(__file__).parent

Counts = dict[str, tuple[int, int]]


@cache
def question(code: str) -> str:
    return (HERE / f"{code}.sql").read_text(encoding="utf-8")


def recounted(cut: Cut) -> Counts:
    """(n, d) of each measure as the SQL counts it."""
    asked: dict[str, Any] = {
        "start": cut.period.start,
        "end": cut.period.end,
        "as_of": cut.as_of,
        "chain": cut.chain and cut.chain.pk,
        "node": cut.node and cut.node.pk,
        "station": cut.station and cut.station.pk,
        "union_path": cut.union and cut.union.path,
    }
    found: Counts = {}
    with connection.cursor() as cursor:
        for code in CODES:
            cursor.execute(question(code), asked)
            found[code] = cursor.fetchone()
    return found


def counted(cut: Cut) -> Counts:
    """(n, d) of each measure as the product counts it."""
    with one_request():
        return {code: (int(rate.n), int(rate.d)) for code, rate in coverage(cut).items() if code in CODES}


def moments(corner: dt.date) -> Iterator[tuple[dt.date, Period]]:
    """Today and three months ago, in month and quarter; a quarter that is over; a day near which things happen."""
    today, ago = clock.today(), build.days_ago(91)
    for as_of in (today, ago):
        yield as_of, month_of(as_of)
        yield as_of, quarter_of(as_of)
    yield today, quarter_of(ago)
    yield corner, quarter_of(corner)


def places(world: RandomWorld, turn: int) -> Iterator[dict[str, Any]]:
    """The whole, and one of each kind of place, another with each turn."""
    unions = [world.city, *world.districts]
    yield {}
    yield {"station": world.stations[turn % 3]}
    yield {"union": unions[turn % 3]}
    yield {"chain": world.chains[turn % 2]}
    yield {"node": world.nodes[turn % 7]}
    yield {"chain": world.chains[turn % 2], "station": world.stations[turn % 3]}


@pytest.mark.parametrize("seed", SEEDS)
def test_product_and_recount_agree_in_a_random_world(seed: int) -> None:
    world = random_world(seed, size=12)
    differences, somebody = [], dict.fromkeys(CODES, 0)
    for turn, (as_of, period) in enumerate(moments(world.days[1]), start=SEEDS.index(seed)):
        whole = Cut(world.leader, period, as_of)
        for place in places(world, turn):
            ours, theirs = recounted(whole.at(**place)), counted(whole.at(**place))
            where = ", ".join(f"{kind} {row.pk}" for kind, row in place.items()) or "all"
            for code in CODES:
                somebody[code] += ours[code][1]
                if ours[code] != theirs[code]:
                    differences.append(f"{code} {period} as of {as_of}, {where}: {ours[code]}, product {theirs[code]}")
    assert not differences, f"{len(differences)} differ:\n" + "\n".join(differences)
    assert all(somebody.values()), f"nothing to compare: {somebody}"


# ------------------------------------------------------------------------------------------------- counted by hand
# The clock stands at 20 August 2026. Enterprises 0-5 of the world are listed, 6 and 7 in scope only.
TODAY = dt.date(2026, 8, 20)
JULY = Period(dt.date(2026, 7, 1), 1)
D = dt.date(2026, 7, 10)
LAST = dt.date(2026, 7, 31)
DAY = dt.timedelta(days=1)
MAY = dt.date(2026, 5, 1)


@pytest.fixture
def world() -> Iterator[build.World]:
    with clock.fixed(TODAY):
        yield build.world()


def agreed(world: build.World, as_of: dt.date, **place: Any) -> Counts:
    """July's figures as of the day, on which both counts agree."""
    cut = Cut(world.leader, JULY, as_of, **place)
    found = recounted(cut)
    assert found == counted(cut)
    return found


@pytest.mark.parametrize(
    ("model", "without"), [(ChainMembership, (5, 5)), (RegisterEntry, (5, 5)), (Responsibility, (5, 6))]
)
def test_a_term_holds_from_its_first_day_and_no_longer_on_its_end(
    world: build.World, model: Any, without: tuple[int, int]
) -> None:
    """Enterprise 0 moves to the third node, where it is alone; one of its three terms begins or ends about D."""
    row, node = world.enterprises[0], world.nodes[2]
    row.memberships.update(node=node)
    reason = {"exit_reason": "moved"} if model is RegisterEntry else {}
    for start, end, holds in ((MAY, D, 0), (MAY, D + DAY, 1), (D, None, 1), (D + DAY, None, 0)):
        model._base_manager.filter(enterprise=row).update(term=term_from(start, end), **reason)
        chain = agreed(world, D, chain=world.chain)
        assert chain["responsibility"] == ((6, 6) if holds else without)
        assert chain["nodes"] == (2 + holds, 3)
        alone = agreed(world, D, node=node)
        assert alone["responsibility"] == (holds, max(holds, int(model is Responsibility)))
        assert alone["nodes"] == (holds, 1)


def test_contacts_from_the_first_to_the_last_day_of_the_period_and_no_further_than_d(world: build.World) -> None:
    for place, day in enumerate((JULY.start - DAY, JULY.start, D, D + DAY, LAST, LAST + DAY)):
        build.visit(world.enterprises[place], world.posts["officer0"], day)
    for as_of, reached in ((D - DAY, 1), (D, 2), (D + DAY, 3), (LAST - DAY, 3), (LAST, 4), (TODAY, 4)):
        found = agreed(world, as_of, station=world.station)
        assert found["contact"] == found["visit"] == (reached, 6)


def test_which_contacts_are_effective_and_which_are_visits(world: build.World) -> None:
    """A second day, a colleague's visit and one to an enterprise that nobody answers for change nothing."""
    met, phoned, joint, nobody, twice, _none, unlisted, _other = world.enterprises
    post = world.posts["officer0"]
    build.visit(met, post, D, proxy=True, credited_post=world.posts["officer1"])
    build.visit(phoned, post, D, "contacted", "phone")
    build.visit(joint, post, D, "met", "joint")
    for outcome, mode in (("nobody", "onsite"), ("no_answer", "phone"), ("declined", "phone"), ("gone", "onsite")):
        build.visit(nobody, post, D, outcome, mode)
    build.visit(twice, post, D)
    build.visit(twice, post, D - DAY)
    build.visit(unlisted, post, D)
    found = agreed(world, TODAY, station=world.station)
    assert found["contact"] == (4, 6)
    assert found["visit"] == (2, 6)


def test_what_is_due_and_what_was_met_in_its_window(world: build.World) -> None:
    rule = RegimeRule.objects.order_by("pk")[0]
    opens, closes = D - 5 * DAY, LAST - DAY
    contact = build.visit(world.enterprises[0], world.posts["officer0"], D)
    for place, met_on in enumerate((opens - DAY, opens, closes, closes + DAY)):
        build.obligation(world.enterprises[place], rule, opens, closes, met_by=contact, met_on=met_on)
    build.obligation(world.enterprises[4], rule, MAY, JULY.start - DAY)  # June's
    build.obligation(world.enterprises[4], rule, MAY, JULY.start)
    build.obligation(world.enterprises[4], rule, opens, LAST)
    build.obligation(world.enterprises[4], rule, opens, LAST + DAY)  # August's
    build.obligation(world.enterprises[6], rule, opens, D)  # nobody answers for it
    for as_of, figure in (
        (closes - DAY, (0, 1)),
        (closes, (2, 5)),
        (LAST, (2, 6)),
        (TODAY, (2, 6)),
    ):
        assert agreed(world, as_of, station=world.station)["on_time"] == figure


def test_what_leaves_the_due_set(world: build.World) -> None:
    """Cancelled counts until the day on which it is; exempt and what another role owes never count."""
    rule = RegimeRule.objects.order_by("pk")[0]
    for place, day in enumerate((D - DAY, D, D + DAY)):
        build.obligation(world.enterprises[place], rule, MAY, D - DAY, cancelled_on=day, cancel_reason="停产")
    build.obligation(world.enterprises[3], rule, MAY, D - DAY, exempt_reason="豁免")
    liaisons = build.obligation(world.enterprises[4], rule, MAY, D - DAY)
    liaisons.role = "liaison"
    liaisons.save()
    elsewhere = build.station(world.district)  # owed at a former station
    build.obligation(world.enterprises[5], rule, MAY, D - DAY, at=elsewhere)
    for as_of, owed in ((D - DAY, 2), (D, 1), (D + DAY, 0)):
        assert agreed(world, as_of, station=world.station)["on_time"] == (0, owed)
        assert agreed(world, as_of)["on_time"] == (0, owed)


def test_an_enterprise_in_two_chains_counts_in_each_and_once_in_all(world: build.World) -> None:
    second = build.chain(world.district, nodes=2)
    build.on_node(world.enterprises[0], second.nodes.get(number=1))
    build.visit(world.enterprises[0], world.posts["officer0"], D)
    assert agreed(world, D, chain=second)["visit"] == (1, 1)
    assert agreed(world, D, chain=world.chain)["visit"] == (1, 6)
    whole = agreed(world, D)
    assert whole["visit"] == (1, 6)
    assert whole["nodes"] == (3, 5)


def test_no_denominator_no_value(world: build.World) -> None:
    empty = Cut(world.leader, JULY, D, station=build.station(world.district))
    assert recounted(empty) == counted(empty) == dict.fromkeys(CODES[:4], (0, 0)) | {"nodes": (0, 3)}
    with one_request():
        rates = dict(coverage(empty).items())
    assert [rates[code].value for code in CODES[:4]] == [None] * 4
