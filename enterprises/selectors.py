"""Read models of enterprises: contact cards (masked), facts and nodes of a day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from crm.access.roles import Right
from crm.accounts.models import User
from crm.core.dated import term_from
from enterprises.models import Chain, ChainMembership, Enterprise, EnterpriseContact, EnterpriseFact, NodeEdge


@dataclass(frozen=True)
class Masked:
    """A personal value as one sees it: whole, or `{masked: true, hint}` (DEFINITIONS §0.16)."""

    value: str
    masked: bool

    def __str__(self) -> str:
        return self.value

    def as_dict(self) -> Any:
        return {"masked": True, "hint": self.value} if self.masked else self.value


def masked_name(name: str) -> str:
    """`陈*`: the first character alone."""
    return f"{name[:1]}*" if name else ""


def masked_phone(phone: str) -> str:
    """`000-****0103`, `138****0103`: area or first three figures, and the last four; less of a short number."""
    if len(phone) < 8:
        return "****" if phone else ""
    area, separator, _rest = phone.partition("-")
    head = area + separator if separator and len(area) <= 4 else phone[:3] if len(phone) >= 11 else ""
    return f"{head}****{phone[-4:]}"


@dataclass(frozen=True)
class ContactCard:
    """Somebody to speak to; `name` and `phone` are withheld without `view_contacts`."""

    id: int
    enterprise_id: int
    name: Masked
    phone: Masked
    title: str
    is_primary: bool


def contact_cards(user: User, enterprise_ids: Iterable[int]) -> dict[int, list[ContactCard]]:
    """{enterprise id: cards, first choice first} of what the user may see; one query."""
    open_to = Enterprise.objects.allowing(user, Right.VIEW_CONTACTS).filter(pk=OuterRef("enterprise"))
    rows = EnterpriseContact.objects.visible_to(user).filter(enterprise__in=list(enterprise_ids))
    found: dict[int, list[ContactCard]] = {}
    for row in rows.annotate(shown=Exists(open_to)).order_by("-is_primary", "pk"):
        shown = row.shown
        found.setdefault(row.enterprise_id, []).append(
            ContactCard(
                row.pk,
                row.enterprise_id,
                Masked(row.name if shown else masked_name(row.name), not shown),
                Masked(row.phone if shown else masked_phone(row.phone), not shown),
                row.title,
                row.is_primary,
            )
        )
    return found


def facts_on(enterprise_ids: Iterable[int], day: dt.date) -> dict[int, EnterpriseFact]:
    """{enterprise id: its facts on the day}; one query."""
    rows = EnterpriseFact._base_manager.filter(enterprise__in=list(enterprise_ids), term__contains=day)
    return {row.enterprise_id: row for row in rows}


def nodes_of(enterprise_ids: Iterable[int], day: dt.date) -> dict[int, list[ChainMembership]]:
    """{enterprise id: its places in chains on the day, by chain and node}; one query."""
    found: dict[int, list[ChainMembership]] = {}
    rows = ChainMembership._base_manager.filter(enterprise__in=list(enterprise_ids), term__contains=day)
    for row in rows.select_related("node", "chain").order_by("chain_id", "node__number"):
        found.setdefault(row.enterprise_id, []).append(row)
    return found


def edges_into(chain: Chain) -> QuerySet[NodeEdge]:
    """What supplies the nodes of a chain that one sees; also from nodes of other chains."""
    return NodeEdge.objects.filter(downstream__chain=chain)


def is_sample(enterprise_ids: Iterable[int]) -> bool:
    """Whether sample enterprises are among them (papers say so)."""
    return Enterprise.objects.filter(pk__in=list(enterprise_ids), is_sample=True).exists()


def fact_of(day: dt.date) -> Subquery:
    """An enterprise's facts on the day as an annotation (see `fact_from`)."""
    rows = EnterpriseFact.objects.on(day).filter(enterprise=OuterRef("pk"))
    names = {name: name for name in ("status", "tier", "size", "workers", "industrial_workers")}
    return Subquery(rows.values(told=JSONObject(start="term__startswith", **names))[:1])


def fact_from(told: dict[str, Any] | None) -> EnterpriseFact | None:
    """The row that the annotation `fact_of` tells of, to be shown and not saved."""
    if told is None:
        return None
    fields = dict(told)
    return EnterpriseFact(term=term_from(dt.date.fromisoformat(fields.pop("start"))), **fields)
