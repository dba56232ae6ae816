"""Read models of enterprises: contact cards (masked until revealed), facts and nodes of a day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, JSONObject

from crm.access.roles import Right
from crm.access.scope import figures_kept_back
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import term_from
from crm.core.models import JournalEntry
from enterprises.models import (
    Chain,
    ChainMembership,
    ChainNode,
    Enterprise,
    EnterpriseContact,
    EnterpriseFact,
    EnterpriseSeat,
    NodeEdge,
)
from stations.models import Appointment


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
    """Somebody to speak to; `name` and `phone` are masked until the reader has revealed them, with a reason, on the day."""

    id: int
    enterprise_id: int
    name: Masked
    phone: Masked
    title: str
    is_primary: bool
    may_reveal: bool


REVEAL = "reveal_contact"  # the journal's verb


def reveals(day: dt.date) -> QuerySet[JournalEntry]:
    """Who revealed which contact on the day (rows of the journal)."""
    start, end = clock.start_of(day), clock.start_of(day + dt.timedelta(days=1))
    return journal.entries(REVEAL, EnterpriseContact).filter(at__gte=start, at__lt=end)


def reveals_of(contact_ids: Iterable[int]) -> QuerySet[JournalEntry]:
    """谁看过: every reveal of these contacts, the newest first."""
    return journal.entries(REVEAL, EnterpriseContact).filter(object_id__in=list(contact_ids)).order_by("-at", "-pk")


def contact_cards(user: User, enterprise_ids: Iterable[int]) -> dict[int, list[ContactCard]]:
    """{enterprise id: cards, first choice first} of what the user may see and has revealed today; one query."""
    open_to = Enterprise.objects.allowing(user, Right.VIEW_CONTACTS).filter(pk=OuterRef("enterprise"))
    rows = EnterpriseContact.objects.visible_to(user).filter(enterprise__in=list(enterprise_ids))
    found: dict[int, list[ContactCard]] = {}
    seen = reveals(clock.today()).filter(actor_id=user.pk, object_id=OuterRef("pk"))
    for row in rows.annotate(allowed=Exists(open_to), seen=Exists(seen)).order_by("-is_primary", "pk"):
        shown = row.allowed and row.seen
        found.setdefault(row.enterprise_id, []).append(
            ContactCard(
                row.pk,
                row.enterprise_id,
                Masked(row.name if shown else masked_name(row.name), not shown),
                Masked(row.phone if shown else masked_phone(row.phone), not shown),
                row.title,
                row.is_primary,
                row.allowed and not row.seen,
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


def edges_into(user: User, chain: Chain) -> QuerySet[NodeEdge]:
    """What supplies the nodes of a chain, as far as the user sees it; also from nodes of other chains."""
    return NodeEdge.objects.filter(downstream__chain=chain, upstream__in=ChainNode.objects.visible_to(user))


def is_sample(enterprise_ids: Iterable[int]) -> bool:
    """Whether sample enterprises are among them (papers say so)."""
    return Enterprise.objects.filter(pk__in=list(enterprise_ids), is_sample=True).exists()


def seat_on(user: User, enterprise_id: int, day: dt.date) -> EnterpriseSeat | None:
    """The seat from which the enterprise's own union speaks on the day, if the user may know of it; one query.

    With `cadre`: the name of whoever sits there, or who acts; empty while the post is vacant.
    """
    sitting = Appointment.objects.on(day).filter(post=OuterRef("post")).order_by("acting")
    rows = EnterpriseSeat.objects.visible_to(user).on(day).filter(enterprise=enterprise_id)
    named = rows.annotate(cadre=Coalesce(Subquery(sitting.values("person__name")[:1]), Value("")))
    return named.select_related("post__station").first()


FIGURES = ("workers", "industrial_workers")


def figure(name: str, user: Any) -> Case:
    """A number of workers of `EnterpriseFact` as the user sees it: NULL where it is kept from them."""
    return Case(When(figures_kept_back(user, "enterprise__"), then=Value(None)), default=F(name))


def figures_hidden(user: Any, path: str = "enterprise__") -> Case:
    """Whether the numbers of workers are kept from the user (to say 保密 instead of leaving a blank)."""
    kept = When(figures_kept_back(user, path), then=Value(True))
    return Case(kept, default=Value(False), output_field=BooleanField())


def kept_back_among(user: Any, enterprise_ids: Iterable[int]) -> set[int]:
    """Those of the enterprises whose figures are kept from the user; one query."""
    rows = Enterprise._base_manager.filter(figures_kept_back(user), pk__in=list(enterprise_ids))
    return set(rows.values_list("pk", flat=True))


def facts_json(user: Any, **names: Any) -> JSONObject:
    """Facts as JSON with `names` beside them: figures as the user sees them, and `hidden` when they are kept back."""
    plain = {name: name for name in ("status", "tier", "size")}
    shown = {name: figure(name, user) for name in FIGURES}
    return JSONObject(**plain, **shown, **names, hidden=figures_hidden(user))


def fact_of(user: Any, day: dt.date) -> Subquery:
    """An enterprise's facts on the day, as the user sees them, as an annotation (see `fact_from`)."""
    rows = EnterpriseFact.objects.on(day).filter(enterprise=OuterRef("pk"))
    return Subquery(rows.values(told=facts_json(user, start="term__startswith"))[:1])


def fact_from(told: dict[str, Any] | None) -> EnterpriseFact | None:
    """The row that the annotation `fact_of` tells of, to be shown and not saved; `hidden` when its figures are kept back."""
    if told is None:
        return None
    fields = dict(told)
    hidden = fields.pop("hidden")
    row = EnterpriseFact(term=term_from(dt.date.fromisoformat(fields.pop("start"))), **fields)
    row.hidden = hidden  # type: ignore[attr-defined]
    return row
