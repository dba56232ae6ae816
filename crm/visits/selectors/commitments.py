"""Commitments as lists: what is open, what is late, what became of the others."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from crm.access.grants import own_posts
from crm.accounts.models import User
from crm.core.querysets import having
from crm.visits.enums import CommitmentState
from crm.visits.models import Commitment
from crm.visits.querysets import late_promise_q

OVERDUE = "overdue"


def commitments(user: User, day: dt.date, state: str = "", own: bool = False) -> QuerySet[Any]:
    """Those that the user sees, the open ones first by their due day; `state` is one of `CommitmentState` or "overdue"."""
    rows = Commitment.objects.visible_to(user).select_related("enterprise", "post", "station")
    if own:
        rows = rows.filter(post__in=own_posts(user))
    rows = rows.filter(late_promise_q(day)) if state == OVERDUE else having(rows, "state", state, CommitmentState)
    settled = Case(When(state=CommitmentState.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.order_by(settled, "due_on", "pk")


@dataclass(frozen=True)
class CommitmentCounts:
    """Numbers of promises: open, of these overdue."""

    open: int
    overdue: int


def commitment_counts(user: User, day: dt.date, own: bool = False) -> CommitmentCounts:
    """One query besides those of the grants."""
    rows = Commitment.objects.visible_to(user)
    if own:
        rows = rows.filter(post__in=own_posts(user))
    return CommitmentCounts(
        **rows.aggregate(
            open=Count("pk", filter=Q(state=CommitmentState.OPEN)), overdue=Count("pk", filter=late_promise_q(day))
        )
    )
