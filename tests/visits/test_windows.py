"""Windows against a calendar walked day by day."""

import calendar
import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from crm.visits.enums import Every
from crm.visits.windows import MONTHS_OF, Window, month_after, period_start, windows

DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31))


def period_of(day: dt.date, every: str) -> tuple[int, int]:
    """Naive: the year and which of its periods."""
    return day.year, (day.month - 1) // MONTHS_OF[every]


@given(DAYS, st.sampled_from(Every.values))
def test_a_period_begins_with_the_first_day_that_is_in_it(day: dt.date, every: str) -> None:
    start = period_start(day, every)
    assert period_of(start, every) == period_of(day, every)
    assert period_of(start - dt.timedelta(days=1), every) != period_of(day, every)


@given(DAYS, st.integers(1, 700), st.sampled_from(Every.values))
def test_windows_are_the_periods_that_the_days_touch(start: dt.date, length: int, every: str) -> None:
    end = start + dt.timedelta(days=length)
    found = windows(every, None, 0, start, end)
    touched = list(dict.fromkeys(period_of(start + dt.timedelta(days=n), every) for n in range(length)))
    assert [period_of(window.due, every) for window in found] == touched
    for window in found:
        assert window.opens.day == 1
        assert window.closes == window.due
        assert window.due.day == calendar.monthrange(window.due.year, window.due.month)[1]


def test_tolerances_move_the_edges() -> None:
    (window,) = windows(Every.QUARTER, 10, 5, dt.date(2026, 4, 1), dt.date(2026, 7, 1))
    assert window == Window(dt.date(2026, 6, 20), dt.date(2026, 6, 30), dt.date(2026, 7, 5))


@given(DAYS, DAYS)
def test_the_share_left_counts_days(opens: dt.date, joined: dt.date) -> None:
    window = Window(opens, opens + dt.timedelta(days=29), opens + dt.timedelta(days=29))
    left = sum(1 for n in range(30) if opens + dt.timedelta(days=n) >= joined)
    assert window.share_left(joined) == left / 30


@given(DAYS, st.integers(-30, 30))
def test_months_later(day: dt.date, months: int) -> None:
    later = month_after(day, months)
    assert (later.day, later.year * 12 + later.month) == (1, day.year * 12 + day.month + months)
