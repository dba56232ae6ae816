"""What may happen to an issue next, who could handle it, how far it has got."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.access.roles import ROLES, Right
from crm.access.scope import can
from crm.accounts.models import User
from crm.issues.enums import BY_HANDLER, NOT_BY_HANDLER, STEPS, IssueState, Move
from crm.issues.models import Issue, IssueEvent
from stations.models import Post, TradeUnion
from stations.selectors import posts_of

HANDLING_ROLES = tuple(role for role, rights in ROLES.items() if Right.HANDLE_ISSUE in rights.granted | rights.own)


@dataclass(frozen=True)
class PossibleMove:
    """A move from the issue's state; one that is not allowed says why in words."""

    move: Move
    allowed: bool
    why_not: str
    needs: tuple[str, ...]


def impossible(user: User, issue: Issue, move: Move, day: dt.date, post_ids: set[int] | None = None) -> str:
    """Why the move cannot be made from here by this user, rights apart; empty when it can."""
    step = STEPS[move]
    if issue.state not in step.source:
        return _("An issue that is “%(state)s” cannot be moved so: %(move)s.") % {
            "state": IssueState(issue.state).label,
            "move": move.label,
        }
    if move == Move.CLOSE_ON_SPOT and not issue.simple:
        return _("Only enquiries, policy questions and minor matters are settled on the spot.")
    mine = post_ids if post_ids is not None else {post.pk for post in posts_of(user, day)}
    if move in BY_HANDLER and issue.handler_id not in mine:
        return _("Only the post that handles the issue does this.")
    if move in NOT_BY_HANDLER and issue.handler_id in mine:
        return _("Whoever handled the issue does not call back.")
    return ""


def moves_for(user: User, issue: Issue, day: dt.date) -> list[PossibleMove]:
    """The moves from the issue's state, those not allowed with the reason."""
    mine = {post.pk for post in posts_of(user, day)}
    rights: dict[Right, bool] = {}
    found = []
    for move, step in STEPS.items():
        if issue.state not in step.source:
            continue
        if step.right not in rights:
            rights[step.right] = can(user, step.right, issue)
        why_not = impossible(user, issue, move, day, mine)
        if not rights[step.right]:
            why_not = why_not or _("Your post does not do this.")
        found.append(PossibleMove(move, not why_not, why_not, step.needs))
    return found


def handler_choices(user: User, issue: Issue, day: dt.date) -> list[Post]:
    """Posts that could handle the issue: of its station and of the unions above it."""
    step = TradeUnion.steplen
    path = issue.station.union.path
    above = [path[:end] for end in range(step, len(path) + 1, step)]
    rows = Post._base_manager.filter(
        Q(station=issue.station_id) | Q(union__path__in=above), role__in=HANDLING_ROLES, term__contains=day
    )
    return list(rows.select_related("station", "union").order_by("station_id", "pk"))


@dataclass(frozen=True)
class Progress:
    """One of the stations of an issue's way: done, where it stands, or still to come."""

    label: Any
    state: str  # done, now, ahead
    event: IssueEvent | None


_WAY = (
    (Move.ACCEPT, IssueState.ACCEPTED),
    (Move.ASSIGN, IssueState.ASSIGNED),
    (Move.START, IssueState.IN_PROGRESS),
    (Move.SUBMIT, IssueState.REVIEW),
    (Move.PASS, IssueState.CALLBACK),
    (Move.SIGN_OFF, IssueState.CLOSED),
)


def progress(issue: Issue, events: list[IssueEvent]) -> list[Progress]:
    """The way of the issue with the newest event of each step; on-the-spot closing is a way of its own."""
    newest = {event.verb: event for event in events}
    way: tuple[tuple[str, IssueState], ...] = (("open", IssueState.SUBMITTED), *_WAY)
    if issue.state == IssueState.ON_THE_SPOT:
        way = (*way[:2], (Move.CLOSE_ON_SPOT, IssueState.ON_THE_SPOT))
    states = [state for _, state in way]
    here = states.index(IssueState(issue.state))
    ended = issue.state in IssueState.ENDED
    return [
        Progress(
            state.label,
            "done" if place < here or (place == here and ended) else "now" if place == here else "ahead",
            newest.get(verb) if place <= here else None,
        )
        for place, (verb, state) in enumerate(way)
    ]
