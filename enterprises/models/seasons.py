"""Busy seasons (忙季): when a trade or an enterprise would rather not be visited."""

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope
from crm.core.dated import Dated
from crm.core.festivals import Festival
from enterprises.models.chains import Chain
from enterprises.models.enterprises import Enterprise
from enterprises.querysets import DatedScopedQuerySet

LONGEST_SIDE = 60  # days before or after the festival


class Season(Dated):
    """Abstract: from `days_before` before the festival's day to `days_after` after it, every year whose first day lies in
    `term`.
    """

    festival = models.CharField(_("around"), max_length=12, choices=Festival)
    month = models.PositiveSmallIntegerField(_("month"), null=True, blank=True)
    day = models.PositiveSmallIntegerField(_("day of the month"), null=True, blank=True)
    days_before = models.PositiveSmallIntegerField(_("days before"), validators=[MaxValueValidator(LONGEST_SIDE)])
    days_after = models.PositiveSmallIntegerField(_("days after"), validators=[MaxValueValidator(LONGEST_SIDE)])

    class Meta:
        abstract = True
        constraints = (
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_sides",
                condition=Q(days_before__lte=LONGEST_SIDE, days_after__lte=LONGEST_SIDE),
                violation_error_code="days_before",
                violation_error_message=_("At most sixty days before and after."),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_fixed_day",
                condition=Q(
                    # not null, said out loud: a comparison with nothing is unknown, and a check lets the unknown pass
                    festival=Festival.FIXED,
                    month__isnull=False,
                    day__isnull=False,
                    month__range=(1, 12),
                    day__range=(1, 31),
                )
                | (~Q(festival=Festival.FIXED) & Q(month__isnull=True, day__isnull=True)),
                violation_error_code="month",
                violation_error_message=_("A fixed day has a month and a day, a festival has neither."),
            ),
        )

    def __str__(self) -> str:
        return str(self.get_festival_display())


class EnterpriseSeason(Season):
    """A busy season of one enterprise."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="seasons")

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_REGISTER, stations=("enterprise__station_id",), enterprise="enterprise_id", chain_reach=True
    )
    objects = DatedScopedQuerySet.as_manager()


class ChainSeason(Season):
    """A busy season of everybody on a chain."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="seasons")

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="chain__union__path", above="chain__union__path")
    objects = DatedScopedQuerySet.as_manager()
