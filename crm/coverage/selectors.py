"""The figures: five rates of a cut, of a chain and its nodes. A constant number of queries."""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Value
from django.db.models.functions import Cast

from crm.core import clock
from crm.coverage.cuts import Cut
from crm.coverage.measures import BY_CODE, CONFIRMED, CONTACT, MEASURES, NODES, ON_TIME, RESPONSIBILITY, VISIT, Measure
from crm.visits.models import Obligation, Visit
from enterprises.models import ChainNode, Enterprise


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


# what is counted, in the order of the columns of `_counted`
KEYS = ("all", "n_listed", "n_contacted", "n_visited", "n_due", "n_on_time", "n_nodes", "n_complete", "n_filled")
ENTERPRISES = {
    "all": Count("pk", distinct=True),
    "n_listed": Count("pk", filter=Q(listed=True), distinct=True),
    "n_contacted": Count("pk", filter=Q(listed=True, contacted=True), distinct=True),
    "n_visited": Count("pk", filter=Q(listed=True, visited=True), distinct=True),
}
Counts = dict[str, int]


def _columns(counts: dict[str, Any]) -> list[Any]:
    """All columns of `KEYS`: the counts given, 0 for the others."""
    return [counts.get(key, Value(0)) for key in KEYS]


def _counted(queries: list[tuple[QuerySet[Any], Any, dict[str, Any]]]) -> dict[int | None, Counts]:
    """{group: counts} of several (rows, group by, counts), all in one query."""
    parts = []
    for found, group, counts in queries:
        given = dict(zip(KEYS, _columns(counts), strict=True))
        named = {f"c_{key}": expression for key, expression in given.items()}
        sums = {name: expression for name, expression in named.items() if not isinstance(expression, Value)}
        rest = {name: expression for name, expression in named.items() if isinstance(expression, Value)}
        grouped = found.order_by().values(group=group).annotate(**sums)
        parts.append(grouped.annotate(**rest).values_list("group", *(f"c_{key}" for key in KEYS)))
    result: dict[int | None, Counts] = {}
    for group, *numbers in parts[0].union(*parts[1:], all=True):
        counts = result.setdefault(group, dict.fromkeys(KEYS, 0))
        for key, number in zip(KEYS, numbers, strict=True):
            counts[key] += number
    return result


_ALL = Cast(Value(None), BigIntegerField())


def _parts(cut: Cut, per: str) -> list[tuple[QuerySet[Any], Any, dict[str, Any]]]:
    """The three row sets of a cut, grouped by `per`: "" (no group), "node" or "chain"."""
    flagged = cut.in_scope().annotate(**cut.flags("pk"))
    due = cut.due()
    if per:
        memberships = Q(memberships__term__contains=cut.day)
        on_due = Q(enterprise__memberships__term__contains=cut.day)
        if cut.chain is not None:
            memberships &= Q(memberships__chain=cut.chain)
            on_due &= Q(enterprise__memberships__chain=cut.chain)
        flagged, due = flagged.filter(memberships), due.filter(on_due)
    # a chain named in a list is the same chain by itself: all its nodes, also when its union lies above the cut's
    nodes = cut.nodes_seen() if per == "chain" else cut.nodes()
    nodes = nodes.annotate(complete=cut.complete(), filled=cut.filled())
    return [
        (flagged, F(f"memberships__{per}") if per else _ALL, ENTERPRISES),
        (
            due,
            F(f"enterprise__memberships__{per}") if per else _ALL,
            {
                "n_due": Count("pk", distinct=True),
                "n_on_time": Count("pk", filter=cut.on_time_q(), distinct=True),
            },
        ),
        (
            nodes,
            {"": _ALL, "node": F("pk"), "chain": F("chain_id")}[per],
            {
                "n_nodes": Count("pk"),
                "n_complete": Count("pk", filter=Q(complete=True)),
                "n_filled": Count("pk", filter=Q(filled=True)),
            },
        ),
    ]


NOTHING = dict.fromkeys(KEYS, 0)


def coverage(cut: Cut) -> Rates:
    """{measure code: Rate} of a cut; one query besides those of the reader's grants."""
    return _rates(cut, _counted(_parts(cut, "")).get(None, NOTHING))


def chain_coverage(cut: Cut) -> ChainCoverage:
    """The cut's chain in total and per node; two queries besides those of the reader's grants."""
    counts = _counted([*_parts(cut, ""), *_parts(cut, "node")])
    nodes = [
        NodeCoverage(node, _rates(cut, counts.get(node.pk, NOTHING)), counts.get(node.pk, NOTHING)["all"])
        for node in cut.nodes().order_by("number")
    ]
    return ChainCoverage(cut, _rates(cut, counts.get(None, NOTHING)), nodes)


def confirmed(cut: Cut) -> Rate:
    """The share of contacts that the enterprise has confirmed; one query besides those of the reader's grants."""
    found = cut.contacts().aggregate(n=Count("pk", filter=cut.confirmed_q()), d=Count("pk"))
    return Rate(CONFIRMED, found["n"], found["d"], cut.day, clock.now())


@dataclass(frozen=True)
class ChainTotal:
    """A chain's rates in total and how many of its nodes are empty."""

    rates: Rates
    empty_nodes: int


def chain_totals(cut: Cut) -> dict[int, ChainTotal]:
    """{chain id: its total} of the chains that the reader sees; one query besides those of the reader's grants.

    An enterprise may also lie on a chain that the reader does not see: no node of such a chain is counted.
    """
    return {
        chain: ChainTotal(_rates(cut, counts), counts["n_nodes"] - counts["n_filled"])
        for chain, counts in _counted(_parts(cut, "chain")).items()
        if chain is not None and counts["n_nodes"]
    }


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


def rows(
    cut: Cut, measure: str, part: str
) -> QuerySet[Enterprise] | QuerySet[Obligation] | QuerySet[ChainNode] | QuerySet[Visit]:
    """Exactly the rows behind a figure: `d` all, `n` done, `gap` what is missing. KeyError for an unknown measure."""
    wanted = BY_CODE[measure]
    flags = cut.flags("pk")
    table: dict[Measure, tuple[Any, Any]] = {
        RESPONSIBILITY: (cut.in_scope, flags["listed"]),
        CONTACT: (cut.listed, flags["contacted"]),
        VISIT: (cut.listed, flags["visited"]),
        ON_TIME: (cut.due, cut.on_time_q()),
        NODES: (cut.nodes, cut.complete()),
        CONFIRMED: (cut.contacts, cut.confirmed_q()),
    }
    everything, done = table[wanted]
    found = everything()
    if part == "d":
        return found
    # a condition on an unmet obligation is unknown, not false: what is missing is all but what is done
    return found.filter(done) if part == "n" else found.exclude(pk__in=found.filter(done).values("pk"))
