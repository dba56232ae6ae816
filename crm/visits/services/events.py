"""集中活动: an event is entered once, and each enterprise that signed in has its contact."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.utils.translation import gettext as _

from crm.access.roles import Right, Role
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal, rules
from crm.core.outcome import Outcome, Refusal
from crm.core.services import cleaned, service
from crm.visits import enums
from crm.visits.defaults import LATE_RECORD_DAYS
from crm.visits.models import ContactEvent, Invitation, Obligation, Visit
from crm.visits.services.log import meet
from crm.visits.services.seats import seat
from enterprises.models import Enterprise, RegisterEntry
from enterprises.services.reach import locked
from grids.models import Responsibility
from stations.models import Post, Station

LONGEST_AHEAD = dt.timedelta(days=366)
MOST_PERSONS = 9999
SAID = ("station_id", "held_on", "starts_at", "place", "title", "mode", "service_kinds", "topics")


@service
def hold_event(
    *,
    actor: User,
    station: Station,
    held_on: dt.date,
    title: str,
    place: str,
    mode: str,
    client_uuid: uuid.UUID,
    post: Post | None = None,
    starts_at: dt.time | None = None,
    service_kinds: Sequence[str] = (),
    topics: Sequence[str] = (),
) -> ContactEvent:
    """Write down an event that is planned or was held. The same UUID and content again gives the first event again.

    It is held in the post that the actor sits in on the day, for one yet to come today; another system names the post.
    Raises ValidationError on held_on (more than a year ahead), post, client_uuid (code "conflict") and on any field whose
    word is unknown; PermissionDenied.
    """
    require(actor, Right.LOG_VISIT, station)
    event = ContactEvent(
        client_uuid=client_uuid,
        station=station,
        held_on=held_on,
        starts_at=starts_at,
        place=place.strip(),
        title=title.strip(),
        mode=mode,
        service_kinds=list(service_kinds),
        topics=list(topics),
        recorded_at=clock.now(),
    )
    # orders two sendings of one form: the second waits here and then finds the first
    Station._base_manager.select_for_update(no_key=True).get(pk=station.pk)
    before = ContactEvent.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        known = ContactEvent.objects.visible_to(actor).filter(pk=before.pk).exists()
        if not known or any(getattr(before, name) != getattr(event, name) for name in SAID):
            words = _("Another event was sent under this number already. Open the form again.")
            raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
        return before
    if held_on > clock.today() + LONGEST_AHEAD:
        raise ValidationError({"held_on": [_("The day lies more than a year ahead.")]})
    event.post, event.holder = seat(actor, station, min(held_on, clock.today()), post)
    cleaned(event).save()
    _tell(actor, "hold_event", event, {"held_on": [None, str(held_on)]})
    return event


@service
def invite_to_event(*, actor: User, event: ContactEvent, enterprises: Sequence[Enterprise]) -> Outcome:
    """Put enterprises on the sign-in list; one that is there is unchanged, one on another register is refused.

    A constant number of queries. Raises PermissionDenied.
    """
    require(actor, Right.LOG_VISIT, event)
    event = ContactEvent._base_manager.select_for_update(no_key=True).get(pk=event.pk)
    ids = [row.pk for row in enterprises]
    reachable = set(
        Enterprise.objects.allowing(actor, Right.LOG_VISIT)
        .filter(pk__in=ids, station=event.station_id)
        .values_list("pk", flat=True)
    )
    there = set(Invitation.objects.filter(event=event, enterprise__in=ids).values_list("enterprise_id", flat=True))
    words = _("It is not on the station's register.")
    refused = [Refusal(row.pk, row.name, words) for row in enterprises if row.pk not in reachable | there]
    new = dict.fromkeys(pk for pk in ids if pk in reachable - there)
    Invitation.objects.bulk_create([Invitation(event=event, enterprise_id=pk) for pk in new], batch_size=1000)
    _tell(actor, "invite_to_event", event, {"invited": [None, len(new)]})
    return Outcome(len(new), len(set(ids) & there), refused)


@service
def sign_in(
    *,
    actor: User,
    event: ContactEvent,
    present: Mapping[int, int | None],
    absent: Collection[int] = (),
    version: int | None = None,
) -> Outcome:
    """Sign enterprises in ({enterprise id: number of persons or None}) or take a sign-in back; others stay as they are.

    Each that signs in has an effective contact of the event's day and mode, in the name of the event's post, that meets
    what is owed of the kind “any contact”; what is taken back goes with what it met. Signing in commutes, so that two
    phones at one door do not hinder each other; to take one back or to change a number, name the `version` of the list
    that was seen. Invitations that the actor does not see are not touched.

    A constant number of queries. Raises ValidationError on held_on (yet to come), version (changed meanwhile), absent (an
    issue or promise hangs on the contact), persons (0 or more than 9999); PermissionDenied.
    """
    require(actor, Right.LOG_VISIT, event)
    event = (
        ContactEvent._base_manager.select_for_update(no_key=True, of=("self",)).select_related("post").get(pk=event.pk)
    )
    if event.held_on > clock.today():
        raise ValidationError({"held_on": [_("The event is yet to come.")]})
    if any(number is not None and not 1 <= number <= MOST_PERSONS for number in present.values()):
        raise ValidationError({"persons": [_("Between 1 and %(most)d persons.") % {"most": MOST_PERSONS}]})
    named = {*present, *absent}
    lines = list(
        Invitation.objects.visible_to(actor)
        .filter(event=event, enterprise__in=named)
        .select_related("enterprise")
        .order_by("enterprise_id")
    )
    coming = [line for line in lines if line.enterprise_id in present and not line.signed]
    going = [
        line for line in lines if line.enterprise_id in absent and line.enterprise_id not in present and line.signed
    ]
    counted = [
        line
        for line in lines
        if line.signed and line.enterprise_id in present and line.persons != present[line.enterprise_id]
    ]
    if (going or counted) and version != event.version:
        raise ValidationError({"version": [_("The list was changed meanwhile. Look again, then correct it.")]})
    touched = {line.enterprise_id for line in (*coming, *going)}
    # orders this with visits logged to the same enterprises
    locked(touched)
    coming, refused = _on_register(event, coming)
    _contacts(event, coming, present)
    _take_back(event, going)
    for line in (*coming, *counted):
        line.signed, line.persons = True, present[line.enterprise_id]
    for line in going:
        line.signed, line.persons = False, None
    changed = [*coming, *counted, *going]
    Invitation.objects.bulk_update(changed, ["signed", "persons"])
    if changed:
        Visit.objects.filter(event=event, enterprise__in=[line.enterprise_id for line in counted]).update(
            version=F("version") + 1
        )
        ContactEvent._base_manager.filter(pk=event.pk).update(version=event.version + 1)
        _tell(actor, "sign_in", event, {"signed": [None, len(coming)], "taken_back": [None, len(going)]})
    return Outcome(len(changed), len(lines) - len(changed) - len(refused), refused)


def _on_register(event: ContactEvent, lines: list[Invitation]) -> tuple[list[Invitation], list[Refusal]]:
    """Those on the station's register on the event's day, and the refusal of the others."""
    ids = [line.enterprise_id for line in lines]
    entries = RegisterEntry.objects.filter(station=event.station_id, enterprise__in=ids, term__contains=event.held_on)
    there = set(entries.values_list("enterprise_id", flat=True))
    words = _("It was not on the station's register on that day.")
    out = [
        Refusal(line.enterprise_id, line.enterprise.name, words) for line in lines if line.enterprise_id not in there
    ]
    return [line for line in lines if line.enterprise_id in there], out


def _contacts(event: ContactEvent, lines: list[Invitation], present: Mapping[int, int | None]) -> None:
    """Write the contact of each line and let it meet what is owed."""
    ids = [line.enterprise_id for line in lines]
    answering = dict(
        Responsibility.objects.filter(
            enterprise__in=ids, role=Role.GRID_OFFICER, term__contains=event.held_on
        ).values_list("enterprise_id", "post_id")
    )
    now = clock.now()
    late = rules.value(LATE_RECORD_DAYS, event.held_on, f"station:{event.station_id}")
    visits = [
        Visit(
            client_uuid=uuid.uuid5(event.client_uuid, f"{pk} {event.version}"),
            enterprise_id=pk,
            station_id=event.station_id,
            post=event.post,
            visitor_id=event.holder_id,
            credited_post_id=answering.get(pk),
            proxy=answering.get(pk, event.post_id) != event.post_id,
            event=event,
            visited_on=event.held_on,
            started_at=event.starts_at,
            mode=event.mode,
            outcome=enums.Outcome.MET,
            service_kinds=event.service_kinds,
            topics=event.topics,
            recorded_at=now,
            late_record=(clock.local_date(now) - event.held_on).days > late,
        )
        for pk in ids
    ]
    Visit.objects.bulk_create(visits, batch_size=1000)
    meet(visits, [enums.Need.ANY])


def _take_back(event: ContactEvent, lines: list[Invitation]) -> None:
    """The contacts of these lines go; what they met is met by the next contact that could have met it, or owed again."""
    visits = Visit.objects.filter(event=event, enterprise__in=[line.enterprise_id for line in lines])
    if not lines:
        return
    # whatever names a contact, in this room or above it; what it has met is freed below
    hangs = [one.name for one in Visit._meta.related_objects if one.related_model is not Obligation]
    if visits.filter(Q(*((f"{name}__isnull", False) for name in hangs), _connector=Q.OR)).exists():
        raise ValidationError({"absent": [_("An issue or a promise hangs on the contact; it stays.")]})
    freed = list(
        Obligation.objects.filter(met_by__in=visits)
        .select_related("rule")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    others = (
        Visit.objects.filter(enterprise__in={row.enterprise_id for row in freed})
        .exclude(pk__in=visits)
        .effective()
        .select_related("post")
        .prefetch_related("meets")
        .order_by("visited_on", "pk")
    )
    for row in freed:
        row.met_by, row.met_on = None, None
    for row in freed:
        other = next((one for one in others if _could_meet(one, row)), None)
        if other is not None:
            row.met_by, row.met_on = other, other.visited_on
    Obligation.objects.bulk_update(freed, ["met_by", "met_on"], batch_size=1000)
    visits._raw_delete(visits.db)  # in one statement; whatever else hangs on a contact is kept by the database


def _could_meet(visit: Visit, owed: Obligation) -> bool:
    free = all(met.rule_id != owed.rule_id for met in visit.meets.all())
    fits = visit.enterprise_id == owed.enterprise_id and owed.role in (Role.GRID_OFFICER, visit.post.role)
    return free and fits and visit.visited_on >= owed.opens and set(owed.rule.levels) <= set(visit.levels)


def _tell(actor: User, verb: str, event: ContactEvent, changes: dict[str, list[object]]) -> None:
    journal.record(
        actor=actor,
        verb=verb,
        obj=event,
        post=event.post,
        on_behalf_of=event.holder if event.holder_id != actor.person_id else None,
        station_id=event.station_id,
        changes=changes,
    )
