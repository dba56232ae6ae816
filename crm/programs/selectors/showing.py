"""示范企业 → 示范区 → 示范带: how many enterprises of a park and of a chain show others, and what these hold themselves."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from crm.access.roles import Right
from crm.accounts.models import User
from crm.programs.enums import TitleKind
from crm.programs.models import AreaTitle, Title
from enterprises.models import Chain, ChainMembership, Enterprise
from stations.models import Park


@dataclass(frozen=True)
class Area:
    """A park or a chain: n enterprises with a 示范 title of its d enterprises in the reader's reach; its own titles."""

    row: Any
    n: int
    d: int
    titles: list[AreaTitle]
    shows: list[Enterprise]


def showing(user: User, day: dt.date) -> tuple[list[Area], list[Area]]:
    """(parks, chains) that the user sees, those with the most showing enterprises first; six queries."""
    rows = {row.pk: row for row in Enterprise.objects.allowing(user, Right.VIEW_PROGRAMS).order_by("name_key", "pk")}
    titled = set(
        Title.objects.visible_to(user).on(day).filter(kind__in=TitleKind.SHOWS).values_list("enterprise_id", flat=True)
    )
    in_park: dict[int, list[Enterprise]] = defaultdict(list)
    for row in rows.values():
        if row.park_id:
            in_park[row.park_id].append(row)
    in_chain: dict[int, list[Enterprise]] = defaultdict(list)
    places = ChainMembership.objects.visible_to(user).on(day).values_list("chain_id", "enterprise_id").distinct()
    for chain_id, enterprise_id in places:
        if enterprise_id in rows:
            in_chain[chain_id].append(rows[enterprise_id])
    held: dict[tuple[int | None, int | None], list[AreaTitle]] = defaultdict(list)
    for title in AreaTitle.objects.visible_to(user).on(day).order_by("pk"):
        held[title.park_id, title.chain_id].append(title)

    def area(row: Any, firms: list[Enterprise], titles: list[AreaTitle]) -> Area:
        shows = [firm for firm in firms if firm.pk in titled]
        return Area(row, len(shows), len(firms), titles, shows)

    parks = [area(row, in_park[row.pk], held[row.pk, None]) for row in Park.objects.visible_to(user).order_by("pk")]
    chains = [area(row, in_chain[row.pk], held[None, row.pk]) for row in Chain.objects.visible_to(user).order_by("pk")]
    return sorted(parks, key=lambda one: -one.n), sorted(chains, key=lambda one: -one.n)
