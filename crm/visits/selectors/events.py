"""Contact events: which there are, whom one may invite, who came."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from crm.access.roles import Right
from crm.accounts.models import User
from crm.core.querysets import count_of
from crm.visits.enums import Need
from crm.visits.models import ContactEvent, Invitation, Obligation
from crm.visits.querysets import due_q, overdue_q
from enterprises.models import Enterprise, EnterpriseFact


def events_seen(user: User) -> QuerySet[Any]:
    """The events that the user sees, newest first, with `invited` and `came`: lines of the list that the user reads."""
    lines = Invitation.objects.visible_to(user).filter(event=OuterRef("pk"))
    rows = ContactEvent.objects.visible_to(user).select_related("station", "post", "holder")
    return rows.annotate(invited=count_of(lines), came=count_of(lines.filter(signed=True))).order_by("-held_on", "-pk")


def sign_in_list(user: User, event: ContactEvent) -> list[Invitation]:
    """The lines that the user reads, by name."""
    lines = Invitation.objects.visible_to(user).filter(event=event).select_related("enterprise")
    return list(lines.order_by("enterprise__name_key", "enterprise_id"))


@dataclass(frozen=True)
class Invitable:
    """Those who may still be invited, and how many there are in all."""

    rows: list[Any]  # enterprises with `until`: the end of the window in which any contact is owed, or None
    total: int


def invitable(
    user: User, event: ContactEvent, text: str = "", tier: str = "", owed: bool = False, limit: int = 200
) -> Invitable:
    """Enterprises of the event's station that are not on the list, those first whose “any contact” is owed on its day."""
    day = event.held_on
    owing = Obligation.objects.visible_to(user).filter(
        overdue_q(day) | due_q(day), enterprise=OuterRef("pk"), need=Need.ANY
    )
    listed = Invitation.objects.visible_to(user).filter(event=event, enterprise=OuterRef("pk"))
    rows = Enterprise.objects.allowing(user, Right.LOG_VISIT).filter(~Exists(listed), station=event.station_id)
    if text:
        rows = rows.found_by(text)
    if tier:
        facts = EnterpriseFact.objects.visible_to(user)
        rows = rows.filter(Exists(facts.filter(enterprise=OuterRef("pk"), tier=tier, term__contains=day)))
    rows = rows.annotate(until=Subquery(owing.order_by("closes").values("closes")[:1]))
    if owed:
        rows = rows.filter(Q(until__isnull=False))
    return Invitable(list(rows.order_by(F("until").asc(nulls_last=True), "name_key", "pk")[:limit]), rows.count())
