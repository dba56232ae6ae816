"""Contact regime → obligations → visits."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right, Role
from crm.access.scope import Scope, Scoped
from crm.accounts.models import Person
from crm.core import clock
from crm.core.dated import Dated, no_overlap
from crm.core.text import plain_name, plain_text
from crm.visits.enums import Every, Level, Met, Mode, Need, Outcome, Purpose, ServiceKind, Topic
from crm.visits.querysets import ObligationQuerySet, VisitQuerySet
from enterprises.enums import Tier
from enterprises.models import Enterprise
from enterprises.querysets import DatedScopedQuerySet
from stations.models import Post, Station, TradeUnion


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


class Visit(Scoped):
    """A contact as an officer asserts it. Stamps the station, the visitor's post and the post responsible on that day.

    `credited_post` is the post that answered for the enterprise on the day; `proxy` (代访) when the visitor sat in
    another post. `recorded_at` is when the product learned of it.
    """

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1, editable=False)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="visits")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="visits", editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="visits", editable=False)
    visitor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="visits", editable=False)
    credited_post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, related_name="credited_visits", editable=False
    )
    proxy = models.BooleanField(default=False, editable=False)
    visited_on = models.DateField(_("date"))
    started_at = models.TimeField(_("time"), null=True, blank=True)
    mode = models.CharField(_("mode"), max_length=12, choices=Mode)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    met = ArrayField(models.CharField(max_length=12, choices=Met), verbose_name=_("met whom"), default=list, blank=True)
    workers_met = models.PositiveSmallIntegerField(_("number of workers"), null=True, blank=True)
    levels = ArrayField(
        models.CharField(max_length=12, choices=Level), verbose_name=_("levels"), default=list, blank=True
    )
    service_kinds = ArrayField(
        models.CharField(max_length=12, choices=ServiceKind), verbose_name=_("services"), default=list, blank=True
    )
    topics = ArrayField(
        models.CharField(max_length=12, choices=Topic), verbose_name=_("topics"), default=list, blank=True
    )
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose, default=Purpose.REGULAR)
    notes = models.TextField(_("notes"), max_length=4000, blank=True, validators=[plain_text])
    next_contact_on = models.DateField(_("next contact"), null=True, blank=True)
    recorded_at = models.DateTimeField(default=clock.now, editable=False)
    late_record = models.BooleanField(default=False, editable=False)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_VISITS,
        stations=("station_id", "enterprise__station_id"),
        enterprise="enterprise_id",
        posts=("post_id",),
    )
    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="visits_visit_words",
                condition=Q(mode__in=Mode.values, outcome__in=Outcome.values),
                violation_error_code="outcome",
                violation_error_message=_("Unknown mode or outcome."),
            ),
            models.CheckConstraint(
                name="visits_visit_met_is_in_person",
                condition=~(Q(outcome=Outcome.MET) & Q(mode=Mode.PHONE)),
                violation_error_code="mode",
                violation_error_message=_("“Visited, met somebody” cannot be a phone call."),
            ),
            models.CheckConstraint(
                name="visits_visit_at_most_three_topics",
                condition=Q(topics__len__lte=3),
                violation_error_code="topics",
                violation_error_message=_("Choose at most three topics."),
            ),
        )
        indexes = (
            models.Index(fields=["enterprise", "-visited_on"], name="visits_visit_enterprise"),
            models.Index(fields=["station", "-visited_on"], name="visits_visit_station"),
            models.Index(fields=["post", "-visited_on"], name="visits_visit_post"),
        )

    def __str__(self) -> str:
        return f"{self.visited_on} {self.get_outcome_display()}"


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
                condition=Q(opens__lte=F("due"), due__lte=F("closes")),
                violation_error_code="due",
                violation_error_message=_("The window must begin before it is due and end after."),
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

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.need} {self.due}"
