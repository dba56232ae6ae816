"""走访频次上限: what a cap has counted of an enterprise, and whether a regime's lines fit under its caps (decision 14)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from crm.visits.enums import Every, Need
from crm.visits.models import Regime, Visit, VisitCap
from crm.visits.querysets import capped_q
from crm.visits.selectors.demand import TIMES, Line, best_line, line_of, up
from crm.visits.windows import period_start
from enterprises.enums import Risk, Size, Tier
from enterprises.models import Enterprise, EnterpriseFact


def with_cap(rows: Any, day: Any, station: str = "station", enterprise: str = "pk") -> Any:
    """Rows with `cap_most` and `cap_every` of the cap that holds for their enterprise at their station on the day, or None.

    The regime is that of the nearest union with any in force; of its caps that of the tier, else the one for all.
    `day` is a day or the name of a column.
    """
    outer, inner = (OuterRef(day), OuterRef(OuterRef(day))) if isinstance(day, str) else (day, day)
    path = f"{station}__union__path"
    nearer = _above(
        Regime._base_manager.filter(draft=False, term__contains=inner), OuterRef(OuterRef(path)), "union__path"
    )
    nearer = nearer.alias(depth=Length("union__path")).filter(depth__gt=Length(OuterRef("regime__union__path")))
    fact = EnterpriseFact._base_manager.filter(enterprise=OuterRef(OuterRef(enterprise)), term__contains=inner)
    caps = VisitCap._base_manager.filter(regime__draft=False, regime__term__contains=outer)
    caps = _above(caps, OuterRef(path), "regime__union__path").exclude(Exists(nearer))
    held = caps.filter(Q(tier="") | Q(tier__in=fact.values("tier"))).order_by("-tier")
    return rows.annotate(cap_most=Subquery(held.values("most")[:1]), cap_every=Subquery(held.values("every")[:1]))


def _above(rows: Any, at: Any, path: str) -> Any:
    """Rows whose union's `path` lies at or above the path `at`."""
    return rows.alias(at=ExpressionWrapper(at, output_field=CharField())).filter(at__startswith=F(path))


@dataclass(frozen=True)
class CapState:
    """`done`: days of the period up to now on which somebody visited, whoever it was; `most` is the cap."""

    every: str
    most: int
    done: int

    @property
    def reached(self) -> bool:
        return self.done >= self.most

    @property
    def words(self) -> str:
        """What stands beside the form and in the due list."""
        said = {"n": self.done, "most": self.most}
        if self.every == Every.MONTH:
            return _("Visited on %(n)d days this month; the cap is %(most)d.") % said
        return _("Visited on %(n)d days this quarter; the cap is %(most)d.") % said


def caps_of(enterprise_ids: Collection[int], day: dt.date) -> dict[int, CapState]:
    """{enterprise id: CapState} of those on a register for which a cap holds on the day; two queries, one without caps.

    For those alone whose contacts the reader may know (`contacts_known`): visits are counted whoever made them.
    """
    rows = with_cap(Enterprise._base_manager.filter(pk__in=enterprise_ids, station__isnull=False), day)
    caps = {
        pk: (every, most, period_start(day, every))
        for pk, every, most in rows.values_list("pk", "cap_every", "cap_most")
        if most is not None
    }
    if not caps:
        return {}
    done: dict[int, int] = defaultdict(int)
    first = min(start for _every, _most, start in caps.values())
    visits = Visit._base_manager.filter(capped_q(), enterprise__in=caps, visited_on__gte=first, visited_on__lte=day)
    for pk, on in visits.values_list("enterprise_id", "visited_on").distinct():
        done[pk] += on >= caps[pk][2]
    return {pk: CapState(every, most, done[pk]) for pk, (every, most, _start) in caps.items()}


CapLine = tuple[str, str, int]  # tier ("": all that have no line of their own), every, most


@dataclass(frozen=True)
class Clash:
    """On-site contacts in a year that the lines ask at an enterprise of the tier, against what its cap allows.

    `alone`: of the post asked most often; only if that is within the cap can the rest go along (`together`).
    """

    tier: str
    asked: Fraction
    alone: Fraction
    allowed: int

    @property
    def together(self) -> bool:
        return self.alone <= self.allowed

    @property
    def words(self) -> str:
        said = {"tier": Tier(self.tier).label, "n": up(self.asked), "alone": up(self.alone), "most": self.allowed}
        if self.together:
            return (
                _("%(tier)s: the posts owe %(n)d visits a year in all, the cap allows %(most)d: they must go together.")
                % said
            )
        return _("%(tier)s: one post alone owes %(alone)d visits a year, the cap allows %(most)d.") % said


def clashes(lines: Iterable[Line], caps: Iterable[CapLine]) -> list[Clash]:
    """Where the lines ask more than the caps allow: one for each tier, of the size and state that is asked most."""
    lines, by_tier = list(lines), {tier: (every, most) for tier, every, most in caps}
    roles = {line.role for line in lines}
    found = []
    for tier in Tier.values:
        every, most = by_tier.get(tier) or by_tier.get("") or (Every.YEAR, 0)
        if not most:
            continue
        asked = [
            [
                TIMES[best.every]
                for role in roles
                if (best := best_line(lines, role, Need.ONSITE, (tier, size, risk))) is not None
            ]
            for size, risk in product(("", *Size.values), ("", *Risk.values))
        ]
        alone = max(max(one, default=Fraction(0)) for one in asked)
        total = max(sum(one, Fraction(0)) for one in asked)
        if total > (allowed := int(most * TIMES[every])):
            found.append(Clash(tier, total, alone, allowed))
    return found


def clashes_of(regime: Regime) -> list[Clash]:
    """Of the saved lines of a version; two queries."""
    return clashes(map(line_of, regime.rules.all()), ((cap.tier, cap.every, cap.most) for cap in regime.caps.all()))
