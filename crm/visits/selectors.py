"""Whom to see: contact status per enterprise, the due list, the form's defaults."""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q

from crm.access.grants import grants_of
from crm.access.roles import Right
from crm.accounts.models import User
from crm.core import clock, rules, workcalendar
from crm.visits.defaults import DAY_BEGINS
from crm.visits.enums import EFFECTIVE, ContactState, Outcome
from crm.visits.models import Obligation, Visit
from crm.visits.querysets import LIVE, UNMET, due_q, overdue_q
from enterprises.models import Enterprise, RegisterEntry
from enterprises.querysets import EnterpriseQuerySet
from grids.models import Responsibility
from stations.selectors import acting_post


@dataclass(frozen=True)
class ContactStatus:
    """An enterprise on a day. `until` is the end of the window that decides the state; `overdue_days` are working days.

    `never`: no effective contact is on record (从未联系). `check`: the last visit found it moved or closed.
    """

    state: ContactState
    until: dt.date | None = None
    overdue_days: int = 0
    last_on: dt.date | None = None
    never: bool = True
    check: bool = False


def contact_status(
    enterprise_ids: Iterable[int], day: dt.date, owed: dict[int, list[Obligation]] | None = None
) -> dict[int, ContactStatus]:
    """{enterprise id: ContactStatus} on the day; two queries, a third for the work calendar when something is overdue.

    `owed` is what `owed_now` answered, where it is known already.
    """
    ids = list(enterprise_ids)
    return _statuses(ids, owed_now(ids, day) if owed is None else owed, day)


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
    for row in rows.select_related("rule").order_by("closes", "pk"):
        found[row.enterprise_id].append(row)
    return found


def _statuses(ids: list[int], owed: dict[int, list[Obligation]], day: dt.date) -> dict[int, ContactStatus]:
    last = _last_contacts(ids, day)
    late = any(row.met_on is None and row.closes < day for rows in owed.values() for row in rows)
    calendar = workcalendar.load() if late else None
    return {pk: _status(owed.get(pk, []), last.get(pk), day, calendar) for pk in ids}


def _last_contacts(ids: list[int], day: dt.date) -> dict[int, tuple[dt.date | None, bool]]:
    """{enterprise id: (day of the last effective contact, whether the last visit of all found it gone)}"""
    newest = (
        Visit.objects.filter(enterprise__in=ids, visited_on__lte=day)
        .order_by("enterprise_id", "outcome", "-visited_on")
        .distinct("enterprise_id", "outcome")
        .values_list("enterprise_id", "outcome", "visited_on")
    )
    found: dict[int, dict[str, dt.date]] = defaultdict(dict)
    for enterprise_id, outcome, visited_on in newest:
        found[enterprise_id][outcome] = visited_on
    return {
        pk: (
            max((on for outcome, on in by.items() if outcome in EFFECTIVE), default=None),
            by.get(Outcome.GONE) == max(by.values()),
        )
        for pk, by in found.items()
    }


def _status(
    owed: list[Obligation],
    last: tuple[dt.date | None, bool] | None,
    day: dt.date,
    calendar: workcalendar.WorkCalendar | None,
) -> ContactStatus:
    last_on, check = last or (None, False)
    common: dict[str, Any] = {"last_on": last_on, "never": last_on is None, "check": check}
    until = min((row.closes for row in owed if row.met_on is None), default=None)
    if until is None:
        return ContactStatus(ContactState.CONTACTED if owed else ContactState.NO_TASK, **common)
    if until < day:
        assert calendar is not None
        return ContactStatus(ContactState.OVERDUE, until, calendar.between(until, day), **common)
    return ContactStatus(ContactState.DUE, until, **common)


def in_contact_state(enterprises: EnterpriseQuerySet, state: str, day: dt.date) -> EnterpriseQuerySet:
    """The enterprises that stand so on the day: the same rule as `contact_status`, as a filter."""
    mine = Obligation.objects.filter(enterprise=OuterRef("pk"))
    overdue, due = Exists(mine.filter(overdue_q(day))), Exists(mine.filter(due_q(day)))
    met = Exists(mine.filter(LIVE & ~UNMET & Q(opens__lte=day, closes__gte=day)))
    conditions: dict[str, Q] = {
        ContactState.OVERDUE: Q(overdue),
        ContactState.DUE: Q(due) & ~Q(overdue),
        ContactState.CONTACTED: Q(met) & ~Q(overdue) & ~Q(due),
        ContactState.NO_TASK: ~Q(met) & ~Q(overdue) & ~Q(due),
    }
    return enterprises.filter(conditions[state])


