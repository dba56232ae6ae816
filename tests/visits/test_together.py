"""The day on which posts go together, against a day-by-day second opinion."""

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm.visits.together import LONGEST_SEARCH, Owed, Together, together

TODAY = dt.date(2026, 9, 28)
DAY = dt.timedelta(days=1)
ROLES = ("chief", "grid_officer", "liaison")


def after(days: int) -> dt.date:
    return TODAY + days * DAY


def naive(owed: list[Owed], free: set[dt.date]) -> tuple[dt.date, dt.date | None, tuple[str, ...]] | None:
    """Day by day: who can go; the first of the days on which most can. Until the first of them can no more."""

    def can_go(one: Owed, day: dt.date) -> bool:
        return one.opens <= day and (day <= one.closes or one.closes < TODAY)

    best = None
    for n in range(LONGEST_SEARCH + 1):
        day = after(n)
        roles = {one.role for one in owed if can_go(one, day)}
        if day in free and len(roles) > max(1, len(best[1]) if best else 0):
            best = day, roles
    if best is None:
        return None
    first, roles = best
    last: dt.date | None = None
    for n in range(400):  # a window, once begun, is one piece: each role goes by the windows that hold the first day
        day = first + n * DAY
        if {one.role for one in owed if can_go(one, first) and can_go(one, day)} != roles:
            break
        last = day
    else:
        last = None
    return first, last, tuple(sorted(roles))


WINDOW = st.builds(
    lambda role, opens, length: Owed(role, after(opens), after(opens + length)),
    st.sampled_from(ROLES),
    st.integers(-120, 120),
    st.integers(0, 100),
)


@given(st.lists(WINDOW, max_size=7), st.sets(st.integers(0, LONGEST_SEARCH + 10)), st.sets(st.integers(0, 40)))
@example([Owed("chief", after(-9), after(-1)), Owed("liaison", after(-9), after(-2))], {0}, set())
@example([Owed("chief", after(0), after(9)), Owed("liaison", after(9), after(20))], {9}, set())
@example([Owed("chief", after(0), after(9)), Owed("liaison", after(9), after(20))], {9}, {9})
def test_the_day_equals_the_naive_opinion(owed: list[Owed], working: set[int], shut: set[int]) -> None:
    works, closed = {after(n) for n in working}, {after(n) for n in shut}
    found = together(owed, TODAY, works.__contains__, closed)
    assert (found and (found.day, found.until, found.roles)) == naive(owed, works - closed)


@pytest.mark.parametrize(
    ("owed", "wanted"),
    [
        ([], None),
        ([("chief", 0, 30)], None),
        ([("chief", 0, 30), ("chief", 0, 60)], None),  # one post does not go with itself
        ([("chief", 0, 3), ("liaison", 4, 9)], None),
        ([("chief", 0, 30), ("liaison", 10, 60)], (10, 30, 2)),
        ([("chief", -40, -10), ("liaison", 10, 60)], (10, 60, 2)),  # what is late waits for the other
        ([("chief", -40, -10), ("liaison", -30, -20)], (0, None, 2)),
        ([("chief", 0, 30), ("liaison", 0, 60), ("grid_officer", 20, 25)], (20, 25, 3)),  # most before soonest
        ([("chief", 0, 200), ("liaison", LONGEST_SEARCH + 1, 200)], None),
    ],
)
def test_small_cases(owed: list[tuple[str, int, int]], wanted: tuple[int, int | None, int] | None) -> None:
    found = together([Owed(role, after(a), after(b)) for role, a, b in owed], TODAY, lambda _day: True)
    if wanted is None:
        assert found is None
    else:
        assert isinstance(found, Together)
        first, last, count = wanted
        assert (found.day, found.until, len(found.roles)) == (
            after(first),
            None if last is None else after(last),
            count,
        )
