"""Windows of a regime: pure date arithmetic, no table."""

import datetime as dt
from dataclasses import dataclass

from crm.visits.enums import Every

MONTHS_OF: dict[str, int] = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}


@dataclass(frozen=True)
class Window:
    """A closed window `[opens, closes]` of which `due` is the day that the rule names."""

    opens: dt.date
    due: dt.date
    closes: dt.date

    @property
    def days(self) -> int:
        return (self.closes - self.opens).days + 1

    def share_left(self, joined: dt.date) -> float:
        """Share of the window's days that remain from `joined` on, 0 to 1."""
        return max(0, (self.closes - max(joined, self.opens)).days + 1) / self.days


def month_after(day: dt.date, months: int) -> dt.date:
    """The first day of the month `months` after the day's."""
    count = day.year * 12 + day.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def period_start(day: dt.date, every: str) -> dt.date:
    """First day of the calendar period of that length in which the day lies."""
    length = MONTHS_OF[every]
    return dt.date(day.year, (day.month - 1) // length * length + 1, 1)


def windows(every: str, early: int | None, late: int, start: dt.date, end: dt.date) -> list[Window]:
    """Windows of the calendar periods that touch `[start, end)`, oldest first.

    `due` is the period's last day; the window is `[due - early, due + late]`, from the period's first day where `early`
    is None (DEFINITIONS §3 “Window”).
    """
    found = []
    first = period_start(start, every)
    while first < end:
        following = month_after(first, MONTHS_OF[every])
        due = following - dt.timedelta(days=1)
        opens = first if early is None else due - dt.timedelta(days=early)
        found.append(Window(opens, due, due + dt.timedelta(days=late)))
        first = following
    return found
