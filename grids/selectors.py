"""Read models of grids: what changed between two lists, how much each post carries, who answers for whom."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from crm.access.roles import Role
from crm.core.querysets import count_of
from enterprises.models import RegisterEntry
from grids.models import Grid, Responsibility, ResponsibleList, ResponsibleListLine
from stations.models import Station
from stations.selectors import Seat, seats_of


@dataclass(frozen=True)
class ListDiff:
    """Lines by what became of them; `moved` pairs (line before, line after) whose officer's post differs."""

    added: list[ResponsibleListLine]
    removed: list[ResponsibleListLine]
    moved: list[tuple[ResponsibleListLine, ResponsibleListLine]]


def diff_lists(before: ResponsibleList | None, after: ResponsibleList, user: Any) -> ListDiff:
    """What a list changes against the one before it, as far as the user sees its lines; two queries."""
    old = {line.enterprise_id: line for line in before.lines.all().visible_to(user)} if before is not None else {}
    new = {line.enterprise_id: line for line in after.lines.all().visible_to(user)}
    return ListDiff(
        added=[line for pk, line in new.items() if pk not in old],
        removed=[line for pk, line in old.items() if pk not in new],
        moved=[
            (old[pk], line) for pk, line in new.items() if pk in old and old[pk].officer_post_id != line.officer_post_id
        ],
    )


@dataclass(frozen=True)
class GridLoad:
    """A grid on a day: who sits there and for how many enterprises of the register the post answers."""

    grid: Grid
    seat: Seat
    enterprises: int


def loads(station: Station, day: dt.date, seats: dict[int, Seat] | None = None) -> list[GridLoad]:
    """The station's grids by number, with names of their focus nodes; two queries, one with `seats` known already."""
    registered = RegisterEntry.objects.on(day).filter(station=station).values("enterprise_id")
    held = Responsibility.objects.on(day).filter(post=OuterRef("post"), enterprise__in=registered)
    nodes = Grid.focus_nodes.through.objects.filter(grid=OuterRef("pk")).order_by("chainnode__number")
    grids = list(
        Grid.objects.on(day)
        .filter(station=station)
        .select_related("post")
        .annotate(held=count_of(held), node_names=ArraySubquery(nodes.values("chainnode__name")))
        .order_by("number")
    )
    found = seats if seats is not None else seats_of([grid.post for grid in grids], day)
    return [GridLoad(grid, found[grid.post_id], grid.held) for grid in grids]


def unassigned(station: Any, day: dt.date) -> QuerySet[RegisterEntry]:
    """Entries of the station's register for which no grid officer's post answers on the day."""
    answered = Responsibility.objects.on(day).filter(role=Role.GRID_OFFICER).values("enterprise_id")
    return RegisterEntry.objects.on(day).filter(station=station).exclude(enterprise__in=answered)


def responsible_on(enterprise_ids: Iterable[int], day: dt.date) -> dict[int, list[Responsibility]]:
    """{enterprise id: who answers on the day, grid officer first}; one query."""
    found: dict[int, list[Responsibility]] = {}
    rows = Responsibility.objects.filter(enterprise__in=list(enterprise_ids), term__contains=day)
    for row in rows.select_related("post", "chain", "post__grid").order_by("role", "chain_id"):
        found.setdefault(row.enterprise_id, []).append(row)
    return found
