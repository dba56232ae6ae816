"""Whether a regime can be kept: what it needs in a year, what the posts can do, and the cheapest way out (DEFINITIONS §0.7).

需 n 户次: over the enterprises on the register and operating on a day, the on-site contacts in a year of the rule that fits
each best. 可 m 户次: Σ half-days a week × visits in each × weeks of the year, less leave. 差 k = max(0, n - m).
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, OuterRef, Subquery

from crm.access.roles import STATION_ROLES
from crm.accounts.models import User
from crm.core import rules
from crm.visits.defaults import HALF_DAYS, VISITS_IN_HALF_DAY
from crm.visits.engine import CONDITIONS
from crm.visits.enums import Every, Need
from crm.visits.models import PostCapacity, PostLeave, Regime, RegimeRule
from crm.visits.selectors.rules import rules_found
from crm.visits.windows import DAY
from enterprises.enums import Status, Tier
from enterprises.models import EnterpriseFact
from stations.models import Appointment, Post, Station

WEEKS = 52
# how often a year, rarest last: a way out goes down this ladder
TIMES: dict[str, Fraction] = {
    Every.WEEK: Fraction(52), Every.TWO_WEEKS: Fraction(26), Every.THREE_WEEKS: Fraction(52, 3), Every.MONTH: Fraction(12),
    Every.TWO_MONTHS: Fraction(6), Every.QUARTER: Fraction(4), Every.HALF_YEAR: Fraction(2), Every.YEAR: Fraction(1),
    Every.NEVER: Fraction(0),
}  # fmt: skip
LADDER = [every for every in TIMES if every != Every.NEVER]
# what it costs to see an enterprise of the tier half as often, against a micro firm (a judgement, not a figure of the papers)
WEIGHTS = {Tier.LEAD: 12, Tier.KEY: 3, Tier.GENERAL: 2, Tier.MICRO: 1}
Sort = tuple[str, str, str]  # tier, size, risk


@dataclass(frozen=True)
class Line:
    """What of a regime's line decides the demand."""

    tier: str
    size: str
    risk: str
    role: str
    need: str
    every: str
    nearness: int = 0  # as of `InForce`: a station's exception holds before a regime's lines

    def fits(self, sort: Sort) -> bool:
        return all(wanted in ("", has) for wanted, has in zip((self.tier, self.size, self.risk), sort, strict=True))

    @property
    def weight(self) -> tuple[int, int]:
        return self.nearness, sum(size for name, size in CONDITIONS if getattr(self, name))


def line_of(rule: Any, nearness: int = 0) -> Line:
    return Line(rule.tier, rule.size, rule.risk, rule.role, rule.need, rule.every, nearness)


def sorts_at(station_ids: Iterable[int], day: dt.date) -> dict[int, Counter[Sort]]:
    """{station id: {(tier, size, risk): enterprises on the register and operating that day}}; one query."""
    found: dict[int, Counter[Sort]] = {pk: Counter() for pk in station_ids}
    rows = (
        EnterpriseFact._base_manager.filter(
            term__contains=day,
            status=Status.OPERATING,
            enterprise__register_entries__term__contains=day,
            enterprise__register_entries__station__in=list(found),
        )
        .values_list("enterprise__register_entries__station", "tier", "size", "risk")
        .annotate(n=Count("pk"))
    )
    for station_id, tier, size, risk, count in rows:
        found[station_id][tier, size, risk] += count
    return found


def yearly(lines: Sequence[Line], sorts: Counter[Sort]) -> dict[str, Fraction]:
    """{kind of contact: how many in a year}, all roles together."""
    found: dict[str, Fraction] = dict.fromkeys(Need.values, Fraction(0))
    kinds = {(line.role, line.need) for line in lines}
    for sort, count in sorts.items():
        for role, need in kinds:
            best = best_line(lines, role, need, sort)
            if best is not None:
                found[need] += count * TIMES[best.every]
    return found


def best_line(lines: Sequence[Line], role: str, need: str, sort: Sort) -> Line | None:
    """The line of the role and kind that holds for enterprises of the sort, the most particular one."""
    fitting = [line for line in lines if (line.role, line.need) == (role, need) and line.fits(sort)]
    return max(fitting, key=lambda line: line.weight, default=None)


@dataclass(frozen=True)
class Room:
    """What the posts of a station can do: visits in a year, and how many of a half-day more each week would add."""

    visits: int
    per_half_day: int


