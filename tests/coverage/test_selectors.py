"""Every measure against a naive count in Python over random worlds; every number has exactly its rows."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.access.grants import one_request
from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock
from crm.coverage import periods
from crm.coverage.cuts import Cut
from crm.coverage.measures import MEASURES
from crm.coverage.selectors import Rates, chain_coverage, chain_totals, coverage, rows
from crm.visits.models import Visit
from enterprises.models import Chain, ChainNode, Enterprise
from stations.models import Station
from tests import build
from tests.worlds import RandomWorld, random_world

pytestmark = pytest.mark.django_db
Pairs = dict[str, tuple[int, int]]


def pairs(rates: Rates) -> Pairs:
    return {code: (rate.n, rate.d) for code, rate in rates.items()}


class Naive:
    """The readings of decision 5, row by row, for one period and day."""

    def __init__(self, world: RandomWorld, period: periods.Period, as_of: dt.date, own: set[int] | None = None) -> None:
        """`own`: the posts of a reader who sees by responsibility alone."""
        self.world, self.start, self.own = world, period.start, own
        self.day = min(as_of, period.end - dt.timedelta(days=1))
        self.entry = {}
        related = ("register_entries", "memberships", "responsibilities", "visits", "obligations__met_by")
        self.rows = list(Enterprise._base_manager.prefetch_related(*related))
        for row in filter(self.is_own, self.rows):
            for entry in row.register_entries.all():
                if entry.holds_on(self.day):
                    self.entry[row.pk] = entry

    def is_own(self, row: Enterprise) -> bool:
        """One's own are those for which one's posts answer today, whatever the day of the figure."""
        duties = row.responsibilities.all()
        return self.own is None or any(one.post_id in self.own and one.holds_on(clock.today()) for one in duties)

    def counts(self, visit: Visit | None) -> bool:
        """Whether a contact counts for the reader: in one's own cut not a 代访."""
        return self.own is None or (visit is not None and not visit.proxy and visit.credited_post_id in self.own)

    def listed(self, row: Enterprise) -> bool:
        return any(one.role == Role.GRID_OFFICER and one.holds_on(self.day) for one in row.responsibilities.all())

    def nodes_of(self, row: Enterprise) -> set[int]:
        return {one.node_id for one in row.memberships.all() if one.holds_on(self.day)}

    def count(
        self, stations: list[Station], chain: int | None = None, node: int | None = None, under: str = ""
    ) -> Pairs:
        ids = {station.pk for station in stations}
        mine = {one.pk for one in self.world.chains if one.union.path.startswith(under)}
        chain_nodes = [n for n in self.world.nodes if (n.chain_id in mine if chain is None else n.chain_id == chain)]
        here = [row for row in self.rows if row.pk in self.entry and self.entry[row.pk].station_id in ids]
        everywhere = here
        if chain is not None:
            here = [row for row in here if self.nodes_of(row) & {n.pk for n in chain_nodes}]
        if node is not None:
            here = [row for row in here if node in self.nodes_of(row)]
        listed = [row for row in here if self.listed(row)]
        contacted, visited = [], []
        due = on_time = 0
        for row in listed:
            visits = [v for v in row.visits.all() if self.start <= v.visited_on <= self.day and self.counts(v)]
            contacted += [row] if any(v.outcome in ("met", "contacted") for v in visits) else []
            visited += [row] if any(v.outcome == "met" and v.mode == "onsite" for v in visits) else []
            for duty in row.obligations.all():
                if duty.role != "grid_officer" or duty.exempt_reason or not self.start <= duty.closes <= self.day:
                    continue
                if duty.cancelled_on is not None and duty.cancelled_on <= self.day:
                    continue
                if duty.station_id != self.entry[row.pk].station_id:
                    continue
                due += 1
                met = duty.met_on
                inside = met is not None and duty.opens <= met <= duty.closes and met <= self.day
                on_time += inside and self.counts(duty.met_by)
        wanted = [n for n in chain_nodes if node is None or n.pk == node]
        complete = [n for n in wanted if any(self.listed(row) and n.pk in self.nodes_of(row) for row in everywhere)]
        return {
            "responsibility": (len(listed), len(here)),
            "contact": (len(contacted), len(listed)),
            "visit": (len(visited), len(listed)),
            "on_time": (on_time, due),
            "nodes": (len(complete), len(wanted)),
        }


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_equals_a_naive_count_and_has_its_rows(seed: int) -> None:
    world = random_world(seed)
    with one_request():  # the reader's grants are asked for once, as on a page
        _compare(world)


