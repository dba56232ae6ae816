"""Grids and their officers as one sheet: all rows or none, each fault at its row and column."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.access.roles import Right, Role
from crm.access.scope import require
from crm.accounts.models import Person, User
from crm.core import journal
from crm.core.dated import term_from
from crm.core.services import cleaned, service
from crm.core.text import half_width, squeezed
from enterprises.models import ChainNode
from grids.models import Grid
from stations.enums import SourceKind, UnionLevel
from stations.models import Appointment, Post, Station, TradeUnion
from stations.services import appoint, end_appointment, open_post

COLUMNS = ("number", "name", "officer", "phone", "union", "nodes")
MOST_ROWS = 200


@dataclass(frozen=True)
class GridRow:
    """One line as typed: number, name, officer (empty: vacant), the officer's phone, grassroots union, focus nodes.

    `nodes` holds node names apart by 、 or comma.
    """

    number: str
    name: str = ""
    officer: str = ""
    phone: str = ""
    union: str = ""
    nodes: str = ""


class SheetFaults(ValidationError):
    """The sheet was refused whole; `faults` is [(row index from 0, column, message)]."""

    def __init__(self, faults: list[tuple[int, str, str]]) -> None:
        self.faults = faults
        lines = [_("Row %(row)d: %(message)s") % {"row": row + 1, "message": words} for row, _column, words in faults]
        super().__init__({"rows": lines})


@service
def save_grid_sheet(*, actor: User, station: Station, rows: Sequence[GridRow], start: dt.date) -> list[Grid]:
    """Make the station's grids say what the sheet says, from `start` on. Grids that it does not name stay as they are.

    A number that the station has is changed, a new one opens a grid with its post. Another officer's name ends the
    appointment before and makes a new one (from the grassroots union named); an empty one leaves the post vacant. An
    officer's phone tells two people of one name apart. Raises SheetFaults, ValidationError on rows, PermissionDenied.
    """
    require(actor, Right.MANAGE_GRIDS, station)
    require(actor, Right.APPOINT, station)
    if not 0 < len(rows) <= MOST_ROWS:
        raise ValidationError({"rows": [_("A sheet has between 1 and %(most)d rows.") % {"most": MOST_ROWS}]})
    sheet = _Sheet(actor, station, start)
    grids = []
    for index, row in enumerate(rows):
        try:
            with transaction.atomic():  # a fault in one row lets the others be checked too
                grids.append(sheet.save(row))
        except ValidationError as error:
            sheet.note(index, error)
    if sheet.faults:
        raise SheetFaults(sheet.faults)
    journal.record(
        actor=actor,
        verb="save_grid_sheet",
        obj=station,
        station_id=station.pk,
        changes={"grids": [None, [grid.number for grid in grids]], "from": [None, str(start)]},
    )
    return grids


class _Sheet:
    """What all rows share, loaded once."""

    def __init__(self, actor: User, station: Station, start: dt.date) -> None:
        self.actor, self.station, self.start = actor, station, start
        self.faults: list[tuple[int, str, str]] = []
        self.seen: set[int] = set()
        self.grids = {
            grid.number: grid for grid in Grid.objects.filter(station=station).on(start).select_related("post")
        }
        step = TradeUnion.steplen
        top = station.union.path[:step]
        self.unions = {
            union.name: union
            for union in TradeUnion.objects.filter(level=UnionLevel.GRASSROOTS, path__startswith=top)
        }
        self.nodes = {
            node.name: node for node in ChainNode._base_manager.filter(chain__union__path__startswith=top).order_by("-pk")
        }
        self.holders = {
            row.post_id: row
            for row in Appointment.objects.filter(post__station=station, acting=False)
            .on(start)
            .select_related("person")
        }

    def note(self, index: int, error: ValidationError) -> None:
        for field, messages in error.message_dict.items():
            column = FIELD_COLUMN.get(field, field if field in COLUMNS else "number")
            self.faults += [(index, column, message) for message in messages]

    def save(self, row: GridRow) -> Grid:
        number = self._number(row.number)
        grid = self.grids.get(number) or self._open(number)
        name = squeezed(row.name) or grid.name
        if name != grid.name:
            grid.name = name
            cleaned(grid).save(update_fields=["name"])
        grid.focus_nodes.set(self._nodes(row.nodes))
        self._officer(grid.post, row)
        return grid

    def _number(self, text: str) -> int:
        digits = half_width(squeezed(text))
        if not digits.isascii() or not digits.isdigit() or not 0 < int(digits[:6]) < 1000:
            raise ValidationError({"number": [_("The number of a grid is a whole number from 1 to 999.")]})
        if int(digits) in self.seen:
            raise ValidationError({"number": [_("The number stands twice in the sheet.")]})
        self.seen.add(int(digits))
        return int(digits)

    def _open(self, number: int) -> Grid:
        name = _("Grid %(number)d") % {"number": number}
        title = _("Grid officer of grid %(number)d") % {"number": number}
        post = open_post(actor=self.actor, role=Role.GRID_OFFICER, title=title, start=self.start, station=self.station)
        grid = Grid(station=self.station, number=number, name=name, post=post, term=term_from(self.start))
        cleaned(grid).save()
        return grid

    def _nodes(self, text: str) -> list[ChainNode]:
        names = [part for part in squeezed(text).replace("，", "、").replace(",", "、").split("、") if part.strip()]
        unknown = [name for name in names if name.strip() not in self.nodes]
        if unknown:
            raise ValidationError({"nodes": [_("Unknown node: %(name)s") % {"name": "、".join(unknown)}]})
        return [self.nodes[name.strip()] for name in names]

    def _officer(self, post: Post, row: GridRow) -> None:
        name, phone = squeezed(row.officer), half_width(squeezed(row.phone))
        holder = self.holders.get(post.pk)
        if holder is not None and holder.person.name == name:
            if phone and phone != holder.person.phone:
                holder.person.phone = phone
                cleaned(holder.person).save(update_fields=["phone"])
            return
        if holder is not None:
            end_appointment(actor=self.actor, appointment=holder, on=self.start)
        if not name:
            return
        appoint(
            actor=self.actor,
            post=post,
            person=self._person(name, phone),
            start=self.start,
            source_kind=SourceKind.KEY_ENTERPRISE,
            source_union=self._union(row.union),
        )

    def _union(self, name: str) -> TradeUnion:
        union = self.unions.get(squeezed(name))
        if union is None and not squeezed(name):
            raise ValidationError({"union": [_("Name the grassroots trade union that this person comes from.")]})
        if union is None:
            raise ValidationError({"union": [_("Unknown grassroots trade union: %(name)s") % {"name": squeezed(name)}]})
        return union

    def _person(self, name: str, phone: str) -> Person:
        """Somebody of the name known to the station (and of the phone, when it is given), else somebody new."""
        known = Person.objects.filter(name=name, appointments__post__station=self.station)
        if phone:
            known = known.filter(phone=phone)
        found: Any = known.order_by("pk").first()
        if found is None:
            found = cleaned(Person.named(name, phone=phone))
            found.save()
        return found


# where a fault of a service below is shown in the sheet
FIELD_COLUMN = {
    "person": "officer",
    "term": "officer",
    "source_union": "union",
    "source_kind": "union",
    "title": "number",
    "name": "name",
    "phone": "phone",
}
