"""What is owed: obligations from the rules in force, kept in step with what decides, the past never rewritten (decision 7)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import partial

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal, rules, workcalendar
from crm.core.services import cleaned, service
from crm.visits.defaults import HORIZON_DAYS, JOIN_SHARE, WINDOW_KEPT
from crm.visits.engine import Subject, far_back, shape_of
from crm.visits.models import Exemption, Obligation, PlanMark, RegimeRule
from crm.visits.selectors.closed import closed_days
from crm.visits.selectors.rules import rules_found
from crm.visits.windows import DAY, Window, month_after, period_start
from enterprises.models import Enterprise, EnterpriseFact, RegisterEntry
from enterprises.services.reach import locked
from stations.models import Station

LONGEST_PLAN = 24  # months
BATCH = 500  # enterprises planned in one transaction of the tick


@dataclass
class PlanReport:
    """Numbers of obligations: written now, standing already, taken back (not begun, no longer owed), cancelled (off the
    register), exempt from now on, with another window.
    """

    created: int = 0
    existing: int = 0
    taken_back: int = 0
    cancelled: int = 0
    exempt: int = 0
    moved: int = 0

    def __add__(self, other: "PlanReport") -> "PlanReport":
        return PlanReport(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@service
def plan_obligations(*, actor: User | None, station: Station, months: int | None = None) -> PlanReport:
    """Write what the station's register owes from today on, as far as the horizon or `months` months ahead.

    Planning again changes nothing (decision 7 says what is written, moved and taken back). The query count does not
    depend on the number of enterprises. Raises ValidationError on months (1 to 24), PermissionDenied. `actor` None is the
    system.
    """
    if actor is not None:
        require(actor, Right.PLAN, station)
    today = clock.today()
    if months is not None and not 1 <= months <= LONGEST_PLAN:
        raise ValidationError({"months": [_("Plan between 1 and %(most)d months.") % {"most": LONGEST_PLAN}]})
    registered = RegisterEntry.objects.filter(station=station, term__overlap=(today, None)).values("enterprise_id")
    owing = Obligation.objects.filter(station=station, closes__gte=today).live().unmet().values("enterprise_id")
    ids = Enterprise._base_manager.filter(Q(pk__in=registered) | Q(pk__in=owing)).values_list("pk", flat=True)
    last = None if months is None else month_after(today, months) - DAY
    report = _plan(set(ids), today, last)
    journal.record(
        actor=actor,
        verb="plan_obligations",
        obj=station,
        station_id=station.pk,
        changes={field.name: [None, getattr(report, field.name)] for field in fields(report)},
    )
    return report


@service
def plan_enterprises(*, enterprises: Iterable[int]) -> PlanReport:
    """Plan these enterprises again, as part of a change that decides what they owe (the caller has checked the right)."""
    return _plan(set(enterprises), clock.today())


def plan_marked(day: dt.date | None = None, most: int | None = None) -> PlanReport:
    """The tick: plan whoever is marked for the day or before, at most `most` enterprises, a batch in each transaction.

    Work grows with the number of those, not with the number of enterprises. Safe to run at the same time as another tick
    and to be broken off anywhere: what is planned stays planned, the rest stays marked.
    """
    day = day or clock.today()
    report, left = PlanReport(), most
    while left is None or left > 0:
        done, planned = _plan_batch(day=day, most=min(BATCH, left or BATCH))
        report += planned
        if not done:
            break
        left = None if left is None else left - done
    return report


@service
def _plan_batch(*, day: dt.date, most: int) -> tuple[int, PlanReport]:
    marked = PlanMark.objects.filter(next_on__lte=day).order_by("next_on", "enterprise")
    ids = set(marked.select_for_update(skip_locked=True, of=("self",)).values_list("enterprise_id", flat=True)[:most])
    return len(ids), _plan(ids, day) if ids else PlanReport()


def _plan(ids: set[int], today: dt.date, last: dt.date | None = None) -> PlanReport:
    """Bring what the enterprises owe to what is known today; windows that open until `last` (the horizon's end)."""
    locked(ids)  # one planner at a time, and none while a contact of the enterprise is being written
    known = _Known(ids, today, last or today + rules.value(HORIZON_DAYS, today) * DAY)
    wanted = {(row.enterprise_id, row.station_id, row.rule_id, row.due): row for row in known.owed()}
    report = PlanReport()
    update, delete = [], []
    for row in known.standing:
        planned = wanted.pop((row.enterprise_id, row.station_id, row.rule_id, row.due), None)
        begun = row.opens <= today
        if row.met_by_id is not None or row.cancelled_on is not None or (row.exempt_reason and begun):
            continue
        if not begun and planned is None:
            if row.opens <= known.last:
                delete.append(row.pk)
                report.taken_back += 1
            continue
        if begun and not known.registered(row):
            if not known.joined(row):
                delete.append(row.pk)  # it is written again on the day of joining
                report.taken_back += 1
                continue
            row.cancelled_on, row.cancel_reason = today, _("Left the register")
            report.cancelled += 1
        elif not row.exempt_reason and (reason := known.exempt(row)):
            row.exempt_reason = reason
            report.exempt += 1
        elif (window := known.window(row)) != (row.opens, row.closes):
            row.opens, row.closes = window
            report.moved += 1
        else:
            report.existing += 1
            continue
        update.append(row)
    Obligation.objects.filter(pk__in=delete).delete()
    Obligation.objects.bulk_update(
        update, ["opens", "closes", "cancelled_on", "cancel_reason", "exempt_reason"], batch_size=500
    )
    new = list(wanted.values())
    for row in new:
        row.exempt_reason = known.exempt(row)
    Obligation.objects.bulk_create(new, batch_size=2000, ignore_conflicts=True)
    report.created = len(new)
    PlanMark.objects.bulk_create(
        [PlanMark(enterprise_id=pk, next_on=known.next_on(pk)) for pk in sorted(ids)],
        update_conflicts=True,
        unique_fields=["enterprise"],
        update_fields=["next_on"],
        batch_size=2000,
    )
    return report


class _Known:
    """Everything that decides about some enterprises, read in a constant number of queries."""

    def __init__(self, ids: set[int], today: dt.date, last: dt.date) -> None:
        self.today, self.last = today, last
        self.calendar = workcalendar.load()
        self.standing = list(Obligation.objects.filter(enterprise__in=ids, closes__gte=today).order_by("pk"))
        self._entries: dict[tuple[int, int], list[RegisterEntry]] = defaultdict(list)
        for entry in RegisterEntry.objects.filter(enterprise__in=ids):
            self._entries[entry.enterprise_id, entry.station_id].append(entry)
        self._facts: dict[int, list[EnterpriseFact]] = defaultdict(list)
        for fact in EnterpriseFact._base_manager.filter(enterprise__in=ids):
            self._facts[fact.enterprise_id].append(fact)
        self._exemptions: dict[tuple[int, int], list[Exemption]] = defaultdict(list)
        for row in Exemption.objects.filter(enterprise__in=ids, approved_on__isnull=False).order_by("pk"):
            self._exemptions[row.enterprise_id, row.station_id].append(row)
        self._closed = closed_days(ids, today - 2 * 366 * DAY, last + 2 * 366 * DAY)
        self._stations = {row.pk: row for row in _with_unions({station for _pk, station in self._entries})}
        self._rules = rules_found(self._stations.values(), ids)
        self._kept, self._share = rules.History(WINDOW_KEPT), rules.History(JOIN_SHARE)
        self._standing_rules = {
            row.pk: row for row in RegimeRule.objects.filter(pk__in={row.rule_id for row in self.standing})
        }

    def owed(self) -> Iterable[Obligation]:
        """Unsaved obligations that are owed by what is known."""
        for (pk, station_id), stays in self._entries.items():
            days = self._closed.get(pk, frozenset())
            subject = Subject(stays, self._facts[pk], self._rules.of(station_id, pk))
            share = partial(self._share.on, scope=f"station:{station_id}")
            for rule, nominal in subject.owed(far_back(days, self.today), self.last, self.calendar, share):
                window = nominal.around(days, self._kept.on(nominal.opens)) if days else nominal
                if window.closes < self.today or window.opens > self.last:
                    continue
                if not subject.registered_on(max(window.opens, self.today)):
                    continue  # written when it joins
                yield Obligation(
                    enterprise_id=pk, station_id=station_id, rule=rule, role=rule.role, need=rule.need,
                    opens=window.opens, due=window.due, closes=window.closes,
                )  # fmt: skip

    def registered(self, row: Obligation) -> bool:
        return any(stay.holds_on(self.today) for stay in self._entries[row.enterprise_id, row.station_id])

    def joined(self, row: Obligation) -> bool:
        """Whether the enterprise has been on the station's register on a day of the window up to today."""
        stays = self._entries[row.enterprise_id, row.station_id]
        return any(stay.start <= self.today and (stay.end is None or stay.end > row.opens) for stay in stays)

    def exempt(self, row: Obligation) -> str:
        """The reason of the exemption in whose term the obligation is due, or nothing."""
        rows = self._exemptions[row.enterprise_id, row.station_id]
        return next((one.reason for one in rows if one.holds_on(row.due)), "")

    def window(self, row: Obligation) -> tuple[dt.date, dt.date]:
        """The window of a standing obligation by today's no-visit days; one that has begun keeps its first day."""
        nominal = self._nominal(row)
        days = self._closed.get(row.enterprise_id, frozenset())
        begun = row.opens if row.opens <= self.today else None
        moved = nominal.around(days, self._kept.on(nominal.opens), begun)
        if begun is None:
            return moved.opens, moved.closes
        return begun, max(moved.closes, self.today)

    def _nominal(self, row: Obligation) -> Window:
        rule = self._standing_rules[row.rule_id]
        return shape_of(rule).window(period_start(row.due, rule.every), self.calendar)

    def next_on(self, pk: int) -> dt.date:
        """When the horizon is to be filled again, or sooner when a stay begins or ends."""
        turns = [
            day
            for (enterprise_id, _station), stays in self._entries.items()
            if enterprise_id == pk
            for stay in stays
            for day in (stay.start, stay.end)
            if day is not None and day > self.today
        ]
        return min([self.today + max(1, (self.last - self.today).days // 2) * DAY, *turns])


def _with_unions(ids: set[int]) -> Iterable[Station]:
    return Station._base_manager.filter(pk__in=ids).select_related("union")


@service
def cancel_obligation(*, actor: User, obligation: Obligation, reason: str) -> Obligation:
    """Cancel what is still owed, with the reason. Raises ValidationError on reason or when nothing is owed any more."""
    require(actor, Right.PLAN, obligation.station)
    row = Obligation.objects.select_for_update().get(pk=obligation.pk)
    if row.met_by_id is not None or row.cancelled_on is not None or row.exempt_reason:
        raise ValidationError([_("This contact is no longer owed.")])
    if not reason.strip():
        raise ValidationError({"reason": [_("This field is required.")]})
    row.cancelled_on, row.cancel_reason = clock.today(), reason.strip()
    cleaned(row).save(update_fields=["cancelled_on", "cancel_reason"])
    journal.record(
        actor=actor,
        verb="cancel_obligation",
        obj=row,
        station_id=row.station_id,
        enterprise_id=row.enterprise_id,
        changes={"cancel_reason": ["", row.cancel_reason]},
    )
    return row
