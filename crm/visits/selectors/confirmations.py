"""What waits for the enterprise's word."""

import datetime as dt
from typing import Any

from crm.access.roles import Right
from crm.accounts.models import User
from crm.visits.models import Visit


def to_confirm(user: User, since: dt.date, until: dt.date) -> Any:
    """Visits of these days (both included) that the user may confirm and nobody has answered for yet."""
    rows = Visit.objects.allowing(user, Right.CONFIRM_VISIT).effective()
    rows = rows.filter(confirmation__isnull=True, visited_on__gte=since, visited_on__lte=until)
    return rows if user.person_id is None else rows.exclude(visitor=user.person_id)
