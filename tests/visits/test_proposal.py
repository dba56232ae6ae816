"""Whom a half-day proposes: against a second opinion that asks every pair, and the hours as officers write them."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.visits.hours import halves, usual_half
from crm.visits.proposal import Candidate, Place, propose

TODAY = dt.date(2026, 9, 16)
places = st.builds(Place, st.sampled_from((None, 1, 1, 2)), st.sampled_from(("", "A座", "B座")))
BOTH = frozenset({"am", "pm"})
# many that may be seen and few places for them: what is chosen is what is asked
candidates = st.lists(
    st.builds(
        Candidate,
        st.integers(1, 40),
        st.integers(-6, 14).map(lambda n: TODAY + dt.timedelta(days=n)),
        places,
        st.sampled_from((BOTH, BOTH, BOTH, frozenset({"am"}), frozenset({"pm"}))),
        st.sampled_from((False, False, False, False, True)),
    ),
    max_size=12,
    unique_by=lambda one: one.pk,
)


def rank(one: Candidate) -> int:
    """0 late, 1 a week or less to go, 2 the rest: counted day by day."""
    if one.closes < TODAY:
        return 0
    left = 0
    while TODAY + dt.timedelta(days=left) < one.closes:
        left += 1
    return 1 if left <= 7 else 2


def apart(one: Place, other: Place) -> int:
    if one.park is not None and other.park is not None and one.park == other.park:
        return 0 if one.building != "" and one.building == other.building else 1
    return 2


def naive(rows: list[Candidate], half: str, room: int, near: Place | None) -> set[int]:
    """Fill the half-day place by place: each time look through all that are left for the one before whom nobody goes."""
    left = [one for one in rows if half in one.halves and one.closed is False]
    chosen: list[Candidate] = []
    while left and len(chosen) < room:
        best = left[0]
        for other in left[1:]:
            if goes_before(other, best, chosen, near):
                best = other
        chosen.append(best)
        left.remove(best)
    return {one.pk for one in chosen}


def goes_before(one: Candidate, other: Candidate, chosen: list[Candidate], near: Place | None) -> bool:
    if rank(one) != rank(other):
        return rank(one) < rank(other)
    if chosen:  # the first of all is the most urgent, wherever it lies; those after it are sought around the start
        start = near if near is not None else chosen[0].place
        if apart(one.place, start) != apart(other.place, start):
            return apart(one.place, start) < apart(other.place, start)
    if one.closes != other.closes:
        return one.closes < other.closes
    return one.pk < other.pk


@settings(max_examples=500)
@given(candidates, st.sampled_from(("am", "pm")), st.integers(-1, 4), st.none() | places)
def test_the_choice_is_that_of_a_second_opinion(
    rows: list[Candidate], half: str, room: int, near: Place | None
) -> None:
    found = propose(rows, TODAY, half, room, near)
    assert {one.pk for one in found} == naive(rows, half, room, near)
    assert len({one.pk for one in found}) == len(found)


def test_the_most_urgent_goes_along_though_others_are_nearer() -> None:
    there = Place(1, "A座")
    far = Candidate(1, TODAY - dt.timedelta(days=9), Place(2), frozenset({"am"}))
    near = [Candidate(pk, TODAY - dt.timedelta(days=1), there, frozenset({"am"})) for pk in (2, 3)]
    assert propose([*near, far], TODAY, "am", 2, there) == [near[0], far]


@given(candidates, st.sampled_from(("am", "pm")), st.integers(0, 5), st.none() | places)
def test_the_order_of_the_way_leaves_no_building_to_come_back_to(
    rows: list[Candidate], half: str, room: int, near: Place | None
) -> None:
    found = propose(rows, TODAY, half, room, near)
    stops = [(one.place.park, one.place.building) for one in found]
    changes = sum(1 for before, after in pairwise(stops) if before != after)
    assert changes == max(0, len(set(stops)) - 1)
    assert propose(list(reversed(rows)), TODAY, half, room, near) == found


@pytest.mark.parametrize(
    ("hours", "shift", "expected"),
    [
        ("", "", {"am", "pm"}),
        ("", "day", {"am", "pm"}),
        ("", "night", {"pm"}),
        ("09:30–11:30", "", {"am"}),
        ("09:30–11:30", "night", {"am"}),
        ("9:00-12:00", "", {"am"}),
        ("12:00-13:00", "", {"pm"}),
        ("11:00—14:00", "", {"am", "pm"}),
        ("21:00 以后", "", {"pm"}),
        ("10：00以后", "", {"am", "pm"}),
        ("10:00 以前", "", {"am"}),
        ("22:00-02:00", "", {"pm"}),
        ("09:00-10:00，14:00-15:00", "", {"am", "pm"}),
        ("下午", "", {"pm"}),
        ("上午、晚上", "", {"am", "pm"}),
        ("晚班前电话联系", "", {"pm"}),
        ("先打电话", "", {"am", "pm"}),
    ],
)
def test_hours_as_officers_write_them(hours: str, shift: str, expected: set[str]) -> None:
    assert set(halves(hours, shift)) == expected
    assert usual_half(hours, shift) == min(expected)