def _compare(world: RandomWorld) -> None:
    for as_of in world.days:
        for period in (periods.month_of(as_of), periods.quarter_of(as_of), periods.quarter_of(as_of).before):
            naive = Naive(world, period, as_of)
            whole = Cut(world.leader, period, as_of)
            assert pairs(coverage(whole)) == naive.count(world.stations)
            first = [s for s in world.stations if s.union == world.districts[0]]
            assert pairs(coverage(whole.at(union=world.districts[0]))) == naive.count(first, under=first[0].union.path)
            assert pairs(coverage(whole.at(station=world.stations[2]))) == naive.count([world.stations[2]])
            totals = chain_totals(whole)
            for chain in world.chains:
                found = chain_coverage(whole.at(chain=chain))
                assert pairs(found.total) == naive.count(world.stations, chain.pk)
                assert pairs(totals[chain.pk].rates) == pairs(found.total)
                assert totals[chain.pk].empty_nodes == len(found.empty_nodes)
                for row in found.nodes:
                    assert pairs(row.rates) == naive.count(world.stations, chain.pk, row.node.pk)
                    if period == periods.quarter_of(as_of):
                        _has_its_rows(whole.at(chain=chain, node=row.node), row.rates)
                _has_its_rows(whole.at(chain=chain), found.total)


def _has_its_rows(cut: Cut, rates: Rates) -> None:
    for code, rate in rates.items():
        everything, done, gap = (set(rows(cut, code, part).values_list("pk", flat=True)) for part in ("d", "n", "gap"))
        assert (len(done), len(everything), len(gap)) == (rate.n, rate.d, rate.gap)
        assert done | gap == everything


@pytest.mark.parametrize("seed", range(6, 9))
def test_every_role_reads_its_own_cut_and_every_number_has_its_rows(seed: int) -> None:
    world = random_world(seed)
    readers: list[tuple[User, list[Station], set[int] | None]] = [
        *((chief, [station], None) for chief, station in zip(world.chiefs, world.stations, strict=True)),
        *((user, world.stations, _posts(world, user)) for user, _post in world.officers + world.liaisons),
    ]
    for user, stations, own in readers:
        with one_request():
            for as_of in world.days:
                period = periods.quarter_of(as_of)
                naive, cut = Naive(world, period, as_of, own), Cut(user, period, as_of)
                for chain in Chain.objects.visible_to(user):
                    assert pairs(coverage(cut.at(chain=chain))) == naive.count(stations, chain.pk)
                found, expected = coverage(cut), naive.count(stations)
                del expected["nodes"]  # over the chains that the reader sees, which the ones above have shown
                assert {code: pair for code, pair in pairs(found).items() if code != "nodes"} == expected
                _has_its_rows(cut, found)


def _posts(world: RandomWorld, user: User) -> set[int]:
    return {post.pk for who, post in world.officers + world.liaisons if who == user}


@pytest.mark.parametrize("seed", range(9, 11))
def test_a_chain_reads_the_same_among_all_and_alone(seed: int) -> None:
    """Also a chain of the union above, in the cut of a union or a station below."""
    world = random_world(seed)
    period = periods.quarter_of(world.days[0])
    whole = Cut(world.leader, period, world.days[0])
    with one_request():
        cuts = [whole.at(union=union) for union in (world.city, *world.districts)]
        for cut in (whole, *cuts, *(whole.at(station=station) for station in world.stations)):
            totals = chain_totals(cut)
            for chain in world.chains:
                alone = chain_coverage(cut.at(chain=chain))
                assert pairs(totals[chain.pk].rates) == pairs(alone.total)
                assert totals[chain.pk].empty_nodes == len(alone.empty_nodes)


