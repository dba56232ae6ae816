"""A small town whose rows change by events: each event is a function with plain arguments, so that Hypothesis can draw it.

An event that the database or a service refuses changes nothing.
"""

import datetime as dt
import os
import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import override_settings
from hypothesis import strategies as st

from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock, workcalendar
from crm.core.dated import close_rows, term_from
from crm.core.models import CalendarDay, DayKind, Rule
from crm.visits.enums import Every, Level, Mode, Need, Outcome
from crm.visits.models import ContactPause, Exemption, Obligation, Regime, RegimeRule
from crm.visits.services import cancel_obligation, log_visit
from enterprises.enums import EntryReason, ExitReason, Risk, Size, Status, Tier
from enterprises.models import (
    Chain,
    ChainMembership,
    ChainSeason,
    Enterprise,
    EnterpriseFact,
    EnterpriseSeason,
    RegisterEntry,
)
from stations.enums import UnionLevel
from stations.models import Appointment, Post, Station, TradeUnion
from tests import build
from tests.visits.simulation.naive import Simulation

DAY = dt.timedelta(days=1)
STARTS = [dt.date(2026, 1, 5), dt.date(2026, 2, 1), dt.date(2026, 8, 1), dt.date(2026, 12, 20), dt.date(2028, 2, 1)]
VISITORS = [Role.GRID_OFFICER, Role.CHIEF, Role.LIAISON]
REFUSALS = (IntegrityError, ValidationError, PermissionDenied, ProtectedError)
LONGEST = int(os.environ.get("LIANLIAN_SIMULATED_DAYS", "10"))  # on which something happens in a course
KNOWN = 100  # days ahead for which everything that is owed must stand


class Town:
    """City, two districts and a township; three stations; three enterprises without facts, on no register; two chains."""

    def __init__(self) -> None:
        quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
        with clock.fixed(dt.date(2025, 6, 1)), quick:
            city = build.union("市总工会", level=UnionLevel.CITY)
            district, other = build.union("区总工会", city), build.union("邻区总工会", city)
            township = build.union("街道总工会", district, level=UnionLevel.TOWNSHIP)
            self.unions: list[TradeUnion] = [city, district, township, other]
            self.stations: list[Station] = [build.station(union) for union in (district, township, other)]
            self.visitors: list[dict[str, tuple[User, Post]]] = [
                {role: build.holder(role, station) for role in VISITORS} for station in self.stations
            ]
            self.chains: list[Chain] = [build.chain(city, 2), build.chain(district, 2)]
            self.enterprises: list[Enterprise] = [build.enterprise() for _ in range(3)]
            self.staff = build.user()
            EnterpriseFact._base_manager.all().delete()

    def number(self, enterprise: int) -> int:
        return self.enterprises[enterprise].pk

    def place(self) -> None:
        """Each enterprise names the station on whose register it is today, as the services of the register keep it."""
        today = clock.today()
        for row in self.enterprises:
            entry = RegisterEntry._base_manager.filter(enterprise=row, term__contains=today).first()
            Enterprise._base_manager.filter(pk=row.pk).update(station=entry.station_id if entry else None)


def _from_day_on(model: Any, start: dt.date, **which: Any) -> None:
    """What holds from the day on ends there."""
    rows = list(model._base_manager.filter(term__endswith__gt=start, **which))
    close_rows(rows + list(model._base_manager.filter(term__endswith__isnull=True, **which)), start)


# -- events -------------------------------------------------------------------------------------------------------------
def facts(town: Town, enterprise: int, start: int, tier: str, size: str, risk: str, status: str) -> None:
    begins = clock.today() + start * DAY
    _from_day_on(EnterpriseFact, begins, enterprise=town.enterprises[enterprise])
    EnterpriseFact.objects.create(
        enterprise=town.enterprises[enterprise],
        term=term_from(begins),
        tier=tier,
        size=size,
        risk=risk,
        status=status,
    )


def leave(town: Town, enterprise: int, start: int) -> None:
    begins = clock.today() + start * DAY
    RegisterEntry._base_manager.filter(enterprise=town.enterprises[enterprise]).update(exit_reason=ExitReason.MOVED_OUT)
    _from_day_on(RegisterEntry, begins, enterprise=town.enterprises[enterprise])
    town.place()


def enter(town: Town, enterprise: int, station: int, start: int) -> None:
    leave(town, enterprise, start)
    RegisterEntry.objects.create(
        enterprise=town.enterprises[enterprise],
        station=town.stations[station],
        entry_reason=EntryReason.OPERATING,
        term=term_from(clock.today() + start * DAY),
    )
    town.place()


