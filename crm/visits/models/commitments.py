"""承诺事项: what a station promised an enterprise."""

import datetime as dt
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.core import clock
from crm.core.text import plain_text
from crm.visits.enums import CommitmentState
from crm.visits.models.visits import Visit
from crm.visits.querysets import CommitmentQuerySet
from enterprises.models import Enterprise
from stations.models import Post, Station


class Commitment(Scoped):
    """A promise with a due day (Asia/Shanghai), kept by a post. Overdue and kept late are computed, never stored."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1, editable=False)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="commitments")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="commitments", editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="commitments", editable=False)
    visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments", editable=False
    )
    text = models.CharField(_("what was promised"), max_length=200, validators=[plain_text])
    made_on = models.DateField(_("promised on"), editable=False)
    due_on = models.DateField(_("due on"))
    state = models.CharField(max_length=10, choices=CommitmentState, default=CommitmentState.OPEN, editable=False)
    settled_on = models.DateField(null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True, validators=[plain_text])
    recorded_at = models.DateTimeField(default=clock.now, editable=False)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_VISITS,
        stations=("station_id", "enterprise__station_id"),
        enterprise="enterprise_id",
        posts=("post_id",),
    )
    objects = CommitmentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="visits_commitment_due_after_made",
                condition=Q(due_on__gte=models.F("made_on")),
                violation_error_code="due_on",
                violation_error_message=_("The promise falls due before it was made."),
            ),
            models.CheckConstraint(
                name="visits_commitment_settled_has_day",
                condition=Q(state=CommitmentState.OPEN, settled_on__isnull=True)
                | (Q(state__in=["kept", "broken", "withdrawn"]) & Q(settled_on__isnull=False)),
                violation_error_code="state",
                violation_error_message=_("A settled promise names the day."),
            ),
            models.CheckConstraint(
                name="visits_commitment_reason",
                condition=~Q(state__in=["broken", "withdrawn"]) | ~Q(reason=""),
                violation_error_code="reason",
                violation_error_message=_("Say why."),
            ),
        )
        indexes = (
            models.Index(fields=["enterprise", "-made_on"], name="visits_commitment_enterprise"),
            models.Index(
                fields=["station", "due_on"], name="visits_commitment_open", condition=Q(state=CommitmentState.OPEN)
            ),
            models.Index(fields=["post", "due_on"], name="visits_commitment_post"),
        )

    def __str__(self) -> str:
        return f"{self.due_on} {self.get_state_display()}"

    @property
    def kept_late(self) -> bool:
        return self.state == CommitmentState.KEPT and self.settled_on is not None and self.settled_on > self.due_on

    def overdue_on(self, day: dt.date) -> bool:
        """Open, and the due day is past; the due day itself is not late."""
        return self.state == CommitmentState.OPEN and self.due_on < day
