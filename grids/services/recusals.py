"""回避: who keeps away from which enterprise, and the enterprise's consent to show its figures."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.grants import forget
from crm.access.roles import OFFICER_ROLES, Right
from crm.access.scope import require
from crm.accounts.models import Person, User
from crm.core import journal
from crm.core.dated import term_from
from crm.core.services import cleaned, service
from crm.core.text import squeezed
from enterprises.models import Enterprise, FigureConsent
from grids.models import Recusal
from stations.models import Appointment


@service
def record_recusal(
    *, actor: User, person: Person, enterprise: Enterprise, kind: str, start: dt.date, note: str = ""
) -> Recusal:
    """Let an officer keep away from an enterprise from `start` on; it acts on the person's next question.

    Raises ValidationError on person (no officer of the station that keeps the enterprise's register), kind, and where the
    same is on record for that time; PermissionDenied.
    """
    require(actor, Right.MANAGE_GRIDS, enterprise)
    seats = Appointment.objects.ending_after(start).filter(person=person, role__in=OFFICER_ROLES)
    if enterprise.station_id is None or not seats.filter(post__station=enterprise.station_id).exists():
        raise ValidationError({"person": [_("This person holds no officer's post of the station.")]})
    row = Recusal(person=person, enterprise=enterprise, kind=kind, note=squeezed(note), term=term_from(start))
    cleaned(row).save()
    forget()
    _journal(actor, "record_recusal", row, {"kind": [None, kind], "from": [None, str(start)]})
    return row


@service
def end_recusal(*, actor: User, recusal: Recusal, on: dt.date) -> Recusal:
    """End a recusal: `on` is the first day without it. Raises ValidationError on term; PermissionDenied."""
    require(actor, Right.MANAGE_GRIDS, recusal.enterprise)
    row = Recusal.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=recusal.pk)
    if not row.holds_on(on) and row.start != on:
        raise ValidationError({"on": [_("It does not hold on that day.")]})
    if row.start == on:
        row.delete()
    else:
        row.term = term_from(row.start, on)
        cleaned(row).save()
    forget()
    _journal(actor, "end_recusal", recusal, {"on": [None, str(on)]})
    return recusal


@service
def record_consent(*, actor: User, enterprise: Enterprise, given_by: str, start: dt.date) -> FigureConsent:
    """The enterprise consents that officers of its rivals see its numbers of workers.

    Raises ValidationError on term where it has consented for that time already; PermissionDenied.
    """
    require(actor, Right.MANAGE_REGISTER, enterprise)
    row = FigureConsent(enterprise=enterprise, given_by=squeezed(given_by), term=term_from(start))
    cleaned(row).save()
    forget()
    journal.record(
        actor=actor,
        verb="record_consent",
        obj=enterprise,
        station_id=enterprise.station_id,
        enterprise_id=enterprise.pk,
        changes={"from": [None, str(start)]},
    )
    return row


@service
def withdraw_consent(*, actor: User, enterprise: Enterprise, on: dt.date) -> None:
    """The consent ends: `on` is the first day without it. Raises ValidationError when there is none; PermissionDenied."""
    require(actor, Right.MANAGE_REGISTER, enterprise)
    row = FigureConsent._base_manager.select_for_update().filter(enterprise=enterprise, term__contains=on).first()
    if row is None:
        raise ValidationError({"on": [_("There is no consent on that day.")]})
    if row.start == on:
        row.delete()
    else:
        row.term = term_from(row.start, on)
        cleaned(row).save()
    forget()
    journal.record(
        actor=actor,
        verb="withdraw_consent",
        obj=enterprise,
        station_id=enterprise.station_id,
        enterprise_id=enterprise.pk,
        changes={"on": [None, str(on)]},
    )


def _journal(actor: User, verb: str, row: Recusal, changes: dict[str, object]) -> None:
    journal.record(
        actor=actor,
        verb=verb,
        obj=row,
        station_id=row.enterprise.station_id,
        enterprise_id=row.enterprise_id,
        changes=changes,
    )
