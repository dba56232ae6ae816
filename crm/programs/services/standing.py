"""Stage and titles of an enterprise."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import close_row, term_from
from crm.core.services import cleaned, service
from crm.programs.enums import ReformStage, TitleKind, TitleLevel
from crm.programs.models import EnterpriseStage, Title
from enterprises.models import Enterprise


@service
def set_stage(*, actor: User, enterprise: Enterprise, stage: str, start: dt.date) -> EnterpriseStage:
    """The enterprise's stage from a day on; the one before ends there. The same stage again changes nothing.

    Raises ValidationError on stage, start (future, or before the stage in force began); PermissionDenied.
    """
    require(actor, Right.VERIFY_ITEM, enterprise)
    if stage not in ReformStage.values:
        raise ValidationError({"stage": [_("Unknown stage.")]})
    if start > clock.today():
        raise ValidationError({"start": [_("The day lies in the future.")]})
    enterprise = Enterprise._base_manager.select_for_update(no_key=True).get(pk=enterprise.pk)
    current = EnterpriseStage.objects.filter(enterprise=enterprise, term__endswith__isnull=True).first()
    if current is not None and current.stage == stage:
        return current
    if current is not None and start < current.start:
        raise ValidationError({"start": [_("The stage in force began later.")]})
    if current is not None:
        close_row(current, start)
    row = EnterpriseStage(enterprise=enterprise, stage=stage, term=term_from(start))
    cleaned(row).save()
    _journal(actor, "set_stage", row, {"stage": [current.stage if current else None, stage]})
    return row


@service
def give_title(
    *,
    actor: User,
    enterprise: Enterprise,
    kind: str,
    level: str,
    number: str,
    start: dt.date,
    end: dt.date | None = None,
    name: str = "",
) -> Title:
    """Record a title with its document number (文号) for the term `[start, end)`.

    Raises ValidationError on kind, level, number, name, start, term; PermissionDenied.
    """
    require(actor, Right.MANAGE_PROGRAMS, enterprise)
    if kind not in TitleKind.values or level not in TitleLevel.values:
        raise ValidationError({"kind": [_("Unknown title.")]})
    if not number.strip():
        raise ValidationError({"number": [_("A title names the document by which it was given.")]})
    row = Title(
        enterprise=enterprise,
        kind=kind,
        level=level,
        number=number.strip(),
        name=name.strip(),
        term=term_from(start, end),
    )
    cleaned(row).save()
    _journal(actor, "give_title", row, {"title": [None, f"{level} {kind}"], "number": [None, row.number]})
    return row


@service
def take_title(*, actor: User, title: Title, on: dt.date) -> None:
    """End a title on a day (its last day is the one before); one that began that day or later is gone.

    Raises ValidationError on `on` (it has ended by that day); PermissionDenied.
    """
    require(actor, Right.MANAGE_PROGRAMS, title.enterprise)
    row = Title.objects.select_for_update().get(pk=title.pk)
    if row.end is not None and row.end <= on:
        raise ValidationError({"on": [_("The title has ended by that day.")]})
    _journal(actor, "take_title", row, {"on": [None, str(on)]})
    close_row(row, on)


def _journal(actor: User, verb: str, row: EnterpriseStage | Title, changes: dict[str, list[str | None]]) -> None:
    journal.record(
        actor=actor,
        verb=verb,
        obj=row,
        station_id=row.enterprise.station_id,
        enterprise_id=row.enterprise_id,
        changes=changes,
    )
