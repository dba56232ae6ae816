"""走访台账: each visit with what was raised there and what became of it, as far as the reader may see."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crm.accounts.models import User
from crm.issues.enums import Move
from crm.issues.models import Issue, IssueEvent
from crm.visits.enums import Met, Topic
from crm.visits.models import Visit
from crm.visits.selectors import as_told
from enterprises.models import Enterprise


@dataclass(frozen=True)
class LedgerLine:
    """A line of the paper; days and times in Asia/Shanghai, texts in the reader's language."""

    position: int
    visit: Visit
    enterprise: Enterprise
    visited_on: dt.date
    started_at: dt.time | None
    mode: str
    outcome: str
    visitor: str
    met: str
    topics: str
    notes: str
    raised: str  # titles of issues
    answered: str  # what was said on the spot
    numbers: str  # of issues handed on
    next_contact_on: dt.date | None
    remark: str


def ledger_lines(user: User, visits: Iterable[Visit]) -> list[LedgerLine]:
    """The lines in the order of the visits (joined with enterprise, visitor and post); two queries besides theirs."""
    rows = as_told(user, visits)
    heard: dict[int | None, list[Issue]] = defaultdict(list)
    for issue in Issue.objects.visible_to(user).filter(visit__in=[row.pk for row in rows]).order_by("pk"):
        heard[issue.visit_id].append(issue)
    ids = [issue.pk for issues in heard.values() for issue in issues]
    spot = IssueEvent.objects.visible_to(user).filter(issue__in=ids, verb=Move.CLOSE_ON_SPOT)
    answers = dict(spot.values_list("issue_id", "text"))
    return [_line(place, row, heard.get(row.pk, []), answers) for place, row in enumerate(rows, start=1)]


def _line(place: int, row: Visit, issues: list[Issue], answers: dict[int, str]) -> LedgerLine:
    flags = ((_("Proxy visit"), row.proxy), (_("Late record"), row.late_record))
    return LedgerLine(
        position=place,
        visit=row,
        enterprise=row.enterprise,
        visited_on=row.visited_on,
        started_at=row.started_at,
        mode=str(row.get_mode_display()),
        outcome=str(row.get_outcome_display()),
        visitor=f"{row.visitor.name}（{row.post.title}）",
        met=_met(row),
        topics=_words(Topic, row.topics),
        notes=row.notes,
        raised="；".join(issue.title for issue in issues),
        answered="；".join(answers[issue.pk] for issue in issues if answers.get(issue.pk)),
        numbers="、".join(issue.number for issue in issues if issue.number and issue.pk not in answers),
        next_contact_on=row.next_contact_on,
        remark="、".join(words for words, holds in flags if holds),
    )


def _met(row: Visit) -> str:
    words = _words(Met, row.met)
    if not row.workers_met:
        return words
    return f"{words}（{_('%(n)d workers') % {'n': row.workers_met}}）"


def _words(kind: Any, values: list[str]) -> str:
    labels = dict(kind.choices)
    return "、".join(str(labels.get(value, value)) for value in values)
