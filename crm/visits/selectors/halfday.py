"""An officer's half-days: what is planned, what is proposed though nobody has planned it."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from crm.access.grants import own_posts
from crm.access.roles import STATION_ROLES, Right, Role
from crm.accounts.models import User
from crm.core import rules
from crm.visits.defaults import HALF_DAYS, VISITS_IN_HALF_DAY
from crm.visits.enums import ContactState, Half
from crm.visits.hours import halves
from crm.visits.models import Obligation, PlannedVisit, PostCapacity, PostLeave
from crm.visits.proposal import Candidate, Place, propose
from crm.visits.selectors.closed import closed_terms
from crm.visits.selectors.status import ContactStatus, contact_status, in_contact_state
from crm.visits.windows import DAY
from enterprises.models import Enterprise
from enterprises.querysets import EnterpriseQuerySet
from grids.models import Responsibility
from stations.models import Post, Station

MOST_LOOKED_AT, MOST_PASSED = 300, 20
HALVES = tuple(Half)


def posts_with_half_days(user: User, day: dt.date) -> QuerySet[Any]:
    """Posts whose half-days the user may look at (the own ones, a chief all of the station), with what `room_of` reads."""
    given = PostCapacity.objects.on(day).filter(post=OuterRef("pk"))
    led = Station.objects.allowing(user, Right.PLAN)
    return (
        Post.objects.visible_to(user)
        .filter(Q(pk__in=own_posts(user)) | Q(station__in=led), role__in=STATION_ROLES, station__isnull=False)
        .annotate(
            room_visits=Subquery(given.values("visits")[:1]),
            room_half_days=Subquery(given.values("half_days")[:1]),
            on_leave=Exists(PostLeave.objects.filter(post=OuterRef("pk"), term__contains=day)),
        )
    )


@dataclass(frozen=True)
class Room:
    """What a post can do on a day: visits in each half-day, half-days a week; nothing on leave."""

    visits: int
    half_days: int
    leave: bool


def room_of(post: Any, day: dt.date) -> Room:
    """The room of a post of `posts_with_half_days` on the day that was asked for; a query where the station's default holds."""
    visits, half_days = post.room_visits, post.room_half_days
    if visits is None:
        usual = rules.histories(VISITS_IN_HALF_DAY, HALF_DAYS)
        visits, half_days = (one.on(day, f"station:{post.station_id}") for one in usual)
    return Room(visits, half_days, post.on_leave)


@dataclass
class Slot:
    """A half-day with what is planned on it."""

    day: dt.date
    half: str
    rows: list[PlannedVisit] = field(default_factory=list)

    @property
    def label(self) -> str:
        return str(Half(self.half).label)

    @property
    def other(self) -> Half:
        """The day's other half."""
        return next(half for half in HALVES if half != self.half)


@dataclass(frozen=True)
class Planned:
    """Half-days of the days asked for, and what was planned for days that are over and not kept."""

    slots: list[Slot]
    passed: list[PlannedVisit]

    @property
    def days(self) -> list[tuple[dt.date, list[Slot]]]:
        found: dict[dt.date, list[Slot]] = defaultdict(list)
        for slot in self.slots:
            found[slot.day].append(slot)
        return list(found.items())


def planned(user: User, post: Post, first: dt.date, last: dt.date, today: dt.date) -> Planned:
    """What a post has planned from `first` to `last`, and what it has let pass; one query."""
    slots = {
        (day, half): Slot(day, half)
        for day in (first + n * DAY for n in range((last - first).days + 1))
        for half in Half.values
    }
    rows = PlannedVisit.objects.visible_to(user).open().filter(post=post, day__lte=last).in_order()
    passed = []
    for row in rows.select_related("enterprise__park"):
        if row.day < today:
            passed.append(row)
        elif row.day >= first:
            slots[row.day, row.half].rows.append(row)
    return Planned(list(slots.values()), passed[-MOST_PASSED:])


def firms_of(user: User, post: Post, today: dt.date) -> EnterpriseQuerySet:
    """Enterprises on the register that a post is to see, and of whose contacts the user may know: those for which it answers,
    a chief's all of the station.
    """
    rows = Enterprise.objects.allowing(user, Right.VIEW_VISITS).registered_on(today).filter(station=post.station_id)
    if post.role == Role.CHIEF:
        return rows
    return rows.filter(pk__in=Responsibility.objects.on(today).filter(post=post).values("enterprise_id"))


@dataclass(frozen=True)
class Proposal:
    """An enterprise proposed for a half-day: how urgent it is, and what kinds of contact it is owed."""

    enterprise: Enterprise
    closes: dt.date
    urgency: int
    needs: tuple[str, ...]


def proposals(user: User, post: Post, slot: Slot, room: Room, today: dt.date) -> list[Proposal]:
    """Whom to see on a half-day besides what stands on it (`crm.visits.proposal`), nobody on leave. Whoever is planned by any
    post from today on is left out. Four queries.
    """
    left = 0 if room.leave else room.visits - len(slot.rows)
    if left <= 0:
        return []
    coming = PlannedVisit.objects.to_come(today).filter(enterprise=OuterRef("pk"))
    firms = firms_of(user, post, today).filter(~Exists(coming))
    owed = Obligation.objects.visible_to(user).live().unmet()
    owed = owed.filter(enterprise__in=firms.values("pk"), opens__lte=slot.day, role__in={Role.GRID_OFFICER, post.role})
    found: dict[int, list[Obligation]] = defaultdict(list)
    for row in owed.select_related("enterprise__park").order_by("closes", "pk")[:MOST_LOOKED_AT]:
        found[row.enterprise_id].append(row)
    closed = closed_terms(found, slot.day, slot.day)
    candidates = [
        Candidate(
            pk,
            rows[0].closes,
            place_of(rows[0].enterprise),
            halves(rows[0].enterprise.visiting_hours, rows[0].enterprise.shift),
            any(first <= slot.day <= last for first, last, _why in closed.get(pk, ())),
        )
        for pk, rows in found.items()
    ]
    near = place_of(slot.rows[0].enterprise) if slot.rows else None
    chosen = propose(candidates, slot.day, slot.half, left, near)
    return [
        Proposal(
            found[one.pk][0].enterprise,
            one.closes,
            one.urgency(slot.day),
            tuple(dict.fromkeys(str(row.get_need_display()) for row in found[one.pk])),
        )
        for one in chosen
    ]


def place_of(row: Enterprise) -> Place:
    return Place(row.park_id, row.building)


def overdue_of(user: User, post: Post, today: dt.date, limit: int = 200) -> list[tuple[Enterprise, ContactStatus]]:
    """Enterprises of the post that are overdue today, worst first; five queries."""
    rows = list(in_contact_state(firms_of(user, post, today), ContactState.OVERDUE, today)[:limit])
    status = contact_status([row.pk for row in rows], today)
    return sorted(
        ((row, status[row.pk]) for row in rows), key=lambda pair: (pair[1].until or today, pair[0].name_key, pair[0].pk)
    )
