"""What may happen to an issue next, who could handle it, how far it has got."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.roles import OFFICER_ROLES, ROLES, Right, Role
from crm.access.scope import can
from crm.accounts.models import User
from crm.core import clock, workcalendar
from crm.issues.enums import BY_HANDLER, NOT_BY_HANDLER, STEPS, IssueState, Move
from crm.issues.models import Issue, IssueEvent
from crm.issues.querysets import IssueQuerySet
from grids.enums import KEEPS_AWAY
from grids.models import Recusal
from stations.models import Appointment, Post, TradeUnion
from stations.models.posts import PostQuerySet
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


def moves_for(user: User, issue: Issue, day: dt.date | None = None) -> list[PossibleMove]:
    """The moves from the issue's state, those not allowed with the reason; a constant number of queries."""
    day = day or clock.today()
    mine = {post.pk for post in posts_of(user, day)}
    rights: dict[Right, bool] = {}
    found = []
    for move, step in STEPS.items():
        if issue.state not in step.source:
            continue
        if step.right not in rights:
            rights[step.right] = can(user, step.right, issue)
        why_not = impossible(user, issue, move, day, mine) if rights[step.right] else _("Your post does not do this.")
        found.append(PossibleMove(move, not why_not, why_not, step.needs))
    return found


def possible_handlers(issue: Issue, day: dt.date) -> PostQuerySet:
    """Posts that could handle the issue on the day: of its station and of the unions above it, by their role.

    Not those whose holder keeps away from the enterprise (回避), nor grid officers' where it is kept from them.
    """
    step = TradeUnion.steplen
    path = issue.station.union.path
    above = [path[:end] for end in range(step, len(path) + 1, step)]
    here = Q(station=issue.station_id) | Q(union__path__in=above)
    found = Post.objects.on(day).filter(here, role__in=HANDLING_ROLES)
    if issue.withheld:
        found = found.exclude(role=Role.GRID_OFFICER)
    away = Recusal.objects.on(day).filter(enterprise=issue.enterprise_id, kind__in=KEEPS_AWAY).values("person_id")
    seats = Appointment.objects.on(day).filter(post=OuterRef("pk"), role__in=OFFICER_ROLES, person__in=away)
    return found.exclude(Exists(seats))


def handlers_known_to(user: User, issue: Issue, day: dt.date) -> PostQuerySet:
    """Of these, the posts of which the user may know: those in sight, and those at unions in sight.

    An issue stays with the station at which it was raised; the chief of a station to which the enterprise has moved is not
    told who sits there.
    """
    unions = TradeUnion.objects.visible_to(user).values("pk")
    in_sight = Q(pk__in=Post.objects.visible_to(user).values("pk")) | Q(union__in=unions)
    return possible_handlers(issue, day).filter(in_sight)


def handler_choices(user: User, issue: Issue, day: dt.date | None = None) -> list[Post]:
    """Posts to whom the user may assign the issue, the station's own first; none without the right to assign."""
    if not can(user, Right.ASSIGN_ISSUE, issue):
        return []
    found = handlers_known_to(user, issue, day or clock.today()).select_related("station", "union")
    return list(found.order_by("station_id", "pk"))


class Light(TextChoices):
    """灯 of an open issue; 黄 when one working day is left or less."""

    GREEN = "green", gettext_lazy("In time")
    YELLOW = "yellow", gettext_lazy("Due soon")
    RED = "red", gettext_lazy("Late")


@dataclass(frozen=True)
class Deadline:
    """How an open issue stands to the deadline of its step. Working days; the deadline's own day is not late."""

    due_on: dt.date
    days_left: int
    days_late: int
    light: Light


def deadline(issue: Issue, day: dt.date, calendar: workcalendar.WorkCalendar | None = None) -> Deadline | None:
    """The issue's deadline as seen on the day, None when it has ended. A list passes the calendar it has loaded."""
    if issue.due_on is None or issue.state in IssueState.ENDED:
        return None
    calendar = calendar or workcalendar.load()
    left, late = calendar.between(day, issue.due_on), calendar.between(issue.due_on, day)
    # 20 % of the term left (DEFINITIONS §4.1) would come before one working day only from terms of ten days on
    light = Light.RED if issue.due_on < day else Light.YELLOW if left <= 1 else Light.GREEN
    return Deadline(issue.due_on, left, late, light)


def late_queue(user: User, day: dt.date | None = None) -> IssueQuerySet:
    """Open issues past their deadline that the user may see, the longest late first."""
    found = Issue.objects.visible_to(user).late(day or clock.today())
    return found.select_related("enterprise", "station", "category", "handler").order_by("due_on", "pk")


@dataclass(frozen=True)
class Progress:
    """One step of an issue's way: `state` is done, now or ahead; `event` the newest one that led to it."""

    label: Any
    state: str
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
    states = [state for _verb, state in way]
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
