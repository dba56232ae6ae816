"""Working days of the People's Republic, make-up days (调休) included.

Three layers, the first that speaks decides: the table CalendarDay (what somebody entered), the published calendar
(chinesecalendar), the statutory holidays of a year that is not published yet (holidays; such days are 暂定).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import chinese_calendar
import holidays

from crm.core.models import CalendarDay, DayKind
from crm.core.services import service

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class DayInfo:
    """What kind of day it is, the holiday's name if it has one, and whether that may still change (暂定)."""

    kind: DayKind
    name: str = ""
    provisional: bool = False


@lru_cache(maxsize=64)
def _unpublished(year: int) -> Mapping[dt.date, str]:
    return dict(holidays.country_holidays("CN", years=year, language="zh_CN"))


@lru_cache(maxsize=8192)
def _by_library(day: dt.date) -> DayInfo:
    weekend = day.weekday() >= 5
    try:
        working = chinese_calendar.is_workday(day)
        _, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        names = _unpublished(day.year)
        if day in names:
            return DayInfo(DayKind.HOLIDAY, names[day], provisional=True)
        return DayInfo(DayKind.WEEKEND if weekend else DayKind.WORKDAY, provisional=True)
    if working:
        return DayInfo(DayKind.MAKEUP if weekend else DayKind.WORKDAY, name or "")
    return DayInfo(DayKind.HOLIDAY if name else DayKind.WEEKEND, name or "")


@dataclass(frozen=True)
class WorkCalendar:
    """The calendar with the days somebody entered, loaded once for many questions."""

    entered: Mapping[dt.date, DayInfo]

    def info(self, day: dt.date) -> DayInfo:
        return self.entered.get(day) or _by_library(day)

    def works(self, day: dt.date) -> bool:
        return self.info(day).kind.works

    def between(self, start: dt.date, end: dt.date) -> int:
        """Working days after `start` up to and including `end`; 0 when `end` is not later."""
        return sum(self.works(start + n * DAY) for n in range(1, (end - start).days + 1))

    def after(self, day: dt.date, count: int) -> dt.date:
        """The `count`-th working day after the day; the day itself for 0."""
        while count > 0:
            day += DAY
            count -= self.works(day)
        return day


def load() -> WorkCalendar:
    """The calendar as it stands now; one query."""
    rows = CalendarDay.objects.values_list("day", "kind", "name", "provisional")
    return WorkCalendar({day: DayInfo(DayKind(kind), name, provisional) for day, kind, name, provisional in rows})


def is_workday(day: dt.date) -> bool:
    return load().works(day)


def add_workdays(day: dt.date, count: int) -> dt.date:
    """The `count`-th working day after the day."""
    return load().after(day, count)


def workdays_between(start: dt.date, end: dt.date) -> int:
    """Working days after `start` up to and including `end`."""
    return load().between(start, end)


@service
def publish_year(*, year: int, days: Mapping[dt.date, tuple[DayKind, str]]) -> int:
    """Enter a year's published holidays and make-up days in place of what was entered for it; returns their number."""
    CalendarDay.objects.filter(day__year=year).delete()
    rows = [CalendarDay(day=day, kind=kind, name=name) for day, (kind, name) in days.items() if day.year == year]
    CalendarDay.objects.bulk_create(rows)
    return len(rows)