def regime(town: Town, union: int, start: int, length: int | None, draft: bool, lines: list[dict[str, Any]]) -> None:
    """A new version; the one in force before ends where it begins."""
    begins = clock.today() + start * DAY
    if not draft:
        _from_day_on(Regime, begins, union=town.unions[union], draft=False)
    row = Regime.objects.create(
        union=town.unions[union],
        name="定期联系制度",
        draft=draft,
        term=term_from(begins, begins + length * DAY if length else None),
    )
    for line in lines:
        refused(RegimeRule.objects.create, regime=row, **line)


def end_regime(town: Town, union: int, start: int) -> None:
    _from_day_on(Regime, clock.today() + start * DAY, union=town.unions[union], draft=False)


def put_in_force(town: Town, union: int, start: int) -> None:
    row = Regime.objects.filter(union=town.unions[union], draft=True).first()
    if row is not None:
        begins = clock.today() + start * DAY
        _from_day_on(Regime, begins, union=town.unions[union], draft=False)
        row.draft, row.term = False, term_from(begins)
        row.save()


def withdraw(town: Town, union: int) -> None:
    """Back to a draft."""
    row = Regime.objects.filter(union=town.unions[union], draft=False).order_by("pk").last()
    if row is not None:
        row.draft = True
        row.save()


def add_line(town: Town, union: int, line: dict[str, Any]) -> None:
    row = Regime.objects.filter(union=town.unions[union]).order_by("pk").last()
    if row is not None:
        RegimeRule.objects.create(regime=row, **line)


def drop_line(town: Town, which: int) -> None:
    rows = list(RegimeRule._base_manager.order_by("pk"))
    if rows:
        rows[which % len(rows)].delete()


def exception(town: Town, of_station: bool, which: int, start: int, length: int | None, line: dict[str, Any]) -> None:
    begins = clock.today() + start * DAY
    target = {"station": town.stations[which]} if of_station else {"enterprise": town.enterprises[which]}
    RegimeRule.objects.create(
        **target, **line, reason="用工稳定", term=term_from(begins, begins + length * DAY if length else None)
    )


def end_exception(town: Town, which: int, start: int) -> None:
    rows = list(RegimeRule._base_manager.filter(regime=None).order_by("pk"))
    if rows:
        row = rows[which % len(rows)]
        row.term = term_from(row.term.lower, clock.today() + start * DAY)
        row.save()


def on_chain(town: Town, enterprise: int, chain: int, start: int, length: int | None) -> None:
    begins = clock.today() + start * DAY
    node = town.chains[chain].nodes.first()
    assert node is not None
    build.on_node(town.enterprises[enterprise], node, begins, begins + length * DAY if length else None)


def off_chain(town: Town, enterprise: int, start: int) -> None:
    _from_day_on(ChainMembership, clock.today() + start * DAY, enterprise=town.enterprises[enterprise])


def season(town: Town, of_chain: bool, which: int, start: int, length: int | None, fields: dict[str, Any]) -> None:
    begins = clock.today() + start * DAY
    term = term_from(begins, begins + length * DAY if length else None)
    if of_chain:
        ChainSeason.objects.create(chain=town.chains[which % 2], term=term, **fields)
    else:
        EnterpriseSeason.objects.create(enterprise=town.enterprises[which], term=term, **fields)


def no_season(town: Town, of_chain: bool, which: int) -> None:
    model: Any = ChainSeason if of_chain else EnterpriseSeason
    rows = list(model._base_manager.order_by("pk"))
    if rows:
        rows[which % len(rows)].delete()


def pause(town: Town, enterprise: int, start: int, length: int) -> None:
    row = Enterprise._base_manager.get(pk=town.number(enterprise))
    begins = clock.today() + start * DAY
    ContactPause.objects.create(
        enterprise=row,
        station=row.station or town.stations[0],
        reason="停产检修",
        term=term_from(begins, begins + length * DAY),
    )


def end_pause(town: Town, enterprise: int, start: int) -> None:
    _from_day_on(ContactPause, clock.today() + start * DAY, enterprise=town.enterprises[enterprise])


