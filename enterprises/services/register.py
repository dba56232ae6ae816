"""列入名录 and leaving it."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import close_row, term_from
from crm.core.outcome import Outcome, Refusal
from crm.core.services import service
from enterprises.enums import CandidateSource, EntryReason, ExitReason, Status
from enterprises.models import Candidate, ChainMembership, Enterprise, EnterpriseSeat, RegisterEntry
from enterprises.services.cadres import end_seat
from enterprises.services.facts import facts_standing, reach_back
from enterprises.services.reach import locked
from stations.models import Station


@service
def enter_register(
    *, actor: User, station: Station, enterprises: Sequence[Enterprise], start: dt.date, reason: str
) -> Outcome:
    """Put enterprises on the station's register from `start` on; a constant number of queries.

    One that is on it already is unchanged; one on another station's register, without candidacy here, or not operating
    on the day is refused with the reason. Raises ValidationError on start (a day to come), reason; PermissionDenied.
    """
    require(actor, Right.MANAGE_REGISTER, station)
    _check_day("start", start)
    _check_reason(reason, EntryReason.values)
    rows = locked(row.pk for row in enterprises)
    here, why = _why_not(rows, station, start)
    refused = [Refusal(row.pk, row.name, why[row.pk]) for row in rows if row.pk in why]
    done = [row for row in rows if row.pk not in why and row.pk not in here]
    RegisterEntry._base_manager.bulk_create(
        RegisterEntry(enterprise=row, station=station, entry_reason=reason, term=term_from(start)) for row in done
    )
    Enterprise._base_manager.filter(pk__in=[row.pk for row in done]).update(station=station)
    reach_back(done, start)
    Candidate._base_manager.filter(station=station, enterprise__in=done).delete()
    if done:
        journal.record(
            actor=actor,
            verb="enter_register",
            obj=station,
            station_id=station.pk,
            enterprise_id=done[0].pk if len(done) == 1 else None,
            changes={
                "entered": [None, len(done)],
                "enterprises": [None, [row.pk for row in done]],
                "from": [None, str(start)],
            },
        )
    return Outcome(len(done), len(here), refused)


def _why_not(rows: list[Enterprise], station: Station, start: dt.date) -> tuple[set[int], dict[int, str]]:
    """(ids of those on the station's register already, {id: why another cannot enter it})."""
    ids = [row.pk for row in rows]
    here: set[int] = set()
    elsewhere: set[int] = set()
    later: set[int] = set()
    for entry in RegisterEntry._base_manager.filter(enterprise__in=ids, term__overlap=(start, None)):
        if entry.station_id != station.pk:
            elsewhere.add(entry.enterprise_id)
        elif entry.end is None and entry.holds_on(start):
            here.add(entry.enterprise_id)
        else:
            later.add(entry.enterprise_id)
    known = dict(
        Candidate._base_manager.filter(station=station, enterprise__in=ids).values_list("enterprise_id", "source")
    )
    facts = facts_standing(ids, start)
    why: dict[int, str] = {}
    for row in rows:
        if row.pk in here:
            continue
        fact = facts.get(row.pk)
        if row.pk in elsewhere:
            why[row.pk] = _("It is on another station's register.")
        elif row.pk in later:
            why[row.pk] = _("It was or will be on the register in part of that time: choose a later day.")
        elif row.pk not in known:
            why[row.pk] = _("The station does not know this enterprise.")
        elif known[row.pk] == CandidateSource.PROFILE:
            why[row.pk] = _("A public profile only; it is not entered on the register.")
        elif fact is not None and fact.status != Status.OPERATING:
            why[row.pk] = _("Its status is “%(status)s”.") % {"status": Status(fact.status).label}
    return here, why


def _check_day(field: str, day: dt.date) -> None:
    if day > clock.today():
        raise ValidationError({field: [_("The day lies in the future.")]})


def _check_reason(reason: str, reasons: Iterable[str]) -> None:
    if reason not in reasons:
        raise ValidationError({"reason": [_("Choose a reason.")]})


@service
def leave_register(*, actor: User, enterprise: Enterprise, on: dt.date, reason: str) -> None:
    """Take an enterprise off the register: `on` is the first day without it; its places on nodes end with it, and who speaks for
    it leaves that post.

    What it owes and who answers for it is ended by `workflows.leaving`. Raises ValidationError on enterprise (on no
    register the day before), on (a day to come), reason; PermissionDenied.
    """
    row = Enterprise._base_manager.select_for_update(no_key=True).get(pk=enterprise.pk)
    before = RegisterEntry._base_manager.filter(enterprise=row, term__contains=on - dt.timedelta(days=1))
    entry = before.filter(term__endswith__isnull=True).select_related("station").first()
    # without an entry the right is asked on the enterprise itself: an outsider learns nothing
    require(actor, Right.MANAGE_REGISTER, entry.station if entry else row)
    if entry is None:
        raise ValidationError({"enterprise": [_("The enterprise is on no register the day before.")]})
    _check_day("on", on)
    _check_reason(reason, ExitReason.values)
    entry.exit_reason = reason
    entry.save(update_fields=["exit_reason"])
    close_row(entry, on)
    for membership in ChainMembership._base_manager.filter(enterprise=row, term__overlap=(on, None)):
        close_row(membership, on)
    for seat in EnterpriseSeat._base_manager.filter(enterprise=row, term__overlap=(on, None)).select_related("post"):
        end_seat(actor, seat, on)
    row.station = None
    row.version += 1
    row.save(update_fields=["station", "version"])
    # the station keeps knowing it, as a candidate that may come back
    Candidate._base_manager.get_or_create(
        station=entry.station, enterprise=row, defaults={"source": CandidateSource.ENTERED}
    )
    journal.record(
        actor=actor,
        verb="leave_register",
        obj=row,
        station_id=entry.station_id,
        enterprise_id=row.pk,
        changes={"reason": [None, reason], "on": [None, str(on)]},
    )
