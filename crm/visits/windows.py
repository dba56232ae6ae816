"""Windows of a regime: pure date arithmetic, no table (decision 7)."""

import datetime as dt
import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import count

from crm.core.workcalendar import WorkCalendar
from crm.visits.enums import Every

DAY = dt.timedelta(days=1)
MONTHS_OF: dict[str, int] = {Every.MONTH: 1, Every.TWO_MONTHS: 2, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}
WEEKS_OF: dict[str, int] = {Every.WEEK: 1, Every.TWO_WEEKS: 2, Every.THREE_WEEKS: 3}
FIRST_MONDAY = dt.date(2024, 1, 1)  # two and three weeks are counted from here


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

    def around(self, closed_days: Collection[dt.date], kept: int, opens: dt.date | None = None) -> "Window":
        """The window made good for no-visit days: it begins on the first free day, and while fewer than `kept` percent of
        its days are free it closes later. `opens` is the first day of one that has begun, which stays.
        """
        if not closed_days:
            return self
        first = opens or next(day for n in count() if (day := self.opens + n * DAY) not in closed_days)
        need = max(1, math.ceil(self.days * kept / 100))
        free, last = 0, first - DAY
        while free < need or last < self.closes:
            last += DAY
            free += last not in closed_days
            if free >= need and last >= self.closes:
                break
        return Window(first, self.due, max(last, self.due))


def month_after(day: dt.date, months: int) -> dt.date:
    """The first day of the month `months` after the day's."""
    number = day.year * 12 + day.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


def period_start(day: dt.date, every: str) -> dt.date:
    """First day of the period of that length in which the day lies."""
    if every in WEEKS_OF:
        return day - (day - FIRST_MONDAY).days % (7 * WEEKS_OF[every]) * DAY
    length = MONTHS_OF[every]
    return dt.date(day.year, (day.month - 1) // length * length + 1, 1)


def period_after(first: dt.date, every: str) -> dt.date:
    """First day of the period after the one that begins on `first`."""
    return first + 7 * WEEKS_OF[every] * DAY if every in WEEKS_OF else month_after(first, MONTHS_OF[every])


@dataclass(frozen=True)
class Shape:
    """What of a rule decides its windows; `early` None: from the period's first day."""

    every: str
    early: int | None = None
    late: int = 0
    working_days: bool = False

    def window(self, first: dt.date, calendar: WorkCalendar | None = None) -> Window:
        """The window of the period that begins on `first`; working days are asked of the calendar."""
        due = period_after(first, self.every) - DAY
        if self.working_days:
            assert calendar is not None
            opens = first if self.early is None else calendar.before(due, self.early)
            return Window(opens, due, calendar.after(due, self.late))
        return Window(first if self.early is None else due - self.early * DAY, due, due + self.late * DAY)

    def windows(self, start: dt.date, end: dt.date, calendar: WorkCalendar | None = None) -> list[Window]:
        """Windows of the periods that touch `[start, end)`, oldest first; none for `never`."""
        found: list[Window] = []
        if self.every == Every.NEVER:
            return found
        first = period_start(start, self.every)
        while first < end:
            found.append(self.window(first, calendar))
            first = period_after(first, self.every)
        return found

    def within(self, first: dt.date, last: dt.date, calendar: WorkCalendar | None = None) -> list[Window]:
        """Windows that close on `first` or later and open on `last` or before, oldest first."""
        reach = 2 * ((self.early or 0) + self.late) * DAY + 30 * DAY  # working days are fewer than days; holidays last
        return [
            one
            for one in self.windows(first - reach, last + reach, calendar)
            if one.closes >= first and one.opens <= last
        ]
