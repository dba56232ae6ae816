"""The checklist of enterprises as a day shows it: thirty squares, what is verified of what applies."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import holds_on
from crm.accounts.models import User
from crm.programs.enums import STEPS, Group, ItemState
from crm.programs.models import Checklist, ChecklistLine, EnterpriseStage, Item, Title, shown_state
from crm.programs.validity import runs_out_on
from crm.programs.versions import lines_of_union
from enterprises.models import Enterprise, EnterpriseFact
from stations.models import Station


@dataclass(frozen=True)
class Square:
    """An item at an enterprise on a day. `off`: the version in force does not ask it of this enterprise."""

    line: ChecklistLine
    state: ItemState
    off: bool = False
    version: int = 0
    done_on: dt.date | None = None
    until: dt.date | None = None  # first day on which it no longer holds

    @property
    def last_day(self) -> dt.date | None:
        """The last day on which it holds; None when it lasts or was never finished."""
        return self.until - dt.timedelta(days=1) if self.until else None

    @property
    def look(self) -> str:
        """What the square shows: six looks for eight states."""
        if self.state in ItemState.GOOD:
            return "verified"
        return "in_progress" if self.state == ItemState.RETURNED else str(self.state)


@dataclass(frozen=True)
class Sheet:
    """An enterprise's squares in the order of the checklist; n and d count items, those not applicable in neither."""

    enterprise: Enterprise
    squares: list[Square]

    @cached_property
    def counts(self) -> Counter[ItemState]:
        return Counter(square.state for square in self.squares)

    @property
    def n(self) -> int:
        """Verified (or confirmed) and still valid on the day."""
        return sum(self.counts[ItemState(state)] for state in ItemState.GOOD)

    @property
    def d(self) -> int:
        """Items that apply."""
        return len(self.squares) - self.counts[ItemState.NOT_APPLICABLE]

    @property
    def gap(self) -> int:
        return self.d - self.n

    @property
    def groups(self) -> list[tuple[Group, list[Square], int, int]]:
        """(group, its squares, n, d) in the order of the groups."""
        found = []
        for group in Group:
            here = [square for square in self.squares if square.line.group == group]
            part = Sheet(self.enterprise, here)
            found.append((group, here, part.n, part.d))
        return found

    def square(self, number: int) -> Square | None:
        return next((square for square in self.squares if square.line.number == number), None)


# of an item that was moved: what the square of its line needs
HAD = ("state", "done_on", "months", "version")


def _sheets(
    user: User, rows: list[Enterprise], checklist: Checklist | None, day: dt.date, lines: list[ChecklistLine]
) -> list[Sheet]:
    """Three queries for any number of enterprises; the items are those that the user may see."""
    if checklist is None:
        return [Sheet(row, []) for row in rows]
    ids = [row.pk for row in rows]
    facts = {
        pk: (tier, size)
        for pk, tier, size in EnterpriseFact.objects.on(day)
        .filter(enterprise__in=ids)
        .values_list("enterprise_id", "tier", "size")
    }
    items = {
        (item[0], item[1]): item[2:]
        for item in Item.objects.visible_to(user)
        .filter(enterprise__in=ids)
        .values_list("enterprise_id", "number", *HAD)
    }
    return [
        Sheet(row, [_square(line, facts.get(row.pk), items.get((row.pk, line.number)), day) for line in lines])
        for row in rows
    ]


def _square(line: ChecklistLine, fact: tuple[str, str] | None, item: Any, day: dt.date) -> Square:
    state, done_on, months, version = item or (ItemState.NOT_STARTED, None, None, 0)
    off = fact is not None and line.is_off(*fact)
    shown = ItemState.NOT_APPLICABLE if off else shown_state(state, done_on, months, day)
    until = runs_out_on(done_on, months) if done_on else None
    return Square(line, shown, off, version, done_on, until)


def sheet_of(user: User, row: Enterprise, day: dt.date) -> Sheet:
    """The checklist of one enterprise (with its `station__union` at hand); empty when no union above has one. One query."""
    if row.station is None:
        return Sheet(row, [])
    items = Item.objects.visible_to(user).filter(enterprise=row, number=OuterRef("number"))
    fact = EnterpriseFact.objects.on(day).filter(enterprise=row)
    beside = {f"had_{name}": Subquery(items.values(name)[:1]) for name in HAD}
    beside |= {f"fact_{name}": Subquery(fact.values(name)[:1]) for name in ("tier", "size")}
    _checklist, lines = lines_of_union(row.station.union, day, **beside)
    return Sheet(row, [_square(line, _fact(line), _had(line), day) for line in lines])


def _fact(line: Any) -> tuple[str, str] | None:
    return None if line.fact_tier is None else (line.fact_tier, line.fact_size)


def _had(line: Any) -> Any:
    return None if line.had_version is None else tuple(getattr(line, f"had_{name}") for name in HAD)


def sheets_at(user: User, station: Station, day: dt.date) -> tuple[Checklist | None, list[ChecklistLine], list[Sheet]]:
    """The version in force at a station, its lines, and the sheets of its enterprises that the user may see; 4 queries."""
    checklist, lines = lines_of_union(station.union, day)
    rows = Enterprise.objects.allowing(user, Right.VIEW_PROGRAMS).filter(station=station).order_by("name_key", "pk")
    return checklist, lines, _sheets(user, list(rows), checklist, day, lines)


def standing_of(
    user: User, enterprise_ids: Iterable[int], day: dt.date
) -> tuple[dict[int, EnterpriseStage], dict[int, list[Title]]]:
    """{enterprise: its stage on the day}, {enterprise: its titles on the day}; two queries."""
    ids = list(enterprise_ids)
    stages = EnterpriseStage.objects.visible_to(user).on(day).filter(enterprise__in=ids)
    titles: dict[int, list[Title]] = {}
    for title in Title.objects.visible_to(user).on(day).filter(enterprise__in=ids).order_by("pk"):
        titles.setdefault(title.enterprise_id, []).append(title)
    return {stage.enterprise_id: stage for stage in stages}, titles


def reads_programs(user: Any, row: Enterprise) -> bool:
    """Whether the user sees the enterprise's checklist."""
    return holds_on(user, Right.VIEW_PROGRAMS, row.station_id, row.pk)


@dataclass(frozen=True)
class PossibleMove:
    """A state that an item could take from here; one that is not allowed says why in words."""

    to: ItemState
    allowed: bool
    why_not: str
    needs: tuple[str, ...]


def moves_for(user: User, row: Enterprise, square: Square) -> list[PossibleMove]:
    """The states that follow the square's, those not allowed with the reason; no query besides those of the grants."""
    if square.off:
        return []
    found = []
    for to, step in STEPS.items():
        if square.state not in step.source:
            continue
        allowed = holds_on(user, step.right, row.station_id, row.pk)
        found.append(PossibleMove(to, allowed, "" if allowed else _("Your post does not do this."), step.needs))
    return found
