"""Whom to see, worst first."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q

from crm.access.roles import Right
from crm.accounts.models import User
from crm.visits.enums import ContactState
from crm.visits.models import Obligation
from crm.visits.querysets import due_q, overdue_q
from crm.visits.selectors.status import ContactStatus, in_contact_state, never_contacted, owed_now, statuses
from enterprises.models import Enterprise
from enterprises.querysets import EnterpriseQuerySet
from grids.models import Responsibility


@dataclass(frozen=True)
class DueItem:
    """An enterprise that is owed a contact: its status and what kinds of contact are owed, the most urgent first."""

    enterprise: Enterprise
    status: ContactStatus
    obligations: tuple[Obligation, ...]

    @property
    def needs(self) -> list[tuple[str, int]]:
        """(kind of contact in words, how many of it are owed), the most urgent kind first."""
        return list(Counter(str(one.get_need_display()) for one in self.obligations).items())


def due_enterprises(user: User, day: dt.date, own: bool = False) -> EnterpriseQuerySet:
    """Enterprises on the register whose contact is due or overdue and that the user may see, worst first.

    With `own`, only those for which the user's posts answer.
    """
    owed = Obligation.objects.visible_to(user).filter(enterprise=OuterRef("pk")).filter(overdue_q(day) | due_q(day))
    found = Enterprise.objects.allowing(user, Right.VIEW_VISITS).registered_on(day).filter(Exists(owed))
    if own:
        found = found.filter(pk__in=own_enterprises(user, day))
    still_owed = Q(obligations__met_by=None, obligations__cancelled_on=None, obligations__exempt_reason="")
    until = Min("obligations__closes", filter=still_owed & Q(obligations__opens__lte=day))
    return found.alias(until=until).order_by("until", "name_key", "pk")


def own_enterprises(user: User, day: dt.date) -> Any:
    """Subquery of the enterprises for which posts that the user holds on the day answer."""
    return Responsibility.objects.filter(
        term__contains=day, post__appointments__person=user.person_id, post__appointments__term__contains=day
    ).values("enterprise_id")


def due_list(user: User, day: dt.date, limit: int = 50, own: bool = False) -> list[DueItem]:
    """The first `limit` enterprises to see, worst first; four queries at most."""
    rows = list(due_enterprises(user, day, own)[:limit])
    ids = [row.pk for row in rows]
    owed = owed_now(ids, day)
    status = statuses(ids, owed, day)
    return [DueItem(row, status[row.pk], tuple(one for one in owed[row.pk] if one.met_on is None)) for row in rows]


@dataclass(frozen=True)
class DueCounts:
    """Enterprises on the register whose contacts the user may see: how many are overdue, due, never contacted."""

    overdue: int
    due: int
    never: int


def due_counts(user: User, day: dt.date, own: bool = False) -> DueCounts:
    """Three counts by the same rules as the lists behind them."""
    rows = Enterprise.objects.allowing(user, Right.VIEW_VISITS).registered_on(day)
    if own:
        rows = rows.filter(pk__in=own_enterprises(user, day))
    return DueCounts(
        in_contact_state(rows, ContactState.OVERDUE, day).count(),
        in_contact_state(rows, ContactState.DUE, day).count(),
        never_contacted(rows, day).count(),
    )
