"""An enterprise leaves a station: register, nodes, responsibility, what it still owes and plans to see it, in one transaction."""

import datetime as dt

from django.utils.translation import gettext as _

from crm.accounts.models import User
from crm.core.services import service
from crm.visits.models import Obligation
from crm.visits.services import cancel_obligation, drop_plans_of
from enterprises.models import Enterprise
from enterprises.services import leave_register
from grids.models import Responsibility
from grids.services import release_enterprises
from stations.models import Post


@service
def leave_station(*, actor: User, enterprise: Enterprise, on: dt.date, reason: str) -> None:
    """Take an enterprise off its register from `on` on, with all that hangs on it; the past stays.

    Raises what `leave_register`, `release_enterprises`, `cancel_obligation` and `drop_plans_of` raise.
    """
    still_owed = Obligation.objects.filter(enterprise=enterprise, station=enterprise.station, closes__gte=on)
    for obligation in still_owed.live().unmet().order_by("pk"):
        cancel_obligation(actor=actor, obligation=obligation, reason=_("Left the register"))
    drop_plans_of(actor=actor, enterprise=enterprise, start=on)
    answering = Responsibility.objects.filter(enterprise=enterprise).ending_after(on)
    for post in Post._base_manager.filter(pk__in=answering.values("post_id")).select_related("station"):
        release_enterprises(actor=actor, post=post, enterprises=[enterprise], on=on)
    leave_register(actor=actor, enterprise=enterprise, on=on, reason=reason)
