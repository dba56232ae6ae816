"""Random worlds for second opinions: everything that coverage looks at, in all the ways it may lie."""

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass

from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock
from crm.core.dated import term_from
from crm.coverage.periods import month_of, quarter_of
from crm.visits.enums import Mode, Outcome
from crm.visits.models import RegimeRule, Visit
from enterprises.enums import EntryReason, ExitReason, Tier
from enterprises.models import Chain, ChainNode, Enterprise, RegisterEntry
from stations.enums import UnionLevel
from stations.models import Post, Station, TradeUnion
from tests import build

DAY = dt.timedelta(days=1)


@dataclass
class RandomWorld:
    """A city with two districts, three stations, two chains, and whatever chance put there.

    `corners` are days on which readings are likely to differ: today, another day, ends of months and quarters, and the
    days beside them; half of all dates fall on one. `days` are the days as of which a test asks.
    """

    city: TradeUnion
    districts: list[TradeUnion]
    stations: list[Station]
    chains: list[Chain]
    nodes: list[ChainNode]
    officers: list[tuple[User, Post]]
    liaisons: list[tuple[User, Post]]
    chiefs: list[User]
    enterprises: list[Enterprise]
    leader: User
    days: tuple[dt.date, dt.date]
    corners: list[dt.date]


def random_world(seed: int, size: int = 24) -> RandomWorld:
    """The world of a seed: dates lie within the last 400 days, some reach beyond today."""
    rng = random.Random(seed)
    city = build.union(level=UnionLevel.CITY)
    districts = [build.union(parent=city), build.union(parent=city)]
    stations = [build.station(districts[0]), build.station(districts[0]), build.station(districts[1])]
    chains = [build.chain(city, nodes=4), build.chain(districts[0], nodes=3)]
    nodes = [node for chain in chains for node in chain.nodes.order_by("number")]
    leader, _ = build.holder(Role.DISTRICT_LEADER, of=city)
    chiefs = [build.holder(Role.CHIEF, at=station)[0] for station in stations]
    officers = [build.holder(Role.GRID_OFFICER, at=station) for station in stations for _ in range(2)]
    liaisons = [build.holder(Role.LIAISON, at=station) for station in stations]
    officers += _left_and_acting(officers)
    rules = list(build.regime(city).rules.all())
    days = (clock.today(), build.days_ago(rng.randint(20, 200)))
    corners = corner_days(days)
    world = RandomWorld(city, districts, stations, chains, nodes, officers, liaisons, chiefs, [], leader, days, corners)
    for _ in range(size):
        row = build.enterprise(tier=rng.choice(Tier.values))
        world.enterprises.append(row)
        station = _stays(rng, row, stations, corners)
        _places(rng, row, nodes, corners)
        for _user, post in officers:
            if post.station == station and rng.random() < 0.5 and not row.responsibilities.exists():
                _answers(rng, row, post, officers, corners)
        if rng.random() < 0.4:
            build.responsible(row, liaisons[0][1], chain=rng.choice(chains))
        _history(rng, row, station, world, rules)
    return world


def corner_days(days: Iterable[dt.date]) -> list[dt.date]:
    """The days, first and last days of their months and quarters and of the quarter before, and the days beside them."""
    found = set()
    for day in days:
        for period in (month_of(day), quarter_of(day), quarter_of(day).before):
            found |= {day, period.start, period.last_day}
    return sorted({day + step * DAY for day in found for step in (-1, 0, 1)})


def _left_and_acting(officers: list[tuple[User, Post]]) -> list[tuple[User, Post]]:
    """A post whose officer has left and for which a colleague acts: who sits there changes no figure of the station."""
    colleague, beside = officers[0]
    _gone, vacant = build.holder(Role.GRID_OFFICER, at=beside.station, end=build.days_ago(30))
    assert colleague.person is not None
    build.seat(vacant, colleague.person, start=build.days_ago(30), end=build.days_ago(-60), acting=True)
    return [(colleague, vacant)]


def _day(rng: random.Random, corners: list[dt.date], low: int, high: int) -> dt.date:
    """A corner, or a day so many days ago."""
    return rng.choice(corners) if rng.random() < 0.5 else build.days_ago(rng.randint(low, high))


def _past(rng: random.Random, corners: list[dt.date]) -> dt.date:
    """A day on which somebody may have been visited."""
    return min(_day(rng, corners, 0, 300), clock.today())


