"""Read models of grids: what changed between two lists, how much each post carries, who answers for whom."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet

from crm.access.roles import OFFICER_ROLES, Role
from crm.accounts.models import Person, User
from crm.core.querysets import count_of
from enterprises.models import RegisterEntry
from grids.models import Grid, Recusal, Responsibility, ResponsibleList, ResponsibleListLine
from stations.models import Appointment, Station
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


def loads(user: User, station: Station, day: dt.date, seats: dict[int, Seat] | None = None) -> list[GridLoad]:
    """The station's grids by number, with names of their focus nodes; two queries, one with `seats` known already.

    Counted are the enterprises for which the grid's post answers, as far as the user sees them.
    """
    registered = RegisterEntry.objects.on(day).filter(station=station).values("enterprise_id")
    held = Responsibility.objects.visible_to(user).on(day).filter(post=OuterRef("post"), enterprise__in=registered)
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


def responsible_on(user: User, enterprise_ids: Iterable[int], day: dt.date) -> dict[int, list[Responsibility]]:
    """{enterprise id: who answers on the day as far as the user sees it, grid officer first}; one query."""
    found: dict[int, list[Responsibility]] = {}
    rows = Responsibility.objects.visible_to(user).filter(enterprise__in=list(enterprise_ids), term__contains=day)
    for row in rows.select_related("post", "chain", "post__grid").order_by("role", "chain_id"):
        found.setdefault(row.enterprise_id, []).append(row)
    return found


def officers_of(station: Station, day: dt.date) -> list[Person]:
    """People who sit in an officer's post of the station on the day or later, by name."""
    seats = Appointment.objects.ending_after(day).filter(post__station=station, role__in=OFFICER_ROLES)
    return list(Person.objects.filter(pk__in=seats.values("person_id")).order_by("name_key", "pk"))


def recusals_at(user: User, station: Station, day: dt.date) -> QuerySet[Recusal]:
    """Recusals of the station's enterprises that hold on the day or begin later, as far as the user sees them.

    `answers`: the person's post still answers for the enterprise; those come first.
    """
    seats = Appointment.objects.on(day).filter(person=OuterRef(OuterRef("person")), post=OuterRef("post"))
    answering = Responsibility.objects.on(day).filter(Exists(seats), enterprise=OuterRef("enterprise"))
    found = Recusal.objects.visible_to(user).filter(enterprise__station=station).ending_after(day)
    found = found.select_related("person", "enterprise").annotate(answers=Exists(answering))
    return found.order_by("-answers", "person__name_key", "enterprise__name_key", "pk")
