"""Whom an issue reaches besides its station and the enterprise's officers: the post that handles it."""

from django.db.models import Q

from crm.access.grants import Grants
from crm.access.roles import Right


def handled_issues(grants: Grants, right: Right) -> Q:
    """Issues that one's own post handles: an officer may be asked to handle another officer's enterprise."""
    return Q(handler__in=grants.post_ids(right))


def events_of_handled_issues(grants: Grants, right: Right) -> Q:
    """Events of issues that one's own post handles."""
    return Q(issue__handler__in=grants.post_ids(right))
