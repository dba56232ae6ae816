"""How enterprises stand on a day: contact status, as a value and as a filter."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from crm.access.grants import grants_of
from crm.access.roles import Right
from crm.accounts.models import User
from crm.core import workcalendar
from crm.visits.enums import ContactState, Outcome
from crm.visits.models import Obligation, PlannedVisit, Visit
from crm.visits.querysets import LIVE, UNMET, due_q, overdue_q, paused_q
from enterprises.models import Enterprise
from enterprises.querysets import EnterpriseQuerySet


@dataclass(frozen=True)
class ContactStatus:
    """An enterprise on a day. `until` is the end of the window that decides the state; `overdue_days` are working days.

    `never`: no effective contact is on record (从未联系). `check`: the last visit found it moved or closed. `paused`: a
    pause holds what is open. `planned_on`: the next day for which any post plans to see it, whatever the state.
    """

    state: ContactState
    until: dt.date | None = None
    overdue_days: int = 0
    last_on: dt.date | None = None
    never: bool = True
    check: bool = False
    paused: bool = False
    planned_on: dt.date | None = None


def contact_status(
    enterprise_ids: Iterable[int], day: dt.date, owed: dict[int, list[Obligation]] | None = None
) -> dict[int, ContactStatus]:
    """{enterprise id: ContactStatus} on the day; two queries, a third for the work calendar when something is overdue.

    `owed` is what `owed_now` answered, where it is known already.
    """
    ids = list(enterprise_ids)
    return statuses(ids, owed_now(ids, day) if owed is None else owed, day)


def contacts_known(user: User, enterprises: Iterable[Enterprise]) -> set[int]:
    """Ids of those whose contacts the user may know of (`view_visits`); no query besides those of the grants."""
    grants = grants_of(user)
    if grants is None:
        return set()
    stations, own = grants.station_ids(Right.VIEW_VISITS), grants.own_enterprise_ids(Right.VIEW_VISITS)
    return {row.pk for row in enterprises if row.station_id in stations or row.pk in own}


def owed_now(enterprise_ids: Iterable[int], day: dt.date) -> dict[int, list[Obligation]]:
    """{enterprise id: obligations still owed, and those met whose window is open, soonest first}; one query."""
    found: dict[int, list[Obligation]] = defaultdict(list)
    rows = Obligation.objects.filter(
        LIVE, UNMET | Q(closes__gte=day), enterprise__in=list(enterprise_ids), opens__lte=day
    )
    for row in rows.annotate(paused=paused_q(day)).select_related("rule").order_by("closes", "pk"):
        found[row.enterprise_id].append(row)
    return found


def statuses(ids: list[int], owed: dict[int, list[Obligation]], day: dt.date) -> dict[int, ContactStatus]:
    contacts = _contacts(ids, day)
    late = any(row.met_on is None and row.closes < day for rows in owed.values() for row in rows)
    calendar = workcalendar.load() if late else None
    return {pk: _status(owed.get(pk, []), contacts[pk], day, calendar) for pk in ids}


def _contacts(ids: list[int], day: dt.date) -> dict[int, dict[str, Any]]:
    """{enterprise id: what a status says of the contacts made and planned}, in one query."""
    visits = Visit.objects.filter(enterprise=OuterRef("pk"), visited_on__lte=day).order_by("-visited_on")
    plans = PlannedVisit.objects.to_come(day).filter(enterprise=OuterRef("pk")).order_by("day")
    rows = (
        Enterprise._base_manager.filter(pk__in=ids)
        .annotate(
            last=Subquery(visits.effective().values("visited_on")[:1]),
            newest=Subquery(visits.values("visited_on")[:1]),
            gone=Subquery(visits.filter(outcome=Outcome.GONE).values("visited_on")[:1]),
            planned=Subquery(plans.values("day")[:1]),
        )
        .values_list("pk", "last", "newest", "gone", "planned")
    )
    return {
        pk: {
            "last_on": last,
            "never": last is None,
            "check": gone is not None and gone == newest,
            "planned_on": planned,
        }
        for pk, last, newest, gone, planned in rows
    }


def _status(
    owed: list[Obligation], contacts: dict[str, Any], day: dt.date, calendar: workcalendar.WorkCalendar | None
) -> ContactStatus:
    common = dict(contacts)
    common["paused"] = any(row.paused for row in owed)  # type: ignore[attr-defined]
    waiting = [row for row in owed if row.met_on is None and (row.closes < day or not common["paused"])]
    until = min((row.closes for row in waiting), default=None)
    if until is None and common["planned_on"] is not None:
        return ContactStatus(ContactState.PLANNED, **common)
    if until is None:
        met = any(row.met_on is not None for row in owed)
        return ContactStatus(ContactState.CONTACTED if met else ContactState.NO_TASK, **common)
    if until < day:
        assert calendar is not None
        return ContactStatus(ContactState.OVERDUE, until, calendar.between(until, day), **common)
    return ContactStatus(ContactState.DUE, until, **common)


def in_contact_state(enterprises: EnterpriseQuerySet, state: str, day: dt.date) -> EnterpriseQuerySet:
    """The enterprises that stand so on the day: the same rule as `contact_status`, as a filter."""
    mine = Obligation.objects.filter(enterprise=OuterRef("pk"))
    overdue, due = Exists(mine.filter(overdue_q(day))), Exists(mine.filter(due_q(day)))
    met = Exists(mine.filter(LIVE & ~UNMET & Q(opens__lte=day, closes__gte=day)))
    planned = Exists(PlannedVisit.objects.to_come(day).filter(enterprise=OuterRef("pk")))
    nothing_owed = ~Q(overdue) & ~Q(due)
    conditions: dict[str, Q] = {
        ContactState.OVERDUE: Q(overdue),
        ContactState.DUE: Q(due) & ~Q(overdue),
        ContactState.PLANNED: Q(planned) & nothing_owed,
        ContactState.CONTACTED: Q(met) & ~Q(planned) & nothing_owed,
        ContactState.NO_TASK: ~Q(met) & ~Q(planned) & nothing_owed,
    }
    return enterprises.filter(conditions[state])


def never_contacted(enterprises: EnterpriseQuerySet, day: dt.date) -> EnterpriseQuerySet:
    """从未联系: no effective contact up to the day."""
    done = Visit.objects.filter(enterprise=OuterRef("pk"), visited_on__lte=day).effective()
    return enterprises.exclude(Exists(done))
