"""上门前先看: whether an enterprise has been visited as often as its cap allows, and who could go along (decision 14)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from crm.core import workcalendar
from crm.visits.enums import Need
from crm.visits.models import Obligation
from crm.visits.querysets import LIVE, UNMET
from crm.visits.selectors.caps import CapState, caps_of
from crm.visits.selectors.closed import closed_days
from crm.visits.together import LONGEST_SEARCH, Owed, Together, together
from crm.visits.windows import DAY
from enterprises.models import Enterprise


def joint_of(enterprise_ids: Collection[int], day: dt.date) -> dict[int, Together]:
    """{enterprise id: the visit that posts could make together}; one query, five where two roles owe a visit at one.

    For those alone whose obligations the reader may see.
    """
    last = day + LONGEST_SEARCH * DAY
    rows = Obligation.objects.filter(LIVE, UNMET, enterprise__in=enterprise_ids, need=Need.ONSITE, opens__lte=last)
    owed: dict[int, list[Owed]] = defaultdict(list)
    for pk, *one in rows.values_list("enterprise_id", "role", "opens", "closes").order_by("pk"):
        owed[pk].append(Owed(*one))
    shared = {pk: ones for pk, ones in owed.items() if len({one.role for one in ones}) > 1}
    if not shared:
        return {}
    calendar, closed = workcalendar.load(), closed_days(shared, day, last)
    found = {pk: together(ones, day, calendar.works, closed.get(pk, frozenset())) for pk, ones in shared.items()}
    return {pk: one for pk, one in found.items() if one is not None}


@dataclass(frozen=True)
class Before:
    """What to know of an enterprise before going there; `cap` once it is reached."""

    enterprise: Enterprise
    cap: CapState | None
    joint: Together | None


def before_going(enterprises: Iterable[Enterprise], day: dt.date) -> list[Before]:
    """Those of the enterprises of which there is something to know; seven queries at most.

    For those alone whose obligations the reader may see: visits are counted whoever made them, as a number and no more.
    """
    rows = {row.pk: row for row in enterprises}
    caps = {pk: cap for pk, cap in caps_of(rows, day).items() if cap.reached}
    joint = joint_of(rows, day)
    return [Before(row, caps.get(pk), joint.get(pk)) for pk, row in rows.items() if pk in caps or pk in joint]
