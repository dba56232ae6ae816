"""Obligations: contacts that are owed."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right, Role
from crm.access.scope import Scope, Scoped
from crm.core.text import plain_text
from crm.visits.enums import Need, ObligationState
from crm.visits.models.regimes import RegimeRule
from crm.visits.models.visits import Visit
from crm.visits.querysets import ObligationQuerySet
from enterprises.models import Enterprise
from stations.models import Station


class Obligation(Scoped):
    """A contact that is owed: enterprise × role × rule × window. States are computed for a day, never stored.

    `met_by`/`met_on` name the contact that met it; `met_on` may lie after the window (met late).
    """

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="obligations")
    rule = models.ForeignKey(RegimeRule, on_delete=models.PROTECT, related_name="obligations")
    role = models.CharField(max_length=20, choices=Role)
    need = models.CharField(max_length=10, choices=Need)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="obligations", editable=False)
    opens = models.DateField(_("from"))
    due = models.DateField(_("due"))
    closes = models.DateField(_("until"))
    met_by = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="meets")
    met_on = models.DateField(null=True, blank=True)
    cancelled_on = models.DateField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=120, blank=True, validators=[plain_text])
    exempt_reason = models.CharField(max_length=120, blank=True, validators=[plain_text])

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_VISITS, stations=("station_id", "enterprise__station_id"), enterprise="enterprise_id"
    )
    objects = ObligationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["enterprise", "station", "rule", "due"],
                name="visits_obligation_once",
                violation_error_code="due",
                violation_error_message=_("The contact is planned already."),
            ),
            models.CheckConstraint(
                name="visits_obligation_window",
                condition=Q(opens__lte=F("closes"), due__lte=F("closes")),
                violation_error_code="due",
                violation_error_message=_("The window must end after it begins and after it is due."),
            ),
            models.CheckConstraint(
                name="visits_obligation_met_by_a_contact",
                condition=Q(met_by__isnull=True, met_on__isnull=True) | Q(met_by__isnull=False, met_on__isnull=False),
                violation_error_code="met_by",
                violation_error_message=_("A met obligation names the contact and its day."),
            ),
            models.CheckConstraint(
                name="visits_obligation_cancel_has_reason",
                condition=Q(cancelled_on__isnull=True) | ~Q(cancel_reason=""),
                violation_error_code="cancel_reason",
                violation_error_message=_("A cancelled obligation needs a reason."),
            ),
        )
        indexes = (
            models.Index(fields=["enterprise", "closes"], name="visits_obligation_enterprise"),
            models.Index(fields=["station", "closes"], name="visits_obligation_station"),
            models.Index(
                fields=["station", "closes"],
                name="visits_obligation_open",
                condition=Q(met_by__isnull=True, cancelled_on__isnull=True, exempt_reason=""),
            ),
        )

    @property
    def state_words(self) -> str:
        """The words of `state_today` (see `with_state`)."""
        return str(ObligationState(self.state_today).label)  # type: ignore[attr-defined]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.need} {self.due}"
