"""Contact regime → obligations → visits; contact events, whose sign-ins are visits; commitments made at visits; visits that are
planned."""

from crm.visits.models.capacity import PostCapacity, PostLeave
from crm.visits.models.commitments import Commitment
from crm.visits.models.confirmations import ConfirmationLink, VisitConfirmation
from crm.visits.models.events import ContactEvent, Invitation
from crm.visits.models.obligations import Obligation
from crm.visits.models.photos import VisitPhoto
from crm.visits.models.planned import PlannedVisit
from crm.visits.models.regimes import Regime, RegimeRule, VisitCap
from crm.visits.models.relief import ContactPause, Exemption, PlanMark
from crm.visits.models.submissions import Submission, SubmissionConflict
from crm.visits.models.visits import Visit

__all__ = [
    "Commitment",
    "ConfirmationLink",
    "ContactEvent",
    "ContactPause",
    "Exemption",
    "Invitation",
    "Obligation",
    "PlanMark",
    "PlannedVisit",
    "PostCapacity",
    "PostLeave",
    "Regime",
    "RegimeRule",
    "Submission",
    "SubmissionConflict",
    "Visit",
    "VisitCap",
    "VisitConfirmation",
    "VisitPhoto",
]
