"""The policy library, and which enterprise was handed which policy."""

import uuid
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.core import clock
from crm.core.services import guard_words
from crm.core.text import plain_name, plain_text
from crm.programs.enums import PolicyTopic
from crm.visits.models import Visit
from enterprises.models import Enterprise
from stations.models import Post, Station, TradeUnion


class Policy(Scoped):
    """A policy of the library of a union, read by everybody in the union's subtree. A withdrawn one is no longer delivered."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    union = models.ForeignKey(TradeUnion, on_delete=models.PROTECT, related_name="policies")
    title = models.CharField(pgettext_lazy("policy", "title"), max_length=120, validators=[plain_name])
    number = models.CharField(_("document number"), max_length=60, blank=True, validators=[plain_name])
    issuer = models.CharField(_("issued by"), max_length=80, validators=[plain_name])
    issued_on = models.DateField(_("issued on"))
    topic = models.CharField(_("topic"), max_length=12, choices=PolicyTopic)
    summary = models.TextField(_("summary"), max_length=2000, blank=True, validators=[plain_text])
    link = models.CharField(_("where to read it"), max_length=300, blank=True, validators=[plain_text])
    withdrawn_on = models.DateField(null=True, editable=False)
    is_sample = models.BooleanField(default=False)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="union__path", above="union__path")

    class Meta:
        ordering = ("-issued_on", "-pk")

    def __str__(self) -> str:
        return self.title


class Delivery(Scoped):
    """A policy handed to an enterprise by a post on a day, and whether the enterprise has acknowledged it.

    Stamps the station. `acknowledged_by` is who said so for the enterprise, in office (“人事主管”), no name asked for.
    """

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1, editable=False)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="deliveries")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="deliveries")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="deliveries", editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="deliveries", editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries")
    delivered_on = models.DateField(_("delivered on"))
    recorded_at = models.DateTimeField(default=clock.now, editable=False)
    acknowledged_on = models.DateField(_("acknowledged on"), null=True, editable=False)
    acknowledged_by = models.CharField(
        _("acknowledged by"), max_length=80, blank=True, validators=[plain_name], editable=False
    )

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_PROGRAMS,
        stations=("station_id", "enterprise__station_id"),
        enterprise="enterprise_id",
        posts=("post_id",),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["policy", "enterprise"],
                name="programs_delivery_once",
                violation_error_code="policy",
                violation_error_message=_("The enterprise has this policy already."),
            ),
            models.CheckConstraint(
                name="programs_delivery_acknowledged_by_somebody",
                condition=Q(acknowledged_on__isnull=True, acknowledged_by="")
                | (Q(acknowledged_on__isnull=False) & ~Q(acknowledged_by="")),
                violation_error_code="acknowledged_by",
                violation_error_message=_("An acknowledgement says who gave it."),
            ),
            models.CheckConstraint(
                name="programs_delivery_acknowledged_after",
                condition=Q(acknowledged_on__isnull=True) | Q(acknowledged_on__gte=F("delivered_on")),
                violation_error_code="acknowledged_on",
                violation_error_message=_("A policy is acknowledged after it was delivered."),
            ),
        )
        indexes = (models.Index(fields=["station", "-delivered_on"], name="programs_delivery_station"),)

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.policy_id}"


_OTHER = ValidationError(_("Something else was sent under this number already. Open the page again."), code="conflict")
guard_words("programs_policy_client_uuid_key", _OTHER, field="client_uuid")
guard_words("programs_delivery_client_uuid_key", _OTHER, field="client_uuid")
