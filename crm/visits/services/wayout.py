"""Whoever cannot keep the regime with the people there are sees some enterprises less often (DEFINITIONS §0.7)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock
from crm.core.services import service
from crm.visits.models import RegimeRule
from crm.visits.selectors.demand import standing_at
from crm.visits.services.regimes import LINE
from crm.visits.services.relief import end_exception, make_exception
from stations.models import Station

IN_THE_WAY = gettext_lazy("Exceptions of the station stand in the way. End them first, or wait until tomorrow.")


@service
def adopt_way_out(*, actor: User, station: Station, reason: str) -> list[RegimeRule]:
    """Let a station live by the cheapest way out of what it cannot do, from today on, by exceptions of its own.

    What has begun stays. `station` has its `union`. Raises ValidationError on station (nothing is short, exceptions stand
    in the way, or one of them began today), reason; PermissionDenied.
    """
    require(actor, Right.PLAN, station)
    Station._base_manager.select_for_update(no_key=True).get(pk=station.pk)  # the second of two at once finds it done
    today = clock.today()
    standing = standing_at(station, today)
    lines = standing.own_lines()
    if not lines:
        words = _("Nothing is wanting that could be seen less often.")
        raise ValidationError({"station": [IN_THE_WAY if lines is None else words]})
    made = []
    for line, every in lines.items():
        rule = standing.rules[line]
        if rule.regime_id is None:
            if rule.term.lower >= today:
                raise ValidationError({"station": [IN_THE_WAY]})
            end_exception(actor=actor, exception=rule, on=today)
        fields = {name: getattr(rule, name) for name in LINE} | {"every": every}
        made.append(make_exception(actor=actor, station=station, start=today, reason=reason, **fields))
    return made
