"""Who owes which window: decision 7, without a table. Everything that decides comes in as rows."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from crm.core.workcalendar import WorkCalendar
from crm.visits.models import Regime, RegimeRule
from crm.visits.windows import DAY, Shape, Window
from enterprises.enums import Status
from enterprises.models import EnterpriseFact, RegisterEntry

Kind = tuple[str, str]  # role, need
CONDITIONS = (("tier", 4), ("size", 2), ("risk", 1))
LOOK_BACK = 366  # days: no window is longer


def shape_of(rule: RegimeRule) -> Shape:
    return Shape(rule.every, rule.early_days, rule.late_days, rule.working_days)


@dataclass(frozen=True)
class InForce:
    """A rule with the days on which it holds; `nearness`: how near to the enterprise it was made (regime 0, station 1,
    enterprise 2).
    """

    rule: RegimeRule
    start: dt.date
    end: dt.date | None
    nearness: int
    weight: int

    def holds_on(self, day: dt.date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


def _in_force(rule: RegimeRule, start: dt.date, end: dt.date | None, nearness: int) -> InForce:
    return InForce(rule, start, end, nearness, sum(size for name, size in CONDITIONS if getattr(rule, name)))


def exception(rule: RegimeRule) -> InForce:
    """A rule made for a station or an enterprise alone."""
    return _in_force(rule, rule.term.lower, rule.term.upper, 2 if rule.enterprise_id else 1)


@dataclass
class StationRules:
    """The rules of a station: its regimes with their lines, nearest union last, and its own exceptions."""

    regimes: list[tuple[int, Regime, list[RegimeRule]]] = field(default_factory=list)  # length of the union's path
    exceptions: list[InForce] = field(default_factory=list)

    def lines(self) -> dict[Kind, list[InForce]]:
        """{(role, need): its rules}; a regime's lines hold while no nearer union has a regime in force."""
        found: dict[Kind, list[InForce]] = defaultdict(list)
        for depth, regime, lines in self.regimes:
            nearer = sorted(
                ((other.start, other.end) for length, other, _ in self.regimes if length > depth),
                key=lambda term: term[0],
            )
            for start, end in _without(regime.start, regime.end, nearer):
                for rule in lines:
                    found[rule.role, rule.need].append(_in_force(rule, start, end, 0))
        for one in self.exceptions:
            found[one.rule.role, one.rule.need].append(one)
        return found


def _without(
    start: dt.date, end: dt.date | None, taken: Sequence[tuple[dt.date, dt.date | None]]
) -> Iterable[tuple[dt.date, dt.date | None]]:
    """The parts of a half-open term that none of the other terms holds; these in the order of their starts."""
    for first, last in taken:
        if end is not None and first >= end:
            break
        if start < first:
            yield start, first
        if last is None:
            return
        start = max(start, last)
    if end is None or start < end:
        yield start, end


@dataclass
class Subject:
    """An enterprise at a station: what decides about what it owes there."""

    stays: list[RegisterEntry]
    facts: list[EnterpriseFact]
    rules: dict[Kind, list[InForce]]

    def registered_on(self, day: dt.date) -> bool:
        return any(stay.holds_on(day) for stay in self.stays)

    def rule_on(self, kind: Kind, day: dt.date) -> RegimeRule | None:
        """The rule of the kind that holds for the enterprise on the day, the most particular one."""
        fact = next((fact for fact in self.facts if fact.holds_on(day)), None)
        if fact is None or fact.status != Status.OPERATING:
            return None
        fitting = [
            one
            for one in self.rules[kind]
            if one.holds_on(day)
            and all(getattr(one.rule, name) in ("", getattr(fact, name)) for name, _weight in CONDITIONS)
        ]
        best = max(fitting, key=lambda one: (one.nearness, one.weight, -one.rule.pk), default=None)
        return None if best is None else best.rule

    def _begins(self) -> list[dt.date]:
        """Days on which something may begin to hold."""
        rules = (one for ones in self.rules.values() for one in ones)
        return sorted(
            {row.start for row in self.stays}
            | {row.start for row in self.facts}
            | {day for one in rules for day in (one.start, one.end) if day is not None}
        )

    def owed(
        self, first: dt.date, last: dt.date, calendar: WorkCalendar, share: Callable[[dt.date], int]
    ) -> Iterable[tuple[RegimeRule, Window]]:
        """Windows that are owed, of those that close on `first` or later and open on `last` or before (no-visit days not
        looked at). `share` says the least percentage of a window that must remain on the joining day.
        """
        begins = self._begins()
        for kind, rules in self.rules.items():
            done: set[int] = set()
            for one in rules:
                if one.rule.pk in done:
                    continue
                done.add(one.rule.pk)
                for window in shape_of(one.rule).within(first, last, calendar):
                    joined, holding = self._joined(kind, window, begins)
                    if (
                        joined is not None
                        and holding == one.rule
                        and 100 * ((window.closes - joined).days + 1) >= share(joined) * window.days
                    ):
                        yield one.rule, window

    def _joined(self, kind: Kind, window: Window, begins: list[dt.date]) -> tuple[dt.date | None, RegimeRule | None]:
        """The first day of the window on which the enterprise is on the register and a rule holds, and that rule."""
        for day in (window.opens, *(day for day in begins if window.opens < day <= window.closes)):
            rule = self.rule_on(kind, day) if self.registered_on(day) else None
            if rule is not None:
                return day, rule
        return None, None


def far_back(closed_days: Collection[dt.date], today: dt.date) -> dt.date:
    """From which day on windows may, made good for no-visit days, still be open today."""
    return today - (len(closed_days) + LOOK_BACK) * DAY if closed_days else today
