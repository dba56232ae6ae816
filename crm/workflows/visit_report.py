"""A visit with what was heard, promised and settled there: one form, one transaction, one number."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.utils.dateparse import parse_date, parse_time
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core.services import service
from crm.issues.enums import STEPS, Move
from crm.issues.models import Issue, IssueCategory
from crm.issues.selectors import impossible
from crm.issues.services import move_issue, open_issue
from crm.visits.enums import Decision
from crm.visits.models import Commitment, Submission, SubmissionConflict, Visit
from crm.visits.selectors import sent_before
from crm.visits.services import decide_conflict, keep_conflict, log_visit, make_commitment, mark_sent
from enterprises.models import Enterprise
from stations.models import Post
from stations.selectors import posts_of

# the moves that end an issue while one stands before the enterprise
CLOSING = (Move.CLOSE_ON_SPOT, Move.SIGN_OFF)
MOST_CLOSED = 5  # issues offered to be closed in one form


@dataclass(frozen=True)
class VisitReport:
    """What was written; `repeated` when the same report had been sent before. `closed`: issues ended with the visit."""

    visit: Visit
    issue: Issue | None
    repeated: bool
    closed: tuple[Issue, ...] = ()
    commitment: Commitment | None = None


class Kept(ValidationError):
    """The report came under a used number with another content; it is kept as `conflict`."""

    def __init__(self, error: ValidationError, conflict: SubmissionConflict) -> None:
        super().__init__(error.error_dict)
        self.conflict = conflict


@dataclass(frozen=True)
class Closable:
    """An open issue that the user may end at the visit, and by which move."""

    issue: Issue
    move: Move
    needs: tuple[str, ...]


def closable(user: User, enterprise: Enterprise, day: dt.date) -> list[Closable]:
    """Open issues of the enterprise that the user may end on the spot, the oldest first; at most five of a kind."""
    mine = {post.pk for post in posts_of(user, day)}
    found = []
    for move in CLOSING:
        step = STEPS[move]
        rows = Issue.objects.visible_to(user).filter(enterprise=enterprise, state__in=step.source)
        rows = rows.filter(pk__in=Issue.objects.allowing(user, step.right).values("pk"))
        here = rows.order_by("raised_on", "pk")[:MOST_CLOSED]
        found += [Closable(row, move, step.needs) for row in here if not impossible(user, row, move, day, mine)]
    return found


@service
def submit_visit_report(
    *,
    actor: User,
    visit: dict[str, Any],
    issue: dict[str, Any] | None = None,
    settled: Sequence[dict[str, Any]] = (),
    commitment: dict[str, Any] | None = None,
) -> VisitReport:
    """Log a visit, open the issue heard there, end those settled there and write what was promised: all or nothing.

    `visit` holds the arguments of `log_visit`, `issue` those of `open_issue` but enterprise, visit, post and raised_on,
    `commitment` those of `make_commitment` but enterprise, visit and post (these follow from the visit), each of `settled`
    those of `move_issue`. Sending the report again gives the same answer. Raises what the services raise, on the fields of
    their own names (of `settled`: on `settled`); on client_uuid with code "conflict" when the number stands for another
    content.
    """
    require(actor, Right.LOG_VISIT, visit["enterprise"])
    # orders two sendings of one form before either looks whether it is the first
    Enterprise._base_manager.select_for_update(no_key=True).get(pk=visit["enterprise"].pk)
    repeated = sent_before(visit["client_uuid"])
    logged = log_visit(actor=actor, **visit)
    more = as_json({"issue": issue, "settled": [_said(one) for one in settled], "commitment": commitment})
    mark_sent(visit=logged, fresh=not repeated, more=more, closed=[one["issue"].pk for one in settled])
    about: dict[str, Any] = {"actor": actor, "enterprise": logged.enterprise, "visit": logged, "post": logged.post}
    opened = None if issue is None else open_issue(raised_on=logged.visited_on, **about, **issue)
    promised = None if commitment is None else make_commitment(**about, **commitment)
    if not repeated:
        for one in settled:
            _end(actor, logged, one)
    return VisitReport(logged, opened, repeated, tuple(closed_with(actor, logged)), promised)


def _said(one: dict[str, Any]) -> dict[str, Any]:
    """A move without the version: read anew before a repeat, it says nothing about what the client meant."""
    return {name: value for name, value in one.items() if name != "version"}


def _end(actor: User, visit: Visit, one: dict[str, Any]) -> None:
    issue = one["issue"]
    if issue.enterprise_id != visit.enterprise_id or one["move"] not in CLOSING:
        raise ValidationError({"settled": [_("Only open issues of this enterprise are settled with the visit.")]})
    try:
        move_issue(actor=actor, **one)
    except ValidationError as error:
        conflict = any(one.code == "conflict" for found in error.error_dict.values() for one in found)
        words = f"{issue}: {'；'.join(error.messages)}"
        raise ValidationError({"settled": [ValidationError(words, code="conflict" if conflict else None)]}) from error


def closed_with(user: User, visit: Visit) -> list[Issue]:
    """Issues ended with the visit, as far as the user may see them."""
    try:
        ids = visit.submission.closed
    except Submission.DoesNotExist:  # logged alone, or before there were marks
        return []
    return list(Issue.objects.visible_to(user).filter(pk__in=ids).order_by("pk")) if ids else []


def send_visit_report(
    *,
    actor: User,
    visit: dict[str, Any],
    issue: dict[str, Any] | None = None,
    settled: Sequence[dict[str, Any]] = (),
) -> VisitReport:
    """`submit_visit_report`, and what comes under a used number with another content is kept for review (raises `Kept`)."""
    try:
        return submit_visit_report(actor=actor, visit=visit, issue=issue, settled=settled)
    except ValidationError as error:
        if not _is_used_number(error):
            raise
        # a transaction of its own: the report's has been taken back
        kept = keep_conflict(
            actor=actor,
            enterprise=visit["enterprise"],
            client_uuid=visit["client_uuid"],
            body=as_json({"visit": visit, "issue": issue, "settled": list(settled)}),
            post=visit.get("post"),
        )
        raise Kept(error, kept) from error


def _is_used_number(error: ValidationError) -> bool:
    found: Iterable[ValidationError] = getattr(error, "error_dict", {}).get("client_uuid", ())
    return any(one.code == "conflict" for one in found)


@service
def settle_conflict(*, actor: User, conflict: SubmissionConflict, decision: str) -> SubmissionConflict:
    """Settle a kept body: the first stays, or this one is logged as a visit of its own in its author's name.

    Raises ValidationError on decision (settled already; the author may no longer log it; what the services find wrong
    with it); PermissionDenied.
    """
    require(actor, Right.VIEW_CONTACTS, conflict)
    row = SubmissionConflict.objects.select_for_update(of=("self",)).get(pk=conflict.pk)
    if decision != Decision.OWN or row.decision:
        return decide_conflict(actor=actor, conflict=row, decision=decision)
    visit, issue, settled = _read(row)
    try:
        report = submit_visit_report(actor=row.author, visit=visit, issue=issue, settled=settled)
    except PermissionDenied as error:
        raise ValidationError({"decision": [_("Its author no longer logs visits of this enterprise.")]}) from error
    except ValidationError as error:
        raise ValidationError({"decision": error.messages}) from error
    return decide_conflict(actor=actor, conflict=row, decision=decision, result=report.visit)


def as_json(value: Any) -> Any:
    """Arguments of services as JSON: rows as their ids, days, times and numbers as text."""
    if isinstance(value, dict):
        return {name: as_json(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(one) for one in value]
    if isinstance(value, Model):
        return value.pk
    return str(value) if isinstance(value, (uuid.UUID, dt.date, dt.time)) else value


def _read(row: SubmissionConflict) -> tuple[dict[str, Any], dict[str, Any] | None, list[dict[str, Any]]]:
    """The arguments back out of the kept body, under new numbers that follow from the old ones."""
    body = row.body
    visit = body["visit"] | {"enterprise": row.enterprise, "client_uuid": uuid.uuid5(row.client_uuid, row.digest)}
    for name in ("visited_on", "next_contact_on"):
        visit[name] = parse_date(visit[name]) if visit.get(name) else None
    visit["started_at"] = parse_time(visit["started_at"]) if visit.get("started_at") else None
    visit["post"] = Post._base_manager.filter(pk=visit["post"]).first() if visit.get("post") else None
    issue = body["issue"]
    if issue is not None:
        category = IssueCategory.objects.get(pk=issue["category"])
        issue = issue | {"category": category, "client_uuid": uuid.uuid5(uuid.UUID(issue["client_uuid"]), row.digest)}
    settled = []
    for one in body["settled"]:
        ended = Issue._base_manager.select_related("enterprise").get(pk=one["issue"])
        # read anew: what was open then may have been ended by the first report
        settled += [] if ended.closed_at else [one | {"issue": ended, "version": ended.version}]
    return visit, issue, settled
