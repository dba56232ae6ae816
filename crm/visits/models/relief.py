"""What relieves from a contact for a time: pauses and exemptions; and when each enterprise is planned again."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import DateField, ExpressionWrapper, F, Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope
from crm.core.dated import Dated, no_overlap
from crm.core.text import plain_text
from enterprises.models import Enterprise
from enterprises.querysets import DatedScopedQuerySet
from stations.models import Post, Station

# why an enterprise is left alone is not said to the enterprise itself
_WITHIN = Scope(view=Right.VIEW_NOTES, stations=("station_id", "enterprise__station_id"), enterprise="enterprise_id")
LONGEST_PAUSE = 366
LATEST_END = ExpressionWrapper(F("term__startswith") + LONGEST_PAUSE, output_field=DateField())


class ContactPause(Dated):
    """暂停: no contact is owed for a time that has an end; windows are made good afterwards (decision 7)."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="pauses")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="pauses", editable=False)
    reason = models.CharField(_("reason"), max_length=200, validators=[plain_text])

    scope: ClassVar[Scope] = _WITHIN
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "enterprise", name="visits_pause_once", message=_("The enterprise is paused at that time already.")
            ),
            models.CheckConstraint(
                name="visits_pause_ends",
                condition=Q(term__endswith__isnull=False) & Q(term__endswith__lte=LATEST_END),
                violation_error_code="term",
                violation_error_message=_("A pause has an end, at most a year away."),
            ),
            models.CheckConstraint(
                name="visits_pause_has_reason",
                condition=~Q(reason=""),
                violation_error_code="reason",
                violation_error_message=_("This field is required."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.reason}"


class Exemption(Dated):
    """豁免: asked with a reason by one person, approved by another; what is due in the term is then owed no more."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="exemptions")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="exemptions", editable=False)
    reason = models.CharField(_("reason"), max_length=120, validators=[plain_text])
    asked_post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    asked_by_id = models.BigIntegerField(editable=False)  # the account
    asked_by = models.CharField(max_length=120, editable=False)
    asked_on = models.DateField(editable=False)
    approved_by_id = models.BigIntegerField(null=True, editable=False)
    approved_by = models.CharField(max_length=120, blank=True, editable=False)
    approved_on = models.DateField(null=True, editable=False)
    declined_on = models.DateField(null=True, editable=False)
    decline_reason = models.CharField(max_length=200, blank=True, validators=[plain_text])

    scope: ClassVar[Scope] = _WITHIN
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="visits_exemption_two_people",
                condition=Q(approved_by_id__isnull=True) | ~Q(approved_by_id=F("asked_by_id")),
                violation_error_code="approved_by",
                violation_error_message=_("Whoever asks for an exemption does not approve it."),
            ),
            models.CheckConstraint(
                name="visits_exemption_one_answer",
                condition=Q(approved_on__isnull=True) | Q(declined_on__isnull=True),
                violation_error_code="approved_on",
                violation_error_message=_("The exemption has been decided."),
            ),
            models.CheckConstraint(
                name="visits_exemption_ends",
                condition=Q(term__endswith__isnull=False) & Q(term__endswith__lte=LATEST_END),
                violation_error_code="term",
                violation_error_message=_("An exemption has an end, at most a year away."),
            ),
        )
        indexes = (
            models.Index(
                fields=["station"], name="visits_exemption_open", condition=Q(approved_on=None, declined_on=None)
            ),
        )

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.reason}"


class PlanMark(models.Model):
    """When an enterprise is to be planned again: the tick reads those of the day or before, triggers set a long past day."""

    enterprise = models.OneToOneField(Enterprise, on_delete=models.CASCADE, primary_key=True, related_name="+")
    next_on = models.DateField()

    class Meta:
        indexes = (models.Index(fields=["next_on", "enterprise"], name="visits_planmark_next"),)

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.next_on}"
