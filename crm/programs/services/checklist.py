"""A union's own version of the checklist."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import close_row, term_from
from crm.core.services import cleaned, service
from crm.programs.models import Checklist, ChecklistLine
from crm.programs.reach import manages
from crm.programs.versions import checklist_of_union
from stations.models import TradeUnion


@dataclass(frozen=True)
class LineChange:
    """How a new version words an item."""

    title: str
    asks: str
    evidence_kind: str
    months: int | None
    off_tiers: tuple[str, ...] = ()
    off_sizes: tuple[str, ...] = ()


@service
def revise_checklist(
    *, actor: User, union: TradeUnion, start: dt.date, changes: Mapping[int, LineChange], name: str = ""
) -> Checklist:
    """Make the union's next version, in force from `start` (a day to come): the version that holds now, with the changes.

    A version not yet in force is written anew; one that has been in force is closed and never touched again, nor is what
    enterprises have. Raises ValidationError on start, changes (an item that is not there) and `line-<number>-<field>` for a
    word or validity that is wrong; PermissionDenied also for a union above one's own.
    """
    require(actor, Right.MANAGE_PROGRAMS, union)
    if not manages(actor, union):
        raise PermissionDenied
    if start <= clock.today():
        raise ValidationError({"start": [_("A new version holds from a day to come.")]})
    TradeUnion._base_manager.select_for_update(no_key=True).get(pk=union.pk)  # one revision at a time
    base = checklist_of_union(union, clock.today())
    if base is None:
        raise ValidationError([_("No union above has a checklist yet.")])
    coming = Checklist.objects.filter(union=union, term__startswith__gt=clock.today()).first()
    lines = {line.number: line for line in ChecklistLine.objects.filter(checklist=coming or base)}
    if set(changes) - set(lines):
        raise ValidationError({"changes": [_("The checklist in force has no such item.")]})
    number = Checklist.objects.filter(union=union).count() + 1
    if coming is not None:
        number = coming.number
        coming.delete()  # nothing can refer to a version that was never in force
    own = Checklist.objects.filter(union=union).on(clock.today()).first()
    if own is not None:
        close_row(own, start)
    made = Checklist(
        union=union, number=number, name=name.strip() or base.name, is_sample=base.is_sample, term=term_from(start)
    )
    cleaned(made).save()
    told = _write_lines(made, lines, changes)
    journal.record(
        actor=actor,
        verb="revise_checklist",
        obj=made,
        changes={"from": [None, str(start)], "items": [None, told]},
    )
    return made


def _write_lines(made: Checklist, lines: dict[int, ChecklistLine], changes: Mapping[int, LineChange]) -> list[int]:
    """Write the lines of a version; answers the numbers of those that were changed. Raises ValidationError."""
    faults: dict[str, Any] = {}
    told = []
    rows = []
    for number, line in sorted(lines.items()):
        words: dict[str, Any] = {field: getattr(line, field) for field in LineChange.__dataclass_fields__}
        if number in changes:
            wanted = {name: _plain(value) for name, value in asdict(changes[number]).items()}
            if wanted != words:
                told.append(number)
            words = wanted
        row = ChecklistLine(checklist=made, number=number, group=line.group, **words)
        try:
            rows.append(cleaned(row))
        except ValidationError as error:
            faults |= {f"line-{number}-{field}": said for field, said in error.message_dict.items()}
    if faults:
        raise ValidationError(faults)
    ChecklistLine.objects.bulk_create(rows)
    return told


def _plain(value: Any) -> Any:
    """As a row keeps it: words without space around them, several words as a list."""
    return value.strip() if isinstance(value, str) else list(value) if isinstance(value, tuple) else value
