"""The one source of time. Everything that asks what day or moment it is asks here."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
_fixed: ContextVar[dt.datetime | None] = ContextVar("fixed_moment", default=None)


def _real() -> dt.datetime:
    return dt.datetime.now(ZONE)


@cache
def _shift() -> dt.timedelta:
    """Whole days by which the process lives elsewhere in time (LIANLIAN_TODAY=YYYY-MM-DD), zero otherwise."""
    wanted = os.environ.get("LIANLIAN_TODAY")
    if not wanted:
        return dt.timedelta()
    return dt.timedelta(days=(dt.date.fromisoformat(wanted) - _real().date()).days)


def now() -> dt.datetime:
    """This moment, aware, in Asia/Shanghai."""
    return _fixed.get() or _real() + _shift()


def today() -> dt.date:
    """This day in Asia/Shanghai."""
    return now().date()


def local_date(moment: dt.datetime) -> dt.date:
    """The day in Asia/Shanghai on which an aware moment lies."""
    return moment.astimezone(ZONE).date()


def start_of(day: dt.date) -> dt.datetime:
    """The first moment of a day in Asia/Shanghai, aware."""
    return dt.datetime.combine(day, dt.time(), ZONE)


def at(day: dt.date, hour: int = 0, minute: int = 0) -> dt.datetime:
    """A moment of a day in Asia/Shanghai, aware."""
    return dt.datetime.combine(day, dt.time(hour, minute), ZONE)


@contextmanager
def fixed(moment: dt.datetime | dt.date) -> Iterator[None]:
    """Hold the clock still at a moment (or at noon of a day) for what runs inside: tests and demo history."""
    still = moment.astimezone(ZONE) if isinstance(moment, dt.datetime) else at(moment, 12)
    token = _fixed.set(still)
    try:
        yield
    finally:
        _fixed.reset(token)