def never_contacted(enterprises: EnterpriseQuerySet, day: dt.date) -> EnterpriseQuerySet:
    """从未联系: no effective contact up to the day."""
    done = Visit.objects.filter(enterprise=OuterRef("pk"), visited_on__lte=day).effective()
    return enterprises.exclude(Exists(done))


@dataclass(frozen=True)
class DueItem:
    """An enterprise that is owed a contact: its status and what kinds of contact are owed, the most urgent first."""

    enterprise: Enterprise
    status: ContactStatus
    obligations: tuple[Obligation, ...]

    @property
    def needs(self) -> list[tuple[str, int]]:
        """(kind of contact in words, how many of it are owed), the most urgent kind first."""
        return list(Counter(str(one.get_need_display()) for one in self.obligations).items())


def due_enterprises(user: User, day: dt.date, own: bool = False) -> EnterpriseQuerySet:
    """Enterprises on the register whose contact is due or overdue and that the user may see, worst first.

    With `own`, only those for which the user's posts answer.
    """
    owed = Obligation.objects.visible_to(user).filter(enterprise=OuterRef("pk")).filter(overdue_q(day) | due_q(day))
    found = Enterprise.objects.allowing(user, Right.VIEW_VISITS).registered_on(day).filter(Exists(owed))
    if own:
        found = found.filter(pk__in=own_enterprises(user, day))
    still_owed = Q(obligations__met_by=None, obligations__cancelled_on=None, obligations__exempt_reason="")
    until = Min("obligations__closes", filter=still_owed & Q(obligations__opens__lte=day))
    return found.alias(until=until).order_by("until", "name_key", "pk")


def own_enterprises(user: User, day: dt.date) -> Any:
    """Subquery of the enterprises for which posts that the user holds on the day answer."""
    return Responsibility.objects.filter(
        term__contains=day, post__appointments__person=user.person_id, post__appointments__term__contains=day
    ).values("enterprise_id")


def due_list(user: User, day: dt.date, limit: int = 50, own: bool = False) -> list[DueItem]:
    """The first `limit` enterprises to see, worst first; four queries at most."""
    rows = list(due_enterprises(user, day, own)[:limit])
    ids = [row.pk for row in rows]
    owed = owed_now(ids, day)
    status = _statuses(ids, owed, day)
    return [DueItem(row, status[row.pk], tuple(one for one in owed[row.pk] if one.met_on is None)) for row in rows]


@dataclass(frozen=True)
class DueCounts:
    """Enterprises on the register whose contacts the user may see: how many are overdue, due, never contacted."""

    overdue: int
    due: int
    never: int


def due_counts(user: User, day: dt.date, own: bool = False) -> DueCounts:
    """Three counts by the same rules as the lists behind them."""
    rows = Enterprise.objects.allowing(user, Right.VIEW_VISITS).registered_on(day)
    if own:
        rows = rows.filter(pk__in=own_enterprises(user, day))
    return DueCounts(
        in_contact_state(rows, ContactState.OVERDUE, day).count(),
        in_contact_state(rows, ContactState.DUE, day).count(),
        never_contacted(rows, day).count(),
    )


def last_said(user: User, enterprise: Enterprise) -> Visit | None:
    """The newest visit of the enterprise that the user may see (for “same as last time”)."""
    return Visit.objects.visible_to(user).filter(enterprise=enterprise).order_by("-visited_on", "-pk").first()


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


def may_log(user: User, enterprise: Enterprise, day: dt.date) -> bool:
    """Whether the form is worth offering: the right, and the enterprise is on a register."""
    allowed = Enterprise.objects.allowing(user, Right.LOG_VISIT).filter(pk=enterprise.pk).exists()
    return allowed and RegisterEntry.objects.filter(enterprise=enterprise, term__contains=day).exists()


def sent_before(client_uuid: uuid.UUID) -> bool:
    """Whether a visit was written under this UUID (the answer to a repeated sending says so)."""
    return Visit.objects.filter(client_uuid=client_uuid).exists()
