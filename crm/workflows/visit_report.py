"""A visit with what was heard, promised, settled, moved and handed over there: one form, one transaction, one number."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import CharField, Model, Q, Value
from django.utils.dateparse import parse_date, parse_time
from django.utils.translation import gettext as _

from crm.access.grants import own_posts
from crm.access.roles import Right
from crm.access.scope import holds_on, require
from crm.accounts.models import User
from crm.core.services import service
from crm.issues.enums import STEPS, Move
from crm.issues.models import Issue, IssueCategory
from crm.issues.selectors import impossible
from crm.issues.services import move_issue, open_issue
from crm.programs.enums import STEPS as ITEM_STEPS
from crm.programs.enums import ItemState
from crm.programs.models import Delivery, Item, ItemEvent, Policy
from crm.programs.selectors import Square, moves_for, sheet_of
from crm.programs.services import deliver_policy, move_item
from crm.visits.enums import CommitmentState, Decision
from crm.visits.models import Commitment, Submission, SubmissionConflict, Visit
from crm.visits.selectors import sent_before
from crm.visits.services import decide_conflict, keep_conflict, log_visit, make_commitment, mark_sent, met_before
from enterprises.models import Enterprise
from enterprises.services.reach import locked
from stations.models import Post

# the moves that end an issue while one stands before the enterprise
CLOSING = (Move.CLOSE_ON_SPOT, Move.SIGN_OFF)
MOST_CLOSED = 5  # issues offered to be closed in one form
# what a part's complaints are about that is not the part's own: it follows from the visit, or is the report's one number
OF_THE_VISIT = ("client_uuid", "enterprise", "visit", "post", "raised_on", "on", "__all__")


@dataclass(frozen=True)
class VisitReport:
    """What was written; `repeated` when the same report had been sent before. `closed`: issues ended with the visit.
    `met_before`: the contact, as far as the actor may see it, that had met already what this one would have met.
    """

    visit: Visit
    issue: Issue | None
    repeated: bool
    closed: tuple[Issue, ...] = ()
    commitment: Commitment | None = None
    item: ItemEvent | None = None
    delivered: tuple[Delivery, ...] = ()
    met_before: Visit | None = None


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
    """Open issues of the enterprise that the user may end on the spot, the oldest first; at most five of a kind. One query."""
    mine = set(own_posts(user))
    kinds = []
    for place, move in enumerate(CLOSING):
        step = STEPS[move]
        rows = Issue.objects.visible_to(user).filter(enterprise=enterprise, state__in=step.source)
        rows = rows.filter(pk__in=Issue.objects.allowing(user, step.right).values("pk")).annotate(place=Value(place))
        kinds.append(rows.order_by("raised_on", "pk")[:MOST_CLOSED])
    found = sorted(kinds[0].union(*kinds[1:]), key=lambda row: (row.place, row.raised_on, row.pk))
    offered = [(row, CLOSING[row.place]) for row in found]
    return [
        Closable(row, move, STEPS[move].needs) for row, move in offered if not impossible(user, row, move, day, mine)
    ]


def named_issues(user: User, enterprise: Enterprise, moves: Mapping[int, str]) -> list[Closable]:
    """Issues that a sent form names, with the move it names. Ended meanwhile, perhaps by the form's own first sending, they
    are named all the same: the service says whether it is a repeat.
    """
    named = {pk: Move(move) for pk, move in moves.items() if move in CLOSING}
    rows = Issue.objects.visible_to(user).filter(enterprise=enterprise, pk__in=named).order_by("raised_on", "pk")
    return [Closable(row, named[row.pk], STEPS[named[row.pk]].needs) for row in rows[: 2 * MOST_CLOSED]]


@dataclass(frozen=True)
class Movable:
    """An item of the checklist that the user may report on at the visit, and the states it can take from here."""

    square: Square
    to: tuple[ItemState, ...]


# the states that are reported; to verify and to confirm is not done at the door
REPORTED = tuple(to for to, step in ITEM_STEPS.items() if step.right == Right.REPORT_ITEM)


def movable(user: User, enterprise: Enterprise, day: dt.date) -> list[Movable]:
    """Items of the enterprise (with its `station__union` at hand) that the user may report on, in the checklist's order."""
    if not holds_on(user, Right.REPORT_ITEM, enterprise.station_id, enterprise.pk):
        return []
    found = []
    for square in sheet_of(user, enterprise, day).squares:
        moves = moves_for(user, enterprise, square)
        found.append(Movable(square, tuple(one.to for one in moves if one.allowed and one.to in REPORTED)))
    return [one for one in found if one.to]


