"""The rules of stations: regimes of the unions above them, and their own exceptions."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q

from crm.visits.engine import InForce, Kind, StationRules, exception
from crm.visits.models import Regime, RegimeRule
from stations.models import Station, TradeUnion

Kinds = dict[Kind, list[InForce]]


@dataclass(frozen=True)
class RulesFound:
    """Of stations and enterprises: {(role, need): rules in force at some time}."""

    of_stations: dict[int, Kinds]
    of_enterprises: dict[int, list[InForce]]

    def of(self, station_id: int, enterprise_id: int) -> Kinds:
        """Those of an enterprise at a station, its own exceptions among them."""
        kinds = self.of_stations[station_id]
        own = self.of_enterprises.get(enterprise_id)
        if not own:
            return kinds
        kinds = {kind: list(found) for kind, found in kinds.items()}
        for one in own:
            kinds.setdefault((one.rule.role, one.rule.need), []).append(one)
        return kinds


def rules_found(stations: Iterable[Station], enterprise_ids: Collection[int]) -> RulesFound:
    """The lines of the regimes above the stations, their own exceptions, and those of the enterprises; three queries.

    Stations need their `union`.
    """
    stations = list(stations)
    step = TradeUnion.steplen
    paths = {one.union.path[:size] for one in stations for size in range(step, len(one.union.path) + 1, step)}
    regimes = list(
        Regime._base_manager.filter(union__path__in=paths, draft=False)
        .select_related("union")
        .prefetch_related("rules")
        .order_by("term")
    )
    exceptions: dict[int, list[InForce]] = defaultdict(list)
    own: dict[int, list[InForce]] = defaultdict(list)
    made_for = Q(station__in=[one.pk for one in stations]) | Q(enterprise__in=enterprise_ids)
    for rule in RegimeRule.objects.filter(made_for, regime=None):
        if rule.enterprise_id is not None:
            own[rule.enterprise_id].append(exception(rule))
        else:
            exceptions[rule.station_id or 0].append(exception(rule))
    of_stations = {
        one.pk: StationRules(
            [
                (len(regime.union.path), regime, list(regime.rules.all()))
                for regime in regimes
                if one.union.path.startswith(regime.union.path)
            ],
            exceptions[one.pk],
        ).lines()
        for one in stations
    }
    return RulesFound(of_stations, own)
