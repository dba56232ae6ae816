"""A person's notices, and how they are told."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet

from crm.access.grants import Grants
from crm.access.roles import Right
from crm.access.scope import NOTHING
from crm.accounts.models import User
from crm.core.querysets import count_of
from crm.core.secrets import kept_of
from crm.notices.enums import Channel, State
from crm.notices.models import Feed, Notice, Robot
from crm.notices.telling import counted
from stations.models import Station


def own_notices(grants: Grants, right: Right) -> Q:
    """Provider of the scope: what was told to the person, as long as they sit in a post that reads anything."""
    return Q(person=grants.user.person_id) if grants.user.person_id and grants.anywhere(right) else NOTHING


def unread() -> Any:
    """The number of unread notices of a user, as an annotation of users."""
    mine = Notice.objects.filter(person=OuterRef("person"), channel=Channel.PAGE, state=State.SENT)
    return count_of(mine.filter(read_at=None))


@dataclass(frozen=True)
class Line:
    """A notice in the list: its counts in words."""

    notice: Notice
    words: list[str]


def inbox(user: User) -> QuerySet[Notice]:
    """What the user was told on the site, newest first."""
    rows = Notice.objects.visible_to(user).filter(channel=Channel.PAGE, state=State.SENT)
    return rows.order_by("-day", "-pk")


def lines(notices: list[Notice]) -> list[Line]:
    return [Line(notice, counted(notice.content)) for notice in notices]


def other_ways(user: User, notice: Notice) -> list[Notice]:
    """The same notice on the other channels: whether the e-mail went out."""
    same = Notice.objects.visible_to(user).filter(day=notice.day, kind=notice.kind)
    return list(same.exclude(channel=Channel.PAGE).order_by("pk"))


def robot_of(station: Station) -> Robot | None:
    return Robot.objects.filter(station=station).first()


def last_by_robot(station: Station) -> tuple[dt.date, str] | None:
    """(day, how it stands) of the last message of a station's robot."""
    row = Notice.objects.filter(station=station).exclude(state=State.EMPTY).order_by("-day").first()
    return (row.day, row.get_state_display()) if row is not None else None


def feed_of(user: User) -> Feed | None:
    return Feed.objects.filter(person=user.person_id).first() if user.person_id else None


def reader_of(shown: str) -> User | None:
    """Whose calendar lies at a secret address; None for a void one, a closed account and one that never was."""
    user = User.objects.select_related("person").filter(
        person__in=Feed.objects.filter(kept=kept_of(shown)).values("person")
    )
    return user.filter(is_active=True).first()
