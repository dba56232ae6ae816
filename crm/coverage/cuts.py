"""A cut: whose figures, of which enterprises, for which period, as of which day. The rows behind every figure.

The readings are those of docs/decisions/0005-coverage-readings.md; each row set is written down here once, and counts,
lists, exports and the API all start from it.
"""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from crm.access.grants import grants_of
from crm.access.roles import Right, Role
from crm.core import clock
from crm.coverage.periods import Period
from crm.visits.enums import Answer
from crm.visits.models import Obligation, Visit
from crm.visits.querysets import effective_q, onsite_q
from enterprises.models import Chain, ChainMembership, ChainNode, Enterprise, RegisterEntry
from grids.models import Responsibility
from stations.models import Post, Station, TradeUnion


@dataclass(frozen=True)
class Cut:
    """What is counted. `as_of` is a day; what is counted is what `user` may count."""

    user: Any
    period: Period
    as_of: dt.date
    chain: Chain | None = None
    node: ChainNode | None = None
    station: Station | None = None
    union: TradeUnion | None = None
    post: Post | None = None  # an officer's own cut, as somebody reads it who sees the station's figures
    _cache: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def at(self, **changes: Any) -> "Cut":
        """The same cut elsewhere."""
        return replace(self, _cache={}, **changes)

    @property
    def day(self) -> dt.date:
        """D, the day on which the figures stand."""
        return self.period.day(self.as_of)

    # ------------------------------------------------------------------------------------------------------ enterprises
    def entries(self) -> QuerySet[RegisterEntry]:
        """Register entries of the day that the reader may count."""
        rows = RegisterEntry.objects.allowing(self.user, Right.VIEW_COVERAGE).on(self.day)
        if self.station is not None:
            rows = rows.filter(station=self.station)
        if self.union is not None:
            rows = rows.filter(station__union__path__startswith=self.union.path)
        if self.post is not None:
            answered = Responsibility._base_manager.filter(post=self.post, term__contains=self.day)
            rows = rows.filter(Exists(answered.filter(enterprise=OuterRef("enterprise"))))
        places = self._places()
        if places is not None:
            rows = rows.filter(Exists(places.filter(enterprise=OuterRef("enterprise"))))
        return rows

    def _places(self) -> QuerySet[ChainMembership] | None:
        rows = ChainMembership._base_manager.filter(term__contains=self.day)
        if self.node is not None:
            return rows.filter(node=self.node)
        if self.chain is not None:
            return rows.filter(chain=self.chain)
        return None

    def in_scope(self) -> QuerySet[Enterprise]:
        """应包保企业: on the register that day."""
        return Enterprise._base_manager.filter(pk__in=self.entries().values("enterprise_id"))

    def flags(self, enterprise: str) -> dict[str, Exists]:
        """What holds of an enterprise, as conditions on the path `enterprise` to its id."""
        ref = OuterRef(enterprise)
        contacts = self._contacts().filter(enterprise=ref)
        answered = Responsibility._base_manager.filter(enterprise=ref, role=Role.GRID_OFFICER, term__contains=self.day)
        return {
            "listed": Exists(answered),
            "contacted": Exists(contacts.filter(effective_q())),
            "visited": Exists(contacts.filter(onsite_q())),
        }

    def _contacts(self) -> QuerySet[Visit]:
        rows = Visit._base_manager.filter(visited_on__gte=self.period.start, visited_on__lte=self.day)
        own = self.own_posts()
        return rows if own is None else rows.filter(proxy=False, credited_post__in=own)

    def own_posts(self) -> list[int] | None:
        """The reader's posts when they see by responsibility alone (the officer's own cut), else None.

        Whoever speaks for an enterprise counts what anybody did for it.
        """
        if self.post is not None:
            return [self.post.pk]
        if "own" not in self._cache:
            grants = grants_of(self.user)
            wide = grants is None or grants.station_ids(Right.VIEW_COVERAGE) or grants.union_paths(Right.VIEW_COVERAGE)
            self._cache["own"] = None if wide or grants is None else grants.post_ids(Right.VIEW_COVERAGE) or None
        return self._cache["own"]

    def listed(self) -> QuerySet[Enterprise]:
        return self.in_scope().filter(self.flags("pk")["listed"])

    # ------------------------------------------------------------------------------------------------------ obligations
    def due(self) -> QuerySet[Obligation]:
        """The due set: contacts of listed enterprises whose window closed in the period, by the day's end."""
        entry = self.entries().filter(enterprise=OuterRef("enterprise"), station=OuterRef("station"))
        return Obligation._base_manager.filter(
            Q(cancelled_on__isnull=True) | Q(cancelled_on__gt=self.day),
            Exists(entry),
            self.flags("enterprise")["listed"],
            role=Role.GRID_OFFICER,
            exempt_reason="",
            closes__gte=self.period.start,
            closes__lte=self.day,
        )

    def on_time_q(self) -> Q:
        """Of the due set: met inside the window, by the day (in the officer's own cut not by a 代访)."""
        met = Q(met_on__gte=F("opens"), met_on__lte=F("closes")) & Q(met_on__lte=self.day)
        own = self.own_posts()
        return met if own is None else met & Q(met_by__proxy=False, met_by__credited_post__in=own)

    # ----------------------------------------------------------------------------------------------------------- visits
    def contacts(self) -> QuerySet[Visit]:
        """Effective contacts of listed enterprises in the period, by the day (in the officer's own cut one's own)."""
        return self._contacts().filter(effective_q(), enterprise__in=self.listed().values("pk"))

    def confirmed_q(self) -> Q:
        """Of these: the enterprise has said by the day that it was so."""
        answered = {"confirmation__at__lt": clock.start_of(self.day + dt.timedelta(days=1))}
        return Q(confirmation__answer=Answer.TRUE, **answered)

    # ------------------------------------------------------------------------------------------------------------ nodes
    def nodes(self) -> QuerySet[ChainNode]:
        """Nodes of the cut's chain; without one, of all chains that the reader sees, with a union those of its subtree."""
        rows = self.nodes_seen()
        if self.union is None or self.chain is not None or self.node is not None:
            return rows
        return rows.filter(chain__union__path__startswith=self.union.path)

    def nodes_seen(self) -> QuerySet[ChainNode]:
        """Nodes of the cut's chain; without one, of every chain that the reader sees: each chain's own denominator."""
        rows = ChainNode.objects.visible_to(self.user)
        if self.node is not None:
            return rows.filter(pk=self.node.pk)
        return rows if self.chain is None else rows.filter(chain=self.chain)

    def complete(self) -> Exists:
        """Of a node: at least one listed enterprise lies on it."""
        whole = self.at(chain=None, node=None)
        return Exists(self._on_node().filter(enterprise__in=whole.listed().values("pk")))

    def filled(self) -> Exists:
        """Of a node: at least one enterprise in scope lies on it; the others are 空白环节."""
        whole = self.at(chain=None, node=None)
        return Exists(self._on_node().filter(enterprise__in=whole.entries().values("enterprise_id")))

    def _on_node(self) -> QuerySet[ChainMembership]:
        return ChainMembership._base_manager.filter(node=OuterRef("pk"), term__contains=self.day)
