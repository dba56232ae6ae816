"""What happened at an enterprise, newest first, as far as the reader may see it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from crm.accounts.models import User
from crm.core import clock
from crm.issues.models import IssueEvent
from crm.visits.models import Commitment, Visit
from crm.visits.selectors import as_told
from enterprises.models import ChainMembership, Enterprise, RegisterEntry
from grids.models import Responsibility


class Kind(TextChoices):
    VISIT = "visit", _("Visits")
    ISSUE = "issue", _("Issues")
    COMMITMENT = "commitment", _("Commitments")
    RESPONSIBILITY = "responsibility", _("Responsibility")
    REGISTER = "register", _("Register and nodes")


@dataclass(frozen=True)
class TimelineItem:
    """One thing on one day; `row` is the model row and `verb` what of it happened (a word that templates know)."""

    on: dt.date
    kind: Kind
    verb: str
    row: Any


def timeline(
    user: User, enterprise: Enterprise, day: dt.date, kinds: list[str] | None = None, limit: int = 50
) -> list[TimelineItem]:
    """The newest `limit` items up to the day, of the kinds wanted (all by default); one query per source."""
    wanted = set(kinds or Kind.values)
    found = [item for kind, source in _SOURCES if kind in wanted for item in source(user, enterprise, day, limit)]
    return list(islice(sorted(found, key=lambda item: (item.on, item.row.pk), reverse=True), limit))


def _visits(user: User, enterprise: Enterprise, day: dt.date, limit: int) -> list[TimelineItem]:
    rows = Visit.objects.visible_to(user).filter(enterprise=enterprise, visited_on__lte=day)
    rows = rows.select_related("visitor", "post", "credited_post").order_by("-visited_on", "-pk")[:limit]
    return [TimelineItem(row.visited_on, Kind.VISIT, "visited", row) for row in as_told(user, rows)]


def _issue_events(user: User, enterprise: Enterprise, day: dt.date, limit: int) -> list[TimelineItem]:
    rows = IssueEvent.objects.visible_to(user).filter(issue__enterprise=enterprise)
    rows = rows.select_related("issue", "post").order_by("-at", "-pk")[:limit]
    items = [TimelineItem(clock.local_date(row.at), Kind.ISSUE, row.verb, row) for row in rows]
    return [item for item in items if item.on <= day]


def _commitments(user: User, enterprise: Enterprise, day: dt.date, limit: int) -> list[TimelineItem]:
    rows = Commitment.objects.visible_to(user).filter(enterprise=enterprise, made_on__lte=day).select_related("post")
    items = []
    for row in rows.order_by("-made_on", "-pk")[:limit]:
        items.append(TimelineItem(row.made_on, Kind.COMMITMENT, "promised", row))
        if row.settled_on is not None and row.settled_on <= day:
            items.append(TimelineItem(row.settled_on, Kind.COMMITMENT, "settled", row))
    return items


def _terms(kind: Kind, begun: str, ended: str, *related: str) -> Callable[[Any], Callable[..., list[TimelineItem]]]:
    """A source of dated rows: each began on a day and may have ended on another."""

    def of(model: Any) -> Callable[..., list[TimelineItem]]:
        def source(user: User, enterprise: Enterprise, day: dt.date, limit: int) -> list[TimelineItem]:
            rows = model.objects.visible_to(user).filter(enterprise=enterprise).select_related(*related)
            items = []
            for row in rows.order_by("-term")[:limit]:
                items += [TimelineItem(row.start, kind, begun, row)] if row.start <= day else []
                items += [TimelineItem(row.end, kind, ended, row)] if row.end and row.end <= day else []
            return items

        return source

    return of


_SOURCES: tuple[tuple[Kind, Callable[..., list[TimelineItem]]], ...] = (
    (Kind.VISIT, _visits),
    (Kind.ISSUE, _issue_events),
    (Kind.COMMITMENT, _commitments),
    (
        Kind.RESPONSIBILITY,
        _terms(Kind.RESPONSIBILITY, "answers_from", "answers_until", "post", "chain")(Responsibility),
    ),
    (Kind.REGISTER, _terms(Kind.REGISTER, "entered", "left", "station")(RegisterEntry)),
    (Kind.REGISTER, _terms(Kind.REGISTER, "joined_node", "left_node", "node", "chain")(ChainMembership)),
)
