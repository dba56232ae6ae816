"""Industry chains: nodes in order, edges between them, who leads, who belongs, who looks after."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.core.dated import Dated, no_overlap
from crm.core.services import guard_words
from crm.core.text import plain_name, plain_text
from enterprises.enums import NodeKind, SeatKind
from enterprises.models.enterprises import Enterprise
from enterprises.querysets import DatedScopedQuerySet
from stations.models import Post, TradeUnion


class Chain(Scoped):
    """An industry chain that a union looks after; seen by everybody who sees a station below or above that union."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60, validators=[plain_name])
    union = models.ForeignKey(TradeUnion, on_delete=models.PROTECT, related_name="chains")
    profile = models.TextField(_("profile"), blank=True, validators=[plain_text])
    title = models.CharField(_("title"), max_length=40, blank=True, validators=[plain_name])
    government_leader = models.CharField(_("chain head (government)"), max_length=60, blank=True)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="union__path", above="union__path")

    def __str__(self) -> str:
        return self.name


class ChainNode(Scoped):
    """One 环节 of a chain. `column` and `row` are its place in the picture of the chain."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="nodes")
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=60, validators=[plain_name])
    kind = models.CharField(max_length=8, choices=NodeKind, default=NodeKind.MAIN)
    column = models.PositiveSmallIntegerField(default=1)
    row = models.PositiveSmallIntegerField(default=1)
    span = models.PositiveSmallIntegerField(default=1)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="chain__union__path", above="chain__union__path")

    class Meta:
        ordering = ("chain", "number")
        constraints = (
            models.UniqueConstraint(
                fields=["chain", "number"],
                name="enterprises_node_number",
                violation_error_code="number",
                violation_error_message=_("The chain has a node of this number."),
            ),
            # target of the composite key of ChainMembership
            models.UniqueConstraint(fields=["id", "chain"], name="enterprises_node_id_chain"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class NodeEdge(models.Model):
    """`upstream` supplies `downstream`; the two may lie in different chains."""

    upstream = models.ForeignKey(ChainNode, on_delete=models.CASCADE, related_name="supplies")
    downstream = models.ForeignKey(ChainNode, on_delete=models.CASCADE, related_name="supplied_by")
    kind = models.CharField(max_length=8, choices=NodeKind, default=NodeKind.MAIN)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["upstream", "downstream"],
                name="enterprises_edge_once",
                violation_error_code="downstream",
                violation_error_message=_("The two nodes are linked already."),
            ),
            models.CheckConstraint(
                name="enterprises_edge_not_to_itself",
                condition=~Q(upstream=models.F("downstream")),
                violation_error_code="downstream",
                violation_error_message=_("A node cannot supply itself."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.upstream} → {self.downstream}"


class ChainLeader(Dated):
    """链主: the lead firm of a chain for a term; there may be none (未明确)."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="leaders")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="led_chains")
    node = models.ForeignKey(ChainNode, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="chain__union__path", above="chain__union__path")
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "chain",
                name="enterprises_leader_one_per_chain",
                field="enterprise",
                message=_("The chain has a lead firm at that time already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.chain}: {self.enterprise}"


class ChainMembership(Dated):
    """An enterprise on a node of a chain for a term. `chain` repeats the node's (a composite key keeps it true)."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="memberships")
    node = models.ForeignKey(ChainNode, on_delete=models.PROTECT, related_name="memberships")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="memberships", editable=False)

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
                "node",
                name="enterprises_membership_once_per_node",
                field="node",
                message=_("The enterprise is on this node at that time already."),
            ),
        )
        indexes = (models.Index(fields=["chain", "node", "enterprise"], name="enterprises_membership_chain"),)

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.node}"


class ChainSeat(Dated):
    """专班, 专员, 专人 of a chain: which liaison post sits there."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="seats")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="seats")
    kind = models.CharField(_("seat"), max_length=14, choices=SeatKind)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="chain__union__path", above="chain__union__path")
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "chain",
                "kind",
                name="enterprises_seat_one_per_kind",
                field="kind",
                message=_("This seat of the chain is taken at that time."),
            ),
            models.CheckConstraint(
                name="enterprises_seat_kind",
                condition=Q(kind__in=SeatKind.values),
                violation_error_code="kind",
                violation_error_message=_("Unknown kind of seat."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.chain} {self.get_kind_display()}"


# kept by migration 0003
guard_words("enterprises_membership_chain_of_node", _("The node belongs to another chain."), "node")