def _span(rng: random.Random, corners: list[dt.date]) -> tuple[dt.date, dt.date | None]:
    start = _day(rng, corners, -20, 400)
    if rng.random() < 0.6:
        return start, None
    later = [day for day in corners if day > start]
    return start, rng.choice(later) if later and rng.random() < 0.5 else start + rng.randint(3, 250) * DAY


def _stays(rng: random.Random, row: Enterprise, stations: list[Station], corners: list[dt.date]) -> Station:
    """On a register, perhaps handed to another station, perhaps on none."""
    station = rng.choice(stations)
    if rng.random() < 0.1:
        return station
    start, end = _span(rng, corners)
    _enter(row, station, start, end)
    if end is not None and rng.random() < 0.5:
        station = rng.choice(stations)
        _enter(row, station, end + rng.randint(0, 9) * DAY, None)
    return station


def _enter(row: Enterprise, station: Station, start: dt.date, end: dt.date | None) -> None:
    RegisterEntry.objects.create(
        enterprise=row,
        station=station,
        entry_reason=EntryReason.OPERATING,
        exit_reason=ExitReason.TRANSFERRED if end else "",
        term=term_from(start, end),
    )
    if end is None or end > clock.today():
        row.station = station
        row.save()


def _places(rng: random.Random, row: Enterprise, nodes: list[ChainNode], corners: list[dt.date]) -> None:
    for node in rng.sample(nodes, rng.choice((0, 1, 1, 2, 3))):
        start, end = _span(rng, corners)
        build.on_node(row, node, start, end)
        if end is not None and rng.random() < 0.3:
            build.on_node(row, node, end + 5 * DAY)


def _answers(
    rng: random.Random, row: Enterprise, post: Post, officers: list[tuple[User, Post]], corners: list[dt.date]
) -> None:
    start, end = _span(rng, corners)
    build.responsible(row, post, start, end)
    if end is not None and rng.random() < 0.6:
        build.responsible(row, rng.choice(officers)[1], end + rng.choice((0, 0, 10)) * DAY)


def _history(
    rng: random.Random, row: Enterprise, station: Station, world: RandomWorld, rules: list[RegimeRule]
) -> None:
    """Visits of every outcome and mode, late records, proxies, and obligations in every state."""
    visits = [_visit(rng, row, station, world, _past(rng, world.corners)) for _ in range(rng.randint(0, 4))]
    for rule in rng.sample(rules, 3):
        for _ in range(2):
            closes = _day(rng, world.corners, -60, 250)
            opens = closes - rng.randint(5, 90) * DAY
            if row.obligations.filter(rule=rule, due=closes).exists():
                continue
            owed_at = rng.choice((station, station, world.stations[0]))
            duty = build.obligation(row, rule, opens, closes, at=owed_at)
            chance = rng.random()
            if chance < 0.3 and visits:
                duty.met_by = rng.choice(visits)
                duty.met_on = duty.met_by.visited_on
            elif chance < 0.5:  # at the edges of its window
                edge = rng.choice((opens - DAY, opens, closes, closes + DAY))
                if edge <= clock.today():
                    duty.met_by, duty.met_on = _visit(rng, row, station, world, edge), edge
            elif chance < 0.7:
                duty.cancelled_on, duty.cancel_reason = rng.choice(world.days) + rng.randint(-1, 1) * DAY, "停产"
            elif chance < 0.77:
                duty.exempt_reason = "豁免"
            if rng.random() < 0.08:
                duty.role = Role.LIAISON
            duty.save()


def _visit(rng: random.Random, row: Enterprise, station: Station, world: RandomWorld, day: dt.date) -> Visit:
    """Somebody's contact with the enterprise: mostly to the credit of their own post, else a 代访."""
    _user, post = rng.choice(world.officers)
    outcome = rng.choice((Outcome.MET, Outcome.MET, *Outcome.values))
    in_person = (Mode.ONSITE, Mode.ONSITE, Mode.JOINT, Mode.MEETING)
    mode = rng.choice(in_person) if outcome == Outcome.MET else Mode.PHONE
    credited = post if rng.random() < 0.6 else rng.choice(world.officers)[1]
    late = rng.random() < 0.3
    recorded = clock.now() - dt.timedelta(days=0 if late else (clock.today() - day).days)
    extra = {"recorded_at": recorded, "late_record": late}
    return build.visit(
        row, post, day, outcome, mode, station=station, credited_post=credited, proxy=credited != post, **extra
    )