def ask(town: Town, enterprise: int, start: int, until: int) -> None:
    begins = clock.today() + start * DAY
    row = Enterprise._base_manager.get(pk=town.number(enterprise))
    Exemption.objects.create(
        enterprise=row,
        station=row.station or town.stations[0],
        reason="停产整顿",
        asked_by_id=1,
        asked_by="甲",
        asked_on=clock.today(),
        term=term_from(begins, clock.today() + until * DAY),
    )


def decline(town: Town, which: int) -> None:
    rows = list(Exemption._base_manager.filter(approved_on=None, declined_on=None).order_by("pk"))
    if rows:
        row = rows[which % len(rows)]
        row.declined_on, row.decline_reason = clock.today(), "生产正常"
        row.save()


def approve(town: Town, which: int) -> bool:
    """Whether there was one to approve."""
    rows = list(Exemption._base_manager.filter(approved_on=None, declined_on=None).order_by("pk"))
    if rows:
        row = rows[which % len(rows)]
        row.approved_by_id, row.approved_by, row.approved_on = 2, "乙", clock.today()
        row.save()
    return bool(rows)


def rule_value(town: Town, code: str, value: int, start: int, station: int | None) -> None:
    scope = f"station:{town.stations[station].pk}" if station is not None and code == "visits.join_share" else ""
    Rule.objects.create(code=code, scope=scope, valid_from=clock.today() + start * DAY, value=value, unit="%")


def calendar_day(town: Town, start: int, kind: str) -> None:
    CalendarDay.objects.update_or_create(day=clock.today() + start * DAY, defaults={"kind": kind})


def publish(town: Town, ahead: int, holidays: list[int]) -> None:
    """A year is published: some days in a row free, the Sunday after each made up for."""
    year = clock.today().year + ahead
    named: dict[dt.date, tuple[DayKind, str]] = {}
    for number in holidays:
        first = dt.date(year, 1, 1) + number * DAY
        for day in (first, first + DAY, first + 2 * DAY):
            if day.year == year:
                named[day] = (DayKind.HOLIDAY, "假")
        makeup = first + (6 - first.weekday()) % 7 * DAY + 7 * DAY
        if makeup.year == year:
            named[makeup] = (DayKind.MAKEUP, "补")
    workcalendar.publish_year(year=year, days=named)


def appointment(town: Town, station: int, role: str) -> None:
    """Another holder from today on."""
    _user, post = town.visitors[station][role]
    _from_day_on(Appointment, clock.today(), post=post)
    who = build.user()
    assert who.person is not None
    build.seat(post, who.person, clock.today())
    town.visitors[station][role] = (who, post)


PLAIN: dict[str, Callable[..., None]] = {
    one.__name__: one
    for one in (
        facts, leave, enter, regime, end_regime, put_in_force, withdraw, add_line, drop_line, exception, end_exception, on_chain,
        off_chain, season, no_season, pause, end_pause, ask, decline, rule_value, calendar_day, publish, appointment,
    )
}  # fmt: skip


def refused(act: Callable[..., Any], *args: Any, **fields: Any) -> bool:
    """Try it; whether the database or the service said no."""
    try:
        with transaction.atomic():
            act(*args, **fields)
    except REFUSALS:
        return True
    return False


KEEPING = {Need.ONSITE: (Outcome.MET, Mode.ONSITE), Need.PHONE: (Outcome.CONTACTED, Mode.PHONE)}


# -- events that the simulation is told of --------------------------------------------------------------------------------
def contact(
    town: Town,
    simulation: Simulation,
    enterprise: int,
    role: str,
    ago: int,
    outcome: str,
    mode: str,
    levels: list[str],
) -> None:
    day = clock.today() - ago * DAY
    entry = RegisterEntry._base_manager.filter(enterprise=town.enterprises[enterprise], term__contains=day).first()
    if entry is None:
        return
    user, post = next(
        people[role] for station, people in zip(town.stations, town.visitors, strict=True) if station == entry.station
    )
    row = Enterprise._base_manager.get(pk=town.number(enterprise))
    given = {"visited_on": day, "outcome": outcome, "mode": mode, "levels": levels, "client_uuid": uuid.uuid4()}
    if not refused(log_visit, actor=user, post=post, enterprise=row, **given):
        simulation.contact(row.pk, role, day, outcome, mode, levels)


