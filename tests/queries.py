"""Counting queries."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.access.grants import one_request, refresh
from crm.access.roles import Right
from crm.access.scope import holds
from crm.core import clock


def queries_of(user: Any, call: Callable[[], Any]) -> int:
    """How many queries a user's call takes, grants resolved before as on the second request of a day."""
    refresh(user, clock.today())
    with one_request():
        holds(user, Right.VIEW_STATION)
        with CaptureQueriesContext(connection) as caught:
            call()
    return len(caught)
