"""Words of the issue log, and which move may follow which state."""

from dataclasses import dataclass
from enum import nonmember

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.access.roles import Right


class IssueKind(TextChoices):
    BLOCKAGE = "blockage", _("Blockage")
    DIFFICULTY = "difficulty", _("Difficulty")
    REQUEST = "request", _("Request")
    SUGGESTION = "suggestion", _("Suggestion")


class Urgency(TextChoices):
    NORMAL = "normal", pgettext_lazy("urgency", "Normal")
    URGENT = "urgent", _("Urgent")
    VERY_URGENT = "very_urgent", _("Very urgent")


class IssueState(TextChoices):
    SUBMITTED = "submitted", _("Awaiting acceptance")
    ACCEPTED = "accepted", _("Accepted")
    ASSIGNED = "assigned", _("Assigned")
    IN_PROGRESS = "in_progress", _("In progress")
    REVIEW = "review", _("Awaiting review")
    CALLBACK = "callback", _("Awaiting call-back")
    CLOSED = "closed", _("Signed off")
    ON_THE_SPOT = "on_the_spot", _("Settled on the spot")

    OPEN = nonmember(("submitted", "accepted", "assigned", "in_progress", "review", "callback"))
    ENDED = nonmember(("closed", "on_the_spot"))


class OutcomeType(TextChoices):
    SOLVED = "solved", _("Solved directly")
    COORDINATED = "coordinated", _("Solved by coordination")
    ANSWERED = "answered", _("Answered with policy")
    CHANGED = "changed", _("Rule changed")
    UNSOLVED = "unsolved", _("Could not be solved")


class Resolution(TextChoices):
    """What the enterprise says when called back."""

    SOLVED = "solved", _("Solved")
    PARTLY = "partly", _("Partly solved")
    NOT_SOLVED = "not_solved", _("Not solved")
    NOT_REACHED = "not_reached", _("Not reached")


class Satisfaction(TextChoices):
    SATISFIED = "satisfied", _("Satisfied")
    FAIRLY = "fairly", _("Fairly satisfied")
    DISSATISFIED = "dissatisfied", _("Dissatisfied")
    NO_OPINION = "no_opinion", _("No opinion given")


class Move(TextChoices):
    """The verbs of `move_issue`."""

    ACCEPT = "accept", _("Accept")
    CLOSE_ON_SPOT = "close_on_spot", _("Settle on the spot")
    ASSIGN = "assign", pgettext_lazy("issue", "Assign")
    START = "start", pgettext_lazy("issue", "Start")
    PROGRESS = "progress", _("Note progress")
    SUBMIT = "submit", _("Submit for review")
    SEND_BACK = "send_back", _("Send back")
    PASS = "pass_review", _("Pass review")
    TRY_CALL = "try_call", _("Call not answered")
    SIGN_OFF = "sign_off", _("Sign off")
    REDO = "redo", _("Redo")


@dataclass(frozen=True)
class Step:
    """A legal move: from which states, to which, by which right, and what must be given with it."""

    source: tuple[IssueState, ...]
    target: IssueState | None  # None: the state stays
    right: Right
    needs: tuple[str, ...] = ()


S = IssueState
STEPS: dict[Move, Step] = {
    Move.ACCEPT: Step((S.SUBMITTED,), S.ACCEPTED, Right.ACCEPT_ISSUE, ("kind",)),
    Move.CLOSE_ON_SPOT: Step((S.ACCEPTED,), S.ON_THE_SPOT, Right.CLOSE_ON_SPOT, ("text",)),
    Move.ASSIGN: Step((S.ACCEPTED,), S.ASSIGNED, Right.ASSIGN_ISSUE, ("handler",)),
    Move.START: Step((S.ASSIGNED,), S.IN_PROGRESS, Right.HANDLE_ISSUE),
    Move.PROGRESS: Step((S.IN_PROGRESS,), None, Right.HANDLE_ISSUE, ("text",)),
    Move.SUBMIT: Step((S.IN_PROGRESS,), S.REVIEW, Right.HANDLE_ISSUE, ("outcome_type", "text")),
    Move.SEND_BACK: Step((S.REVIEW,), S.IN_PROGRESS, Right.REVIEW_ISSUE, ("reason",)),
    Move.PASS: Step((S.REVIEW,), S.CALLBACK, Right.REVIEW_ISSUE),
    Move.TRY_CALL: Step((S.CALLBACK,), None, Right.CALL_BACK),
    Move.SIGN_OFF: Step((S.CALLBACK,), S.CLOSED, Right.CALL_BACK, ("resolution", "satisfaction")),
    Move.REDO: Step((S.CALLBACK,), S.IN_PROGRESS, Right.CALL_BACK, ("resolution", "reason")),
}
# moves that only the handling post may make, and the one it may not make
BY_HANDLER = (Move.START, Move.PROGRESS, Move.SUBMIT)
NOT_BY_HANDLER = (Move.SIGN_OFF, Move.REDO, Move.TRY_CALL)
