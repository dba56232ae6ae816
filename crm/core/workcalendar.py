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
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.core import journal
from crm.core.models import CalendarDay, DayKind
from crm.core.services import service

DAY = dt.timedelta(days=1)
# the libraries' answers never change while a process lives; what was entered is read afresh by every `load`
_CHINESE_NAMES = {day.value: day.chinese for day in chinese_calendar.Holiday}


@dataclass(frozen=True)
class DayInfo:
    """What kind of day it is, the holiday's name if it has one, and whether that may still change (暂定)."""

    kind: DayKind
    name: str = ""
    provisional: bool = False


@lru_cache(maxsize=64)
def _unpublished(year: int) -> Mapping[dt.date, str]:
    """The statutory holidays of a year with their names; make-up days are not known before the State Council says."""
    return dict(holidays.country_holidays("CN", years=year, language="zh_CN"))


def _plain(day: dt.date) -> DayKind:
    return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY


@lru_cache(maxsize=8192)
def _by_library(day: dt.date) -> DayInfo:
    """The day as the libraries know it: published (settled) or foreseen (provisional)."""
    try:
        works = chinese_calendar.is_workday(day)
        english = chinese_calendar.get_holiday_detail(day)[1]
    except NotImplementedError:  # the year is not published
        names = _unpublished(day.year)
        kind = DayKind.HOLIDAY if day in names else _plain(day)
        return DayInfo(kind, names.get(day, ""), provisional=True)
    if english is None:
        return DayInfo(_plain(day))
    name = _CHINESE_NAMES[english]
    if not works:
        return DayInfo(DayKind.HOLIDAY, name)
    return DayInfo(DayKind.MAKEUP, name) if _plain(day) == DayKind.WEEKEND else DayInfo(DayKind.WORKDAY)


@dataclass(frozen=True)
class WorkCalendar:
    """The calendar with the days somebody entered, loaded once for many questions."""

    entered: Mapping[dt.date, DayInfo]

    def info(self, day: dt.date) -> DayInfo:
        """What kind of day it is."""
        return self.entered.get(day) or _by_library(day)

    def works(self, day: dt.date) -> bool:
        """Whether people work on the day."""
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

    def before(self, day: dt.date, count: int) -> dt.date:
        """The `count`-th working day before the day; the day itself for 0."""
        while count > 0:
            day -= DAY
            count -= self.works(day)
        return day


def load() -> WorkCalendar:
    """The calendar as it stands now; one query. Whoever asks about many days loads once."""
    rows = CalendarDay.objects.values_list("day", "kind", "name", "provisional")
    return WorkCalendar({day: DayInfo(DayKind(kind), name, provisional) for day, kind, name, provisional in rows})


def is_workday(day: dt.date) -> bool:
    """Whether people work on the day; one query."""
    return load().works(day)


def add_workdays(day: dt.date, count: int) -> dt.date:
    """The `count`-th working day after the day, the day itself for 0; one query."""
    return load().after(day, count)


def workdays_between(start: dt.date, end: dt.date) -> int:
    """Working days after `start` up to and including `end`, 0 when `end` is not later; one query."""
    return load().between(start, end)


@service
def publish_year(*, year: int, days: Mapping[dt.date, tuple[DayKind, str]]) -> int:
    """Enter a year as published: the named holidays and make-up days, every other day plain and no longer 暂定.

    `days` is {day: (kind, name)}. It takes the place of all that was entered for the year; returns the number of days
    named. Raises ValidationError on days (none, of another year).
    """
    if not days:
        raise ValidationError({"days": [_("Name the holidays of the year.")]})
    foreign = [day for day in days if day.year != year]
    if foreign:
        words = _("%(day)s does not belong to the year %(year)s.")
        raise ValidationError({"days": [words % {"day": min(foreign), "year": year}]})
    CalendarDay.objects.filter(day__year=year).delete()
    first = dt.date(year, 1, 1)
    whole_year = (first + n * DAY for n in range((dt.date(year + 1, 1, 1) - first).days))
    kinds = {day: days.get(day, (_plain(day), "")) for day in whole_year}
    rows = [CalendarDay(day=day, kind=kind, name=name) for day, (kind, name) in kinds.items()]
    CalendarDay.objects.bulk_create(rows)
    changes = {"year": [None, year], "days": [None, {str(day): str(kind) for day, (kind, _name) in days.items()}]}
    journal.record(actor=None, verb="publish_year", obj=rows[0], changes=changes)
    return len(days)
