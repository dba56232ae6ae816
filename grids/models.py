"""Grids, responsibility (who answers for whom on day X) and the responsible lists that are issued from it."""

import secrets
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import OFFICER_ROLES, Right, Role
from crm.access.scope import Scope, Scoped
from crm.accounts.models import Person, User
from crm.core import clock
from crm.core.dated import Dated, no_overlap
from crm.core.services import guard_words
from crm.core.text import plain_name, plain_text
from enterprises.models import Chain, ChainNode, Enterprise
from enterprises.querysets import DatedScopedQuerySet
from grids.enums import ListState, RecusalKind
from stations.models import Post, Station


def gate_token() -> str:
    """Twenty-two signs that nobody guesses."""
    return secrets.token_urlsafe(16)


class Grid(Dated):
    """A grid of a station: its focus nodes and exactly one grid officer's post."""

    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="grids")
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=60, validators=[plain_name])
    post = models.OneToOneField(Post, on_delete=models.PROTECT, related_name="grid")
    focus_nodes = models.ManyToManyField(ChainNode, verbose_name=_("focus nodes"), blank=True, related_name="grids")

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, stations=("station_id",))
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "station",
                "number",
                name="grids_grid_number",
                field="number",
                message=_("The station has a grid of this number."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Responsibility(Dated):
    """包保: a post answers for an enterprise during a term; liaison posts per chain. One per enterprise, role and chain.

    An enterprise is in a grid because the grid's post answers for it: there is no second place that says so.
    `role` repeats the post's (a composite foreign key keeps it true).
    """

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="responsibilities")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="responsibilities")
    role = models.CharField(max_length=20, choices=Role, editable=False)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, null=True, blank=True, related_name="responsibilities")

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_REGISTER,
        stations=("post__station_id", "enterprise__station_id"),
        enterprise="enterprise_id",
        chain_reach=True,
    )
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "enterprise",
                "role",
                name="grids_responsibility_one",
                or_zero=("chain",),
                field="enterprise",
                message=_("Another post answers for this enterprise at that time."),
            ),
            models.CheckConstraint(
                name="grids_responsibility_role",
                condition=Q(role__in=OFFICER_ROLES),
                violation_error_code="post",
                violation_error_message=_("Only grid officers and liaison officers answer for single enterprises."),
            ),
            models.CheckConstraint(
                name="grids_responsibility_chain_for_liaison",
                condition=Q(role=Role.LIAISON, chain__isnull=False) | Q(role=Role.GRID_OFFICER, chain__isnull=True),
                violation_error_code="chain",
                violation_error_message=_("A liaison officer answers within a chain, a grid officer without one."),
            ),
        )
        indexes = (models.Index(fields=["post", "enterprise"], name="grids_responsibility_post"),)

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.post}"


class Recusal(Dated):
    """回避: an officer keeps away from an enterprise during a term, or the enterprise asks for another officer.

    It binds the person, not the post: whoever comes after is not concerned. Officers themselves do not read it.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="recusals")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="recusals")
    kind = models.CharField(_("kind"), max_length=12, choices=RecusalKind)
    note = models.CharField(_("note"), max_length=200, blank=True, validators=[plain_text])

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_RECUSALS, stations=("enterprise__station_id",))
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "person",
                "enterprise",
                "kind",
                name="grids_recusal_once",
                field="person",
                message=_("This recusal is on record for that time already."),
            ),
            models.CheckConstraint(
                name="grids_recusal_kind",
                condition=Q(kind__in=RecusalKind.values),
                violation_error_code="kind",
                violation_error_message=_("Unknown kind of recusal."),
            ),
        )
        indexes = (models.Index(fields=["enterprise"], name="grids_recusal_enterprise"),)

    def __str__(self) -> str:
        return f"{self.person} · {self.enterprise}"


class ResponsibleList(Scoped):
    """包保责任清单 of a station: drafted by the chief, approved by the district, released; then never changed (trigger)."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="lists")
    number = models.PositiveIntegerField(_("number"))
    year = models.PositiveSmallIntegerField(_("year"))
    state = models.CharField(max_length=10, choices=ListState, default=ListState.DRAFT)
    as_of = models.DateField(_("as of"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="following")
    drafter = models.ForeignKey(User, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    drafted_by = models.CharField(max_length=120)
    drafted_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=120, blank=True)
    approved_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=120, blank=True)
    released_on = models.DateField(_("released on"), null=True)
    return_reason = models.CharField(_("reason"), max_length=300, blank=True, validators=[plain_text])

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_LISTS, stations=("station_id",), others=("lists_of_own_post",))

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["station", "number"],
                name="grids_list_number",
                violation_error_code="number",
                violation_error_message=_("The station has a list of this number."),
            ),
            models.UniqueConstraint(
                fields=["station"],
                condition=~Q(state=ListState.RELEASED),
                name="grids_list_one_open",
                violation_error_code="station",
                violation_error_message=_("The station has a list that is not released yet."),
            ),
            models.CheckConstraint(
                name="grids_list_released_is_complete",
                condition=~Q(state=ListState.RELEASED)
                | (Q(approved_at__isnull=False, released_on__isnull=False) & ~Q(approved_by="")),
                violation_error_code="state",
                violation_error_message=_("A list is released only after its approval."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.station.paper_code}〔{self.year}〕{self.number}号"


class ResponsibleListLine(Scoped):
    """One enterprise on a list, as it stood on the list's day. `contact` and `phones` are personal."""

    responsible_list = models.ForeignKey(ResponsibleList, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+")
    enterprise_name = models.CharField(max_length=120)
    uscc = models.CharField(max_length=18, blank=True)
    place = models.CharField(max_length=200, blank=True)
    nodes = models.CharField(max_length=300, blank=True)
    tier = models.CharField(max_length=10, blank=True)
    workers = models.PositiveIntegerField(null=True)
    industrial_workers = models.PositiveIntegerField(null=True)
    union_state = models.CharField(max_length=20, blank=True)
    contact = models.JSONField(default=dict)
    chief_name = models.CharField(max_length=60, blank=True)
    officer_post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    officer_name = models.CharField(max_length=60, blank=True)
    acting_name = models.CharField(max_length=60, blank=True)
    acting_until = models.DateField(null=True)
    grid_name = models.CharField(max_length=60, blank=True)
    liaison_names = models.CharField(max_length=200, blank=True)
    phones = models.JSONField(default=dict)
    frequency = models.CharField(max_length=120, blank=True)
    start = models.DateField()
    end = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_LISTS, stations=("responsible_list__station_id",), enterprise="enterprise_id"
    )

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=["responsible_list", "enterprise"],
                name="grids_line_enterprise_once",
                violation_error_code="enterprise",
                violation_error_message=_("The enterprise is on this list already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.position} {self.enterprise_name}"


class GateCard(Scoped):
    """The number under which the public page of an enterprise's 包保联系卡 is found; printed on it as a QR code.

    It is kept as it is printed, so that a card can be printed again. One that is revoked is never used again.
    """

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="cards")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="cards")
    token = models.CharField(max_length=32, unique=True, default=gate_token, editable=False)
    issued_at = models.DateTimeField(default=clock.now, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    scope: ClassVar[Scope] = Scope(view=Right.MANAGE_GRIDS, stations=("station_id",))

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["enterprise", "station"],
                condition=Q(revoked_at__isnull=True),
                name="grids_card_one_in_use",
                violation_error_code="enterprise",
                violation_error_message=_("The enterprise has a card of this station already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.enterprise_id} · {self.station_id}"


guard_words("grids_list_released_stays", _("A released list never changes; issue the next number."))
