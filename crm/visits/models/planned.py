"""已排期的走访: whom a post means to see on which half-day."""

import datetime as dt
import uuid
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.accounts.models import Person
from crm.core import clock
from crm.visits.enums import Half, Need, PlanState
from crm.visits.models.visits import Visit
from crm.visits.querysets import PlannedVisitQuerySet
from enterprises.models import Enterprise
from stations.models import Post, Station


class PlannedVisit(Scoped):
    """A contact that a post plans for a half-day. `need` says what keeps it: `meets` of a contact, as with obligations.

    `position` only orders a half-day; it is neither unique nor without gaps. `dropped_by` is empty where the product dropped
    it by itself (decision 15).
    """

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1, editable=False)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="planned_visits")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="planned_visits", editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="planned_visits", editable=False)
    need = models.CharField(max_length=10, choices=Need, default=Need.ONSITE)
    day = models.DateField(_("day"))
    half = models.CharField(_("half-day"), max_length=2, choices=Half)
    position = models.PositiveSmallIntegerField(_("place"), default=1, validators=[MinValueValidator(1)])
    made_on = models.DateField(editable=False)
    state = models.CharField(max_length=8, choices=PlanState, default=PlanState.PLANNED, editable=False)
    kept_by = models.ForeignKey(
        Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="keeps", editable=False
    )
    dropped_on = models.DateField(null=True, blank=True, editable=False)
    dropped_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    recorded_at = models.DateTimeField(default=clock.now, editable=False)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_VISITS,
        stations=("station_id", "enterprise__station_id"),
        enterprise="enterprise_id",
        posts=("post_id",),
    )
    objects = PlannedVisitQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["enterprise", "post"],
                condition=Q(state=PlanState.PLANNED),
                name="visits_planned_one_open",
                violation_error_code="enterprise",
                violation_error_message=_("The post has planned this enterprise already."),
            ),
            models.CheckConstraint(
                name="visits_planned_words",
                condition=Q(half__in=Half.values, need__in=Need.values),
                violation_error_code="half",
                violation_error_message=_("A half-day is the morning or the afternoon."),
            ),
            models.CheckConstraint(
                name="visits_planned_day_after_made",
                condition=Q(day__gte=F("made_on")),
                violation_error_code="day",
                violation_error_message=_("The day of the plan lies before it was made."),
            ),
            models.CheckConstraint(
                name="visits_planned_place",
                condition=Q(position__gte=1),
                violation_error_code="position",
                violation_error_message=_("Places are counted from one."),
            ),
            models.CheckConstraint(
                name="visits_planned_state",
                condition=Q(
                    state=PlanState.PLANNED, kept_by__isnull=True, dropped_on__isnull=True, dropped_by__isnull=True
                )
                | Q(state=PlanState.KEPT, kept_by__isnull=False, dropped_on__isnull=True, dropped_by__isnull=True)
                | Q(state=PlanState.DROPPED, kept_by__isnull=True, dropped_on__isnull=False),
                violation_error_code="state",
                violation_error_message=_("What was kept names the visit, what was dropped the day."),
            ),
        )
        indexes = (
            models.Index(fields=["post", "day"], name="visits_planned_post", condition=Q(state=PlanState.PLANNED)),
            models.Index(
                fields=["enterprise", "day"], name="visits_planned_enterprise", condition=Q(state=PlanState.PLANNED)
            ),
            models.Index(fields=["station", "day"], name="visits_planned_station"),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.get_half_display()}"

    def passed(self, today: dt.date) -> bool:
        """Still open, and its day is over."""
        return self.state == PlanState.PLANNED and self.day < today
