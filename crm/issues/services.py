"""The writes of the issue log: open an issue, move it."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from crm.access.roles import Right, Role
from crm.access.scope import can, require
from crm.accounts.models import User
from crm.core import clock, journal, rules, workcalendar
from crm.core.services import cleaned, service
from crm.issues.defaults import ACCEPT_DAYS, CALL_BACK_DAYS, CALL_BACK_TRIES, HANDLE_DAYS, URGENT_DAYS
from crm.issues.enums import (
    BY_HANDLER,
    STEPS,
    IssueKind,
    IssueState,
    Move,
    Resolution,
    Satisfaction,
    Urgency,
)
from crm.issues.models import Issue, IssueCategory, IssueEvent
from crm.issues.selectors import handlers_known_to, impossible
from crm.visits.models import Visit
from enterprises.models import Enterprise, EnterpriseSeat
from enterprises.services.reach import locked
from stations.models import Post, Station
from stations.selectors import acting_post

# what a client says of an issue; equal in all of these, a second sending is the same issue
SAID = ("enterprise_id", "title", "text", "category_id", "kind", "urgency", "simple", "withheld", "visit_id")


@service
def open_issue(
    *,
    actor: User,
    enterprise: Enterprise,
    title: str,
    category: IssueCategory,
    client_uuid: uuid.UUID,
    text: str = "",
    urgency: str = Urgency.NORMAL,
    kind: str = IssueKind.REQUEST,
    simple: bool = False,
    withheld: bool = False,
    visit: Visit | None = None,
    post: Post | None = None,
    raised_on: dt.date | None = None,
) -> Issue:
    """Write down what was raised; it waits for acceptance. The same UUID and content again gives the first issue again.

    It is written in the post that the actor holds at the enterprise's station; another system names the post for which
    it speaks. `withheld`: 对驻站员不公开, for those who may say so. Raises ValidationError on enterprise (on no register),
    category, raised_on (future), visit (of another enterprise), post, withheld, client_uuid (code "conflict") and on
    fields of a wrong form; PermissionDenied.
    """
    require(actor, Right.OPEN_ISSUE, enterprise)
    day = raised_on or clock.today()
    issue = Issue(
        client_uuid=client_uuid,
        enterprise=enterprise,
        visit=visit,
        title=title.strip(),
        text=text.strip(),
        category=category,
        kind=kind,
        urgency=urgency,
        simple=simple,
        withheld=withheld,
        raised_on=day,
        recorded_at=clock.now(),
    )
    # orders two sendings of one form: the second waits here and then finds the first
    locked([enterprise.pk])
    before = Issue.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        said = SAID if raised_on is None else (*SAID, "raised_on")
        known = Issue.objects.visible_to(actor).filter(pk=before.pk).exists()
        if not known or any(getattr(before, name) != getattr(issue, name) for name in said):
            words = _("Another issue was sent under this number already. Open the form again.")
            raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
        return before

    if day > clock.today():
        raise ValidationError({"raised_on": [_("The day lies in the future.")]})
    if not category.active:
        raise ValidationError({"category": [_("This category is no longer in use.")]})
    if visit is not None and visit.enterprise_id != enterprise.pk:
        raise ValidationError({"visit": [_("The visit was made at another enterprise.")]})
    issue.station = _station_of(enterprise, visit)
    issue.post = _post_of(actor, issue, day, post)
    issue.due_on = _deadline(ACCEPT_DAYS, clock.today(), issue)
    cleaned(issue).save()
    if withheld and not can(actor, Right.WITHHOLD_ISSUE, issue):
        raise ValidationError({"withheld": [_("Your post does not keep an issue from grid officers.")]})
    _event(issue, actor, "open", from_state="", text=issue.text, post=issue.post)
    _journal(actor, "open_issue", issue, issue.post, {"state": [None, issue.state]})
    return issue


def _station_of(enterprise: Enterprise, visit: Visit | None) -> Station:
    station = visit.station if visit is not None else enterprise.station
    if station is None:
        raise ValidationError({"enterprise": [_("The enterprise is on no register.")]})
    return station


def _post_of(actor: User, issue: Issue, day: dt.date, post: Post | None) -> Post:
    """The post in which the issue is written. Raises ValidationError on post.

    A cadre's post writes what its own enterprise raises, and nothing else; other systems do not speak for it.
    """
    station = issue.station
    if actor.person is not None and actor.person.is_service:
        here = post is not None and post.station_id == station.pk and post.holds_on(day)
        if post is None or not here or post.role == Role.ENTERPRISE_CADRE:
            raise ValidationError({"post": [_("Name the post of this station in which the issue was heard.")]})
        return post
    speaks = EnterpriseSeat.objects.on(day).filter(enterprise=issue.enterprise_id).values("post_id")
    mute = Q(role=Role.ENTERPRISE_CADRE) & ~Q(pk__in=speaks)
    held = acting_post(actor, station, day, Right.OPEN_ISSUE, wanted=post, but=mute)
    if held is None:
        raise ValidationError({"post": [_("You held no post of this station on that day.")]})
    return held


@service
def move_issue(
    *,
    actor: User,
    issue: Issue,
    move: str,
    version: int,
    text: str = "",
    reason: str = "",
    kind: str = "",
    handler: Post | None = None,
    outcome_type: str = "",
    resolution: str = "",
    satisfaction: str = "",
    on_behalf_of: str = "",
) -> Issue:
    """Make one move of the table `STEPS`; writes its event and the deadline of the next step.

    Raises ValidationError on version (code "conflict": somebody moved it meanwhile), move (not possible from here, with
    the reason), and on what the move needs and did not get; PermissionDenied without the move's right.
    """
    if move not in STEPS:
        raise ValidationError({"move": [_("Unknown move.")]})
    step = STEPS[Move(move)]
    require(actor, step.right, issue)
    rows = Issue.objects.select_related("station__union", "enterprise__station__union")
    row = rows.select_for_update(of=("self",)).get(pk=issue.pk)
    if row.version != version:
        words = _("Somebody else has just moved this issue. Look again.")
        raise ValidationError({"version": [ValidationError(words, code="conflict")]})
    today = clock.today()
    reason_why_not = impossible(actor, row, Move(move), today)
    if reason_why_not:
        raise ValidationError({"move": [reason_why_not]})
    given = {
        "actor": actor,
        "text": text.strip(),
        "reason": reason.strip(),
        "kind": kind,
        "handler": handler,
        "outcome_type": outcome_type,
        "resolution": resolution,
        "satisfaction": satisfaction,
    }
    missing = {name: [_("This field is required.")] for name in step.needs if not given[name]}
    if missing:
        raise ValidationError(missing)

    from_state = row.state
    data = EFFECTS[Move(move)](row, given, today) if Move(move) in EFFECTS else {}
    row.state = step.target or row.state
    row.due_on = _next_deadline(row, Move(move), today)
    row.closed_at = clock.now() if row.state in IssueState.ENDED else None
    row.version += 1
    cleaned(row).save()
    post = row.handler if move in BY_HANDLER else _seat(actor, row, step.right, today)
    _event(
        row,
        actor,
        move,
        from_state=from_state,
        text=given["text"],
        reason=given["reason"],
        post=post,
        on_behalf_of=on_behalf_of.strip(),
        data={**data, "due_on": str(row.due_on or "")},
    )
    _journal(actor, move, row, post, {"state": [from_state, row.state]}, on_behalf_of)
    issue.refresh_from_db()
    return issue


@service
def withhold_issue(*, actor: User, issue: Issue, withheld: bool, version: int) -> Issue:
    """Keep an issue from grid officers (对驻站员不公开), or open it to them again.

    Raises ValidationError on version (code "conflict") and on withheld while a grid officer's post handles it;
    PermissionDenied.
    """
    require(actor, Right.WITHHOLD_ISSUE, issue)
    row = Issue.objects.select_related("handler").select_for_update(of=("self",)).get(pk=issue.pk)
    if row.version != version:
        words = _("Somebody else has just moved this issue. Look again.")
        raise ValidationError({"version": [ValidationError(words, code="conflict")]})
    if withheld and row.handler is not None and row.handler.role == Role.GRID_OFFICER:
        raise ValidationError({"withheld": [_("A grid officer handles it. Hand it to another post first.")]})
    if row.withheld != withheld:
        before, row.withheld = row.withheld, withheld
        row.version += 1
        row.save(update_fields=["withheld", "version"])
        post = _seat(actor, row, Right.WITHHOLD_ISSUE, clock.today())
        _journal(actor, "withhold_issue", row, post, {"withheld": [before, withheld]})
    issue.refresh_from_db()
    return issue


def _seat(actor: User, issue: Issue, right: Right, today: dt.date) -> Post | None:
    """The post in which the actor moves the issue: at its station, else where the enterprise is registered by now."""
    stations = [station for station in (issue.station, issue.enterprise.station) if station is not None]
    held = (acting_post(actor, station, today, right) for station in stations)
    return next((post for post in held if post is not None), None)


def _accept(issue: Issue, given: dict[str, Any], today: dt.date) -> dict[str, Any]:
    issue.kind = given["kind"]
    # the station's row is the lock of its numbering
    Station.objects.select_for_update(no_key=True).get(pk=issue.station_id)
    used = Issue.objects.filter(station=issue.station_id, number__startswith=_number(issue, today, None)).count()
    issue.number = _number(issue, today, used + 1)
    return {"number": issue.number}


def _number(issue: Issue, today: dt.date, sequence: int | None) -> str:
    """`站号-年-序号`; without a sequence what all numbers of the station and year begin with."""
    return f"{issue.station_id:02d}-{today.year}-" + ("" if sequence is None else f"{sequence:04d}")


def _assign(issue: Issue, given: dict[str, Any], today: dt.date) -> dict[str, Any]:
    handler = given["handler"]
    if not handlers_known_to(given["actor"], issue, today).filter(pk=handler.pk).exists():
        raise ValidationError({"handler": [_("This post cannot handle issues of this station.")]})
    issue.handler = handler
    return {"handler": handler.title}


def _submit(issue: Issue, given: dict[str, Any], _today: dt.date) -> dict[str, Any]:
    issue.outcome_type = given["outcome_type"]
    return {"outcome_type": issue.outcome_type}


def _sign_off(issue: Issue, given: dict[str, Any], today: dt.date) -> dict[str, Any]:
    if given["resolution"] == Resolution.NOT_SOLVED:
        raise ValidationError({"resolution": [_("What is not solved goes back to be redone.")]})
    if given["resolution"] == Resolution.NOT_REACHED:
        tries = days_tried(issue)
        least = rules.value(CALL_BACK_TRIES, today, f"station:{issue.station_id}")
        if tries < least:
            words = _("Not reached: %(tries)d of %(least)d tries on different days so far.")
            raise ValidationError({"resolution": [words % {"tries": tries, "least": least}]})
        if given["satisfaction"] != Satisfaction.NO_OPINION:
            raise ValidationError({"satisfaction": [_("Somebody who was not reached gave no opinion.")]})
    issue.resolution, issue.satisfaction = given["resolution"], given["satisfaction"]
    return {"resolution": issue.resolution, "satisfaction": issue.satisfaction}


def _redo(issue: Issue, given: dict[str, Any], _today: dt.date) -> dict[str, Any]:
    if given["resolution"] not in (Resolution.NOT_SOLVED, Resolution.PARTLY):
        raise ValidationError({"resolution": [_("Only what is not or partly solved is redone.")]})
    issue.redo_count += 1
    issue.outcome_type = ""
    return {"resolution": given["resolution"], "redo_count": issue.redo_count}


# what a move does to the issue besides its state; the answer goes into the event's data
EFFECTS: dict[Move, Callable[[Issue, dict[str, Any], dt.date], dict[str, Any]]] = {
    Move.ACCEPT: _accept,
    Move.ASSIGN: _assign,
    Move.SUBMIT: _submit,
    Move.SIGN_OFF: _sign_off,
    Move.REDO: _redo,
}


def days_tried(issue: Issue) -> int:
    """On how many different days since its last review the enterprise was called in vain."""
    moments = IssueEvent.objects.filter(issue=issue, verb=Move.TRY_CALL).values_list("at", flat=True)
    passed = IssueEvent.objects.filter(issue=issue, verb=Move.PASS).order_by("-sequence").first()
    return len({clock.local_date(at) for at in moments if passed is None or at >= passed.at})


def _next_deadline(issue: Issue, move: Move, today: dt.date) -> dt.date | None:
    """The deadline of the step that the move begins; moves that begin none leave it as it is."""
    if move in (Move.ASSIGN, Move.REDO):
        return _deadline(HANDLE_DAYS if issue.urgency == Urgency.NORMAL else URGENT_DAYS, today, issue)
    if move == Move.ACCEPT:
        return _deadline(ACCEPT_DAYS, today, issue)
    if move == Move.PASS:
        return _deadline(CALL_BACK_DAYS, today, issue)
    return issue.due_on


def _deadline(rule: str, day: dt.date, issue: Issue) -> dt.date:
    return workcalendar.add_workdays(day, rules.value(rule, day, f"station:{issue.station_id}"))


def _event(issue: Issue, actor: User, verb: str, **fields: Any) -> None:
    sequence = IssueEvent.objects.filter(issue=issue).count() + 1
    cleaned(
        IssueEvent(
            issue=issue,
            sequence=sequence,
            at=clock.now(),
            recorded_at=clock.now(),
            actor_label=str(actor)[:120],
            verb=verb,
            to_state=issue.state,
            **fields,
        )
    ).save()


def _journal(
    actor: User, verb: str, issue: Issue, post: Post | None, changes: dict[str, Any], on_behalf_of: str = ""
) -> None:
    journal.record(
        actor=actor,
        verb=verb,
        obj=issue,
        post=post,
        on_behalf_of=on_behalf_of,
        station_id=issue.station_id,
        enterprise_id=issue.enterprise_id,
        changes=changes,
    )
