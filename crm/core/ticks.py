"""What happens once a day, at night: rooms put their functions on this list by name; `crm.notices` runs it.

    ticks.register("visits.roll", roll)     # in the AppConfig.ready of the room

A function is called with the day. It must be idempotent: after a crash, or when it failed, it is called for the same day
again. A day on which no worker ran is not made up for.
"""

import datetime as dt
from collections.abc import Callable, Mapping

Tick = Callable[[dt.date], object]
_ticks: dict[str, Tick] = {}


def register(name: str, function: Tick) -> None:
    """Put a function on the list; a second one under the same name is a programming error (ValueError)."""
    if _ticks.get(name, function) is not function:
        raise ValueError(f"tick {name!r} is registered twice")
    _ticks[name] = function


def registered() -> Mapping[str, Tick]:
    """{name: function} in the order of registration."""
    return _ticks
