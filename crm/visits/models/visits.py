"""Visits: contacts as officers assert them."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.accounts.models import Person
from crm.core import clock
from crm.core.services import guard_words
from crm.core.text import plain_text
from crm.visits.enums import Level, Met, Mode, Outcome, Purpose, ServiceKind, Topic
from crm.visits.querysets import VisitQuerySet
from enterprises.models import Enterprise
from stations.models import Post, Station


class Visit(Scoped):
    """A contact as an officer asserts it. Stamps the station, the visitor's post and the post responsible on that day.

    `credited_post` is the post that answered for the enterprise on the day; `proxy` (代访) when the visitor sat in
    another post. `recorded_at` is when the product learned of it. `event`: the contact event at which it signed in.
    """

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1, editable=False)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="visits")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="visits", editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="visits", editable=False)
    visitor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="visits", editable=False)
    credited_post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, related_name="credited_visits", editable=False
    )
    proxy = models.BooleanField(default=False, editable=False)
    visited_on = models.DateField(_("date"))
    started_at = models.TimeField(_("time"), null=True, blank=True)
    mode = models.CharField(_("mode"), max_length=12, choices=Mode)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    met = ArrayField(models.CharField(max_length=12, choices=Met), verbose_name=_("met whom"), default=list, blank=True)
    workers_met = models.PositiveSmallIntegerField(_("number of workers"), null=True, blank=True)
    levels = ArrayField(
        models.CharField(max_length=12, choices=Level), verbose_name=_("levels"), default=list, blank=True
    )
    service_kinds = ArrayField(
        models.CharField(max_length=12, choices=ServiceKind), verbose_name=_("services"), default=list, blank=True
    )
    topics = ArrayField(
        models.CharField(max_length=12, choices=Topic), verbose_name=_("topics"), default=list, blank=True
    )
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose, default=Purpose.REGULAR)
    notes = models.TextField(_("notes"), max_length=4000, blank=True, validators=[plain_text])
    event = models.ForeignKey(
        "visits.ContactEvent", on_delete=models.PROTECT, null=True, blank=True, related_name="visits", editable=False
    )
    next_contact_on = models.DateField(_("next contact"), null=True, blank=True)
    recorded_at = models.DateTimeField(default=clock.now, editable=False)
    late_record = models.BooleanField(default=False, editable=False)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_VISITS,
        stations=("station_id", "enterprise__station_id"),
        enterprise="enterprise_id",
        posts=("post_id",),
    )
    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="visits_visit_words",
                condition=Q(mode__in=Mode.values, outcome__in=Outcome.values),
                violation_error_code="outcome",
                violation_error_message=_("Unknown mode or outcome."),
            ),
            models.CheckConstraint(
                name="visits_visit_met_is_in_person",
                condition=~(Q(outcome=Outcome.MET) & Q(mode=Mode.PHONE)),
                violation_error_code="mode",
                violation_error_message=_("“Visited, met somebody” cannot be a phone call."),
            ),
            models.CheckConstraint(
                name="visits_visit_at_most_three_topics",
                condition=Q(topics__len__lte=3),
                violation_error_code="topics",
                violation_error_message=_("Choose at most three topics."),
            ),
            models.UniqueConstraint(
                fields=["event", "enterprise"],
                condition=Q(event__isnull=False),
                name="visits_visit_once_per_event",
                violation_error_code="enterprise",
                violation_error_message=_("The enterprise has signed in already."),
            ),
        )
        indexes = (
            models.Index(fields=["enterprise", "-visited_on"], name="visits_visit_enterprise"),
            models.Index(fields=["station", "-visited_on"], name="visits_visit_station"),
            models.Index(fields=["post", "-visited_on"], name="visits_visit_post"),
        )

    def __str__(self) -> str:
        return f"{self.visited_on} {self.get_outcome_display()}"


# two clients that send one number for different enterprises at once wait on different locks: the key decides
guard_words(
    "visits_visit_client_uuid_key",
    ValidationError(_("Another visit was sent under this number already. Open the form again."), code="conflict"),
    field="client_uuid",
)
