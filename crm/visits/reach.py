"""What the rooms below ask this one by name (see `crm.access.providers`)."""

import datetime as dt

from django.db.models import Q

from crm.access.grants import Grants
from crm.access.roles import Right, Role
from crm.access.scope import NOTHING
from crm.visits.enums import Every
from crm.visits.models import Regime, RegimeRule
from enterprises.enums import Tier
from stations.models import Station, TradeUnion


def regime_in_force(station: Station, day: dt.date) -> Regime | None:
    """The regime of the nearest union above the station that has one on the day."""
    step = TradeUnion.steplen
    path = station.union.path
    above = [path[:size] for size in range(step, len(path) + 1, step)]
    rows = Regime._base_manager.filter(union__path__in=above, term__contains=day, draft=False).select_related("union")
    return max(rows, key=lambda row: len(row.union.path), default=None)


def contact_frequency(station: Station, day: dt.date) -> dict[str, str]:
    """{tier: its rules in words} of the regime in force (联系频次 of a responsible list)."""
    regime = regime_in_force(station, day)
    lines = regime.rules.filter(role=Role.GRID_OFFICER, size="", risk="") if regime is not None else ()
    words: dict[tuple[str, str], str] = {}
    for rule in sorted(lines, key=lambda rule: (bool(rule.tier), rule.pk)):  # a line of the tier wins over one for all
        for tier in [rule.tier] if rule.tier else Tier.values:
            words[tier, rule.need] = (
                "" if rule.every == Every.NEVER else f"{rule.get_need_display()}{rule.get_every_display()}"
            )
    return {
        tier: "、".join(said for (of, _need), said in words.items() if of == tier and said)[:120]
        for tier in {tier for tier, _need in words}
    }


def lines_of_regimes(grants: Grants, right: Right) -> Q:
    """Rules of the regimes that one sees (exceptions go by their station or enterprise)."""
    if right != RegimeRule.scope.view:
        return NOTHING
    return Q(regime__in=Regime._base_manager.filter(Regime.scope.condition(grants, Regime.scope.view)))
