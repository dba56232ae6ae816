"""列入名录 and leaving it."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import journal
from crm.core.dated import close_row, term_from
from crm.core.outcome import Outcome, Refusal
from crm.core.services import cleaned, service
from enterprises.enums import ExitReason, Status
from enterprises.models import Candidate, ChainMembership, Enterprise, EnterpriseFact, RegisterEntry
from stations.models import Station


@service
def enter_register(
    *, actor: User, station: Station, enterprises: Sequence[Enterprise], start: dt.date, reason: str
) -> Outcome:
    """Put enterprises on the station's register from `start` on; a constant number of queries.

    One that is on it already is unchanged; one on another station's register, without candidacy here, or not operating
    on the day is refused with the reason. Raises ValidationError on reason, PermissionDenied.
    """
    require(actor, Right.MANAGE_REGISTER, station)
    ids = [row.pk for row in enterprises]
    # orders two chiefs who enter the same enterprises
    rows = list(Enterprise._base_manager.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
    here: set[int] = set()
    elsewhere: set[int] = set()
    later: set[int] = set()
    for entry in RegisterEntry.objects.filter(enterprise__in=ids, term__overlap=(start, None)):
        if entry.station_id == station.pk and entry.holds_on(start):
            here.add(entry.enterprise_id)
        elif entry.station_id == station.pk:
            later.add(entry.enterprise_id)
        else:
            elsewhere.add(entry.enterprise_id)
    known = set(
        Candidate._base_manager.filter(station=station, enterprise__in=ids).values_list("enterprise_id", flat=True)
    ) | {row.pk for row in rows if row.station_id == station.pk}
    profile_only = set(
        Candidate._base_manager.filter(station=station, enterprise__in=ids, source="profile").values_list(
            "enterprise_id", flat=True
        )
    )
    facts = {f.enterprise_id: f for f in EnterpriseFact.objects.filter(enterprise__in=ids, term__contains=start)}
    refused: list[Refusal] = []
    done: list[Enterprise] = []
    for row in rows:
        fact = facts.get(row.pk)
        if row.pk in here:
            continue
        why = (
            _("It is on another station's register.")
            if row.pk in elsewhere
            else _("The station does not know this enterprise.")
            if row.pk not in known
            else _("A public profile only; it is not entered on the register.")
            if row.pk in profile_only
            else _("It is on the register from a later day on.")
            if row.pk in later
            else _("Its status is “%(status)s”.") % {"status": Status(fact.status).label}
            if fact is not None and fact.status != Status.OPERATING
            else ""
        )
        if why:
            refused.append(Refusal(row.pk, row.name, why))
        else:
            done.append(row)
    for row in done:
        cleaned(
            RegisterEntry(enterprise=row, station=station, entry_reason=reason, term=term_from(start)),
        )
    RegisterEntry.objects.bulk_create(
        RegisterEntry(enterprise=row, station=station, entry_reason=reason, term=term_from(start)) for row in done
    )
    Enterprise._base_manager.filter(pk__in=[row.pk for row in done]).update(station=station)
    EnterpriseFact.objects.bulk_create(
        EnterpriseFact(enterprise=row, term=term_from(start)) for row in done if row.pk not in facts
    )
    Candidate._base_manager.filter(station=station, enterprise__in=done).delete()
    journal.record(
        actor=actor,
        verb="enter_register",
        obj=station,
        station_id=station.pk,
        changes={"entered": [None, len(done)], "enterprises": [None, [row.pk for row in done]], "from": [None, str(start)]},
    )
    return Outcome(len(done), len(here), refused)


@service
def leave_register(*, actor: User, enterprise: Enterprise, on: dt.date, reason: str) -> None:
    """Take an enterprise off the register: `on` is the first day without it. Its nodes and responsibility stay dated.

    Raises ValidationError on enterprise (on no register of that day), reason; PermissionDenied.
    """
    row = Enterprise._base_manager.select_for_update(no_key=True).get(pk=enterprise.pk)
    entry = RegisterEntry.objects.filter(enterprise=row, term__contains=on - dt.timedelta(days=1)).first()
    if entry is None:
        raise ValidationError({"enterprise": [_("The enterprise was on no register on that day.")]})
    require(actor, Right.MANAGE_REGISTER, entry.station)
    if reason not in ExitReason.values:
        raise ValidationError({"reason": [_("This field is required.")]})
    entry.exit_reason = reason
    entry.save(update_fields=["exit_reason"])
    close_row(entry, on)
    for membership in ChainMembership.objects.filter(enterprise=row).ending_after(on):
        close_row(membership, on)
    row.station = None
    row.version += 1
    row.save(update_fields=["station", "version"])
    # the station keeps knowing it, as a candidate that may come back
    Candidate._base_manager.get_or_create(station=entry.station, enterprise=row, defaults={"source": "entered"})
    journal.record(
        actor=actor,
        verb="leave_register",
        obj=row,
        station_id=entry.station_id,
        enterprise_id=row.pk,
        changes={"reason": [None, reason], "on": [None, str(on)]},
    )