@service
def submit_visit_report(
    *,
    actor: User,
    visit: dict[str, Any],
    issue: dict[str, Any] | None = None,
    settled: Sequence[dict[str, Any]] = (),
    commitment: dict[str, Any] | None = None,
    item: dict[str, Any] | None = None,
    policies: Sequence[Policy] = (),
) -> VisitReport:
    """Log a visit, open the issue heard there, end those settled there, write what was promised, move an item of the
    checklist and note the policies handed over: all or nothing.

    `visit` holds the arguments of `log_visit`, `issue` those of `open_issue` but enterprise, visit, post and raised_on,
    `commitment` those of `make_commitment` but enterprise, visit and post, `item` those of `move_item` but enterprise, visit
    and on (these follow from the visit), each of `settled` those of `move_issue`. A part without a number of its own takes
    one that follows from the visit's. Sending the report again gives the same answer.

    Raises what the services raise, on the fields of their own names: the visit's plain, a part's as `part.field`, those of
    `settled` and `policies` on these; on client_uuid with code "conflict" when the number stands for another content.
    """
    require(actor, Right.LOG_VISIT, visit["enterprise"])
    # orders two sendings of one form before either looks whether it is the first
    locked([visit["enterprise"].pk])
    repeated = sent_before(visit["client_uuid"])
    logged = log_visit(actor=actor, **visit)
    more = {"issue": issue, "settled": [_said(one) for one in settled]}
    more |= _given(commitment=commitment, item=_said(item or {}), policies=sorted(one.pk for one in policies))
    mark_sent(visit=logged, fresh=not repeated, more=as_json(more), closed=[one["issue"].pk for one in settled])
    there: dict[str, Any] = {"actor": actor, "enterprise": logged.enterprise, "visit": logged}
    about = there | {"post": logged.post}
    opened = promised = moved = None
    if issue is not None:
        with _part("issue"):
            opened = open_issue(raised_on=logged.visited_on, **about, **issue)
    if commitment is not None:
        with _part("commitment"):
            promised = make_commitment(**about, **_numbered(logged, "promise", commitment))
    if item is not None:
        with _part("item"):
            moved = move_item(on=logged.visited_on, **there, **_numbered(logged, "item", item))
    given = [_hand_over(about, logged, policy) for policy in policies]
    if not repeated:
        for one in settled:
            _end(actor, logged, one)
    first = met_before(logged)
    if first is not None and not Visit.objects.visible_to(actor).filter(pk=first.pk).exists():
        first = None
    return VisitReport(
        logged, opened, repeated, tuple(closed_with(actor, logged)), promised, moved, tuple(given), first
    )


@contextmanager
def _part(name: str) -> Iterator[None]:
    """A service's complaints under the name of its part of the report."""
    try:
        yield
    except ValidationError as error:
        told = error.update_error_dict({})
        raise ValidationError({_named(name, field): words for field, words in told.items()}) from error


def _named(part: str, field: str) -> str:
    return field if field in OF_THE_VISIT else part if field == part else f"{part}.{field}"


def _numbered(visit: Visit, name: str, part: dict[str, Any]) -> dict[str, Any]:
    return {"client_uuid": uuid.uuid5(visit.client_uuid, name)} | part


def _given(**parts: Any) -> dict[str, Any]:
    """The parts that are there: a report without them has the mark that it had before there were such parts."""
    return {name: part for name, part in parts.items() if part}


def _hand_over(about: dict[str, Any], visit: Visit, policy: Policy) -> Delivery:
    number = uuid.uuid5(visit.client_uuid, f"policy {policy.pk}")
    try:
        return deliver_policy(policy=policy, on=visit.visited_on, client_uuid=number, **about)
    except ValidationError as error:
        raise ValidationError({"policies": [f"{policy}: {'；'.join(error.messages)}"]}) from error


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
    ids = _closed_ids(visit)
    return list(Issue.objects.visible_to(user).filter(pk__in=ids).order_by("pk")) if ids else []


def issues_of(user: User, visit: Visit) -> tuple[list[Issue], list[Issue]]:
    """Issues raised at the visit, and those from before that were ended with it, as far as the user may see them. One query."""
    here = Q(visit=visit) | Q(pk__in=_closed_ids(visit))
    rows = list(Issue.objects.visible_to(user).filter(here).order_by("pk"))
    return [row for row in rows if row.visit_id == visit.pk], [row for row in rows if row.visit_id != visit.pk]


