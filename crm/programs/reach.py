"""At which unions somebody keeps the programmes, and what a union has adopted for all below it."""

from typing import Any

from django.db.models import Q

from crm.access.grants import Grants, grants_of
from crm.access.roles import Right
from stations.models import TradeUnion


def manages(user: Any, union: TradeUnion) -> bool:
    """Whether the union lies at or below one where the user keeps the programmes; no query but that of the grants."""
    grants = grants_of(user)
    return grants is not None and union.path.startswith(grants.union_paths(Right.MANAGE_PROGRAMS))


def adopted_cases(grants: Grants, right: Right) -> Q:
    """Practice cases that a union above one's stations, or one in whose subtree one sits, has adopted for all below it."""
    if right != Right.VIEW_PROGRAMS:
        return Q(pk__in=[])
    found = Q(adopted_by__path__in=grants.paths_above(Right.VIEW_STATION, TradeUnion.steplen))
    for path in grants.union_paths(Right.VIEW_STATION):
        found |= Q(adopted_by__path__startswith=path)
    return found
