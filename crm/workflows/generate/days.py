"""The days of the history as numbers from its first day, which is cheap to reckon with millions of times."""

import datetime as dt
from bisect import bisect_left, bisect_right

from crm.core import workcalendar
from crm.visits.enums import Every
from crm.visits.windows import month_after, period_start

DAY = dt.timedelta(days=1)
AHEAD = 60  # days after today of which deadlines may still ask


class Days:
    """From the first day of last year up to today, which is not told any more."""

    def __init__(self, today: dt.date) -> None:
        self.today = today
        self.start = month_after(period_start(today, Every.YEAR), -12)
        self.count = self.number(today)
        self.texts = [str(self.day(number)) for number in range(self.count + AHEAD)]
        calendar = workcalendar.load()
        self.works = [number for number in range(self.count + AHEAD) if calendar.works(self.day(number))]
        # of each day: how many working days lie before it, and how many up to its end
        self.works_before = [bisect_left(self.works, number) for number in range(self.count + AHEAD)]
        self._works_until = [bisect_right(self.works, number) for number in range(self.count + AHEAD)]

    def number(self, day: dt.date) -> int:
        return (day - self.start).days

    def day(self, number: int) -> dt.date:
        return self.start + number * DAY

    def after(self, number: int, workdays: int) -> int:
        """The so-manieth working day after the day; the last one known when it lies too far ahead."""
        if workdays == 0:
            return number
        return self.works[min(self._works_until[number] + workdays, len(self.works)) - 1]

    def term(self, first: int, end: int | None = None) -> str:
        """A term as PostgreSQL writes it; open when `end` is None or not reached yet."""
        return f"[{self.texts[first]},{'' if end is None or end >= self.count else self.texts[end]})"
