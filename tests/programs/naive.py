"""The checklist told a second time, from the papers and without the code under test.

One row per state that an item can be moved to: from which states of the day | who | what has to be given.
"""

import calendar
import datetime as dt
from dataclasses import dataclass, field

ROWS = """
in_progress    | not_started not_applicable returned renew done                | officer liaison chief |
done           | not_started in_progress returned renew verified confirmed     | officer liaison chief | evidence_kind evidence
not_applicable | not_started in_progress returned renew                        | officer liaison chief | reason
not_started    | not_applicable in_progress                                    | officer liaison chief | reason
verified       | done                                                          | chief                 |
returned       | done verified confirmed not_applicable                        | chief                 | reason
confirmed      | verified                                                      | leader                |
"""
TABLE = {
    name: (source.split(), who.split(), needs.split())
    for name, source, who, needs in ([cell.strip() for cell in line.split("|")] for line in ROWS.strip().splitlines())
}
# who does not see the enterprise's checklist at all, or sees it and moves nothing, is denied alike
NOBODY = ("colleague", "staff", "consumer", "administrator", "outsider", "foreign_chief")


def holds_until(day: dt.date, months: int) -> dt.date:
    """The day on which it no longer holds, counted month by month."""
    year, month = day.year, day.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass
class NaiveItem:
    """What an item should be after the moves made so far."""

    months: int | None
    kept: str = "not_started"
    done_on: dt.date | None = None
    version: int = 0
    states: list[str] = field(default_factory=list)

    def shown(self, today: dt.date) -> str:
        if self.kept in ("verified", "confirmed") and self.months and self.done_on:
            return "renew" if today >= holds_until(self.done_on, self.months) else self.kept
        return self.kept

    def judge(self, who: str, to: str, given: dict[str, str], done_on: dt.date, today: dt.date) -> str:
        source, people, needs = TABLE[to]
        if who not in people:
            return "denied"
        if self.shown(today) not in source:
            return "to"
        missing = [name for name in needs if not given.get(name)]
        if missing:
            return " ".join(missing)
        if to == "done":
            if done_on > today:
                return "done_on"
            if self.months and holds_until(done_on, self.months) <= today:
                return "done_on"
            if self.kept in ("verified", "confirmed") and self.done_on and done_on <= self.done_on:
                return "done_on"
        return "done"

    def make(self, to: str, done_on: dt.date) -> None:
        if to == "done":
            self.done_on = done_on
        elif to not in ("verified", "confirmed"):
            self.done_on = None
        self.kept = to
        self.version += 1
        self.states.append(to)