def keep(town: Town, simulation: Simulation, which: int, ago: int) -> None:
    """A contact that goes to what is owed: random ones hardly ever do."""
    today = clock.today()
    rows = list(
        Obligation._base_manager.filter(opens__lte=today, met_by=None, cancelled_on=None, exempt_reason="")
        .order_by("-closes", "station", "enterprise", "rule", "due")
        .select_related("rule")
    )
    if rows:
        row = rows[which % len(rows)]
        enterprise = next(n for n, one in enumerate(town.enterprises) if one.pk == row.enterprise_id)
        outcome, mode = KEEPING.get(row.need, KEEPING[Need.ONSITE])
        contact(
            town, simulation, enterprise, row.role, min(ago, (today - row.opens).days), outcome, mode, row.rule.levels
        )


def cancel(town: Town, simulation: Simulation, which: int) -> None:
    rows = list(
        Obligation._base_manager.filter(opens__lte=clock.today() + KNOWN * DAY, closes__gte=clock.today() - 30 * DAY)
        .order_by("due", "station", "enterprise", "rule")
        .select_related("station")
    )
    if rows:
        row = rows[which % len(rows)]
        chief = town.visitors[town.stations.index(row.station)][Role.CHIEF][0]
        if not refused(cancel_obligation, actor=chief, obligation=row, reason="停产检修"):
            simulation.cancel((row.enterprise_id, row.station_id, row.rule_id, row.due), clock.today())


TOLD = {one.__name__: one for one in (contact, keep, cancel)}

# -- strategies -----------------------------------------------------------------------------------------------------------
ENTERPRISE = st.sampled_from([0, 0, 0, 1, 2])
STATION = st.integers(0, 2)
UNION = st.integers(0, 3)
USUAL_TIERS = (Tier.LEAD, Tier.KEY)  # few words, so that rules and facts meet
DAYS_OFF = st.one_of(st.just(0), st.integers(-120, 120))
PAST = st.one_of(st.just(0), st.integers(-120, 0))
LENGTH = st.one_of(st.none(), st.integers(1, 300))
FESTIVAL = st.one_of(
    st.fixed_dictionaries(
        {
            "festival": st.sampled_from(["spring", "valentine", "qixi", "mid_autumn", "national"]),
            "days_before": st.integers(0, 25),
            "days_after": st.integers(0, 25),
        }
    ),
    st.fixed_dictionaries(
        {
            "festival": st.just("fixed"),
            "month": st.integers(1, 12),
            "day": st.sampled_from([1, 15, 28, 29, 30, 31]),  # 30 February is refused, as anybody's would be
            "days_before": st.integers(0, 25),
            "days_after": st.integers(0, 25),
        }
    ),
)
LINE = st.fixed_dictionaries(
    {
        "need": st.sampled_from([*Need]),
        "every": st.sampled_from([*Every]),
        "tier": st.sampled_from(["", "", "", "", *USUAL_TIERS, *USUAL_TIERS, *Tier]),
        "size": st.sampled_from(["", "", "", "", Size.SMALL, Size.SMALL, *Size]),
        "risk": st.sampled_from(["", "", "", "", Risk.CALM, Risk.CALM, *Risk]),
        "role": st.sampled_from([Role.GRID_OFFICER, Role.GRID_OFFICER, Role.CHIEF, Role.LIAISON]),
        "early_days": st.one_of(st.none(), st.integers(0, 60)),
        "late_days": st.one_of(st.just(0), st.integers(0, 20)),
        "working_days": st.booleans(),
        "levels": st.one_of(st.just([]), st.lists(st.sampled_from([*Level]), unique=True, max_size=2)),
    }
)
FACTS = {
    "enterprise": ENTERPRISE,
    "tier": st.sampled_from([*USUAL_TIERS * 3, *Tier]),
    "size": st.sampled_from([*[Size.SMALL] * 4, "", *Size]),
    "risk": st.sampled_from([*[Risk.CALM] * 4, "", *Risk]),
    "status": st.sampled_from([*[Status.OPERATING] * 8, *Status]),
    "start": DAYS_OFF,
}
LINES = st.lists(LINE, min_size=1, max_size=4)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "facts": FACTS,
    "leave": {"enterprise": ENTERPRISE, "start": DAYS_OFF},
    "enter": {"enterprise": ENTERPRISE, "station": STATION, "start": DAYS_OFF},
    "regime": {"union": UNION, "start": DAYS_OFF, "length": LENGTH, "draft": st.booleans(), "lines": LINES},
    "end_regime": {"union": UNION, "start": DAYS_OFF},
    "put_in_force": {"union": UNION, "start": DAYS_OFF},
    "withdraw": {"union": UNION},
    "add_line": {"union": UNION, "line": LINE},
    "drop_line": {"which": st.integers(0, 9)},
    "exception": {"of_station": st.booleans(), "which": STATION, "start": DAYS_OFF, "length": LENGTH, "line": LINE},
    "end_exception": {"which": st.integers(0, 5), "start": st.integers(-60, 120)},
    "on_chain": {"enterprise": ENTERPRISE, "chain": st.integers(0, 1), "start": DAYS_OFF, "length": LENGTH},
    "off_chain": {"enterprise": ENTERPRISE, "start": DAYS_OFF},
    "season": {
        "of_chain": st.booleans(),
        "which": STATION,
        "start": st.integers(-300, 300),
        "length": st.one_of(st.none(), st.integers(1, 800)),
        "fields": FESTIVAL,
    },
    "no_season": {"of_chain": st.booleans(), "which": st.integers(0, 3)},
    "pause": {"enterprise": ENTERPRISE, "start": DAYS_OFF, "length": st.integers(1, 150)},
    "end_pause": {"enterprise": ENTERPRISE, "start": st.integers(-20, 40)},
    "ask": {"enterprise": ENTERPRISE, "start": st.integers(-100, 120), "until": st.integers(21, 366)},
    "decline": {"which": st.integers(0, 3)},
    "rule_value": {
        "code": st.sampled_from(["visits.join_share", "visits.window_kept"]),
        "value": st.sampled_from([1, 30, 50, 80, 100]),
        "start": DAYS_OFF,
        "station": st.one_of(st.none(), STATION),
    },
    "calendar_day": {"start": st.integers(-10, 90), "kind": st.sampled_from([*DayKind])},
    "publish": {"ahead": st.integers(0, 1), "holidays": st.lists(st.integers(0, 364), min_size=1, max_size=4)},
    "appointment": {"station": STATION, "role": st.sampled_from(VISITORS)},
    "contact": {
        "enterprise": ENTERPRISE,
        "role": st.sampled_from([VISITORS[0], *VISITORS]),
        "ago": st.one_of(st.just(0), st.integers(0, 100)),
        "outcome": st.sampled_from([Outcome.MET, Outcome.MET, Outcome.CONTACTED, *Outcome]),
        "mode": st.sampled_from([Mode.ONSITE, Mode.ONSITE, *Mode]),
        "levels": st.lists(st.sampled_from([*Level]), unique=True),
    },
    "keep": {"which": st.integers(0, 9), "ago": st.sampled_from([0, 0, 3, 30])},
    "cancel": {"which": st.integers(0, 30)},
    "approve": {"which": st.integers(0, 3)},
}
OFTEN = [
    "contact",
    "keep",
    "keep",
    "keep",
    "keep",
    "facts",
    "enter",
    "pause",
    "exception",
    "ask",
    "ask",
    "approve",
    "approve",
    "approve",
]