def test_an_officers_cut_is_their_own_and_a_proxy_visit_does_not_count_there() -> None:
    world = build.world()
    today = clock.today()
    rule = world.regime.rules.first()
    assert rule is not None
    build.visit(world.enterprises[0], world.posts["officer0"], today)
    proxy = build.visit(
        world.enterprises[1], world.posts["officer1"], today, credited_post=world.posts["officer0"], proxy=True
    )
    duty = build.obligation(world.enterprises[1], rule, today, today)
    duty.met_by, duty.met_on = proxy, today
    duty.save()
    period = periods.month_of(today)
    own = pairs(coverage(Cut(world.officers[0], period, today)))
    assert (own["responsibility"], own["visit"], own["on_time"]) == ((4, 4), (1, 4), (0, 1))
    chief = pairs(coverage(Cut(world.chief, period, today)))
    assert (chief["responsibility"], chief["visit"], chief["on_time"]) == ((6, 8), (2, 6), (1, 1))
    for stranger in (world.outsider, world.administrator):
        nothing = coverage(Cut(stranger, period, today))
        assert {rate.d for rate in nothing.values()} == {0}
        assert {rate.value for rate in nothing.values()} == {None}


def test_the_query_count_does_not_grow() -> None:
    world = build.world()

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            chain_coverage(Cut(world.staff, periods.quarter_of(clock.today()), clock.today(), chain=world.chain))
        return len(seen)

    queries()
    few = queries()
    for number in range(4, 24):
        node = ChainNode.objects.create(chain=world.chain, number=number, name=f"环节{number}")
        build.on_node(build.enterprise(at=world.station), node)
    assert queries() == few


def test_rates_round_half_up_and_speak_for_machines() -> None:
    world = build.world()
    for _ in range(8):
        build.enterprise(at=world.station)  # 6 of 16: 37.5; 1 of 16: 6.25
    build.visit(world.enterprises[0], world.posts["officer0"], clock.today())
    rates = coverage(Cut(world.chief, periods.month_of(clock.today()), clock.today()))
    assert str(rates["responsibility"].value) == "37.5"
    assert str(rates["visit"].value) == "16.7"
    assert str(rates["on_time"].value) == "None"
    told = rates["visit"].as_dict()
    assert set(told) == {"measure", "measure_version", "n", "d", "value", "as_of", "known_at"}
    assert (told["n"], told["d"], told["value"], told["as_of"]) == (1, 6, 16.7, clock.today().isoformat())
    assert rates["on_time"].as_dict()["value"] is None


def test_periods_are_written_and_read() -> None:
    day = dt.date(2026, 11, 23)
    for text, start, end in (
        ("2026-11", dt.date(2026, 11, 1), dt.date(2026, 12, 1)),
        ("2026-Q4", dt.date(2026, 10, 1), dt.date(2027, 1, 1)),
        ("month", dt.date(2026, 11, 1), dt.date(2026, 12, 1)),
        ("", dt.date(2026, 10, 1), dt.date(2027, 1, 1)),
    ):
        period = periods.parse(text, day)
        assert (period.start, period.end) == (start, end)
        assert periods.parse(period.code, day) == period
        assert period.before.end == period.start
    for text in ("2026-13", "2026-Q5", "26-1", "x", "1999-01"):
        with pytest.raises(ValidationError):
            periods.parse(text, day)
    with pytest.raises(ValidationError):
        periods.month_of(day).day(dt.date(2026, 10, 31))
    assert [measure.code for measure in MEASURES] == ["responsibility", "contact", "visit", "on_time", "nodes"]
