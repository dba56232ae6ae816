"""Months and quarters as `[start, end)` of days in Asia/Shanghai."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.visits.windows import month_after

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """A month (`2026-11`) or a quarter (`2026-Q4`)."""

    start: dt.date
    months: int

    @property
    def end(self) -> dt.date:
        """First day after the period."""
        return month_after(self.start, self.months)

    @property
    def last_day(self) -> dt.date:
        return self.end - DAY

    @property
    def kind(self) -> str:
        return "month" if self.months == 1 else "quarter"

    @property
    def code(self) -> str:
        if self.months == 1:
            return f"{self.start:%Y-%m}"
        return f"{self.start.year}-Q{(self.start.month + 2) // 3}"

    @property
    def label(self) -> str:
        if self.months == 1:
            return _("%(month)s/%(year)d") % {"month": self.start.month, "year": self.start.year}
        return _("quarter %(quarter)d of %(year)d") % {"quarter": (self.start.month + 2) // 3, "year": self.start.year}

    @property
    def before(self) -> "Period":
        return Period(month_after(self.start, -self.months), self.months)

    def day(self, as_of: dt.date) -> dt.date:
        """D: the day on which the figures stand. Raises ValidationError on as_of when it lies before the period."""
        if as_of < self.start:
            raise ValidationError({"as_of": [_("The day lies before the period.")]})
        return min(as_of, self.last_day)

    def __str__(self) -> str:
        return self.code


def month_of(day: dt.date) -> Period:
    return Period(day.replace(day=1), 1)


def quarter_of(day: dt.date) -> Period:
    return Period(dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3)


def parse(text: str, today: dt.date) -> Period:
    """`month`, `quarter`, `2026-11` or `2026-Q4`; empty is the quarter of today. Raises ValidationError on period."""
    if text in ("", "quarter"):
        return quarter_of(today)
    if text == "month":
        return month_of(today)
    found: Any = re.fullmatch(r"(\d{4})-(?:(0[1-9]|1[0-2])|Q([1-4]))", text)
    if found is None or not 2000 <= int(found[1]) < 2100:
        raise ValidationError({"period": [_("A period is written 2026-11 or 2026-Q4.")]})
    if found[2]:
        return Period(dt.date(int(found[1]), int(found[2]), 1), 1)
    return Period(dt.date(int(found[1]), int(found[3]) * 3 - 2, 1), 3)
