"""What relieves from a contact: pauses, exemptions and exceptions from the regime. What is owed follows at once."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import can, require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import close_row, term_from
from crm.core.services import cleaned, service
from crm.visits.models import ContactPause, Exemption, RegimeRule
from crm.visits.models.relief import LONGEST_PAUSE
from crm.visits.services.plan import plan_enterprises, plan_obligations
from enterprises.models import Enterprise, RegisterEntry
from enterprises.services.reach import locked
from stations.models import Station
from stations.selectors import acting_post

FURTHEST_BACK = dt.timedelta(days=31)


def _station_of(enterprise: Enterprise) -> Station:
    if enterprise.station is None:
        raise ValidationError({"enterprise": [_("The enterprise is on no register.")]})
    return enterprise.station


def _check_term(start: dt.date, end: dt.date) -> None:
    today = clock.today()
    if start < today - FURTHEST_BACK:
        raise ValidationError({"start": [_("That is more than a month ago.")]})
    if end <= max(start, today):
        raise ValidationError({"end": [_("The last day must lie after the first and not before today.")]})
    if (end - start).days > LONGEST_PAUSE:
        raise ValidationError({"end": [_("At most a year.")]})


def _reason(text: str) -> str:
    if not text.strip():
        raise ValidationError({"reason": [_("This field is required.")]})
    return text.strip()


def _same(before: Any, **said: Any) -> Any:
    """The row that was written under this UUID, if it says the same."""
    if any(getattr(before, name) != value for name, value in said.items()):
        words = _("Another entry was sent under this number already. Open the form again.")
        raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
    return before


@service
def pause_contacts(
    *, actor: User, enterprise: Enterprise, start: dt.date, end: dt.date, reason: str, client_uuid: uuid.UUID
) -> ContactPause:
    """暂停: nothing is owed on `[start, end)`; windows are made good afterwards. The same UUID again gives the first again.

    Raises ValidationError on start (more than a month ago), end (before today, more than a year), reason, term (paused
    already), enterprise (on no register), client_uuid; PermissionDenied.
    """
    station = _station_of(enterprise)
    require(actor, Right.PLAN, station)
    locked([enterprise.pk])  # also orders two sendings of one form: the second waits here and then finds the first
    before = ContactPause.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        return _same(before, enterprise_id=enterprise.pk, start=start, end=end, reason=reason.strip())
    _check_term(start, end)
    row = ContactPause(
        client_uuid=client_uuid, enterprise=enterprise, station=station, term=term_from(start, end),
        reason=_reason(reason),
    )  # fmt: skip
    cleaned(row).save()
    plan_enterprises(enterprises=[enterprise.pk])
    journal.record(
        actor=actor,
        verb="pause_contacts",
        obj=row,
        station_id=station.pk,
        enterprise_id=enterprise.pk,
        changes={"term": [None, f"{start}/{end}"], "reason": ["", row.reason]},
    )
    return row


@service
def end_pause(*, actor: User, pause: ContactPause, on: dt.date) -> None:
    """Let a pause end on a day, today or later, before its end. Raises ValidationError on `on`, PermissionDenied."""
    require(actor, Right.PLAN, pause.station)
    locked([pause.enterprise_id])
    row = ContactPause.objects.select_for_update().get(pk=pause.pk)
    if row.end is None or not clock.today() <= on < row.end:
        raise ValidationError({"on": [_("A day from today on, before the pause ends.")]})
    was = row.end
    close_row(row, on)
    plan_enterprises(enterprises=[row.enterprise_id])
    journal.record(
        actor=actor,
        verb="end_pause",
        obj=pause,
        station_id=row.station_id,
        enterprise_id=row.enterprise_id,
        changes={"end": [str(was), str(on)]},
    )


@service
def ask_exemption(
    *, actor: User, enterprise: Enterprise, start: dt.date, end: dt.date, reason: str, client_uuid: uuid.UUID
) -> Exemption:
    """Ask that what is due on `[start, end)` be owed no more; it holds once somebody else has approved it.

    Raises ValidationError on start, end, reason, enterprise, client_uuid; PermissionDenied.
    """
    require(actor, Right.ASK_EXEMPTION, enterprise)
    station = _station_of(enterprise)
    locked([enterprise.pk])
    before = Exemption.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        return _same(before, enterprise_id=enterprise.pk, start=start, end=end, reason=reason.strip())
    _check_term(start, end)
    row = Exemption(
        client_uuid=client_uuid, enterprise=enterprise, station=station, term=term_from(start, end),
        reason=_reason(reason), asked_post=acting_post(actor, station, clock.today(), Right.ASK_EXEMPTION),
        asked_by_id=actor.pk, asked_by=str(actor), asked_on=clock.today(),
    )  # fmt: skip
    cleaned(row).save()
    journal.record(
        actor=actor,
        verb="ask_exemption",
        obj=row,
        post=row.asked_post,
        station_id=station.pk,
        enterprise_id=enterprise.pk,
        changes={"term": [None, f"{start}/{end}"], "reason": ["", row.reason]},
    )
    return row


@service
def decide_exemption(*, actor: User, exemption: Exemption, approve: bool, reason: str = "") -> Exemption:
    """Approve an exemption, or decline it with a reason. Whoever asked does not decide.

    Raises ValidationError on enterprise (it has left the register), approved_by (the same person), approved_on (decided
    already), reason; PermissionDenied.
    """
    require(actor, Right.APPROVE_EXEMPTION, exemption)
    if not can(actor, Right.APPROVE_EXEMPTION, exemption.enterprise):
        raise ValidationError({"enterprise": [_("The enterprise has left your register.")]})
    locked([exemption.enterprise_id])
    row = Exemption.objects.select_for_update().get(pk=exemption.pk)
    if row.approved_on is not None or row.declined_on is not None:
        raise ValidationError({"approved_on": [_("The exemption has been decided.")]})
    if row.asked_by_id == actor.pk:
        raise ValidationError({"approved_by": [_("Whoever asks for an exemption does not approve it.")]})
    if approve:
        row.approved_by_id, row.approved_by, row.approved_on = actor.pk, str(actor), clock.today()
    else:
        row.declined_on, row.decline_reason = clock.today(), _reason(reason)
    cleaned(row).save()
    if approve:
        plan_enterprises(enterprises=[row.enterprise_id])
    journal.record(
        actor=actor,
        verb="decide_exemption",
        obj=row,
        station_id=row.station_id,
        enterprise_id=row.enterprise_id,
        changes={"approved": [None, approve], "reason": ["", row.decline_reason]},
    )
    return row


@service
def make_exception(
    *,
    actor: User,
    start: dt.date,
    reason: str,
    station: Station | None = None,
    enterprise: Enterprise | None = None,
    end: dt.date | None = None,
    **rule: Any,
) -> RegimeRule:
    """Let another rule hold for one station or one enterprise on `[start, end)`, with a reason (decision 7).

    `rule` is some of tier, size, risk, role, need, every, early_days, late_days, working_days, levels. What has begun
    stays. Raises ValidationError on start (before today), end, reason, enterprise and the rule's fields; PermissionDenied.
    """
    at = _station_of(enterprise) if enterprise is not None else station
    if at is None:
        raise ValidationError({"reason": [_("An exception is for one station or one enterprise.")]})
    require(actor, Right.PLAN, at)
    if start < clock.today():
        raise ValidationError({"start": [_("An exception begins today at the earliest.")]})
    if end is not None and end <= start:
        raise ValidationError({"end": [_("The last day must lie after the first and not before today.")]})
    row = RegimeRule(
        station=None if enterprise is not None else station, enterprise=enterprise, term=term_from(start, end),
        reason=_reason(reason), **rule,
    )  # fmt: skip
    cleaned(row)
    locked(_touched(row))
    row.save()
    _plan_for(row, at)
    journal.record(
        actor=actor,
        verb="make_exception",
        obj=row,
        station_id=at.pk,
        enterprise_id=row.enterprise_id,
        changes={"rule": [None, str(row)], "reason": ["", row.reason], "from": [None, str(start)]},
    )
    return row


@service
def end_exception(*, actor: User, exception: RegimeRule, on: dt.date) -> None:
    """Let an exception end on a day, today or later. Raises ValidationError on `on`, PermissionDenied."""
    at = exception.station or (exception.enterprise.station if exception.enterprise is not None else None)
    if at is None:
        raise ValidationError({"enterprise": [_("The enterprise is on no register.")]})
    require(actor, Right.PLAN, at)
    locked(_touched(exception))
    row = RegimeRule.objects.select_for_update().get(pk=exception.pk)
    if on < clock.today() or on <= row.term.lower or (row.term.upper is not None and on >= row.term.upper):
        raise ValidationError({"on": [_("A day after today within the exception's term.")]})
    row.term = term_from(row.term.lower, on)
    row.save(update_fields=["term"])
    _plan_for(row, at)
    journal.record(
        actor=actor,
        verb="end_exception",
        obj=row,
        station_id=at.pk,
        enterprise_id=row.enterprise_id,
        changes={"end": [None, str(on)]},
    )


def _touched(exception: RegimeRule) -> Iterable[int]:
    """Ids of the enterprises that an exception marks for the plan."""
    if exception.enterprise_id is not None:
        return [exception.enterprise_id]
    return RegisterEntry.objects.filter(station=exception.station_id).values_list("enterprise_id", flat=True)


def _plan_for(rule: RegimeRule, station: Station) -> None:
    if rule.enterprise_id is not None:
        plan_enterprises(enterprises=[rule.enterprise_id])
    else:
        plan_obligations(actor=None, station=station)
