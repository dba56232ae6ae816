"""Who sits where, on a day."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from crm.access.roles import ROLES, Right
from crm.accounts.models import Person, User
from stations.models import Appointment, Post, Station, TradeUnion


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
    order = {role: place for place, role in enumerate(ROLES)}
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


def acting_post(user: User, station: Station, day: dt.date, right: Right | None = None) -> Post | None:
    """The post in which the user acts for a station on the day: one of the station first, else one of a union above it.

    With `right`, only posts whose role holds it count. None when there is no such post.
    """
    path = station.union.path
    step = TradeUnion.steplen
    above = [path[:end] for end in range(step, len(path) + 1, step)]
    held = Post._base_manager.filter(
        Q(station=station) | Q(union__path__in=above),
        term__contains=day,
        appointments__person_id=user.person_id,
        appointments__term__contains=day,
    ).distinct()
    fitting = [post for post in held if right is None or _role_holds(post.role, right)]
    return min(fitting, key=lambda post: (post.station_id is None, post.pk), default=None)


def _role_holds(role: str, right: Right) -> bool:
    rights = next(value for key, value in ROLES.items() if key == role)
    return right in rights.granted or right in rights.own
