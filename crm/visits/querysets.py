"""Adjectives of obligations and visits: each as a `Q` (for filters and counts) and as a method."""

import datetime as dt
from typing import Self

from django.apps import apps
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When

from crm.access.scope import ScopedQuerySet
from crm.visits.enums import (
    AT_THEIRS,
    EFFECTIVE,
    ON_REQUEST,
    CommitmentState,
    Mode,
    ObligationState,
    Outcome,
    PlanState,
)

LIVE = Q(cancelled_on__isnull=True, exempt_reason="")
UNMET = Q(met_by__isnull=True)


def overdue_q(today: dt.date) -> Q:
    """The day is after the window's end and the contact is still owed; the window's last day is not late."""
    return LIVE & UNMET & Q(closes__lt=today)


def paused_q(today: dt.date) -> Q:
    """A pause of the enterprise holds the day."""
    pauses = apps.get_model("visits", "ContactPause")._base_manager
    return Q(Exists(pauses.filter(enterprise=OuterRef("enterprise"), term__contains=today)))


def open_q(today: dt.date) -> Q:
    """Inside the window and still owed, paused or not."""
    return LIVE & UNMET & Q(opens__lte=today, closes__gte=today)


def due_q(today: dt.date) -> Q:
    """Inside the window, still owed and not paused."""
    return open_q(today) & ~paused_q(today)


def effective_q() -> Q:
    """An effective contact: the enterprise was met or spoken to."""
    return Q(outcome__in=EFFECTIVE)


def onsite_q() -> Q:
    """实地走访 with 已走访: there in person and met somebody."""
    return Q(outcome=Outcome.MET, mode=Mode.ONSITE)


def capped_q() -> Q:
    """A visit that a cap counts: somebody was met at the enterprise, and neither it nor its issue had called one there."""
    return Q(outcome=Outcome.MET, mode__in=AT_THEIRS) & ~Q(purpose__in=ON_REQUEST)


def state_q(today: dt.date) -> dict[str, Q]:
    """{state of `ObligationState`: its condition on the day}; each obligation is in exactly one."""
    return {
        ObligationState.NOT_YET: LIVE & UNMET & Q(opens__gt=today),
        ObligationState.DUE: due_q(today),
        ObligationState.PAUSED: open_q(today) & paused_q(today),
        ObligationState.OVERDUE: overdue_q(today),
        ObligationState.MET: LIVE & ~UNMET,
        ObligationState.CANCELLED: Q(cancelled_on__isnull=False),
        ObligationState.EXEMPT: Q(cancelled_on__isnull=True) & ~Q(exempt_reason=""),
    }


class ObligationQuerySet(ScopedQuerySet):
    def live(self) -> Self:
        """Neither cancelled nor exempt."""
        return self.filter(LIVE)

    def unmet(self) -> Self:
        return self.filter(UNMET)

    def overdue(self, today: dt.date) -> Self:
        return self.filter(overdue_q(today))

    def to_do(self, today: dt.date) -> Self:
        return self.filter(due_q(today))

    def in_state(self, state: str, today: dt.date) -> Self:
        """In one of the states of `ObligationState` on the day."""
        return self.filter(state_q(today)[state])

    def with_state(self, today: dt.date) -> Self:
        """With `state_today`: the `ObligationState` of each on the day."""
        whens = [When(condition, then=Value(str(state))) for state, condition in state_q(today).items()]
        return self.annotate(state_today=Case(*whens, output_field=CharField()))


class VisitQuerySet(ScopedQuerySet):
    def effective(self) -> Self:
        return self.filter(effective_q())

    def onsite(self) -> Self:
        return self.filter(onsite_q())

    def between(self, start: dt.date, end: dt.date) -> Self:
        """Visited on a day of `[start, end)`."""
        return self.filter(visited_on__gte=start, visited_on__lt=end)


def late_promise_q(today: dt.date) -> Q:
    """A commitment still open after its due day; the due day itself is not late."""
    return Q(state=CommitmentState.OPEN, due_on__lt=today)


class CommitmentQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(state=CommitmentState.OPEN)

    def overdue(self, today: dt.date) -> Self:
        return self.filter(late_promise_q(today))

    def kept_late(self) -> Self:
        return self.filter(state=CommitmentState.KEPT, settled_on__gt=F("due_on"))


def to_come_q(today: dt.date) -> Q:
    """A planned visit that is still to come; one whose day passed without a contact plans nothing any more."""
    return Q(state=PlanState.PLANNED, day__gte=today)


class PlannedVisitQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        """Neither kept nor dropped, whatever its day."""
        return self.filter(state=PlanState.PLANNED)

    def to_come(self, today: dt.date) -> Self:
        return self.filter(to_come_q(today))

    def in_order(self) -> Self:
        """As they are seen: by day, half-day (the morning's word comes first) and place."""
        return self.order_by("day", "half", "position", "pk")