def event(*names: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), st.fixed_dictionaries(ARGUMENTS[name])))


@st.composite
def beginnings(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Events of a first day that give the enterprises something to owe."""
    found: list[tuple[str, dict[str, Any]]] = []
    for enterprise in range(draw(st.integers(1, 3))):
        start = draw(st.sampled_from([-300, -20, 0]))
        found.append(("facts", {**draw(st.fixed_dictionaries(FACTS)), "enterprise": enterprise, "start": -300}))
        found.append(("enter", {"enterprise": enterprise, "station": draw(STATION), "start": start}))
    for union in draw(st.sampled_from([[0], [0, 1], [0, 1, 2], [1, 3]])):
        lines = draw(st.lists(LINE, min_size=1, max_size=5))
        start = draw(st.sampled_from([-300, -40, 0, 30]))
        found.append(("regime", {"union": union, "start": start, "length": None, "draft": False, "lines": lines}))
    return found + draw(st.lists(event("season", "on_chain", "exception", "rule_value", "regime", "ask"), max_size=4))


@st.composite
def days(draw: st.DrawFn) -> tuple[int, list[tuple[str, dict[str, Any]]], str]:
    """(days since the last one, its events, how it is planned in the end)."""
    ahead = draw(st.one_of(st.integers(1, 20), st.integers(1, 90)))
    happenings = draw(st.lists(event(*ARGUMENTS, *OFTEN), max_size=4))
    return ahead, happenings, draw(st.sampled_from(["once", "once", "twice", "piecemeal", "stations"]))


COURSES = st.tuples(st.sampled_from(STARTS), beginnings(), st.lists(days(), min_size=1, max_size=LONGEST))
