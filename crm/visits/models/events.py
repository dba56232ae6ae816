"""集中活动: one event, many enterprises, a sign-in list."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.accounts.models import Person
from crm.core import clock
from crm.core.text import plain_name
from crm.visits.enums import EVENT_MODES, Mode, ServiceKind, Topic
from enterprises.models import Enterprise
from stations.models import Post, Station


class ContactEvent(Scoped):
    """A round-table or group briefing that a station holds on a day (Asia/Shanghai), in the name of one post.

    The station's people all know of it; who came is told in the invitations. An enterprise that signed in has a contact
    of its own (`Visit.event`), so that every figure counts it as any other.
    """

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1, editable=False)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="contact_events", editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="contact_events", editable=False)
    holder = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contact_events", editable=False)
    held_on = models.DateField(_("date"))
    starts_at = models.TimeField(_("time"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=80, validators=[plain_name])
    title = models.CharField(_("title of the event"), max_length=80, validators=[plain_name])
    mode = models.CharField(_("mode"), max_length=12, choices=EVENT_MODES)
    service_kinds = ArrayField(
        models.CharField(max_length=12, choices=ServiceKind), verbose_name=_("services"), default=list, blank=True
    )
    topics = ArrayField(
        models.CharField(max_length=12, choices=Topic), verbose_name=_("topics"), default=list, blank=True
    )
    recorded_at = models.DateTimeField(default=clock.now, editable=False)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, stations=("station_id",))

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="visits_event_mode",
                condition=Q(mode__in=[Mode.MEETING, Mode.LECTURE]),
                violation_error_code="mode",
                violation_error_message=_("An event is a round-table or a group briefing."),
            ),
            models.CheckConstraint(
                name="visits_event_at_most_three_topics",
                condition=Q(topics__len__lte=3),
                violation_error_code="topics",
                violation_error_message=_("Choose at most three topics."),
            ),
        )
        indexes = (models.Index(fields=["station", "-held_on"], name="visits_event_station"),)

    def __str__(self) -> str:
        return f"{self.held_on} {self.title}"


class Invitation(Scoped):
    """A line of an event's sign-in list: an enterprise, whether it signed in, with how many persons.

    Read as visits are: whole by the station's whole reach, else of own enterprises and of events that one's own post holds.
    """

    event = models.ForeignKey(ContactEvent, on_delete=models.CASCADE, related_name="invitations")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="invitations")
    signed = models.BooleanField(_("signed in"), default=False)
    persons = models.PositiveSmallIntegerField(_("persons"), null=True, blank=True)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_VISITS,
        stations=("event__station_id", "enterprise__station_id"),
        enterprise="enterprise_id",
        posts=("event__post_id",),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["event", "enterprise"],
                name="visits_invitation_once",
                violation_error_code="enterprise",
                violation_error_message=_("The enterprise is on the list already."),
            ),
            models.CheckConstraint(
                name="visits_invitation_persons_signed",
                condition=Q(persons__isnull=True) | Q(signed=True, persons__gte=1),
                violation_error_code="persons",
                violation_error_message=_("Who has not signed in came with nobody."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.event_id} {self.enterprise_id}"
