"""What a post can do: half-days a week, visits in a half-day, leave (DEFINITIONS §0.7)."""

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope
from crm.core.dated import Dated, no_overlap
from enterprises.querysets import DatedScopedQuerySet
from stations.models import Post

MOST_HALF_DAYS, MOST_VISITS = 14, 12
_WITH_POST = Scope(view=Right.VIEW_STATION, stations=("post__station_id",), union="post__union__path")


class PostCapacity(Dated):
    """可用半天/周 × 户次/半天 of a post from a day on. A post without a row has the station's default."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="capacities")
    half_days = models.PositiveSmallIntegerField(_("half-days a week"), validators=[MaxValueValidator(MOST_HALF_DAYS)])
    visits = models.PositiveSmallIntegerField(_("visits in a half-day"), validators=[MaxValueValidator(MOST_VISITS)])

    scope: ClassVar[Scope] = _WITH_POST
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "post", name="visits_capacity_once", message=_("The post's capacity is given for that time already.")
            ),
            models.CheckConstraint(
                name="visits_capacity_is_human",
                condition=Q(half_days__lte=MOST_HALF_DAYS, visits__lte=MOST_VISITS),
                violation_error_code="half_days",
                violation_error_message=_("At most fourteen half-days a week and twelve visits in each."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.post_id} {self.half_days} × {self.visits}"


class PostLeave(Dated):
    """请假: a term in which the post's holder does not go out."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="leaves")

    scope: ClassVar[Scope] = _WITH_POST
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap("post", name="visits_leave_once", message=_("The leave overlaps another one.")),
            models.CheckConstraint(
                name="visits_leave_ends",
                condition=Q(term__endswith__isnull=False),
                violation_error_code="term",
                violation_error_message=_("A leave has an end."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.post_id} {self.term}"
