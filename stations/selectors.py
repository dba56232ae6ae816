"""Who sits where, on a day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.access.grants import grants_of
from crm.access.roles import ROLES, Right
from crm.accounts.models import Person, User
from stations.enums import UnionLevel
from stations.models import Appointment, Post, Station, StationPark, TradeUnion


@dataclass(frozen=True)
class Seat:
    """A post on a day: its holder, or who acts, or since when it is vacant (岗位空缺; an acting person leaves it vacant)."""

    post: Post
    holder: Person | None
    holder_since: dt.date | None
    acting: Person | None
    acting_until: dt.date | None
    vacant_since: dt.date | None

    @property
    def person(self) -> Person | None:
        """Whoever does the work on the day."""
        return self.holder or self.acting

    def vacant_days(self, day: dt.date) -> int:
        return (day - self.vacant_since).days if self.vacant_since else 0


def seats_of(posts: list[Post], day: dt.date) -> dict[int, Seat]:
    """{post id: Seat} on the day, in one query."""
    holders: dict[int, Appointment] = {}
    acting: dict[int, Appointment] = {}
    last_end: dict[int, dt.date] = {}
    rows = Appointment._base_manager.filter(post__in=posts, term__startswith__lte=day).select_related("person")
    for row in rows:
        if row.holds_on(day):
            (acting if row.acting else holders)[row.post_id] = row
        elif not row.acting and row.end:
            last_end[row.post_id] = max(row.end, last_end.get(row.post_id, row.end))
    found = {}
    for post in posts:
        holder, stand_in = holders.get(post.pk), acting.get(post.pk)
        found[post.pk] = Seat(
            post=post,
            holder=holder.person if holder else None,
            holder_since=holder.start if holder else None,
            acting=stand_in.person if stand_in else None,
            acting_until=stand_in.last_day if stand_in else None,
            vacant_since=None if holder else last_end.get(post.pk, post.start),
        )
    return found


def seats(station: Station, day: dt.date) -> list[Seat]:
    """The seats of a station on a day, chief first; two queries."""
    order: dict[str, int] = {role: place for place, role in enumerate(ROLES)}
    posts = sorted(Post._base_manager.filter(station=station, term__contains=day), key=lambda p: (order[p.role], p.pk))
    found = seats_of(posts, day)
    return [found[post.pk] for post in posts]


def posts_of(user: User, day: dt.date) -> list[Post]:
    """The posts that the user holds on the day, acting included."""
    if user.person_id is None or not user.is_active:
        return []
    return list(
        Post._base_manager.filter(
            term__contains=day, appointments__person_id=user.person_id, appointments__term__contains=day
        )
        .select_related("station", "union")
        .distinct()
        .order_by("pk")
    )


def acting_post(
    user: User,
    station: Station,
    day: dt.date,
    right: Right | None = None,
    wanted: Post | None = None,
    but: Q | None = None,
) -> Post | None:
    """The post in which the user acts for a station on the day: one of the station first, else one of a union above it.

    With `right`, only posts whose role holds it count; with `wanted`, only that post; `but`: posts left out. None when there
    is no such post.
    """
    if user.person is None:
        return None
    path = station.union.path
    step = TradeUnion.steplen
    above = [path[:end] for end in range(step, len(path) + 1, step)]
    held = Post._base_manager.filter(
        Q(station=station) | Q(union__path__in=above),
        term__contains=day,
        appointments__person=user.person,
        appointments__term__contains=day,
    ).distinct()
    if but is not None:
        held = held.exclude(but)
    if wanted is not None:
        held = held.filter(pk=wanted.pk)
    fitting = [post for post in held if right is None or _role_holds(post.role, right)]
    return min(fitting, key=lambda post: (post.station_id is None, post.pk), default=None)


def _role_holds(role: str, right: Right) -> bool:
    rights = next(value for key, value in ROLES.items() if key == role)
    return right in rights.granted or right in rights.own


def posts_of_people(person_ids: Iterable[int | None], day: dt.date, here: Q | None = None) -> dict[int, list[Post]]:
    """{person id: posts held on the day, acting included; with `here` only of such appointments}, in one query."""
    found: dict[int, list[Post]] = {}
    rows = Appointment._base_manager.filter(here or Q(), person__in=[pk for pk in person_ids if pk], term__contains=day)
    for row in rows.select_related("post__station", "post__union").order_by("pk"):
        found.setdefault(row.person_id, []).append(row.post)
    return found


def _paths_administered(user: Any) -> tuple[str, ...]:
    grants = grants_of(user)
    return grants.union_paths(Right.MANAGE_ACCOUNTS) if grants else ()


def _administered(user: Any) -> Q:
    """Of appointments: to posts in the unions that the user administers."""
    here = Q(pk__in=[])
    for path in _paths_administered(user):
        here |= Q(post__station__union__path__startswith=path) | Q(post__union__path__startswith=path)
    return here


def posts_administered(user: Any, person_ids: Iterable[int | None], day: dt.date) -> dict[int, list[Post]]:
    """{person id: posts held on the day in the unions that the user administers}, in one query."""
    return posts_of_people(person_ids, day, _administered(user))


def accounts_visible_to(user: Any, day: dt.date, text: str = "") -> QuerySet[User]:
    """Accounts with a post of the day in the unions that the user administers; of those without any, whoever had one there.

    Accounts that never had a post are left to the administrators of a tree's root.
    """
    here = _administered(user)
    ever = Appointment._base_manager.filter(person=OuterRef("person"))
    seated = ever.filter(term__contains=day)
    mine: Any = Exists(seated.filter(here)) | (~Exists(seated) & Exists(ever.filter(here)))
    if any(len(path) == TradeUnion.steplen for path in _paths_administered(user)):
        mine |= ~Exists(ever)  # nobody else would have them
    found = User.objects.filter(mine)
    if text.strip():
        found = found.filter(Q(username__icontains=text.strip()) | Q(person__name__icontains=text.strip()))
    return found.select_related("person").order_by("username")


def grassroots_unions(station: Station) -> QuerySet[TradeUnion]:
    """The grassroots unions from which the station's officers may be recommended: those of its district."""
    step, path = TradeUnion.steplen, station.union.path
    above = TradeUnion.objects.filter(path__in=[path[:end] for end in range(step, len(path) + 1, step)])
    district = above.filter(level=UnionLevel.DISTRICT).order_by("-path").values_list("path", flat=True).first()
    found = TradeUnion.objects.filter(level=UnionLevel.GRASSROOTS, path__startswith=district or path)
    return found.order_by("path")


def parks_served(day: dt.date) -> ArraySubquery:
    """Names of the parks that a station serves on the day, as an annotation of stations."""
    served = StationPark.objects.on(day).filter(station=OuterRef("pk")).order_by("pk")
    return ArraySubquery(served.values("park__name"))


def people_without_account(user: Any, day: dt.date) -> QuerySet[Person]:
    """People who hold a post of the day in the unions that the user administers, and have no account yet."""
    seated = Appointment.objects.on(day).filter(_administered(user), person=OuterRef("pk"))
    return Person.objects.filter(Exists(seated), user__isnull=True).order_by("name_key", "pk")
