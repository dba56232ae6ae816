"""When posts that owe a visit at one enterprise can go together: pure date arithmetic, no table (decision 14)."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from crm.access.roles import Role
from crm.visits.windows import DAY

LONGEST_SEARCH = 92  # days from today


@dataclass(frozen=True)
class Owed:
    """A visit that a role owes; one whose window has closed is still to be made, on any day."""

    role: str
    opens: dt.date
    closes: dt.date


@dataclass(frozen=True)
class Together:
    """The first day on which these roles can go together, and the last one (None: all of them are late)."""

    day: dt.date
    until: dt.date | None
    roles: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [str(Role(role).label) for role in self.roles]


def together(
    owed: Iterable[Owed], today: dt.date, works: Callable[[dt.date], bool], shut: Collection[dt.date] = ()
) -> Together | None:
    """The first working day, of today and the next 92, on which the most roles can go; None if no two can on any.

    `shut`: no-visit days, which count as not working.
    The first common day of some windows is the first such day from the day on which the last of them opens: no other
    day need be looked at.
    """
    rows, end = list(owed), today + LONGEST_SEARCH * DAY
    best: Together | None = None
    for start in sorted({max(row.opens, today) for row in rows}):
        day = start
        while day <= end and (day in shut or not works(day)):
            day += DAY
        found = _on(rows, day, today) if day <= end else None
        if found is not None and (best is None or len(found.roles) > len(best.roles)):
            best = found
    return best


def _on(rows: list[Owed], day: dt.date, today: dt.date) -> Together | None:
    """Who can go on the day, if at least two can."""
    last: dict[str, dt.date] = {}  # role: until when it can
    for row in rows:
        late = row.closes < today
        if row.opens <= day and (late or row.closes >= day):
            last[row.role] = max(last.get(row.role, day), dt.date.max if late else row.closes)
    if len(last) < 2:
        return None
    until = min(last.values())
    return Together(day, None if until == dt.date.max else until, tuple(sorted(last)))
