"""The writes of people: reading a notice, wishes, a station's robot."""

import datetime as dt
import re
from collections.abc import Collection

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import Person, User
from crm.core import clock, journal
from crm.core.secrets import secret_address
from crm.core.services import cleaned, service
from crm.notices.content import topics_of
from crm.notices.enums import Channel, RobotKind, Topic
from crm.notices.models import Feed, Notice, Preference, Robot
from crm.notices.selectors import inbox
from stations.models import Station

KEY_SHAPE = {  # as the three make them
    RobotKind.WECOM: re.compile(r"[A-Za-z0-9_-]{8,200}"),
    RobotKind.DINGTALK: re.compile(r"[A-Za-z0-9]{8,200}"),
    RobotKind.FEISHU: re.compile(r"[A-Za-z0-9_-]{8,200}"),
}
# what people copy: the whole address; the key is what follows
KEY_FOLLOWS = {
    RobotKind.WECOM: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
    RobotKind.DINGTALK: "https://oapi.dingtalk.com/robot/send?access_token=",
    RobotKind.FEISHU: "https://open.feishu.cn/open-apis/bot/v2/hook/",
}


@service
def read_notices(*, actor: User, notice: Notice | None = None) -> int:
    """Mark one notice read, or all of one's own; returns how many were unread."""
    unread = inbox(actor).filter(read_at=None)
    if notice is not None:
        require(actor, Right.VIEW_STATION, notice)
        unread = unread.filter(pk=notice.pk)
    newest = unread.first()
    if newest is None:
        return 0
    count = Notice.objects.filter(pk__in=list(unread.values_list("pk", flat=True))).update(read_at=clock.now())
    journal.record(actor=actor, verb="read_notices", obj=newest, changes={"count": [0, count]})
    return count


@service
def save_preference(
    *,
    actor: User,
    email: str,
    quiet_from: dt.time,
    quiet_until: dt.time,
    every_day: bool,
    heard: Collection[tuple[str, str]],
) -> Preference:
    """How one wants to be told; `heard`: (topic, channel) of what is told, the rest of one's topics is silenced.

    Everybody writes their own. Raises ValidationError on email, PermissionDenied for somebody who is told nothing.
    """
    topics = topics_of(actor)
    if not topics or actor.person is None:
        raise PermissionDenied
    row = Preference.objects.select_for_update().filter(person=actor.person).first() or Preference(person=actor.person)
    before = {"quiet": f"{row.quiet_from}–{row.quiet_until}", "every_day": row.every_day, "silenced": row.silenced}
    row.email, row.quiet_from, row.quiet_until, row.every_day = email.strip(), quiet_from, quiet_until, every_day
    asked = [(topic, channel) for topic in topics for channel in Channel.PERSONAL]
    kept = [name for name in row.silenced if name.partition(":")[0] not in topics]  # of posts held at another time
    row.silenced = sorted([*kept, *(f"{topic}:{channel}" for topic, channel in asked if (topic, channel) not in heard)])
    cleaned(row).save()
    after = {"quiet": f"{row.quiet_from}–{row.quiet_until}", "every_day": row.every_day, "silenced": row.silenced}
    changes = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    journal.record(
        actor=actor, verb="save_preference", obj=actor.person, changes=changes
    )  # the address stays out of it
    return row


@service
def open_feed(*, actor: User) -> str:
    """A new secret address for one's calendar, the one before it is void; returned once, kept as a hash.

    PermissionDenied for somebody who is owed no contacts.
    """
    if Topic.CONTACTS not in topics_of(actor) or actor.person is None:
        raise PermissionDenied
    Person.objects.select_for_update(no_key=True).get(pk=actor.person.pk)  # orders two openings: the later one holds
    shown, kept = secret_address()
    row = Feed.objects.filter(person=actor.person).first() or Feed(person=actor.person)
    row.kept, row.made_at = kept, clock.now()
    row.save()
    journal.record(actor=actor, verb="open_feed", obj=actor.person)
    return shown


@service
def close_feed(*, actor: User) -> None:
    """Make the address of one's calendar void."""
    if actor.person is None:
        raise PermissionDenied
    if Feed.objects.filter(person=actor.person).delete()[0]:
        journal.record(actor=actor, verb="close_feed", obj=actor.person)


@service
def set_robot(*, actor: User, station: Station, kind: str, address: str) -> Robot:
    """Let a station's group be told by its robot. `address`: as the chat program shows it, or the key alone.

    Raises ValidationError on kind, address; PermissionDenied.
    """
    require(actor, Right.PLAN, station)
    if kind not in RobotKind.values:
        raise ValidationError({"kind": [_("Choose one of the three.")]})
    key = address.strip().removeprefix(KEY_FOLLOWS[RobotKind(kind)])
    if not KEY_SHAPE[RobotKind(kind)].fullmatch(key):
        raise ValidationError({"address": [_("Copy the robot's address as the chat program shows it.")]})
    row = Robot.objects.select_for_update().filter(station=station).first() or Robot(station=station)
    row.kind, row.key, row.set_at = kind, key, clock.now()
    cleaned(row).save()
    _about_robot(actor, station, "set_robot", {"robot": [None, kind]})
    return row


@service
def remove_robot(*, actor: User, station: Station) -> None:
    """Tell the group nothing more; the key is forgotten."""
    require(actor, Right.PLAN, station)
    Robot.objects.filter(station=station).delete()
    _about_robot(actor, station, "remove_robot", {})


def _about_robot(actor: User, station: Station, verb: str, changes: dict[str, list[str | None]]) -> None:
    journal.record(actor=actor, verb=verb, obj=station, station_id=station.pk, changes=changes)
