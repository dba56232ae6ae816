"""A second opinion of decision 7, written from that page alone: plain rows, plain Python, one day after the other.

It knows nothing of the product but the clock's days, the work calendar and the days of festivals. `Simulation.plan` is
called at the end of each simulated day with the rows as they are recorded then, `Simulation.contact` for each contact in
the order in which they are recorded. Written to be read beside the decision; it is slow on purpose.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

from django.db import connection

from crm.core import workcalendar
from crm.core.festivals import festival_day

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2024, 1, 1)
FIRST, LAST = dt.date(2023, 1, 1), dt.date(2031, 12, 31)  # nothing simulated reaches beyond
Row = dict[str, Any]
Key = tuple[int, int, int, dt.date]  # enterprise, station, rule, due

TERM = "lower(term) AS begins, upper(term) AS ends"
AROUND = "festival, month, day, days_before, days_after"
SELECTS = {
    "unions": "SELECT id, path FROM stations_tradeunion",
    "stations": "SELECT id, union_id FROM stations_station",
    "entries": f"SELECT id, enterprise_id, station_id, {TERM} FROM enterprises_registerentry",
    "facts": f"SELECT id, enterprise_id, status, tier, size, risk, {TERM} FROM enterprises_enterprisefact",
    "memberships": f"SELECT id, enterprise_id, chain_id, {TERM} FROM enterprises_chainmembership",
    "own_seasons": f"SELECT id, enterprise_id, {AROUND}, {TERM} FROM enterprises_enterpriseseason",
    "chain_seasons": f"SELECT id, chain_id, {AROUND}, {TERM} FROM enterprises_chainseason",
    "pauses": f"SELECT id, enterprise_id, {TERM} FROM visits_contactpause",
    "exemptions": f"SELECT id, enterprise_id, station_id, approved_on, {TERM} FROM visits_exemption",
    "regimes": f"SELECT id, union_id, draft, {TERM} FROM visits_regime",
    "rules": f"""SELECT id, regime_id, station_id, enterprise_id, tier, size, risk, role, need, every, early_days, late_days,
                 working_days, levels, {TERM} FROM visits_regimerule""",
    "values": "SELECT id, code, scope, valid_from, value FROM core_rule WHERE starts_with(code, 'visits.')",
}  # fmt: skip


def read() -> dict[str, list[Row]]:
    """All rows that decide, as they are recorded now."""
    found = {}
    with connection.cursor() as cursor:
        for name, select in SELECTS.items():
            cursor.execute(f"{select} ORDER BY id")
            columns = [column.name for column in cursor.description]
            found[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return found


def days(start: dt.date, end: dt.date) -> Iterator[dt.date]:
    """Every day from `start` to `end`, both included."""
    while start <= end:
        yield start
        start += DAY


def holds(row: Row, day: dt.date) -> bool:
    return row["begins"] <= day and (row["ends"] is None or day < row["ends"])


PERIOD_OF_DAY: dict[str, Callable[[dt.date], Any]] = {
    "week": lambda day: (day - MONDAY).days // 7,
    "two_weeks": lambda day: (day - MONDAY).days // 14,
    "three_weeks": lambda day: (day - MONDAY).days // 21,
    "month": lambda day: (day.year, day.month),
    "two_months": lambda day: (day.year, (day.month + 1) // 2),
    "quarter": lambda day: (day.year, (day.month + 2) // 3),
    "half_year": lambda day: (day.year, day.month > 6),
    "year": lambda day: day.year,
}


@cache
def periods(every: str) -> list[tuple[dt.date, dt.date]]:
    """(first day, last day) of every period that lies whole in the days that are simulated."""
    number = PERIOD_OF_DAY[every]
    firsts = [day for day in days(FIRST + DAY, LAST) if number(day) != number(day - DAY)]
    return [(first, after - DAY) for first, after in pairwise(firsts)]


@dataclass
class Known:
    """What is recorded at one moment, and the answers that follow from it."""

    rows: dict[str, list[Row]]
    calendar: workcalendar.WorkCalendar
    _holding: dict[Any, Any] = field(default_factory=dict)
    _no_visits: dict[int, set[dt.date]] = field(default_factory=dict)

    def value(self, code: str, day: dt.date, scope: str = "") -> int:
        """The newest row of the scope that is valid on the day, else the newest of everybody."""
        for wanted in (scope, ""):
            fitting = [
                row
                for row in self.rows["values"]
                if row["code"] == code and row["scope"] == wanted and row["valid_from"] <= day
            ]
            if fitting:
                return max(fitting, key=lambda row: row["valid_from"])["value"]
        raise AssertionError(f"{code} has no value")

    # -- which rule holds ------------------------------------------------------------------------------------------
    def on_register(self, enterprise: int, station: int, day: dt.date) -> bool:
        return any(
            row["enterprise_id"] == enterprise and row["station_id"] == station and holds(row, day)
            for row in self.rows["entries"]
        )

    def facts(self, enterprise: int, day: dt.date) -> Row | None:
        found = [row for row in self.rows["facts"] if row["enterprise_id"] == enterprise and holds(row, day)]
        return found[0] if found else None

    def regime(self, station: int, day: dt.date) -> int | None:
        """Of the nearest union at or above the station's own that has any regime in force."""
        paths = {row["id"]: row["path"] for row in self.rows["unions"]}
        own = next(paths[row["union_id"]] for row in self.rows["stations"] if row["id"] == station)
        in_force = [
            (len(paths[row["union_id"]]), row["id"])
            for row in self.rows["regimes"]
            if not row["draft"] and holds(row, day) and own.startswith(paths[row["union_id"]])
        ]
        return max(in_force)[1] if in_force else None

    def holding(self, enterprise: int, station: int, day: dt.date) -> dict[tuple[str, str], Row]:
        """{(role, need): the rule that holds} for the enterprise on the station's register on the day."""
        asked = (enterprise, station, day)
        if asked not in self._holding:
            self._holding[asked] = self._rules_that_hold(*asked)
        return self._holding[asked]

    def _rules_that_hold(self, enterprise: int, station: int, day: dt.date) -> dict[tuple[str, str], Row]:
        facts = self.facts(enterprise, day)
        if facts is None or facts["status"] != "operating" or not self.on_register(enterprise, station, day):
            return {}
        regime = self.regime(station, day)
        best: dict[tuple[str, str], tuple[Any, Row]] = {}
        for rule in self.rows["rules"]:
            if rule["regime_id"] is not None:
                near = 0
                if rule["regime_id"] != regime:
                    continue
            elif not holds(rule, day):
                continue
            elif rule["enterprise_id"] == enterprise:
                near = 2
            elif rule["station_id"] == station:
                near = 1
            else:
                continue
            if any(rule[name] and rule[name] != facts[name] for name in ("tier", "size", "risk")):
                continue
            named = 4 * bool(rule["tier"]) + 2 * bool(rule["size"]) + 1 * bool(rule["risk"])
            rank = (near, named, -rule["id"])
            what = (rule["role"], rule["need"])
            if what not in best or rank > best[what][0]:
                best[what] = (rank, rule)
        return {what: rule for what, (_rank, rule) in best.items()}

    # -- windows ---------------------------------------------------------------------------------------------------
    def step(self, day: dt.date, count: int, direction: dt.timedelta, working: bool) -> dt.date:
        """The `count`-th (working) day before or after the day."""
        while count > 0:
            day += direction
            if not working or self.calendar.works(day):
                count -= 1
        return day

    def window(self, rule: Row, first: dt.date, due: dt.date) -> tuple[dt.date, dt.date]:
        early, late, working = rule["early_days"], rule["late_days"], rule["working_days"]
        opens = first if early is None else self.step(due, early, -DAY, working)
        return opens, self.step(due, late, DAY, working)

    def no_visits(self, enterprise: int) -> set[dt.date]:
        """The enterprise's busy seasons and pauses, day by day."""
        if enterprise not in self._no_visits:
            self._no_visits[enterprise] = set(self._no_visit_days(enterprise))
        return self._no_visits[enterprise]

    def _no_visit_days(self, enterprise: int) -> Iterator[dt.date]:
        for pause in self.rows["pauses"]:
            if pause["enterprise_id"] == enterprise:
                yield from days(pause["begins"], pause["ends"] - DAY)
        for season in self.rows["own_seasons"]:
            if season["enterprise_id"] == enterprise:
                for begins, last in self._runs(season):
                    yield from days(begins, last)
        for season in self.rows["chain_seasons"]:
            for begins, last in self._runs(season):
                if any(
                    row["enterprise_id"] == enterprise and row["chain_id"] == season["chain_id"] and holds(row, begins)
                    for row in self.rows["memberships"]
                ):
                    yield from days(begins, last)

    def _runs(self, season: Row) -> Iterator[tuple[dt.date, dt.date]]:
        for year in range(FIRST.year, LAST.year + 1):
            day = festival_day(season["festival"], year, season["month"], season["day"])
            begins = day - season["days_before"] * DAY
            if holds(season, begins):
                yield begins, day + season["days_after"] * DAY

    def moved(self, enterprise: int, opens: dt.date, closes: dt.date) -> tuple[dt.date, dt.date]:
        """The window as no-visit days leave it."""
        busy = self.no_visits(enterprise)
        begins = opens
        while begins in busy:
            begins += DAY
        return begins, self.end(enterprise, opens, closes, begins)

    def end(self, enterprise: int, opens: dt.date, closes: dt.date, begins: dt.date) -> dt.date:
        """Where the window [opens, closes] closes when it has begun on the day `begins`."""
        busy = self.no_visits(enterprise)
        length = (closes - opens).days + 1
        need = math.ceil(length * self.value("visits.window_kept", opens) / 100)
        if sum(day not in busy for day in days(begins, closes)) >= need:
            return closes
        free, day = 0, begins
        while True:
            free += day not in busy
            if free == need:
                return day
            day += DAY

    def owes(self, enterprise: int, station: int, rule: Row, opens: dt.date, closes: dt.date) -> bool:
        """Whether the window [opens, closes] of the rule, as no season has moved it, is owed."""
        for day in days(opens, closes):
            holding = self.holding(enterprise, station, day).get((rule["role"], rule["need"]))
            if holding is not None:  # the joining day
                remain, whole = (closes - day).days + 1, (closes - opens).days + 1
                share = self.value("visits.join_share", day, f"station:{station}")
                return holding["id"] == rule["id"] and remain * 100 >= share * whole
        return False

    def exempts(self, enterprise: int, station: int, due: dt.date, closes: dt.date) -> bool:
        return any(
            (row["enterprise_id"], row["station_id"]) == (enterprise, station)
            and row["approved_on"] is not None
            and holds(row, due)
            and row["approved_on"] <= closes
            for row in self.rows["exemptions"]
        )

    def paused(self, enterprise: int, day: dt.date) -> bool:
        return any(row["enterprise_id"] == enterprise and holds(row, day) for row in self.rows["pauses"])


