"""Enterprise, its dated facts and its contacts."""

import datetime as dt
import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError as NumberError

from crm.access.roles import Right
from crm.access.scope import Scope
from crm.core.dated import Dated, no_overlap
from crm.core.text import pinyin, plain_name, plain_text
from enterprises.enums import ContractState, Risk, Shift, Size, Status, Tier, UnionState
from enterprises.querysets import DatedScopedQuerySet, EnterpriseQuerySet
from stations.models import Park, Station

OLDEST = dt.date(1900, 1, 1)  # no enterprise was registered before


def valid_uscc(value: str) -> None:
    """Field validator: a unified social credit code (18 characters, check digit by GB 32100)."""
    try:
        if uscc_number.validate(value) != value:
            raise ValidationError(_("The credit code has 18 capital letters and digits."))
    except NumberError as error:
        raise ValidationError(_("The credit code is wrong: its last character is a check digit.")) from error


class Enterprise(models.Model):
    """A firm, one row per live credit code. `station` only repeats whose register it is on today."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    uscc = models.CharField(_("credit code"), max_length=18, blank=True, validators=[valid_uscc])
    old_number = models.CharField(_("old registration number"), max_length=15, blank=True, validators=[plain_text])
    name = models.CharField(_("enterprise name"), max_length=120, validators=[plain_name])
    short_name = models.CharField(_("short name"), max_length=40, blank=True, validators=[plain_name])
    former_names = ArrayField(
        models.CharField(max_length=120), verbose_name=_("former names"), default=list, blank=True
    )
    name_key = models.CharField(max_length=200, editable=False, blank=True)
    initials = models.CharField(max_length=60, editable=False, blank=True)
    ownership = models.CharField(_("kind of enterprise"), max_length=60, blank=True, validators=[plain_text])
    registered_on = models.DateField(_("registered on"), null=True, blank=True)
    registered_capital = models.CharField(_("registered capital"), max_length=60, blank=True, validators=[plain_text])
    business_scope = models.TextField(_("business scope"), max_length=8000, blank=True, validators=[plain_text])
    industry_code = models.CharField(_("industry (GB/T 4754)"), max_length=4, blank=True, validators=[plain_text])
    division_code = models.CharField(_("division"), max_length=12, blank=True, validators=[plain_text])
    province = models.CharField(_("province"), max_length=20, blank=True, validators=[plain_text])
    city = models.CharField(_("city"), max_length=20, blank=True, validators=[plain_text])
    address = models.CharField(_("address"), max_length=200, blank=True, validators=[plain_text])
    park = models.ForeignKey(
        Park, verbose_name=_("park"), on_delete=models.PROTECT, null=True, blank=True, related_name="enterprises"
    )
    building = models.CharField(_("building"), max_length=60, blank=True, validators=[plain_text])
    shift = models.CharField(_("shift"), max_length=10, choices=Shift, blank=True)
    visiting_hours = models.CharField(_("good hours to visit"), max_length=40, blank=True, validators=[plain_text])
    busy_seasons = models.CharField(_("busy seasons"), max_length=80, blank=True, validators=[plain_text])
    union_state = models.CharField(_("trade union"), max_length=20, choices=UnionState, default=UnionState.UNKNOWN)
    contract_state = models.CharField(
        _("collective contract"), max_length=20, choices=ContractState, default=ContractState.NONE
    )
    profile = models.TextField(_("profile"), blank=True, validators=[plain_text])
    external_ids = models.JSONField(default=dict, blank=True)
    is_sample = models.BooleanField(_("sample data"), default=False)
    station = models.ForeignKey(
        Station, on_delete=models.PROTECT, null=True, editable=False, related_name="enterprises"
    )
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, editable=False, related_name="+")

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_REGISTER,
        stations=("station_id",),
        enterprise="pk",
        chain_reach=True,
        others=("candidates_of_stations",),
    )
    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["uscc"],
                condition=Q(merged_into__isnull=True) & ~Q(uscc=""),
                name="enterprises_enterprise_uscc",
                violation_error_code="uscc",
                violation_error_message=_("Another enterprise has this credit code."),
            ),
            models.CheckConstraint(
                name="enterprises_enterprise_uscc_form",
                condition=Q(uscc="") | Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                violation_error_code="uscc",
                violation_error_message=_("The credit code has 18 capital letters and digits."),
            ),
            models.CheckConstraint(
                name="enterprises_enterprise_merged_is_off",
                condition=Q(merged_into__isnull=True) | Q(station__isnull=True),
                violation_error_code="station",
                violation_error_message=_("An enterprise merged into another is on no register."),
            ),
            models.CheckConstraint(
                name="enterprises_enterprise_named",
                condition=~Q(name=""),
                violation_error_code="name",
                violation_error_message=_("This field is required."),
            ),
        )
        indexes = (
            models.Index(fields=["station", "name_key", "id"], name="enterprises_station_name"),
            models.Index(fields=["name_key", "id"], name="enterprises_name_key"),
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="enterprises_name_trgm"),
            GinIndex(fields=["business_scope"], opclasses=["gin_trgm_ops"], name="enterprises_scope_trgm"),
            models.Index(fields=["initials"], opclasses=["varchar_pattern_ops"], name="enterprises_initials"),
        )

    def __str__(self) -> str:
        return self.name

    def set_keys(self) -> None:
        """Recompute what follows from the name (sort key, initials); called by the services that write names."""
        self.name_key, self.initials = pinyin(self.name)


class EnterpriseFact(Dated):
    """What held of an enterprise from when to when: status, tier, size, workers. Unknown figures stay empty."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="facts")
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.OPERATING)
    tier = models.CharField(_("tier"), max_length=10, choices=Tier, default=Tier.GENERAL)
    size = models.CharField(_("size"), max_length=10, choices=Size, blank=True)
    risk = models.CharField(_("labour relations"), max_length=10, choices=Risk, blank=True, db_default="", default="")
    workers = models.PositiveIntegerField(_("workers"), null=True, blank=True, validators=[MinValueValidator(0)])
    industrial_workers = models.PositiveIntegerField(_("industrial workers"), null=True, blank=True)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_REGISTER,
        stations=("enterprise__station_id",),
        enterprise="enterprise_id",
        chain_reach=True,
        others=("of_candidates",),
    )
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "enterprise",
                name="enterprises_fact_one_at_a_time",
                message=_("The enterprise has facts for that time already."),
            ),
            models.CheckConstraint(
                name="enterprises_fact_industrial_within_workers",
                condition=Q(industrial_workers__isnull=True)
                | Q(workers__isnull=True)
                | Q(industrial_workers__lte=models.F("workers")),
                violation_error_code="industrial_workers",
                violation_error_message=_("There cannot be more industrial workers than workers."),
            ),
            models.CheckConstraint(
                name="enterprises_fact_known_words",
                condition=Q(status__in=Status.values, tier__in=Tier.values, size__in=["", *Size.values]),
                violation_error_code="tier",
                violation_error_message=_("Unknown status, tier or size."),
            ),
            models.CheckConstraint(
                name="enterprises_fact_known_risk",
                condition=Q(risk__in=["", *Risk.values]),
                violation_error_code="risk",
                violation_error_message=_("Unknown state of labour relations."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.enterprise} {self.tier} {self.status}"


class FigureConsent(Dated):
    """The enterprise consents that officers of its rivals see its numbers of workers, during a term."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="figure_consents")
    given_by = models.CharField(_("given by"), max_length=80, validators=[plain_name])

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_REGISTER, stations=("enterprise__station_id",), enterprise="enterprise_id", chain_reach=True
    )
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "enterprise",
                name="enterprises_consent_once",
                message=_("The enterprise has consented for that time already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.given_by}"


class EnterpriseContact(models.Model):
    """Somebody to speak to at an enterprise. `name` and `phone` are personal: masked until revealed."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=40, validators=[plain_name])
    title = models.CharField(_("position"), max_length=40, blank=True, validators=[plain_name])
    phone = models.CharField(_("phone"), max_length=30, blank=True, validators=[plain_text])
    is_primary = models.BooleanField(_("first choice"), default=False)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_REGISTER, stations=("enterprise__station_id",), enterprise="enterprise_id"
    )
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=Q(is_primary=True),
                name="enterprises_contact_one_primary",
                violation_error_code="is_primary",
                violation_error_message=_("The enterprise has a first contact already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.title}"
