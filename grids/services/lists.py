"""包保责任清单: 拟定 → 报审 → 审定 → 印发. A released list never changes; the next number follows it."""

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.services import cleaned, service
from grids.enums import LIST_MOVES, ListState
from grids.lines import lines_of
from grids.models import ResponsibleList, ResponsibleListLine
from stations.models import Station


@service
def draft_list(
    *,
    actor: User,
    station: Station,
    day: dt.date | None = None,
    valid_until: dt.date | None = None,
    client_uuid: uuid.UUID | None = None,
) -> ResponsibleList:
    """拟定: write down the station's responsibility as it stands on `day` (today), under the station's next number.

    Raises ValidationError on station (a list not yet released), day (future), valid_until (before the day),
    client_uuid (code "conflict"); PermissionDenied. The same UUID again gives the same list.
    """
    require(actor, Right.DRAFT_LIST, station)
    _one_at_a_time(station)
    before = ResponsibleList._base_manager.filter(client_uuid=client_uuid).first() if client_uuid else None
    if before is not None:
        if before.station_id != station.pk:
            words = _("Another list was sent under this number already. Open the form again.")
            raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
        return before
    day = day or clock.today()
    if day > clock.today():
        raise ValidationError({"day": [_("The day lies in the future.")]})
    if valid_until is not None and valid_until <= day:
        raise ValidationError({"valid_until": [_("The end must lie after the start.")]})
    lists = ResponsibleList._base_manager.filter(station=station)
    number = (lists.aggregate(last=Max("number"))["last"] or 0) + 1
    row = ResponsibleList(
        client_uuid=client_uuid or uuid.uuid4(),
        station=station,
        number=number,
        year=clock.today().year,
        as_of=day,
        valid_until=valid_until,
        previous=lists.filter(state=ListState.RELEASED).order_by("-number").first(),
        drafter=actor,
        drafted_by=str(actor),
        drafted_at=clock.now(),
    )
    cleaned(row).save()
    ResponsibleListLine._base_manager.bulk_create(lines_of(row))
    _journal(actor, "draft_list", row, None)
    return row


@service
def submit_list(*, actor: User, responsible_list: ResponsibleList, version: int) -> ResponsibleList:
    """报审: hand the draft to the district."""
    return _move(
        actor, "submit_list", Right.DRAFT_LIST, responsible_list, version, ListState.SUBMITTED, submitted_at=clock.now()
    )


@service
def return_list(*, actor: User, responsible_list: ResponsibleList, version: int, reason: str) -> ResponsibleList:
    """退回: back to the chief, with the reason."""
    require(actor, Right.APPROVE_LIST, responsible_list.station)
    if not reason.strip():
        raise ValidationError({"reason": [_("This field is required.")]})
    return _move(
        actor,
        "return_list",
        Right.APPROVE_LIST,
        responsible_list,
        version,
        ListState.DRAFT,
        return_reason=reason.strip(),
        submitted_at=None,
        approved_by="",
        approved_at=None,
    )


@service
def approve_list(*, actor: User, responsible_list: ResponsibleList, version: int) -> ResponsibleList:
    """审定, by the district; nobody approves their own draft."""
    require(actor, Right.APPROVE_LIST, responsible_list.station)
    if ResponsibleList._base_manager.filter(pk=responsible_list.pk, drafter=actor).exists():
        raise ValidationError([_("Whoever drafted the list does not approve it.")])
    return _move(
        actor,
        "approve_list",
        Right.APPROVE_LIST,
        responsible_list,
        version,
        ListState.APPROVED,
        approved_by=str(actor),
        approved_at=clock.now(),
        return_reason="",
    )


@service
def release_list(*, actor: User, responsible_list: ResponsibleList, version: int) -> ResponsibleList:
    """印发: from now on it never changes."""
    return _move(
        actor,
        "release_list",
        Right.RELEASE_LIST,
        responsible_list,
        version,
        ListState.RELEASED,
        released_by=str(actor),
        released_on=clock.today(),
    )


@service
def discard_draft(*, actor: User, responsible_list: ResponsibleList, version: int) -> None:
    """Throw a draft away; its number is free again. Raises ValidationError on state when it is no draft any more."""
    require(actor, Right.DRAFT_LIST, responsible_list.station)
    _one_at_a_time(responsible_list.station)
    row = _locked(responsible_list, version)
    if row.state != ListState.DRAFT:
        raise ValidationError({"state": [_("Only a draft can be thrown away.")]})
    _journal(actor, "discard_draft", row, row.state)
    row.delete()


def _one_at_a_time(station: Station) -> None:
    """Numbers without gaps: a number is taken and given back by one session after the other."""
    Station._base_manager.select_for_update(no_key=True).get(pk=station.pk)


def _locked(responsible_list: ResponsibleList, version: int) -> ResponsibleList:
    row = (
        ResponsibleList._base_manager.select_for_update(of=("self",))
        .select_related("station")
        .filter(pk=responsible_list.pk)
        .first()
    )
    if row is None or row.version != version:
        words = _("Somebody else has just changed this list. Look again.")
        raise ValidationError({"version": [ValidationError(words, code="conflict")]})
    return row


def _move(
    actor: User,
    verb: str,
    right: Right,
    responsible_list: ResponsibleList,
    version: int,
    state: ListState,
    **stamps: Any,
) -> ResponsibleList:
    require(actor, right, responsible_list.station)
    row = _locked(responsible_list, version)
    before = ListState(row.state)
    if state not in LIST_MOVES[before]:
        raise ValidationError(
            {
                "state": [
                    _("A list that is “%(before)s” cannot become “%(after)s”.")
                    % {"before": before.label, "after": state.label}
                ]
            }
        )
    for name, value in stamps.items():
        setattr(row, name, value)
    row.state = state
    row.version += 1
    cleaned(row).save()
    _journal(actor, verb, row, before)
    return row


def _journal(actor: User, verb: str, row: ResponsibleList, before: str | None) -> None:
    journal.record(
        actor=actor, verb=verb, obj=row, station_id=row.station_id, changes={"state": [before, str(row.state)]}
    )
