"""The contact regime: versions of a union's contact rules."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right, Role
from crm.access.scope import Scope
from crm.core.dated import Dated, no_overlap
from crm.core.text import plain_name
from crm.visits.enums import Every, Need
from enterprises.enums import Tier
from enterprises.querysets import DatedScopedQuerySet
from stations.models import TradeUnion


class Regime(Dated):
    """定期联系制度: a version of a union's contact rules for a term. A change never rewrites past obligations."""

    union = models.ForeignKey(TradeUnion, on_delete=models.PROTECT, related_name="regimes")
    name = models.CharField(_("name"), max_length=80, validators=[plain_name])
    is_sample = models.BooleanField(default=False)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="union__path", above="union__path")
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "union",
                name="visits_regime_one_in_force",
                message=_("The union has a regime in force at that time already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class RegimeRule(models.Model):
    """A line of a regime: enterprises of a tier owe a contact of a kind once in each period.

    The window of an obligation is [due - early, due + late], closed; `due` is the period's last day, and without
    `early` the window begins with the period.
    """

    regime = models.ForeignKey(Regime, on_delete=models.CASCADE, related_name="rules")
    tier = models.CharField(_("tier"), max_length=10, choices=Tier)
    role = models.CharField(max_length=20, choices=Role, default=Role.GRID_OFFICER)
    need = models.CharField(max_length=10, choices=Need)
    every = models.CharField(max_length=10, choices=Every)
    early_days = models.PositiveSmallIntegerField(null=True, blank=True)
    late_days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["regime", "tier", "role", "need"],
                name="visits_rule_once",
                violation_error_code="tier",
                violation_error_message=_("The regime has a rule for this tier, role and kind of contact."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_need_display()} {self.get_every_display()}"
