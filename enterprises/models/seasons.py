"""Busy seasons (忙季): when a trade or an enterprise would rather not be visited."""

from functools import reduce
from operator import or_
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
# (months, days that each of them has; in February that of leap years: festival_day() reads it as the 28th in the others)
LENGTHS = (((1, 3, 5, 7, 8, 10, 12), 31), ((4, 6, 9, 11), 30), ((2,), 29))


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
                condition=Q(festival=Festival.FIXED, month__isnull=False, day__isnull=False)
                | (~Q(festival=Festival.FIXED) & Q(month__isnull=True, day__isnull=True)),
                violation_error_code="month",
                violation_error_message=_("A fixed day has a month and a day, a festival has neither."),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_day_of_year",
                condition=reduce(or_, (Q(month__in=months, day__range=(1, last)) for months, last in LENGTHS))
                | Q(month__isnull=True),  # what is missing, the check above tells
                violation_error_code="day",
                violation_error_message=_("The year has no such day (29 February may stand here)."),
            ),
        )

    def __str__(self) -> str:
        return str(self.get_festival_display())


class EnterpriseSeason(Season):
    """A busy season of one enterprise."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="seasons")

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_REGISTER,
        stations=("enterprise__station_id",),
        enterprise="enterprise_id",
        chain_reach=True,
        others=("of_candidates",),
    )
    objects = DatedScopedQuerySet.as_manager()


class ChainSeason(Season):
    """A busy season of everybody on a chain."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="seasons")

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="chain__union__path", above="chain__union__path")
    objects = DatedScopedQuerySet.as_manager()
