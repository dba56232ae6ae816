"""Half-days that three officers have planned, from what was proposed to them."""

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from crm.core import clock
from crm.visits.enums import Half
from crm.visits.selectors.halfday import Room, Slot, proposals
from crm.visits.services import plan_half_day
from crm.workflows.demo.places import Places

DAY = dt.timedelta(days=1)
ROOM = Room(visits=3, half_days=1, leave=False)
# who plans how many days ago, for how many days later, which half-day; the last one lets the day pass. The fifth officer's
# firms keep no busy season
PLANS = (
    ("zhuzhan", 1, 1, Half.MORNING),
    ("zhuzhan", 1, 3, Half.MORNING),
    ("zhuzhan2", 1, 1, Half.MORNING),
    ("zhuzhan3", 1, 2, Half.AFTERNOON),
    ("zhuzhan5", 1, 2, Half.MORNING),
    ("zhuzhan5", 2, 1, Half.MORNING),
)


def half_days(places: Places, on: Callable[[int, Callable[[], Any]], None]) -> None:
    """Put the planning of the half-days among the events of the history."""
    for number, (key, ago, ahead, half) in enumerate(PLANS):
        on(ago, partial(_plan, places, key, ahead, half, number))


def _plan(places: Places, key: str, ahead: int, half: Half, number: int) -> None:
    user, post, today = places.users[key], places.posts[key], clock.today()
    slot = Slot(today + ahead * DAY, half)
    chosen = [one.enterprise for one in proposals(user, post, slot, ROOM, today)]
    plan_half_day(
        actor=user, post=post, enterprises=chosen, day=slot.day, half=half,
        client_uuid=uuid.uuid5(uuid.NAMESPACE_OID, f"half-day {number}"),
    )  # fmt: skip
