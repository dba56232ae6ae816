"""The contact regime: versions of a union's contact rules, and exceptions from them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right, Role
from crm.access.scope import Scope, Scoped
from crm.core.dated import Dated, no_overlap
from crm.core.text import plain_name, plain_text
from crm.visits.enums import CAP_PERIODS, Every, Level, Need
from enterprises.enums import Risk, Size, Tier
from enterprises.models import Enterprise
from enterprises.querysets import DatedScopedQuerySet
from stations.models import Station, TradeUnion

LONGEST_TOLERANCE = 60
HIGHEST_CAP = 60


class Regime(Dated):
    """定期联系制度: a version of a union's contact rules for a term. A change never rewrites past obligations.

    A draft counts for nothing until it is put in force.
    """

    union = models.ForeignKey(TradeUnion, on_delete=models.PROTECT, related_name="regimes")
    name = models.CharField(_("name"), max_length=80, validators=[plain_name])
    draft = models.BooleanField(default=False, db_default=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    is_sample = models.BooleanField(default=False)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="union__path", above="union__path")
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "union",
                name="visits_regime_one_in_force",
                condition=Q(draft=False),
                message=_("The union has a regime in force at that time already."),
            ),
            models.UniqueConstraint(
                fields=["union"],
                condition=Q(draft=True),
                name="visits_regime_one_draft",
                violation_error_code="union",
                violation_error_message=_("The union has a draft already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class RegimeRule(Scoped):
    """A rule: enterprises that fit its conditions owe the role's post a contact of a kind once in each period.

    A line of a regime, or an exception for one station or enterprise during its own `term`, with a reason (decision 7).
    Empty conditions fit everybody. The window of an obligation is [due - early, due + late], closed; `due` is the
    period's last day, and without `early` the window begins with the period. `levels` must all be recorded.
    """

    regime = models.ForeignKey(Regime, on_delete=models.CASCADE, related_name="rules", null=True, blank=True)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="exceptions", null=True, blank=True)
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="exceptions", null=True, blank=True
    )
    term = DateRangeField(_("term"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True, db_default="", validators=[plain_text])
    tier = models.CharField(_("tier"), max_length=10, choices=Tier, blank=True)
    size = models.CharField(_("size"), max_length=10, choices=Size, blank=True, db_default="", default="")
    risk = models.CharField(_("labour relations"), max_length=10, choices=Risk, blank=True, db_default="", default="")
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.GRID_OFFICER)
    need = models.CharField(_("kind of contact"), max_length=10, choices=Need)
    every = models.CharField(_("how often"), max_length=12, choices=Every)
    early_days = models.PositiveSmallIntegerField(_("days early"), null=True, blank=True)
    late_days = models.PositiveSmallIntegerField(_("days late"), default=0)
    working_days = models.BooleanField(_("in working days"), default=False, db_default=False)
    levels = ArrayField(
        models.CharField(max_length=12, choices=Level),
        verbose_name=_("levels"),
        default=list,
        db_default=[],
        blank=True,
    )

    # exceptions are read with their station or enterprise (not by the enterprise itself), lines with their regime
    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_NOTES,
        stations=("station_id", "enterprise__station_id"),
        enterprise="enterprise_id",
        others=("lines_of_regimes",),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["regime", "tier", "size", "risk", "role", "need"],
                name="visits_rule_once",
                violation_error_code="tier",
                violation_error_message=_(
                    "The regime has a rule for this tier, size, state, role and kind of contact."
                ),
            ),
            no_overlap(
                "tier",
                "size",
                "risk",
                "role",
                "need",
                name="visits_rule_one_exception",
                or_zero=("station", "enterprise"),
                condition=Q(regime__isnull=True),
                message=_("There is such an exception for that time already."),
            ),
            models.CheckConstraint(
                name="visits_rule_line_or_exception",
                condition=Q(regime__isnull=False, station__isnull=True, enterprise__isnull=True, term__isnull=True)
                | (
                    Q(regime__isnull=True, term__isnull=False, term__isempty=False, term__startswith__isnull=False)
                    & ~Q(reason="")
                    & (
                        Q(station__isnull=False, enterprise__isnull=True)
                        | Q(station__isnull=True, enterprise__isnull=False)
                    )
                ),
                violation_error_code="reason",
                violation_error_message=_(
                    "An exception is for one station or one enterprise, for a term, with a reason."
                ),
            ),
            models.CheckConstraint(
                name="visits_rule_tolerance",
                condition=Q(late_days__lte=LONGEST_TOLERANCE) & (Q(early_days__isnull=True) | Q(early_days__lte=366)),
                violation_error_code="late_days",
                violation_error_message=_("At most sixty days late and a year early."),
            ),
        )
        indexes = (models.Index(fields=["enterprise"], name="visits_rule_enterprise", condition=Q(regime=None)),)

    def __str__(self) -> str:
        return f"{self.get_need_display()}{self.get_every_display()}"


class VisitCap(Scoped):
    """走访频次上限 (无事不扰): on how many days of a month or quarter an enterprise is visited at most, by all posts together.

    A line of a regime; without a tier for every tier that has no line of its own. It never keeps a visit off the record
    (decision 14).
    """

    regime = models.ForeignKey(Regime, on_delete=models.CASCADE, related_name="caps")
    tier = models.CharField(_("tier"), max_length=10, choices=Tier, blank=True, default="", db_default="")
    most = models.PositiveSmallIntegerField(_("at most so many days"))
    every = models.CharField(_("in each"), max_length=12, choices=CAP_PERIODS, default=Every.QUARTER)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="regime__union__path", above="regime__union__path")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["regime", "tier"],
                name="visits_cap_once",
                violation_error_code="tier",
                violation_error_message=_("The regime has a cap for this tier already."),
            ),
            models.CheckConstraint(
                name="visits_cap_bounds",
                condition=Q(most__gte=1, most__lte=HIGHEST_CAP),
                violation_error_code="most",
                violation_error_message=_("A cap is between one day and sixty."),
            ),
            models.CheckConstraint(
                name="visits_cap_period",
                condition=Q(every__in=[value for value, _label in CAP_PERIODS]),
                violation_error_code="every",
                violation_error_message=_("A cap is for a month or for a quarter."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.tier} {self.most} {self.every}"
