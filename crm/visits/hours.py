"""In which half-days an enterprise may be seen: its good hours to visit as officers write them, else its shift."""

import re

from crm.visits.enums import Half
from enterprises.enums import Shift

BOTH = frozenset(Half.values)
NOON, MIDNIGHT = 12 * 60, 24 * 60
_TIME = re.compile(r"(\d{1,2})[:：](\d{2})")
_PARTS = re.compile(r"[,，、;；/和]")
# words of a day and the half-days that they name; a word is looked for only where no time stands
_WORDS = (
    ("上午", Half.MORNING),
    ("早", Half.MORNING),
    ("下午", Half.AFTERNOON),
    ("晚", Half.AFTERNOON),
    ("夜", Half.AFTERNOON),
)


def halves(hours: str, shift: str = "") -> frozenset[str]:
    """The half-days that the hours touch (“09:30–11:30”, “21:00 以后”, “下午”); what says nothing allows both.

    The evening belongs to the afternoon. Without hours, a night shift is seen in the afternoon.
    """
    found: set[str] = set()
    for part in _PARTS.split(hours):
        found |= _touched(part)
    if found:
        return frozenset(found)
    return frozenset({Half.AFTERNOON.value}) if shift == Shift.NIGHT else BOTH


def usual_half(hours: str, shift: str = "") -> str:
    """The half-day for a plan that names none: the morning, where the enterprise may be seen then."""
    return min(halves(hours, shift))


def _touched(part: str) -> set[str]:
    times = [int(hour) * 60 + int(minute) for hour, minute in _TIME.findall(part)]
    if not times:
        return {half.value for word, half in _WORDS if word in part}
    start, end = times[0], times[-1]
    if len(times) == 1 and "后" in part:
        end = MIDNIGHT
    if len(times) == 1 and "前" in part:
        start = 0
    if end < start:  # past midnight
        end = MIDNIGHT
    touched = ((Half.MORNING, start < NOON), (Half.AFTERNOON, end > NOON or start >= NOON))
    return {half.value for half, so in touched if so}
