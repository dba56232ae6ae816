"""Days of the year that trades live by: fixed ones and those of the lunar calendar."""

import datetime as dt
from functools import lru_cache

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from lunar_python import Lunar


class Festival(TextChoices):
    SPRING = "spring", _("Spring Festival")
    VALENTINE = "valentine", _("Valentine's Day (14 February)")
    QIXI = "qixi", _("Qixi")
    MID_AUTUMN = "mid_autumn", _("Mid-Autumn Festival")
    NATIONAL = "national", _("National Day (1 October)")
    FIXED = "fixed", _("A fixed day of the year")


_SOLAR = {Festival.VALENTINE: (2, 14), Festival.NATIONAL: (10, 1)}
_LUNAR = {Festival.SPRING: (1, 1), Festival.QIXI: (7, 7), Festival.MID_AUTUMN: (8, 15)}


@lru_cache(maxsize=1024)
def festival_day(festival: str, year: int, month: int | None = None, day: int | None = None) -> dt.date:
    """The festival's day that lies in the year; `month` and `day` are those of a fixed day (29 February: the 28th)."""
    known = Festival(festival)
    if known in _LUNAR:
        solar = Lunar.fromYmd(year, *_LUNAR[known]).getSolar()
        return dt.date(solar.getYear(), solar.getMonth(), solar.getDay())
    month, day = _SOLAR.get(known, (month, day))
    assert month is not None
    assert day is not None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return dt.date(year, month, 28)
