"""The checklist of the reform: versions of a union, each with its lines."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope
from crm.core.dated import Dated, no_overlap
from crm.core.text import plain_name
from crm.programs.enums import EvidenceKind, Group
from enterprises.enums import Size, Tier
from enterprises.querysets import DatedScopedQuerySet
from stations.models import TradeUnion

LONGEST_VALIDITY = 120  # months


class Checklist(Dated):
    """A version of a union's checklist, in force during its term. A change is a new version; what enterprises have stays."""

    union = models.ForeignKey(TradeUnion, on_delete=models.PROTECT, related_name="checklists")
    number = models.PositiveSmallIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=80, validators=[plain_name])
    is_sample = models.BooleanField(default=False)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="union__path", above="union__path")
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "union",
                name="programs_checklist_one_in_force",
                message=_("The union has a checklist in force at that time already."),
            ),
            models.UniqueConstraint(
                fields=["union", "number"],
                name="programs_checklist_number",
                violation_error_code="__all__",
                violation_error_message=_("Somebody else has just changed this checklist. Look again."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class ChecklistLine(models.Model):
    """An item as a version words it. `number` names the item through all versions.

    `months`: how long a finished item holds, None for lasting. Enterprises of a tier in `off_tiers` or a size in
    `off_sizes` do not have the item.
    """

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveSmallIntegerField()
    group = models.CharField(max_length=1, choices=Group)
    title = models.CharField(_("item"), max_length=120, validators=[plain_name])
    evidence_kind = models.CharField(_("kind of evidence"), max_length=10, choices=EvidenceKind)
    asks = models.CharField(_("evidence asked for"), max_length=120, blank=True, validators=[plain_name])
    months = models.PositiveSmallIntegerField(
        _("months of validity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_VALIDITY)],
    )
    off_tiers = ArrayField(models.CharField(max_length=10, choices=Tier), default=list, blank=True)
    off_sizes = ArrayField(models.CharField(max_length=10, choices=Size), default=list, blank=True)

    class Meta:
        ordering = ("checklist", "number")
        constraints = (
            models.UniqueConstraint(
                fields=["checklist", "number"],
                name="programs_line_once",
                violation_error_code="number",
                violation_error_message=_("The checklist has this item already."),
            ),
            models.CheckConstraint(
                name="programs_line_validity",
                condition=models.Q(months__isnull=True) | models.Q(months__range=(1, LONGEST_VALIDITY)),
                violation_error_code="months",
                violation_error_message=_("A validity lies between 1 and 120 months, or is left empty for lasting."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def is_off(self, tier: str, size: str) -> bool:
        """Whether enterprises of the tier and size do not have the item."""
        return tier in self.off_tiers or size in self.off_sizes
