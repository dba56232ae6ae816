"""Read models of visits: how enterprises stand, whom to see, what the form offers."""

from crm.visits.selectors.due import (
    DueCounts,
    DueItem,
    due_counts,
    due_enterprises,
    due_list,
    own_enterprises,
)
from crm.visits.selectors.form import form_day, last_said, may_log, offered_day, sent_before
from crm.visits.selectors.status import (
    ContactStatus,
    contact_status,
    contacts_known,
    in_contact_state,
    never_contacted,
    owed_now,
)

__all__ = [
    "ContactStatus",
    "DueCounts",
    "DueItem",
    "contact_status",
    "contacts_known",
    "due_counts",
    "due_enterprises",
    "due_list",
    "form_day",
    "in_contact_state",
    "last_said",
    "may_log",
    "never_contacted",
    "offered_day",
    "owed_now",
    "own_enterprises",
    "sent_before",
]
