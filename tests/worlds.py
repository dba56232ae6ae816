"""Random worlds for second opinions: everything that coverage looks at, in all the ways it may lie."""

import datetime as dt
import random
from dataclasses import dataclass

from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock
from crm.core.dated import term_from
from crm.visits.enums import Mode, Outcome
from crm.visits.models import RegimeRule
from enterprises.enums import EntryReason, ExitReason, Tier
from enterprises.models import Chain, ChainNode, Enterprise, RegisterEntry
from stations.enums import UnionLevel
from stations.models import Post, Station, TradeUnion
from tests import build

DAY = dt.timedelta(days=1)


@dataclass
class RandomWorld:
    """A city with two districts, three stations, two chains, and whatever chance put there."""

    city: TradeUnion
    districts: list[TradeUnion]
    stations: list[Station]
    chains: list[Chain]
    nodes: list[ChainNode]
    officers: list[tuple[User, Post]]
    enterprises: list[Enterprise]
    leader: User


def random_world(seed: int, size: int = 24) -> RandomWorld:
    """The world of a seed: dates lie within the last 400 days, some reach beyond today."""
    rng = random.Random(seed)
    city = build.union(level=UnionLevel.CITY)
    districts = [build.union(parent=city), build.union(parent=city)]
    stations = [build.station(districts[0]), build.station(districts[0]), build.station(districts[1])]
    chains = [build.chain(city, nodes=4), build.chain(districts[0], nodes=3)]
    nodes = [node for chain in chains for node in chain.nodes.order_by("number")]
    leader, _ = build.holder(Role.DISTRICT_LEADER, of=city)
    officers = [build.holder(Role.GRID_OFFICER, at=station) for station in stations for _ in range(2)]
    liaisons = [build.holder(Role.LIAISON, at=station) for station in stations]
    rules = list(build.regime(city).rules.all())
    world = RandomWorld(city, districts, stations, chains, nodes, officers, [], leader)
    for _ in range(size):
        row = build.enterprise(tier=rng.choice(Tier.values))
        world.enterprises.append(row)
        station = _stays(rng, row, stations)
        _places(rng, row, nodes)
        for _user, post in officers:
            if post.station == station and rng.random() < 0.5 and not row.responsibilities.exists():
                _answers(rng, row, post, officers)
        if rng.random() < 0.4:
            build.responsible(row, liaisons[0][1], chain=rng.choice(chains))
        _history(rng, row, station, officers, rules)
    return world


def _span(rng: random.Random, open_share: float = 0.6) -> tuple[dt.date, dt.date | None]:
    start = build.days_ago(rng.randint(-20, 400))
    return start, None if rng.random() < open_share else start + rng.randint(3, 250) * DAY


def _stays(rng: random.Random, row: Enterprise, stations: list[Station]) -> Station:
    """On a register, perhaps handed to another station, perhaps on none."""
    station = rng.choice(stations)
    if rng.random() < 0.1:
        return station
    start, end = _span(rng)
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


def _places(rng: random.Random, row: Enterprise, nodes: list[ChainNode]) -> None:
    for node in rng.sample(nodes, rng.choice((0, 1, 1, 2, 3))):
        start, end = _span(rng)
        build.on_node(row, node, start, end)
        if end is not None and rng.random() < 0.3:
            build.on_node(row, node, end + 5 * DAY)


def _answers(rng: random.Random, row: Enterprise, post: Post, officers: list[tuple[User, Post]]) -> None:
    start, end = _span(rng)
    build.responsible(row, post, start, end)
    if end is not None and rng.random() < 0.6:
        build.responsible(row, rng.choice(officers)[1], end + rng.choice((0, 0, 10)) * DAY)


def _history(
    rng: random.Random, row: Enterprise, station: Station, officers: list[tuple[User, Post]], rules: list[RegimeRule]
) -> None:
    """Visits of every outcome and mode, proxies, and obligations in every state."""
    visits = []
    for _ in range(rng.randint(0, 5)):
        _user, post = rng.choice(officers)
        outcome = rng.choice((Outcome.MET, Outcome.MET, *Outcome.values))
        mode = (
            rng.choice((Mode.ONSITE, Mode.ONSITE, Mode.JOINT, Mode.MEETING)) if outcome == Outcome.MET else Mode.PHONE
        )
        credited = rng.choice(officers)[1]
        visits.append(
            build.visit(
                row,
                post,
                build.days_ago(rng.randint(0, 300)),
                outcome,
                mode,
                station=station,
                credited_post=credited,
                proxy=credited != post,
            )
        )
    for rule in rng.sample(rules, 3):
        for _ in range(2):
            opens = build.days_ago(rng.randint(-30, 300))
            closes = opens + rng.randint(5, 90) * DAY
            if row.obligations.filter(rule=rule, due=closes).exists():
                continue
            duty = build.obligation(row, rule, opens, closes, at=rng.choice((station, station, officers[0][1].station)))
            chance = rng.random()
            if chance < 0.5 and visits:
                duty.met_by = rng.choice(visits)
                duty.met_on = duty.met_by.visited_on
            elif chance < 0.6:
                duty.cancelled_on, duty.cancel_reason = closes - 2 * DAY, "停产"
            elif chance < 0.7:
                duty.exempt_reason = "豁免"
            elif chance < 0.75:
                duty.role = Role.LIAISON
            duty.save()
