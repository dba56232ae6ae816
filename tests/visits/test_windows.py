"""Windows against a calendar walked day by day."""

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.core.workcalendar import WorkCalendar
from crm.visits.enums import Every
from crm.visits.windows import MONTHS_OF, WEEKS_OF, Shape, Window, month_after, period_start

DAY = dt.timedelta(days=1)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31))
PERIODS = [one for one in Every.values if one != Every.NEVER]
CALENDAR = WorkCalendar({})


def period_of(day: dt.date, every: str) -> tuple[int, int]:
    """Naive: which of the periods the day is in, counted from some beginning."""
    if every in MONTHS_OF:
        return day.year, (day.month - 1) // MONTHS_OF[every]
    return 0, math.floor((day - dt.date(2024, 1, 1)).days / (7 * WEEKS_OF[every]))


@given(DAYS, st.sampled_from(PERIODS))
def test_a_period_begins_with_the_first_day_that_is_in_it(day: dt.date, every: str) -> None:
    start = period_start(day, every)
    assert period_of(start, every) == period_of(day, every)
    assert period_of(start - DAY, every) != period_of(day, every)


@given(DAYS, st.integers(1, 700), st.sampled_from(PERIODS))
def test_windows_are_the_periods_that_the_days_touch(start: dt.date, length: int, every: str) -> None:
    found = Shape(every).windows(start, start + length * DAY)
    touched = list(dict.fromkeys(period_of(start + n * DAY, every) for n in range(length)))
    assert [period_of(window.due, every) for window in found] == touched
    for window in found:
        assert period_of(window.opens - DAY, every) != period_of(window.opens, every) == period_of(window.due, every)
        assert period_of(window.due + DAY, every) != period_of(window.due, every)
        assert window.closes == window.due


def test_never_has_no_windows() -> None:
    assert Shape(Every.NEVER).windows(dt.date(2026, 1, 1), dt.date(2027, 1, 1)) == []


def test_tolerances_move_the_edges() -> None:
    (window,) = Shape(Every.QUARTER, 10, 5).windows(dt.date(2026, 4, 1), dt.date(2026, 7, 1))
    assert window == Window(dt.date(2026, 6, 20), dt.date(2026, 6, 30), dt.date(2026, 7, 5))


def test_tolerances_in_working_days_know_make_up_days() -> None:
    # due on 30 September 2026: 25 to 27 September and 1 to 7 October are holidays, 20 September and 10 October are worked
    window = Shape(Every.MONTH, 9, 3, working_days=True).window(dt.date(2026, 9, 1), CALENDAR)
    assert window == Window(dt.date(2026, 9, 17), dt.date(2026, 9, 30), dt.date(2026, 10, 10))


@settings(deadline=None, max_examples=40)
@given(DAYS, st.integers(0, 40), st.integers(0, 40), st.booleans(), st.sampled_from(PERIODS))
def test_no_window_within_the_days_is_forgotten(day: dt.date, early: int, late: int, working: bool, every: str) -> None:
    shape, last = Shape(every, early, late, working), day + 90 * DAY
    wide = shape.windows(day - 500 * DAY, last + 500 * DAY, CALENDAR)
    assert shape.within(day, last, CALENDAR) == [one for one in wide if one.closes >= day and one.opens <= last]


@given(DAYS, DAYS)
def test_the_share_left_counts_days(opens: dt.date, joined: dt.date) -> None:
    window = Window(opens, opens + 29 * DAY, opens + 29 * DAY)
    left = sum(1 for n in range(30) if opens + n * DAY >= joined)
    assert window.share_left(joined) == left / 30


@given(
    DAYS,
    st.integers(1, 60),
    st.integers(0, 9),
    st.lists(st.tuples(st.integers(-9, 90), st.integers(1, 30))),
    st.integers(1, 100),
)
def test_no_visit_days_are_made_good(
    opens: dt.date, days: int, late: int, closed: list[tuple[int, int]], kept: int
) -> None:
    taken = {opens + n * DAY for start, length in closed for n in range(start, start + length)}
    window = Window(opens, opens + (days - 1) * DAY, opens + (days - 1 + late) * DAY)
    moved = window.around(taken, kept)
    free = [opens + n * DAY for n in range(2000) if opens + n * DAY not in taken]
    assert moved.opens == free[0]
    until = [day for day in free if day <= window.closes]
    need = math.ceil((days + late) * kept / 100)
    assert moved.closes == (window.closes if len(until) >= need else free[need - 1])
    assert moved.due == window.due


def test_a_window_that_has_begun_keeps_its_first_day() -> None:
    window = Window(dt.date(2026, 3, 1), dt.date(2026, 3, 31), dt.date(2026, 3, 31))
    april = {dt.date(2026, 3, 5) + n * DAY for n in range(40)}  # 5 March to 13 April
    moved = window.around(april, 50, opens=dt.date(2026, 3, 1))
    assert moved == Window(dt.date(2026, 3, 1), dt.date(2026, 3, 31), dt.date(2026, 4, 25))  # 4 + 12 free days


@given(DAYS, st.integers(-30, 30))
def test_months_later(day: dt.date, months: int) -> None:
    later = month_after(day, months)
    assert (later.day, later.year * 12 + later.month) == (1, day.year * 12 + day.month + months)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_working_days_before_mirror_those_after(count: int) -> None:
    day = dt.date(2026, 6, 3)
    assert CALENDAR.before(CALENDAR.after(day, count), count) == day