def _closed_ids(visit: Visit) -> list[int]:
    try:
        return visit.submission.closed
    except Submission.DoesNotExist:  # logged alone, or before there were marks
        return []


def send_visit_report(*, actor: User, **report: Any) -> VisitReport:
    """`submit_visit_report`, and what comes under a used number with another content is kept for review (raises `Kept`)."""
    try:
        return submit_visit_report(actor=actor, **report)
    except ValidationError as error:
        if not _is_used_number(error):
            raise
        # a transaction of its own: the report's has been taken back
        visit = report["visit"]
        kept = keep_conflict(
            actor=actor,
            enterprise=visit["enterprise"],
            client_uuid=visit["client_uuid"],
            body=as_json({"issue": None, "settled": []} | _given(**report)),
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
    try:
        report = submit_visit_report(actor=row.author, **_read(row))
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


def _read(row: SubmissionConflict) -> dict[str, Any]:
    """The report back out of the kept body, under new numbers that follow from the old ones.

    What the first report or somebody else has done since is left out: issues ended, the item there already, policies that
    the enterprise has.
    """
    body = row.body
    visit = body["visit"] | {"enterprise": row.enterprise, "client_uuid": uuid.uuid5(row.client_uuid, row.digest)}
    for name in ("visited_on", "next_contact_on"):
        visit[name] = parse_date(visit[name]) if visit.get(name) else None
    visit["started_at"] = parse_time(visit["started_at"]) if visit.get("started_at") else None
    visit["post"] = Post._base_manager.filter(pk=visit["post"]).first() if visit.get("post") else None
    issue, commitment, item = (_renumbered(row, body.get(name)) for name in ("issue", "commitment", "item"))
    if issue is not None:
        issue["category"] = IssueCategory.objects.get(pk=issue["category"])
    if commitment is not None:
        commitment["due_on"] = parse_date(commitment["due_on"])
    if item is not None:
        item["done_on"] = parse_date(item["done_on"]) if item.get("done_on") else None
        item.pop("version", None)  # moved as it stands
        if Item.objects.filter(enterprise=row.enterprise, number=item["item"], state=item["to"]).exists():
            item = None
    settled = []
    for one in body["settled"]:
        ended = Issue._base_manager.select_related("enterprise").get(pk=one["issue"])
        settled += [] if ended.closed_at else [one | {"issue": ended, "version": ended.version}]
    had = Delivery.objects.filter(enterprise=row.enterprise).values("policy")
    policies = list(Policy.objects.filter(pk__in=body.get("policies", ())).exclude(pk__in=had).order_by("pk"))
    return {
        "visit": visit,
        "issue": issue,
        "settled": settled,
        "commitment": commitment,
        "item": item,
        "policies": policies,
    }


def _renumbered(row: SubmissionConflict, part: dict[str, Any] | None) -> dict[str, Any] | None:
    """A part of the kept body; a number of its own gives way to a new one."""
    if part is None:
        return None
    old = part.get("client_uuid")
    return part | ({"client_uuid": uuid.uuid5(uuid.UUID(old), row.digest)} if old else {})


@dataclass(frozen=True)
class CameWith:
    """A promise, a move of an item or a policy handed over, as the visit's page tells it. `kind`: the part's name."""

    kind: str
    words: str
    on: dt.date
    state: str

    @property
    def state_label(self) -> str:
        """The state of a promise, or of an item after the move."""
        labels = {"commitment": CommitmentState, "item": ItemState}
        return str(labels[self.kind](self.state).label) if self.kind in labels else ""


def came_with(user: User, visit: Visit) -> list[CameWith]:
    """What was promised, moved and handed over at the visit, as far as the user may see it. One query."""
    promises = Commitment.objects.visible_to(user).filter(visit=visit)
    moves = ItemEvent.objects.visible_to(user).filter(visit=visit).order_by()
    policies = Delivery.objects.visible_to(user).filter(visit=visit)
    rows = promises.values_list(_kind("commitment"), "text", "due_on", "state").union(
        moves.values_list(_kind("item"), "line__title", "on", "to_state"),
        policies.values_list(_kind("policy"), "policy__title", "delivered_on", _kind("")),
        all=True,
    )
    return sorted((CameWith(*row) for row in rows), key=lambda one: (one.kind, one.words))


def _kind(name: str) -> Any:
    return Value(name, output_field=CharField())
