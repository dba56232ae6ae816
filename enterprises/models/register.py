"""The register (名录): the dated denominator of every rate; the candidates that an import makes; who speaks for an enterprise."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right, Role
from crm.access.scope import Scope, Scoped
from crm.core import clock
from crm.core.dated import Dated, no_overlap
from crm.core.services import guard_words
from enterprises.enums import CandidateSource, EntryReason, ExitReason
from enterprises.models.enterprises import Enterprise
from enterprises.querysets import DatedScopedQuerySet
from stations.models import Post, Station


class RegisterEntry(Dated):
    """An enterprise on a station's register for a term, with reasons of entry and exit; one at a time over all stations."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="register_entries")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="register_entries")
    entry_reason = models.CharField(_("reason of entry"), max_length=20, choices=EntryReason)
    exit_reason = models.CharField(_("reason of exit"), max_length=20, choices=ExitReason, blank=True)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_REGISTER, stations=("station_id",), enterprise="enterprise_id", chain_reach=True
    )
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "enterprise",
                name="enterprises_register_one_at_a_time",
                field="enterprise",
                message=_("The enterprise is on a register at that time already."),
            ),
            models.CheckConstraint(
                name="enterprises_register_exit_has_reason",
                condition=models.Q(term__endswith__isnull=True) | ~models.Q(exit_reason=""),
                violation_error_code="exit_reason",
                violation_error_message=_("An exit from the register needs a reason."),
            ),
        )
        indexes = (models.Index(fields=["station", "enterprise"], name="enterprises_register_station"),)

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.station}"


class ImportBatch(Scoped):
    """One import of a file into a station: counts, unknown columns, faults by row and column."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="imports")
    file_name = models.CharField(max_length=200)
    file_hash = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)
    actor_label = models.CharField(max_length=120)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    unknown_columns = models.JSONField(default=list)
    faults = models.JSONField(default=list)

    scope: ClassVar[Scope] = Scope(view=Right.MANAGE_REGISTER, stations=("station_id",))

    def __str__(self) -> str:
        return f"{self.file_name} {self.at:%Y-%m-%d}"


class Candidate(Scoped):
    """An enterprise that a station knows but has not (yet) put on its register."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="candidacies")
    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="candidates")
    source = models.CharField(max_length=10, choices=CandidateSource)
    batch = models.ForeignKey(ImportBatch, on_delete=models.SET_NULL, null=True, related_name="candidates")
    since = models.DateField(default=clock.today)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_REGISTER, stations=("station_id",))

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["station", "enterprise"],
                name="enterprises_candidate_once",
                violation_error_code="enterprise",
                violation_error_message=_("The enterprise is a candidate of this station already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.enterprise} ? {self.station}"


class EnterpriseSeat(Dated):
    """企业工会干部: which post speaks for an enterprise, during a term. It answers for nothing: that is 包保.

    A post speaks for one enterprise at a time, and one post speaks for it; the chair of a joint union holds several posts.
    `role` repeats the post's (a composite foreign key keeps it true).
    """

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="seats")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="enterprise_seats")
    role = models.CharField(max_length=20, default=Role.ENTERPRISE_CADRE, editable=False)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_REGISTER, stations=("enterprise__station_id",), enterprise="enterprise_id"
    )
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "enterprise",
                name="enterprises_cadre_one_per_firm",
                field="enterprise",
                message=_("Somebody speaks for this enterprise at that time already."),
            ),
            no_overlap(
                "post",
                name="enterprises_cadre_one_firm_per_post",
                field="post",
                message=_("The post speaks for another enterprise at that time."),
            ),
            models.CheckConstraint(
                name="enterprises_cadre_role",
                condition=models.Q(role=Role.ENTERPRISE_CADRE),
                violation_error_code="post",
                violation_error_message=_("Only a post of an enterprise's union cadre speaks for an enterprise."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.post}"


# kept by migration 0006
guard_words(
    "enterprises_cadre_role_of_post", _("Only a post of an enterprise's union cadre speaks for an enterprise."), "post"
)