def rooms(station_ids: Iterable[int], day: dt.date) -> dict[int, Room]:
    """{station id: Room} over the year that begins on the day; vacant posts go out on no day. Three queries."""
    ids = list(station_ids)
    given = PostCapacity.objects.on(day).filter(post=OuterRef("pk"))
    posts = list(
        Post._base_manager.filter(station__in=ids, role__in=STATION_ROLES, term__contains=day)
        .filter(Exists(Appointment.objects.on(day).filter(post=OuterRef("pk"))))
        .annotate(half_days=Subquery(given.values("half_days")[:1]), each=Subquery(given.values("visits")[:1]))
    )
    end = day + WEEKS * 7 * DAY
    away: Counter[int] = Counter()
    for leave in PostLeave.objects.filter(post__in=posts, term__overlap=(day, end)):
        away[leave.post_id] += (min(leave.end or end, end) - max(leave.start, day)).days
    usual = rules.histories(HALF_DAYS, VISITS_IN_HALF_DAY)
    by_station: dict[int | None, list[Any]] = defaultdict(list)
    for post in posts:
        by_station[post.station_id].append(post)
    found = {}
    for pk in ids:
        half_days, visits = (one.on(day, f"station:{pk}") for one in usual)
        total = Fraction(0)
        for post in by_station[pk]:
            per_week, each = (half_days, visits) if post.half_days is None else (post.half_days, post.each)
            total += per_week * each * (WEEKS - Fraction(away[post.pk], 7))
        found[pk] = Room(int(total), visits)
    return found


@dataclass(frozen=True)
class Step:
    """One line seen less often."""

    line: Line
    to: str

    @property
    def words(self) -> tuple[str, str, str]:
        """(whom, before, after) in words."""
        whom = str(Tier(self.line.tier).label) if self.line.tier else ""
        return whom, str(Every(self.line.every).label), str(Every(self.to).label)


@dataclass(frozen=True)
class WayOut:
    """`steps`: the cheapest lines to see less often; `half_days`: so many more a week would do instead."""

    steps: tuple[Step, ...]
    half_days: int
    left: int  # what would still be wanting after the steps


@dataclass(frozen=True)
class Demand:
    """按现有人手 需 n 户次, 可 m 户次, 差 k, for one station and year."""

    enterprises: int
    onsite: int
    phone: int
    group: int
    can: int
    way_out: WayOut | None

    @property
    def short(self) -> int:
        return max(0, self.onsite - self.can)


def demand(lines: Sequence[Line], sorts: Counter[Sort], room: Room) -> Demand:
    """What the lines ask of a station, and the cheapest way out when it cannot."""
    needs = yearly(lines, sorts)
    onsite = up(needs[Need.ONSITE])
    found = Demand(sum(sorts.values()), onsite, up(needs[Need.PHONE]), up(needs[Need.ANY]), room.visits, None)
    return replace(found, way_out=_way_out(lines, sorts, room, found.short)) if found.short else found


