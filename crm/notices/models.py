"""What was told to whom, how somebody wants to be told, and what the night has done."""

import datetime as dt
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.accounts.models import Person
from crm.core import clock
from crm.core.text import plain_text
from crm.notices.enums import Channel, Kind, RobotKind, State
from stations.models import Station


class Notice(Scoped):
    """What a person (or a station's group, by its robot) is told on a day over a channel: the row is the right to tell it.

    `content` holds counts and ids, never names: {topic: {count's name: number, "ids": [...]}}. Names are looked up when it
    is sent or read, as far as the reader sees them at that moment.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="notices", editable=False)
    station = models.ForeignKey(Station, on_delete=models.CASCADE, null=True, related_name="+", editable=False)
    day = models.DateField(editable=False)
    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    channel = models.CharField(max_length=10, choices=Channel, editable=False)
    state = models.CharField(max_length=10, choices=State, editable=False)
    content = models.JSONField(default=dict, editable=False)
    made_at = models.DateTimeField(default=clock.now, editable=False)
    claimed_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, others=("own_notices",))

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "day", "kind", "channel"],
                condition=Q(person__isnull=False),
                name="notices_once_a_day",
                violation_error_code="day",
                violation_error_message=_("That was told already."),
            ),
            models.UniqueConstraint(
                fields=["station", "day", "kind", "channel"],
                condition=Q(station__isnull=False),
                name="notices_once_a_day_by_robot",
                violation_error_code="day",
                violation_error_message=_("That was told already."),
            ),
            models.CheckConstraint(
                name="notices_one_addressee",
                condition=Q(person__isnull=False, station__isnull=True, channel__in=Channel.PERSONAL)
                | Q(person__isnull=True, station__isnull=False, channel=Channel.ROBOT),
                violation_error_code="channel",
                violation_error_message=_("A notice goes to a person, or to a station by its robot."),
            ),
            models.CheckConstraint(
                name="notices_sent_says_when",
                condition=Q(state=State.SENT, sent_at__isnull=False)
                | Q(state__in=[state for state in State.values if state != State.SENT], sent_at__isnull=True),
                violation_error_code="state",
                violation_error_message=_("What was sent says when."),
            ),
        )
        indexes = (
            models.Index(fields=["person", "-day"], name="notices_of_person"),
            models.Index(
                fields=["person"],
                name="notices_unread",
                condition=Q(channel=Channel.PAGE, state=State.SENT, read_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"


class Preference(models.Model):
    """How a person wants to be told; without a row the defaults hold. Read and written by that person alone.

    Nothing is sent from `quiet_from` until `quiet_until` (over midnight when it is later; equal: no quiet hours), nor on
    days off unless `every_day`. `silenced` holds "topic:channel".
    """

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+", editable=False)
    email = models.EmailField(_("e-mail"), blank=True)
    quiet_from = models.TimeField(_("quiet from"), default=dt.time(20))
    quiet_until = models.TimeField(_("quiet until"), default=dt.time(8))
    every_day = models.BooleanField(_("also on days off"), default=False)
    silenced = ArrayField(models.CharField(max_length=30), default=list, blank=True)

    def __str__(self) -> str:
        return str(self.person)

    def hears(self, topic: str, channel: str) -> bool:
        return f"{topic}:{channel}" not in self.silenced

    def quiet_at(self, moment: dt.datetime) -> bool:
        """Whether the moment lies in the quiet hours (Asia/Shanghai)."""
        at, start, end = moment.astimezone(clock.ZONE).time(), self.quiet_from, self.quiet_until
        return start <= at < end if start <= end else at >= start or at < end


class Robot(models.Model):
    """The robot of a station's group. `key` lets anybody write to the group: it is never shown again in full."""

    station = models.OneToOneField(Station, on_delete=models.CASCADE, related_name="+", editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=RobotKind)
    key = models.CharField(_("key"), max_length=200, validators=[plain_text])
    set_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} …{self.key[-4:]}"


class Feed(models.Model):
    """A person's calendar at a secret address. Kept is the hash of the address; a new one makes the old one nobody's."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+", editable=False)
    kept = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return str(self.person)


class TickDone(models.Model):
    """A function of the night (`crm.core.ticks`) has run for a day."""

    name = models.CharField(max_length=60)
    day = models.DateField()
    done_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["name", "day"],
                name="notices_tick_once_a_day",
                violation_error_code="day",
                violation_error_message=_("The night of that day is done."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
