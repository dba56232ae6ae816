"""The night: each function on the list of `crm.core.ticks` once a day, in a job of its own."""

import datetime as dt

from crm.core import clock
from crm.core.ticks import register, registered
from crm.notices.models import TickDone

__all__ = ["register", "registered", "run", "to_run"]


def to_run(now: dt.datetime) -> list[str]:
    """Names of the list that have not run on the day of `now`; one query."""
    done = set(TickDone.objects.filter(day=clock.local_date(now)).values_list("name", flat=True))
    return [name for name in registered() if name not in done]


def run(name: str, day: dt.date) -> None:
    """Call the function for the day unless that was done; what it raises is tried again by the queue.

    A name that nobody registers any more is passed over.
    """
    function = registered().get(name)
    if function is None or TickDone.objects.filter(name=name, day=day).exists():
        return
    function(day)
    TickDone.objects.get_or_create(name=name, day=day)
