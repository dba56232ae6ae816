"""What the visit form offers."""

import datetime as dt
import uuid

from crm.access.roles import Right
from crm.accounts.models import User
from crm.core import clock, rules
from crm.visits.defaults import DAY_BEGINS
from crm.visits.models import Visit
from crm.visits.selectors.told import as_told
from enterprises.models import Enterprise, RegisterEntry
from stations.selectors import acting_post


def last_said(user: User, enterprise: Enterprise) -> Visit | None:
    """The newest visit of the enterprise that the user may see (for “same as last time”)."""
    newest = Visit.objects.visible_to(user).filter(enterprise=enterprise).order_by("-visited_on", "-pk")
    return next(iter(as_told(user, newest[:1])), None)


def form_day(now: dt.datetime) -> dt.date:
    """The day that the visit form offers: until five in the morning that of the day before (夜市 belongs to its evening)."""
    local = now.astimezone(clock.ZONE)
    begun = local.hour >= rules.value(DAY_BEGINS, local.date())
    return local.date() if begun else local.date() - dt.timedelta(days=1)


def offered_day(user: User, enterprise: Enterprise, now: dt.datetime) -> dt.date:
    """`form_day`, or today where the visit could not be written for the evening before: nobody's post, on no register yet."""
    day, today = form_day(now), clock.local_date(now)
    if day == today or enterprise.station is None:
        return today
    listed = RegisterEntry.objects.filter(enterprise=enterprise, station=enterprise.station, term__contains=day)
    return day if acting_post(user, enterprise.station, day, Right.LOG_VISIT) and listed.exists() else today


def sent_before(client_uuid: uuid.UUID) -> bool:
    """Whether a visit was written under this UUID (the answer to a repeated sending says so)."""
    return Visit.objects.filter(client_uuid=client_uuid).exists()