def up(value: Fraction) -> int:
    """The next whole number."""
    return -(-value.numerator // value.denominator)


def _way_out(lines: Sequence[Line], sorts: Counter[Sort], room: Room, short: int) -> WayOut:
    """Go down the ladder where a visit saved costs least, until it fits; then go up again where there is room to spare."""
    now = list(lines)
    while _short(now, sorts, room):
        choices = [
            (saved / _cost(now[at], sorts), -at, at, lower)
            for at, lower in _lower(now)
            if (saved := _onsite(now, sorts) - _onsite(lower, sorts)) > 0
        ]
        if not choices:
            break
        now = max(choices, key=lambda choice: choice[:2])[3]
    for at in range(len(now)):  # what was taken too much
        while now[at].every != lines[at].every:
            higher = [*now[:at], replace(now[at], every=LADDER[LADDER.index(now[at].every) - 1]), *now[at + 1 :]]
            if _short(higher, sorts, room):
                break
            now = higher
    steps = tuple(Step(before, after.every) for before, after in zip(lines, now, strict=True) if before != after)
    more = -(-short // (WEEKS * room.per_half_day)) if room.per_half_day else 0
    return WayOut(steps, more, _short(now, sorts, room))


def _lower(lines: list[Line]) -> Iterable[tuple[int, list[Line]]]:
    """(place, lines with that one a step rarer)"""
    for at, line in enumerate(lines):
        if line.need == Need.ONSITE and line.every in LADDER[:-1]:
            rarer = replace(line, every=LADDER[LADDER.index(line.every) + 1])
            yield at, [*lines[:at], rarer, *lines[at + 1 :]]


def _cost(line: Line, sorts: Counter[Sort]) -> int:
    """What a step costs: enterprises that the line is for, by the weight of their tiers."""
    return sum(count * WEIGHTS[Tier(sort[0])] for sort, count in sorts.items() if line.fits(sort)) or 1


def _onsite(lines: Sequence[Line], sorts: Counter[Sort]) -> Fraction:
    return yearly(lines, sorts)[Need.ONSITE]


def _short(lines: Sequence[Line], sorts: Counter[Sort], room: Room) -> int:
    return max(0, up(_onsite(lines, sorts)) - room.visits)


@dataclass(frozen=True)
class StationDemand:
    station: Station
    demand: Demand


def demands(user: User, regime: Regime, day: dt.date, most: int = 50) -> list[StationDemand]:
    """What a version would ask of the stations in its union's subtree that the user sees, the shortest of hands first.

    Stations' and enterprises' exceptions are not looked at. Six queries.
    """
    stations = list(Station.objects.visible_to(user).filter(union__path__startswith=regime.union.path).order_by("pk"))
    lines = [line_of(rule) for rule in sorted(regime.rules.all(), key=lambda rule: rule.pk)]
    ids = [one.pk for one in stations]
    sorts, can = sorts_at(ids, day), rooms(ids, day)
    found = [StationDemand(one, demand(lines, sorts[one.pk], can[one.pk])) for one in stations]
    return sorted(found, key=lambda one: -one.demand.short)[:most]


@dataclass(frozen=True)
class Standing:
    """What the rules by which a station lives ask of it, and by which of its lines each rule counts."""

    demand: Demand
    rules: dict[Line, RegimeRule]
    sorts: Counter[Sort]

    def own_lines(self) -> dict[Line, str] | None:
        """{line: how often} of the lines that must become the station's own, so that it lives by the way out.

        An exception of a station holds before every line of the regime, so with a line that becomes rarer go those of the
        same role and kind that are more particular. None where exceptions that stand already would then mean another thing.
        """
        steps = self.demand.way_out.steps if self.demand.way_out else ()
        to = {step.line: step.to for step in steps}
        found = dict(to)
        for line in self._held() - set(to):
            # (1,) is less than whatever a station has made of its own
            if any(
                (line.role, line.need) == (step.role, step.need) and step.weight < line.weight < (1,) for step in to
            ):
                found[line] = line.every
        wanted = [replace(line, every=to.get(line, line.every)) for line in self.rules]
        made = [line for line in self.rules if line not in found]
        made += [replace(line, every=every, nearness=1) for line, every in found.items()]
        return found if _each(made, self.sorts) == _each(wanted, self.sorts) else None

    def _held(self) -> set[Line]:
        """The lines that hold for an enterprise of the station."""
        kinds = {(line.role, line.need) for line in self.rules}
        best = (best_line(list(self.rules), *kind, sort) for kind in kinds for sort in self.sorts)
        return {line for line in best if line is not None}


def _each(lines: Sequence[Line], sorts: Iterable[Sort]) -> dict[tuple[str, str, Sort], str]:
    """How often each sort is seen, by role and kind."""
    kinds = {(line.role, line.need) for line in lines}
    best = {(*kind, sort): best_line(lines, *kind, sort) for kind in kinds for sort in sorts}
    return {of: line.every for of, line in best.items() if line is not None}


def standing_at(station: Station, day: dt.date) -> Standing:
    """By the rules that hold at the station (with its `union`) on the day, its own exceptions among them.

    Enterprises' exceptions are not looked at. Seven queries.
    """
    kinds = rules_found([station], []).of_stations[station.pk].values()
    held = sorted((one for kind in kinds for one in kind if one.holds_on(day)), key=lambda one: one.rule.pk)
    lines = {line_of(one.rule, one.nearness): one.rule for one in held}
    sorts, room = sorts_at([station.pk], day)[station.pk], rooms([station.pk], day)[station.pk]
    return Standing(demand(list(lines), sorts, room), lines, sorts)


@dataclass(frozen=True)
class PostRoom:
    """A post of a station with what is given for it; `usual`: the station's default holds."""

    post: Post
    half_days: int
    visits: int
    usual: bool
    leaves: list[PostLeave]


def post_rooms(user: User, station: Station, day: dt.date) -> list[PostRoom]:
    """The station's posts that go out, with their capacity of the day and leave to come; five queries."""
    scope = f"station:{station.pk}"
    usual = rules.value(HALF_DAYS, day, scope), rules.value(VISITS_IN_HALF_DAY, day, scope)
    posts = Post.objects.visible_to(user).filter(station=station, role__in=STATION_ROLES, term__contains=day)
    given = {row.post_id: row for row in PostCapacity.objects.visible_to(user).on(day).filter(post__station=station)}
    leaves: dict[int, list[PostLeave]] = defaultdict(list)
    for leave in PostLeave.objects.visible_to(user).ending_after(day).filter(post__station=station).order_by("term"):
        leaves[leave.post_id].append(leave)
    found = []
    for post in posts.order_by("role", "pk"):
        row = given.get(post.pk)
        half_days, visits = (row.half_days, row.visits) if row else usual
        found.append(PostRoom(post, half_days, visits, row is None, leaves[post.pk]))
    return found
