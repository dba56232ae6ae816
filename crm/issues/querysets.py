"""Adjectives of issues."""

import datetime as dt
from typing import Self

from django.db.models import Q

from crm.access.scope import ScopedQuerySet
from crm.issues.enums import IssueState


def open_q() -> Q:
    return Q(state__in=IssueState.OPEN)


def late_q(today: dt.date) -> Q:
    """Open and past the deadline; the deadline's own day is not late."""
    return open_q() & Q(due_on__lt=today)


class IssueQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(open_q())

    def late(self, today: dt.date) -> Self:
        return self.filter(late_q(today))
