"""Read models of visits: how enterprises stand, whom to see, what the form offers."""

from crm.visits.selectors.arrangements import Arrangement, Holding, arrangement, holding, waiting_exemptions
from crm.visits.selectors.before import Before, before_going
from crm.visits.selectors.caps import clashes_of
from crm.visits.selectors.commitments import CommitmentCounts, commitment_counts, commitments
from crm.visits.selectors.confirmations import to_confirm
from crm.visits.selectors.conflicts import in_words, said_in_words, waiting_conflicts
from crm.visits.selectors.due import DueCounts, DueItem, due_counts, due_enterprises, due_list, own_enterprises
from crm.visits.selectors.events import Invitable, events_seen, invitable, sign_in_list
from crm.visits.selectors.flags import FLAGS, flag_rules, flagged, flags_of
from crm.visits.selectors.form import form_day, last_said, offered_day, sent_before
from crm.visits.selectors.status import (
    ContactStatus,
    contact_status,
    contacts_known,
    in_contact_state,
    never_contacted,
    owed_now,
)
from crm.visits.selectors.told import as_told

__all__ = [
    "FLAGS",
    "Arrangement",
    "Before",
    "CommitmentCounts",
    "ContactStatus",
    "DueCounts",
    "DueItem",
    "Holding",
    "Invitable",
    "arrangement",
    "as_told",
    "before_going",
    "clashes_of",
    "commitment_counts",
    "commitments",
    "contact_status",
    "contacts_known",
    "due_counts",
    "due_enterprises",
    "due_list",
    "events_seen",
    "flag_rules",
    "flagged",
    "flags_of",
    "form_day",
    "holding",
    "in_contact_state",
    "in_words",
    "invitable",
    "last_said",
    "never_contacted",
    "offered_day",
    "owed_now",
    "own_enterprises",
    "said_in_words",
    "sent_before",
    "sign_in_list",
    "to_confirm",
    "waiting_conflicts",
    "waiting_exemptions",
]
