"""What clients send: a report's mark, and a second body that came under a used number."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.accounts.models import User
from crm.core import clock
from crm.visits.enums import Decision
from crm.visits.models.visits import Visit
from enterprises.models import Enterprise
from stations.models import Post, Station


class Submission(models.Model):
    """The mark of a visit report beyond the visit itself: by it a second sending is known as the same or as another one.

    `digest` is of the issue opened and the issues closed with the visit, `closed` their numbers. Read by its service alone.
    """

    visit = models.OneToOneField(Visit, on_delete=models.CASCADE, primary_key=True, related_name="submission")
    digest = models.CharField(max_length=64)
    closed = ArrayField(models.BigIntegerField(), default=list, blank=True)

    def __str__(self) -> str:
        return f"{self.visit_id} {self.digest[:8]}"


class SubmissionConflict(Scoped):
    """Another content under a number that was used before: kept word for word until the chief or its author settles it.

    `visit` is what was written first under the number, if it was a visit; `body` are the arguments of the report as JSON,
    `digest` theirs, so that a body that is sent again is kept once.
    """

    client_uuid = models.UUIDField()
    digest = models.CharField(max_length=64)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="conflicts")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.JSONField()
    received_at = models.DateTimeField(default=clock.now)
    decision = models.CharField(max_length=8, choices=Decision, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    result = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="+")

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_CONTACTS,  # the body may name people: the station's own posts read it, the district does not
        stations=("station_id", "enterprise__station_id"),
        enterprise="enterprise_id",
        own_reach=False,
        posts=("post_id",),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["client_uuid", "author", "digest"],
                name="visits_conflict_once",
                violation_error_code="client_uuid",
                violation_error_message=_("This body is kept already."),
            ),
            models.CheckConstraint(
                name="visits_conflict_decision",
                condition=Q(decision="", decided_at__isnull=True) | (~Q(decision="") & Q(decided_at__isnull=False)),
                violation_error_code="decision",
                violation_error_message=_("A decision has its moment."),
            ),
            models.CheckConstraint(
                name="visits_conflict_result",
                condition=Q(result__isnull=True) | Q(decision=Decision.OWN),
                violation_error_code="decision",
                violation_error_message=_("Only what was logged as a visit of its own has one."),
            ),
        )
        indexes = (
            models.Index(fields=["station", "-received_at"], name="visits_conflict_open", condition=Q(decision="")),
        )

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.client_uuid}"
