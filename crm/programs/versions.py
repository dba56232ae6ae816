"""Which version of the checklist holds where: that of the nearest union above that has one in force on the day."""

import datetime as dt
from typing import Any

from crm.programs.models import Checklist, ChecklistLine
from stations.models import TradeUnion


def checklist_of_union(union: TradeUnion, day: dt.date) -> Checklist | None:
    """The version in force for the union on the day: its own, else that of the nearest union above with one. One query."""
    rows = Checklist._base_manager.filter(union__path__in=_above(union), term__contains=day).select_related("union")
    return max(rows, key=lambda row: len(row.union.path), default=None)


def lines_of_union(union: TradeUnion, day: dt.date, **beside: Any) -> tuple[Checklist | None, list[ChecklistLine]]:
    """The same version with its lines, each annotated with what is to stand `beside` it; one query."""
    rows = ChecklistLine._base_manager.filter(checklist__union__path__in=_above(union), checklist__term__contains=day)
    lines = list(rows.select_related("checklist__union").annotate(**beside).order_by("number"))
    nearest = max((line.checklist.union.path for line in lines), key=len, default="")
    found = [line for line in lines if line.checklist.union.path == nearest]
    return (found[0].checklist if found else None), found


def _above(union: TradeUnion) -> list[str]:
    """Tree paths of the union and of those above it."""
    step, path = TradeUnion.steplen, union.path
    return [path[:size] for size in range(step, len(path) + 1, step)]