@dataclass
class Owed:
    opens: dt.date
    closes: dt.date
    met_on: dt.date | None = None
    cancelled_on: dt.date | None = None
    exempt: bool = False

    @property
    def live(self) -> bool:
        """Neither met nor cancelled nor exempt."""
        return self.met_on is None and self.cancelled_on is None and not self.exempt

    def state(self, day: dt.date, paused: bool) -> str:
        if self.cancelled_on is not None:
            return "cancelled"
        if self.exempt:
            return "exempt"
        if self.met_on is not None:
            return "met"
        if day < self.opens:
            return "not_yet"
        if day > self.closes:
            return "overdue"
        return "paused" if paused else "due"


class Simulation:
    """What is owed, as decision 7 has it."""

    def __init__(self) -> None:
        self.owed: dict[Key, Owed] = {}
        self._known: Known | None = None

    def known(self) -> Known:
        """What is recorded now; the same answers as before while nothing else is recorded."""
        rows, calendar = read(), workcalendar.load()
        if self._known is None or self._known.rows != rows or self._known.calendar != calendar:
            self._known = Known(rows, calendar)
        return self._known

    def plan(self, today: dt.date) -> None:
        """The end of a day."""
        known = self.known()
        rules = {row["id"]: row for row in known.rows["rules"]}
        for (enterprise, station, _rule, due), row in self.owed.items():  # an approval speaks first
            if row.closes >= today and (row.opens > today or known.on_register(enterprise, station, today)):
                row.exempt = row.exempt or (row.live and known.exempts(enterprise, station, due, row.closes))
        for key, row in list(self.owed.items()):
            enterprise, station, rule, due = key
            if row.met_on is not None or row.cancelled_on is not None or row.closes < today:
                continue
            if row.opens > today:
                del self.owed[key]  # to be written anew if it is owed
            elif row.exempt:
                continue
            elif not known.on_register(enterprise, station, today):
                if any(known.on_register(enterprise, station, day) for day in days(row.opens, today)):
                    row.cancelled_on = today
                else:
                    del self.owed[key]  # to be written anew when it joins
            else:
                first = next(first for first, last in periods(rules[rule]["every"]) if last == due)
                opens, closes = known.window(rules[rule], first, due)
                row.closes = max(today, known.end(enterprise, opens, closes, row.opens))
        for enterprise, station in sorted({(row["enterprise_id"], row["station_id"]) for row in known.rows["entries"]}):
            for rule_row in rules.values():
                if rule_row["every"] != "never":
                    self._write(known, today, enterprise, station, rule_row)

    def _write(self, known: Known, today: dt.date, enterprise: int, station: int, rule: Row) -> None:
        until = today + known.value("visits.horizon_days", today) * DAY
        for first, due in periods(rule["every"]):
            if due < today - 900 * DAY or first > until + 400 * DAY:
                continue  # no pause, season or tolerance reaches so far
            key = (enterprise, station, rule["id"], due)
            if key in self.owed:
                continue
            window = known.window(rule, first, due)
            opens, closes = known.moved(enterprise, *window)
            if closes < today or opens > until:
                continue
            if not known.on_register(enterprise, station, max(opens, today)):
                continue
            if known.owes(enterprise, station, rule, *window):
                self.owed[key] = Owed(opens, closes, exempt=known.exempts(enterprise, station, due, closes))

    def contact(self, enterprise: int, role: str, day: dt.date, outcome: str, mode: str, levels: list[str]) -> None:
        """An effective contact meets, per rule, one of what is owed; another meets nothing."""
        if outcome not in ("met", "contacted"):
            return
        onsite = outcome == "met" and mode == "onsite"
        for rule in self.known().rows["rules"]:
            if rule["role"] not in (role, "grid_officer"):
                continue
            if (rule["need"] == "onsite" and not onsite) or not set(rule["levels"]) <= set(levels):
                continue
            begun = [
                (row.closes, due, row)
                for (of, _station, of_rule, due), row in self.owed.items()
                if of == enterprise
                and of_rule == rule["id"]
                and row.opens <= day
                and row.cancelled_on is None
                and not row.exempt
            ]
            around = [
                one for one in begun if day <= one[0] and (one[2].met_on is None or one[2].met_on > one[2].closes)
            ]
            before = [one for one in begun if one[0] < day and one[2].met_on is None]
            if around:
                min(around, key=lambda one: one[:2])[2].met_on = day
            elif before:
                max(before, key=lambda one: one[:2])[2].met_on = day

    def cancel(self, key: Key, day: dt.date) -> None:
        self.owed[key].cancelled_on = day

    def states(self, day: dt.date) -> dict[Key, str]:
        known = self.known()
        return {key: row.state(day, known.paused(key[0], day)) for key, row in self.owed.items()}
