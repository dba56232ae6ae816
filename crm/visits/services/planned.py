"""已排期的走访: planned, moved, dropped; kept by the visit. Locks go enterprise, post, plan, as everybody's who writes one."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils.translation import gettext as _

from crm.access.roles import Right, Role
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.outcome import Outcome, Refusal
from crm.core.services import cleaned, service
from crm.visits.enums import Half, Need, PlanState
from crm.visits.hours import usual_half
from crm.visits.models import PlannedVisit, Visit
from crm.visits.querysets import PlannedVisitQuerySet
from crm.visits.services.seats import seat, station_on
from enterprises.models import Enterprise, RegisterEntry
from enterprises.services.reach import locked
from grids.models import Responsibility
from stations.models import Post

LONGEST_AHEAD = dt.timedelta(days=731)
CONTENT = ("enterprise_id", "day", "half", "need")


@service
def plan_visit(
    *,
    actor: User,
    enterprise: Enterprise,
    day: dt.date,
    half: str,
    client_uuid: uuid.UUID,
    post: Post | None = None,
    position: int | None = None,
    need: str = Need.ONSITE,
) -> PlannedVisit:
    """Plan an enterprise for a half-day, at a place in it (the last by default). The same UUID and content again gives the
    first row again, wherever it was moved meanwhile.

    The post is the one in which the actor sits today; `post` says which, and another system must name it.
    Raises ValidationError on day (past, more than two years ahead), half, position, need, enterprise (on no register; the
    post has planned it already), post, client_uuid (code "conflict"); PermissionDenied.
    """
    require(actor, Right.LOG_VISIT, enterprise)
    row = PlannedVisit(
        client_uuid=client_uuid, enterprise=enterprise, day=day, half=half, need=need, made_on=clock.today(),
        recorded_at=clock.now(),
    )  # fmt: skip
    # orders two sendings of one form: the second waits here and then finds the first
    locked([enterprise.pk])
    before = PlannedVisit.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        known = PlannedVisit.objects.visible_to(actor).filter(pk=before.pk).exists()
        said = CONTENT if before.version == 1 else CONTENT[:1]
        if not known or any(getattr(before, name) != getattr(row, name) for name in said):
            words = _("Another plan was sent under this number already. Open the form again.")
            raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
        return before
    _check(day, half)
    row.station = station_on(enterprise, row.made_on)
    row.post, holder = seat(actor, row.station, row.made_on, post)
    _place(row, position)
    cleaned(row).save()
    journal.record(
        actor=actor,
        verb="plan_visit",
        obj=row,
        post=row.post,
        on_behalf_of=holder if holder.pk != actor.person_id else None,
        station_id=row.station_id,
        enterprise_id=enterprise.pk,
        changes={"day": [None, str(day)], "half": [None, half]},
    )
    return row


@service
def plan_half_day(
    *, actor: User, post: Post, enterprises: Sequence[Enterprise], day: dt.date, half: str, client_uuid: uuid.UUID
) -> Outcome:
    """Plan several enterprises for a post's half-day, after what stands there, in their order; one that the post has planned
    already is unchanged.

    A constant number of queries. Raises ValidationError on day, half, post; PermissionDenied.
    """
    assert post.station is not None
    require(actor, Right.LOG_VISIT, post.station)
    _check(day, half)
    today, ids = clock.today(), [row.pk for row in enterprises]
    _post, holder = seat(actor, post.station, today, post)
    locked(ids)
    Post._base_manager.select_for_update(no_key=True).get(pk=post.pk)
    entries = RegisterEntry.objects.filter(station=post.station, enterprise__in=ids, term__contains=today)
    there = set(
        Enterprise.objects.allowing(actor, Right.LOG_VISIT)
        .filter(pk__in=entries.values("enterprise"))
        .values_list("pk", flat=True)
    )
    numbers = {pk: uuid.uuid5(client_uuid, str(pk)) for pk in ids}
    mine = PlannedVisit.objects.filter(Q(client_uuid__in=numbers.values()) | Q(state=PlanState.PLANNED), post=post)
    planned = set(mine.filter(enterprise__in=ids).values_list("enterprise_id", flat=True))
    standing = PlannedVisit.objects.open().filter(post=post, day=day, half=half).aggregate(last=Max("position"))
    new = [pk for pk in numbers if pk in there - planned]
    rows = [
        PlannedVisit(
            client_uuid=numbers[pk], enterprise_id=pk, station=post.station, post=post, day=day, half=half,
            position=place, made_on=today, recorded_at=clock.now(),
        )
        for place, pk in enumerate(new, (standing["last"] or 0) + 1)
    ]  # fmt: skip
    PlannedVisit.objects.bulk_create(rows, batch_size=1000)
    words = _("It is not on the station's register.")
    refused = [Refusal(row.pk, row.name, words) for row in enterprises if row.pk not in there | planned]
    journal.record(
        actor=actor,
        verb="plan_half_day",
        obj=post,
        post=post,
        on_behalf_of=holder if holder.pk != actor.person_id else None,
        station_id=post.station_id,
        changes={"day": [None, str(day)], "half": [None, half], "planned": [None, len(rows)]},
    )
    return Outcome(len(rows), len(planned), refused)


@service
def replan_visit(
    *,
    actor: User,
    planned: PlannedVisit,
    version: int,
    day: dt.date | None = None,
    half: str | None = None,
    position: int | None = None,
) -> PlannedVisit:
    """Move an open plan to another day, half-day or place; in another half-day it comes last unless a place is named.

    Raises ValidationError on version (changed meanwhile), state (no longer open), day, half, position; PermissionDenied.
    """
    row = _locked(actor, planned, version)
    before = (row.day, row.half)
    row.day, row.half, row.version = day or row.day, half or row.half, row.version + 1
    _check(row.day, row.half)
    _place(row, position)
    cleaned(row).save()
    changes = {"day": [str(before[0]), str(row.day)], "half": [before[1], row.half], "place": [None, row.position]}
    _tell(actor, "replan_visit", row, changes)
    return row


@service
def drop_planned_visit(*, actor: User, planned: PlannedVisit, version: int) -> PlannedVisit:
    """Take an open plan back. Raises ValidationError on version, state; PermissionDenied."""
    row = _locked(actor, planned, version)
    row.state, row.version = PlanState.DROPPED, row.version + 1
    row.dropped_on, row.dropped_by = clock.today(), actor.person
    cleaned(row).save()
    _tell(actor, "drop_planned_visit", row, {"state": [PlanState.PLANNED, row.state]})
    return row


@service
def drop_plans_of(*, actor: User, enterprise: Enterprise, start: dt.date) -> int:
    """Drop what any post has planned at an enterprise for a day from `start` on; returns how many. Raises PermissionDenied."""
    require(actor, Right.PLAN, enterprise)
    rows = PlannedVisit.objects.open().filter(enterprise=enterprise, day__gte=start)
    dropped = _drop(rows, actor)
    changes = {"from": [None, str(start)], "plans": [None, dropped]}
    journal.record(
        actor=actor, verb="drop_plans_of", obj=enterprise, station_id=enterprise.station_id,
        enterprise_id=enterprise.pk, changes=changes,
    )  # fmt: skip
    return dropped


@service
def pass_on_plans(
    *, actor: User, source: Post, target: Post, enterprises: Collection[Enterprise], start: dt.date
) -> int:
    """Let another post of the station keep what a post has planned at these enterprises from a day on; returns how many.
    Where the other has planned a visit itself, the first one's is dropped.

    Raises PermissionDenied. A constant number of queries.
    """
    require(actor, Right.MANAGE_GRIDS, source.station or source)
    rows = PlannedVisit.objects.open().filter(post=source, enterprise__in=enterprises, day__gte=start)
    theirs = PlannedVisit.objects.open().filter(post=target, enterprise__in=enterprises)
    dropped = _drop(rows.filter(enterprise__in=list(theirs.values_list("enterprise_id", flat=True))), actor)
    moved = rows.update(post=target, version=F("version") + 1)
    changes = {"from": [None, source.pk], "plans": [None, moved], "dropped": [None, dropped]}
    journal.record(actor=actor, verb="pass_on_plans", obj=target, station_id=source.station_id, changes=changes)
    return moved


@service
def drop_idle_plans(day: dt.date) -> int:
    """The night's part: drop open plans that nobody will keep, by nobody's hand; returns how many.

    Those of enterprises that are no longer on the station's register, of posts that no longer exist, and of a grid officer's
    post where another one came to answer for the enterprise after the plan was made (decision 15).
    """
    rows = PlannedVisit.objects.open()
    registered = RegisterEntry.objects.filter(enterprise=OuterRef("enterprise"), station=OuterRef("station"))
    standing = Post._base_manager.filter(pk=OuterRef("post"), term__contains=day)
    since = Responsibility.objects.filter(
        enterprise=OuterRef("enterprise"), role=Role.GRID_OFFICER, term__contains=day,
        term__startswith__gt=OuterRef("made_on"),
    ).exclude(post=OuterRef("post"))  # fmt: skip
    answering = Exists(since) & Q(post__role=Role.GRID_OFFICER)
    on_register = Exists(registered.filter(term__contains=day))
    return _drop(rows.filter(~on_register | ~Exists(standing) | answering), None, day)


def keep_plans(visit: Visit, needs: Collection[str]) -> None:
    """Let a contact keep what its post, and the post responsible on the day, have planned there and it is good for."""
    if visit.next_contact_on is not None:  # the post before its plans, also where `plan_next` comes to it afterwards
        Post._base_manager.select_for_update(no_key=True).get(pk=visit.post_id)
    if needs:
        rows = PlannedVisit.objects.open().filter(
            enterprise=visit.enterprise_id, post__in={visit.post_id, visit.credited_post_id} - {None},
            need__in=needs, made_on__lte=visit.visited_on,
        )  # fmt: skip
        rows.update(state=PlanState.KEPT, kept_by=visit, version=F("version") + 1)


def plan_next(visit: Visit) -> None:
    """Plan the next contact that a visit names, for the visitor's post: what it still plans there moves to that day.

    Nothing is planned for a day that is over (a visit recorded late), nor where the enterprise has left the register.
    """
    day = visit.next_contact_on
    if day is None or day < clock.today():
        return
    firm = Enterprise._base_manager.get(pk=visit.enterprise_id)  # as it stands today, not as the caller had it
    if firm.station_id != visit.station_id:
        return
    row = PlannedVisit.objects.open().filter(enterprise=firm, post=visit.post_id).first()
    if row is None:
        row = PlannedVisit(
            client_uuid=uuid.uuid5(visit.client_uuid, "next"), enterprise=firm, station=visit.station, post=visit.post,
            need=Need.ANY, half=usual_half(firm.visiting_hours, firm.shift), made_on=visit.visited_on,
            recorded_at=visit.recorded_at,
        )  # fmt: skip
    elif row.day == day:
        return
    else:
        row.version += 1
    row.day = day
    _place(row, None)
    cleaned(row).save()


def _check(day: dt.date, half: str) -> None:
    if day < clock.today():
        raise ValidationError({"day": [_("The day is over. Choose today or a later one.")]})
    if day > clock.today() + LONGEST_AHEAD:
        raise ValidationError({"day": [_("The day lies more than two years ahead.")]})
    if half not in Half.values:
        raise ValidationError({"half": [_("A half-day is the morning or the afternoon.")]})


def _place(row: PlannedVisit, position: int | None) -> None:
    """Put a row at its place among the open ones of its half-day, the last by default; the others make room."""
    if position is not None and position < 1:
        raise ValidationError({"position": [_("Places are counted from one.")]})
    Post._base_manager.select_for_update(no_key=True).get(pk=row.post_id)
    others = PlannedVisit.objects.open().filter(post=row.post_id, day=row.day, half=row.half).exclude(pk=row.pk)
    ordered: list[PlannedVisit] = list(others.in_order())
    ordered.insert(len(ordered) if position is None else position - 1, row)
    for place, one in enumerate(ordered, 1):
        one.position = place
    PlannedVisit.objects.bulk_update([one for one in ordered if one is not row], ["position"])


def _locked(actor: User, planned: PlannedVisit, version: int) -> PlannedVisit:
    require(actor, Right.VIEW_VISITS, planned)
    require(actor, Right.LOG_VISIT, planned)
    locked([planned.enterprise_id])
    Post._base_manager.select_for_update(no_key=True).get(pk=planned.post_id)
    row = PlannedVisit._base_manager.select_for_update(of=("self",)).select_related("post").get(pk=planned.pk)
    if row.version != version:
        raise ValidationError({"version": [_("Somebody has changed it meanwhile. Look again.")]})
    if row.state != PlanState.PLANNED:
        raise ValidationError({"state": [_("It was kept or dropped already.")]})
    return row


def _drop(rows: PlannedVisitQuerySet, actor: User | None, day: dt.date | None = None) -> int:
    person = actor.person if actor is not None else None
    return rows.update(
        state=PlanState.DROPPED, dropped_on=day or clock.today(), dropped_by=person, version=F("version") + 1
    )


def _tell(actor: User, verb: str, row: PlannedVisit, changes: dict[str, Any]) -> None:
    journal.record(
        actor=actor,
        verb=verb,
        obj=row,
        post=row.post,
        station_id=row.station_id,
        enterprise_id=row.enterprise_id,
        changes=changes,
    )
