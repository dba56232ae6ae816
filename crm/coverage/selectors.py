"""The figures: five rates of a cut, of a chain and its nodes. A constant number of queries."""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from crm.core import clock
from crm.coverage.cuts import Cut
from crm.coverage.measures import BY_CODE, CONTACT, MEASURES, NODES, ON_TIME, RESPONSIBILITY, VISIT, Measure
from crm.visits.models import Obligation
from enterprises.models import ChainMembership, ChainNode, Enterprise


@dataclass(frozen=True)
class Rate:
    """n/d of a measure on a day; `value` is the percentage, half up to one decimal, None when d is 0."""

    measure: Measure
    n: int
    d: int
    as_of: dt.date
    known_at: dt.datetime

    @property
    def value(self) -> Decimal | None:
        if not self.d:
            return None
        return (Decimal(self.n) * 100 / self.d).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def gap(self) -> int:
        return self.d - self.n

    def as_dict(self) -> dict[str, Any]:
        """The shape for machines (DEFINITIONS §0.16)."""
        return {
            "measure": self.measure.code,
            "measure_version": self.measure.version,
            "n": self.n,
            "d": self.d,
            "value": None if self.value is None else float(self.value),
            "as_of": self.as_of.isoformat(),
            "known_at": self.known_at.isoformat(),
        }


Rates = dict[str, Rate]


@dataclass
class NodeCoverage:
    """A node with its rates; `in_scope` enterprises lie on it, none makes it an empty node. `query` is the page's."""

    node: ChainNode
    rates: Rates
    in_scope: int
    query: str = ""

    @property
    def empty(self) -> bool:
        return self.in_scope == 0


@dataclass(frozen=True)
class ChainCoverage:
    """A chain's rates in total (every enterprise once) and per node in order."""

    cut: Cut
    total: Rates
    nodes: list[NodeCoverage]

    @property
    def empty_nodes(self) -> list[ChainNode]:
        return [row.node for row in self.nodes if row.empty]


_COUNTS = {
    "all": Count("pk"),
    "n_listed": Count("pk", filter=Q(listed=True)),
    "n_contacted": Count("pk", filter=Q(listed=True, contacted=True)),
    "n_visited": Count("pk", filter=Q(listed=True, visited=True)),
}


def coverage(cut: Cut) -> Rates:
    """{measure code: Rate} of a cut; three queries besides those of the reader's grants."""
    found = cut.in_scope().annotate(**cut.flags("pk")).aggregate(**_COUNTS)
    due = cut.due().aggregate(n_due=Count("pk"), n_on_time=Count("pk", filter=cut.on_time_q()))
    nodes = cut.nodes().annotate(complete=cut.complete()).aggregate(
        n_nodes=Count("pk"), n_complete=Count("pk", filter=Q(complete=True))
    )
    return _rates(cut, found | due | nodes)


def chain_coverage(cut: Cut) -> ChainCoverage:
    """The cut's chain in total and per node; six queries besides those of the reader's grants."""
    places = ChainMembership._base_manager.filter(
        chain=cut.chain, term__contains=cut.day, enterprise__in=cut.entries().values("enterprise_id")
    )
    per_node = {
        row["node"]: row
        for row in places.annotate(**cut.flags("enterprise")).values("node").annotate(**_COUNTS).order_by()
    }
    on_node = Q(enterprise__memberships__chain=cut.chain, enterprise__memberships__term__contains=cut.day)
    due_per_node = {
        row["node"]: row
        for row in cut.due()
        .filter(on_node)
        .values(node=F("enterprise__memberships__node"))
        .annotate(n_due=Count("pk"), n_on_time=Count("pk", filter=cut.on_time_q()))
        .order_by()
    }
    nodes = []
    for node in cut.nodes().order_by("number"):
        counts = dict.fromkeys(("all", "n_listed", "n_contacted", "n_visited", "n_due", "n_on_time"), 0) | {"n_nodes": 1}
        counts |= {**per_node.get(node.pk, {}), **due_per_node.get(node.pk, {})}
        counts["n_complete"] = int(counts["n_listed"] > 0)
        nodes.append(NodeCoverage(node, _rates(cut, counts), counts["all"]))
    return ChainCoverage(cut, coverage(cut), nodes)


def _rates(cut: Cut, counts: dict[str, int]) -> Rates:
    known_at = clock.now()
    pairs = {
        RESPONSIBILITY: (counts["n_listed"], counts["all"]),
        CONTACT: (counts["n_contacted"], counts["n_listed"]),
        VISIT: (counts["n_visited"], counts["n_listed"]),
        ON_TIME: (counts["n_on_time"], counts["n_due"]),
        NODES: (counts["n_complete"], counts["n_nodes"]),
    }
    return {measure.code: Rate(measure, *pairs[measure], cut.day, known_at) for measure in MEASURES}


PARTS = ("n", "d", "gap")


def rows(cut: Cut, measure: str, part: str) -> QuerySet[Enterprise] | QuerySet[Obligation] | QuerySet[ChainNode]:
    """Exactly the rows behind a figure: `d` all, `n` done, `gap` what is missing. KeyError for an unknown measure."""
    wanted = BY_CODE[measure]
    flags = cut.flags("pk")
    table: dict[Measure, tuple[Any, Any]] = {
        RESPONSIBILITY: (cut.in_scope, flags["listed"]),
        CONTACT: (cut.listed, flags["contacted"]),
        VISIT: (cut.listed, flags["visited"]),
        ON_TIME: (cut.due, cut.on_time_q()),
        NODES: (cut.nodes, cut.complete()),
    }
    everything, done = table[wanted]
    found = everything()
    if part == "d":
        return found
    # a condition on an unmet obligation is unknown, not false: what is missing is all but what is done
    return found.filter(done) if part == "n" else found.exclude(pk__in=found.filter(done).values("pk"))
