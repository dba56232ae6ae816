"""What the rooms below ask this one by name (see `crm.access.providers`)."""

import datetime as dt

from crm.access.roles import Role
from crm.visits.models import Regime
from stations.models import Station, TradeUnion


def regime_in_force(station: Station, day: dt.date) -> Regime | None:
    """The regime of the nearest union above the station that has one on the day."""
    step = TradeUnion.steplen
    path = station.union.path
    above = [path[:size] for size in range(step, len(path) + 1, step)]
    rows = Regime._base_manager.filter(union__path__in=above, term__contains=day).select_related("union")
    return max(rows, key=lambda row: len(row.union.path), default=None)


def contact_frequency(station: Station, day: dt.date) -> dict[str, str]:
    """{tier: its rules in words} of the regime in force (联系频次 of a responsible list)."""
    regime = regime_in_force(station, day)
    found: dict[str, list[str]] = {}
    for rule in regime.rules.filter(role=Role.GRID_OFFICER).order_by("pk") if regime is not None else ():
        found.setdefault(rule.tier, []).append(f"{rule.get_need_display()}{rule.get_every_display()}")
    return {tier: "、".join(words)[:120] for tier, words in found.items()}
