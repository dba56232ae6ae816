"""Practice cases (典型经验), and the titles that parks and chains hold themselves (示范区, 示范带)."""

import uuid
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.core import clock
from crm.core.dated import Dated, no_overlap
from crm.core.services import guard_words
from crm.core.text import plain_name, plain_text
from crm.programs.enums import CaseState, TitleLevel
from enterprises.models import Chain, ChainNode, Enterprise
from enterprises.querysets import DatedScopedQuerySet
from stations.models import Park, Post, Station, TradeUnion


class PracticeCase(Scoped):
    """What was done somewhere and is worth learning: a draft of a post, reported, adopted by a union for all below it."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1, editable=False)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="practice_cases", editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="practice_cases", editable=False)
    title = models.CharField(pgettext_lazy("case", "title"), max_length=80, validators=[plain_name])
    text = models.TextField(_("what was done"), max_length=4000, validators=[plain_text])
    node = models.ForeignKey(ChainNode, on_delete=models.PROTECT, null=True, blank=True, related_name="practice_cases")
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="practice_cases"
    )
    state = models.CharField(max_length=10, choices=CaseState, default=CaseState.DRAFT, editable=False)
    reported_on = models.DateField(null=True, editable=False)
    adopted_on = models.DateField(null=True, editable=False)
    adopted_by = models.ForeignKey(
        TradeUnion, on_delete=models.PROTECT, null=True, related_name="adopted_cases", editable=False
    )
    recorded_at = models.DateTimeField(default=clock.now, editable=False)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_PROGRAMS,
        stations=("station_id",),
        enterprise="enterprise_id",
        posts=("post_id",),
        others=("adopted_cases",),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="programs_case_state_has_its_days",
                condition=Q(state="draft", reported_on__isnull=True, adopted_on__isnull=True, adopted_by__isnull=True)
                | Q(state="reported", reported_on__isnull=False, adopted_on__isnull=True, adopted_by__isnull=True)
                | Q(state="adopted", reported_on__isnull=False, adopted_on__isnull=False, adopted_by__isnull=False),
                violation_error_code="state",
                violation_error_message=_("A case is a draft, reported, or adopted by a union."),
            ),
        )

    def __str__(self) -> str:
        return self.title


class AreaTitle(Dated):
    """A park is a demonstration area (示范区), a chain a demonstration belt (示范带), by a document, for a term."""

    union = models.ForeignKey(TradeUnion, on_delete=models.PROTECT, related_name="area_titles")
    park = models.ForeignKey(Park, on_delete=models.PROTECT, null=True, blank=True, related_name="area_titles")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, null=True, blank=True, related_name="area_titles")
    level = models.CharField(_("level"), max_length=10, choices=TitleLevel)
    number = models.CharField(_("document number"), max_length=60, validators=[plain_name])

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="union__path", above="union__path")
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="programs_areatitle_of_one",
                condition=Q(park__isnull=True, chain__isnull=False) | Q(park__isnull=False, chain__isnull=True),
                violation_error_code="park",
                violation_error_message=_("The title is of one park or of one chain."),
            ),
            no_overlap(
                "level",
                or_zero=("park", "chain"),
                name="programs_areatitle_once",
                field="start",
                message=_("It holds this title at that time already."),
            ),
        )

    def __str__(self) -> str:
        kind = _("demonstration area") if self.park_id else _("demonstration belt")
        return f"{self.get_level_display()}{kind}"


guard_words(
    "programs_practicecase_client_uuid_key",
    ValidationError(_("Something else was sent under this number already. Open the page again."), code="conflict"),
    field="client_uuid",
)
