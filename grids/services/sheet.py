"""Grids and their officers as one sheet: all rows or none, each fault at its row and column."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
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
from stations.enums import SOURCE_OF_ROLE, UnionLevel
from stations.models import Appointment, Post, Station, TradeUnion
from stations.services import Seating, check_source, open_posts, reseat

COLUMNS = ("number", "name", "officer", "phone", "union", "nodes")
MOST_ROWS = 200

# where a fault that a model or a service names by its own field is shown in the sheet
FIELD_COLUMN = {
    "person": "officer",
    "term": "officer",
    "source_union": "union",
    "source_kind": "union",
}


@dataclass(frozen=True)
class GridRow:
    """One line as typed: number, name, officer (empty: vacant), the officer's phone, grassroots union, focus nodes.

    `nodes` holds node names apart by 、 or comma; `chain·node` where several chains have a node of the name.
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
    officer's phone tells two people of one name apart. Officers may swap grids. A constant number of queries. Raises
    SheetFaults, ValidationError on rows, PermissionDenied.
    """
    require(actor, Right.MANAGE_GRIDS, station)
    require(actor, Right.APPOINT, station)
    if not 0 < len(rows) <= MOST_ROWS:
        raise ValidationError({"rows": [_("A sheet has between 1 and %(most)d rows.") % {"most": MOST_ROWS}]})
    Station._base_manager.select_for_update(no_key=True).get(pk=station.pk)  # the same sheet sent twice is one
    known = _Known(actor, station, start, rows)
    lines: list[_Line] = []
    faults: list[tuple[int, str, str]] = []
    for index, row in enumerate(rows):
        reading = _Reading(known, row, index)
        if reading.line is not None:
            lines.append(reading.line)
        faults += reading.faults
    faults += _taken(known, lines)
    if faults:
        raise SheetFaults(sorted(faults, key=lambda fault: fault[0]))
    _save_grids(actor, known, [line.grid for line in lines])
    _save_nodes(known, lines)
    _save_officers(actor, known, lines)
    journal.record(
        actor=actor,
        verb="save_grid_sheet",
        obj=station,
        station_id=station.pk,
        changes={"grids": [None, [line.grid.number for line in lines]], "from": [None, str(start)]},
    )
    return [line.grid for line in lines]


class _Known:
    """What stands before the sheet, loaded once for all rows."""

    def __init__(self, actor: User, station: Station, start: dt.date, rows: Sequence[GridRow]) -> None:
        self.station, self.start = station, start
        self.seen: set[int] = set()
        self.people_of_sheet: dict[tuple[str, str], Person] = {}
        grids = list(Grid.objects.filter(station=station).ending_after(start).select_related("post"))
        self.grids = {grid.number: grid for grid in grids if grid.holds_on(start)}
        self.later = {grid.number for grid in grids if grid.start > start}
        for grid in grids:
            grid.post.station = station
        self.nodes_of: dict[int, set[int]] = defaultdict(set)
        for place in Grid.focus_nodes.through._base_manager.filter(grid__in=grids):
            self.nodes_of[place.grid_id].add(place.chainnode_id)
        self.nodes: dict[str, list[ChainNode]] = defaultdict(list)
        for node in ChainNode.objects.visible_to(actor).select_related("chain"):
            self.nodes[node.name].append(node)
            self.nodes[f"{node.chain.name}·{node.name}"].append(node)
        top = station.union.path[: TradeUnion.steplen]
        grassroots = TradeUnion.objects.filter(level=UnionLevel.GRASSROOTS, path__startswith=top)
        self.unions = {union.name: union for union in grassroots}
        self.people: dict[str, list[Person]] = defaultdict(list)
        names = {squeezed(row.officer) for row in rows}
        here = Appointment._base_manager.filter(post__station=station).values("person_id")
        for person in Person.objects.filter(name__in=names, pk__in=here).order_by("pk"):
            self.people[person.name].append(person)
        grids_of_people = [person.pk for people in self.people.values() for person in people]
        seated = Appointment.objects.regular().filter(role=Role.GRID_OFFICER).ending_after(start)
        self.holders: dict[int, Appointment] = {}
        self.coming: set[int] = set()
        self.seats_of: dict[int, list[Appointment]] = defaultdict(list)
        for seat in seated.filter(post__station=station).select_related("person", "post__station", "post__union"):
            if seat.holds_on(start):
                self.holders[seat.post_id] = seat
            else:
                self.coming.add(seat.post_id)
        for seat in seated.filter(person__in=grids_of_people):
            self.seats_of[seat.person_id].append(seat)

    def officer(self, name: str, phone: str) -> Person:
        """Somebody of the name known to the station (and of the phone, when it is given), else somebody new, unsaved."""
        known = self.people[name]
        if phone:
            known = [who for who in known if who.phone == phone] or [who for who in known if not who.phone]
        elif len(known) > 1:
            raise ValidationError({"phone": [_("Several people have this name: give the phone.")]})
        if known:
            return known[0]
        try:
            new = cleaned(Person.named(name, phone=phone))
        except ValidationError as error:  # a person's name stands in the column of officers
            named = {"officer" if field == "name" else field: words for field, words in error.message_dict.items()}
            raise ValidationError(named) from error
        return self.people_of_sheet.setdefault((name, phone), new)


@dataclass
class _Line:
    """One row as understood; `officer` and `union` only where somebody new comes to the post."""

    index: int
    grid: Grid
    nodes: set[int]
    leaving: Appointment | None = None
    officer: Person | None = None
    union: TradeUnion | None = None
    new_phone: Person | None = None


class _Reading:
    """A row read column by column: a fault in one does not hide those in the others."""

    def __init__(self, known: _Known, row: GridRow, index: int) -> None:
        self.index = index
        self.line: _Line | None = None
        self.faults: list[tuple[int, str, str]] = []
        number = self._try(_number, known, row.number)
        if number is None:
            return
        grid = known.grids.get(number) or _new_grid(known, number)
        grid.name = squeezed(row.name) or grid.name
        self._try(cleaned, grid)
        line = _Line(index, grid, self._try(_nodes, known, grid, row.nodes) or set())
        self._try(_read_officer, known, line, row)
        self.line = line

    def _try(self, read: Callable[..., Any], *args: Any) -> Any:
        try:
            return read(*args)
        except ValidationError as error:
            for field, found in error.message_dict.items():
                column = FIELD_COLUMN.get(field, field if field in COLUMNS else "number")
                self.faults += [(self.index, column, words) for words in found]
            return None


def _new_grid(known: _Known, number: int) -> Grid:
    name = _("Grid %(number)d") % {"number": number}
    return Grid(station=known.station, number=number, name=name, term=term_from(known.start))


def _read_officer(known: _Known, line: _Line, row: GridRow) -> None:
    name, phone = squeezed(row.officer), half_width(squeezed(row.phone))
    holder = known.holders.get(line.grid.post_id) if line.grid.pk else None
    if holder is not None and holder.person.name == name:
        _give_phone(line, holder.person, phone)
        return
    line.leaving = holder
    if name:
        line.union = _union(known, row.union)
        check_source(Role.GRID_OFFICER, SOURCE_OF_ROLE[Role.GRID_OFFICER], line.union, "")
        line.officer = known.officer(name, phone)
        _give_phone(line, line.officer, phone)


def _give_phone(line: _Line, person: Person, phone: str) -> None:
    if phone and phone != person.phone:
        person.phone = phone
        line.new_phone = cleaned(person)


def _number(known: _Known, text: str) -> int:
    digits = half_width(squeezed(text))
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6 or not 0 < int(digits) < 1000:
        raise ValidationError({"number": [_("The number of a grid is a whole number from 1 to 999.")]})
    number = int(digits)
    if number in known.seen:
        raise ValidationError({"number": [_("The number stands twice in the sheet.")]})
    known.seen.add(number)
    if number in known.later and number not in known.grids:
        raise ValidationError({"number": [_words(Grid, "grids_grid_number")]})
    return number


def _nodes(known: _Known, grid: Grid, text: str) -> set[int]:
    """The nodes named; of several by one name the one that the grid has already."""
    found = set()
    for part in text.replace("，", "、").replace(",", "、").split("、"):
        name = squeezed(part)
        if not name:
            continue
        nodes = known.nodes.get(name, [])
        had = [node for node in nodes if grid.pk and node.pk in known.nodes_of[grid.pk]]
        if not nodes:
            raise ValidationError({"nodes": [_("Unknown node: %(name)s") % {"name": name}]})
        if len(nodes) > 1 and not had:
            words = _("Several chains have this node: write %(name)s.")
            raise ValidationError({"nodes": [words % {"name": f"{nodes[0].chain.name}·{name}"}]})
        found |= {node.pk for node in had or nodes}
    return found


def _union(known: _Known, text: str) -> TradeUnion | None:
    name = squeezed(text)
    if name and name not in known.unions:
        raise ValidationError({"union": [_("Unknown grassroots trade union: %(name)s") % {"name": name}]})
    return known.unions.get(name)


def _taken(known: _Known, lines: list[_Line]) -> list[tuple[int, str, str]]:
    """Rows whose officer, or whose post, is taken after all rows have ended what they end.

    The database's constraints are the rule; here it is only found out at which row they would be broken.
    """
    ending = {line.leaving.pk for line in lines if line.leaving}
    faults, placed = [], set()
    for line in lines:
        if line.officer is None:
            continue
        staying = [seat for seat in known.seats_of[line.officer.pk or 0] if seat.pk not in ending]
        if staying or id(line.officer) in placed:
            faults.append((line.index, "officer", _words(Appointment, "stations_appointment_one_grid")))
        if line.grid.pk and line.grid.post_id in known.coming:
            faults.append((line.index, "officer", _words(Appointment, "stations_appointment_one_holder")))
        placed.add(id(line.officer))
    return faults


def _words(model: Any, constraint: str) -> str:
    """What a constraint of a model says when it is broken."""
    return str(next(c.violation_error_message for c in model._meta.constraints if c.name == constraint))


def _save_grids(actor: User, known: _Known, grids: list[Grid]) -> None:
    new = [grid for grid in grids if grid.pk is None]
    if new:
        titles = [_("Grid officer of grid %(number)d") % {"number": grid.number} for grid in new]
        posts: list[Post] = open_posts(
            actor=actor, role=Role.GRID_OFFICER, titles=titles, start=known.start, station=known.station
        )
        for grid, post in zip(new, posts, strict=True):
            grid.post = post
    Grid.objects.bulk_update([grid for grid in grids if grid.pk is not None], ["name"])
    Grid.objects.bulk_create(new)


def _save_nodes(known: _Known, lines: list[_Line]) -> None:
    through = Grid.focus_nodes.through
    wanted = {(line.grid.pk, node) for line in lines for node in line.nodes}
    has = {(line.grid.pk, node) for line in lines for node in known.nodes_of.get(line.grid.pk, ())}
    gone = [place.pk for place in through._base_manager.filter(grid__in={pk for pk, _node in has - wanted})
            if (place.grid_id, place.chainnode_id) not in wanted]  # fmt: skip
    through._base_manager.filter(pk__in=gone).delete()
    through._base_manager.bulk_create(through(grid_id=grid, chainnode_id=node) for grid, node in wanted - has)


def _save_officers(actor: User, known: _Known, lines: list[_Line]) -> None:
    Person.objects.bulk_update({line.new_phone for line in lines if line.new_phone and line.new_phone.pk}, ["phone"])
    Person.objects.bulk_create(known.people_of_sheet.values())
    leaving = [line.leaving for line in lines if line.leaving]
    coming = [Seating(line.grid.post, line.officer, line.union) for line in lines if line.officer]
    if leaving or coming:
        reseat(actor=actor, station=known.station, leaving=leaving, coming=coming, on=known.start)
