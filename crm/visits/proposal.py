"""Whom to see on a half-day, though nobody has written a plan: a pure function of what is owed. Decision 15 says it in words."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

SOON = dt.timedelta(days=7)  # a window that closes within so many days comes before later ones
OVERDUE, CLOSING, LATER = range(3)
SAME_BUILDING, SAME_PARK, ELSEWHERE = range(3)


@dataclass(frozen=True)
class Place:
    park: int | None = None
    building: str = ""

    def distance(self, other: "Place") -> int:
        """How far apart: the same building of a park, the same park, or elsewhere; unknown places are elsewhere."""
        if self.park is None or self.park != other.park:
            return ELSEWHERE
        return SAME_BUILDING if self.building and self.building == other.building else SAME_PARK


@dataclass(frozen=True)
class Candidate:
    """An enterprise that is owed a contact: `closes` ends the window that closes first, `halves` are those in which it may be
    seen; `closed`: the day is one of its no-visit days (忙季、暂停).
    """

    pk: int
    closes: dt.date
    place: Place
    halves: frozenset[str]
    closed: bool = False

    def urgency(self, day: dt.date) -> int:
        if self.closes < day:
            return OVERDUE
        return CLOSING if self.closes <= day + SOON else LATER


def propose(
    candidates: Iterable[Candidate], day: dt.date, half: str, room: int, near: Place | None = None
) -> list[Candidate]:
    """At most `room` of those that may be seen on the half-day, in the order of the way.

    Chosen are overdue ones first, then those whose window closes within a week, then later ones; among equally urgent ones,
    whoever is nearer to `near` (where the half-day already has a visit) or else to the most urgent of all, then whose window
    closes first. The way goes from the nearest outwards, one building after the other.
    """
    fitting = [one for one in candidates if half in one.halves and not one.closed]
    if not fitting:
        return []
    worst = min(fitting, key=lambda one: (one.urgency(day), one.closes, one.pk))
    start = near or worst.place
    chosen = sorted(
        fitting, key=lambda one: (one.urgency(day), one is not worst, start.distance(one.place), one.closes, one.pk)
    )[: max(room, 0)]
    return sorted(
        chosen,
        key=lambda one: (
            start.distance(one.place), one.place.park or 0, one.place.building, one.urgency(day), one.closes, one.pk,
        ),
    )  # fmt: skip
