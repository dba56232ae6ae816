"""The edges of the coverage measures, one enterprise at a time: expected figures by hand, in SQL and from the product."""

import datetime as dt
import random
from collections.abc import Callable

import pytest

from crm.access.grants import one_request
from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock
from crm.core.dated import term_from
from crm.coverage import periods
from crm.coverage.cuts import Cut
from crm.coverage.selectors import chain_coverage, coverage
from crm.visits.models import RegimeRule
from enterprises.enums import EntryReason, ExitReason
from enterprises.models import Chain, Enterprise, RegisterEntry
from stations.enums import UnionLevel
from stations.models import Post, Station
from tests import build
from tests.recount.test_recount import pairs, recount
from tests.worlds import random_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


class Small:
    """A station with one officer, one chain of one node; D is the last day of the quarter before this one."""

    def __init__(self) -> None:
        city = build.union(level=UnionLevel.CITY)
        district = build.union(parent=city)
        self.station: Station = build.station(district)
        self.elsewhere: Station = build.station(district)
        self.chain: Chain = build.chain(district, nodes=1)
        self.leader: User = build.holder(Role.DISTRICT_LEADER, of=city)[0]
        self.post: Post = build.holder(Role.GRID_OFFICER, at=self.station)[1]
        self.rule: RegimeRule = build.regime(city).rules.order_by("pk")[0]
        self.period = periods.quarter_of(clock.today()).before
        self.last = self.period.end - DAY

    def row(self, on_register: dt.date | None = None, answered: dt.date | None = None) -> Enterprise:
        """On the node; the register entry and the responsibility end on the given first days without them."""
        row = build.enterprise()
        RegisterEntry.objects.create(
            enterprise=row,
            station=self.station,
            entry_reason=EntryReason.OPERATING,
            exit_reason=ExitReason.TRANSFERRED if on_register else "",
            term=term_from(build.days_ago(700), on_register),
        )
        build.responsible(row, self.post, end=answered)
        build.on_node(row, self.chain.nodes.get())
        return row

    def visit(self, row: Enterprise, on: dt.date, outcome: str, mode: str) -> None:
        build.visit(row, self.post, on, outcome, mode, station=self.station)

    def owed(
        self, row: Enterprise, closes: dt.date, cancelled: dt.date | None = None, met: dt.date | None = None
    ) -> None:
        fields = {"cancelled_on": cancelled, "cancel_reason": "停产"} if cancelled else {}
        if met:
            fields |= {
                "met_on": met,
                "met_by": build.visit(row, self.post, met, station=self.station),
            }
        build.obligation(row, self.rule, closes - 20 * DAY, closes, at=self.station, **fields)


def of_exit_day(world: Small) -> dict[str, tuple[int, int]]:
    """The term that ends tomorrow holds on D, the one that ends on D does not."""
    world.row(on_register=world.last + DAY)
    world.row(on_register=world.last)
    world.row(answered=world.last + DAY)
    world.row(answered=world.last)
    return {"responsibility": (2, 3)}


def of_contact(world: Small) -> dict[str, tuple[int, int]]:
    """First and last day count, the day before and after do not; on the spot but nobody met is no visit."""
    for on in (world.period.start - DAY, world.period.start, world.last, world.last + DAY):
        world.visit(world.row(), on, "met", "onsite")
    world.visit(world.row(), world.last, "nobody", "onsite")
    world.visit(world.row(), world.last, "contacted", "phone")
    return {"contact": (3, 6), "visit": (2, 6)}


def of_windows(world: Small) -> dict[str, tuple[int, int]]:
    """A window that closes on D has closed; cancelled on D is out, cancelled after D is in."""
    world.owed(world.row(), world.last)
    world.owed(world.row(), world.last + DAY)
    world.owed(world.row(), world.period.start)
    world.owed(world.row(), world.period.start - DAY)
    world.owed(world.row(), world.last, cancelled=world.last)
    world.owed(world.row(), world.last, cancelled=world.last + DAY)
    world.owed(world.row(), world.last, met=world.last)
    world.owed(world.row(), world.last, met=world.last - 20 * DAY)
    world.owed(world.row(), world.last - 5 * DAY, met=world.last)
    world.owed(world.row(), world.last, met=world.last - 21 * DAY)
    return {"on_time": (2, 7)}


def compare(reader: User, period: periods.Period, as_of: dt.date, chain: Chain, **cut: object) -> None:
    whole = Cut(reader, period, as_of).at(**cut) if cut else Cut(reader, period, as_of)
    given = {"station": getattr(cut.get("station"), "pk", None), "union_path": getattr(cut.get("union"), "path", None)}
    found = chain_coverage(whole.at(chain=chain))
    assert pairs(found.total) == recount(period, as_of, chain=chain.pk, **given)
    for row in found.nodes:
        assert pairs(row.rates) == recount(period, as_of, chain=chain.pk, node=row.node.pk, **given)


@pytest.mark.parametrize("lay", [of_exit_day, of_contact, of_windows])
def test_edges_are_counted_as_written(lay: Callable[[Small], dict[str, tuple[int, int]]]) -> None:
    world = Small()
    expected = lay(world)
    with one_request():
        product = pairs(coverage(Cut(world.leader, world.period, clock.today(), chain=world.chain)))
    counted = recount(world.period, clock.today(), chain=world.chain.pk)
    for code, figure in expected.items():
        assert (product[code], counted[code]) == (figure, figure), code


@pytest.mark.parametrize("seed", range(101, 107))
def test_chains_crossed_with_stations_and_unions(seed: int) -> None:
    rng, world = random.Random(seed), random_world(seed)
    with one_request():
        for _ in range(2):
            as_of = build.days_ago(rng.randint(0, 330))
            period = rng.choice((periods.quarter_of(as_of), periods.quarter_of(as_of).before, periods.month_of(as_of)))
            for chain in world.chains:
                for station in world.stations:
                    compare(world.leader, period, as_of, chain, station=station)
                for union in (world.city, *world.districts):
                    compare(world.leader, period, as_of, chain, union=union)
