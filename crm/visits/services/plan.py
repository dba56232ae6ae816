"""What is owed: obligations from the regime in force, kept in step with the register without rewriting the past."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal, rules
from crm.core.services import cleaned, service
from crm.visits.defaults import JOIN_SHARE
from crm.visits.models import Obligation, Regime, RegimeRule
from crm.visits.windows import Window, month_after, windows
from enterprises.enums import Status
from enterprises.models import EnterpriseFact, RegisterEntry
from stations.models import Station, TradeUnion

LONGEST_PLAN = 24


@dataclass(frozen=True)
class PlanReport:
    """Numbers of obligations: written now, standing already, taken back (not begun, no longer owed), cancelled."""

    created: int
    existing: int
    taken_back: int = 0
    cancelled: int = 0


@service
def plan_obligations(*, actor: User | None, station: Station, start: dt.date, months: int = 6) -> PlanReport:
    """Write what the station's register owes from `start` over `months` months. Planning again changes nothing.

    An enterprise owes a window's contact by the rules for its tier on the day when the window opens (or it joins), from
    the regime in force that day; a join mid-window owes only if the share `visits.join_share` of the window remains.
    A window not yet open that is no longer owed is taken back; an open one of an enterprise that has left the register
    is cancelled; what is past stays. The query count does not depend on the number of enterprises.

    Raises ValidationError on months (1 to 24), PermissionDenied. `actor` None is the system.
    """
    if actor is not None:
        require(actor, Right.PLAN, station)
    if not 1 <= months <= LONGEST_PLAN:
        raise ValidationError({"months": [_("Plan between 1 and %(most)d months.") % {"most": LONGEST_PLAN}]})
    Station._base_manager.select_for_update(no_key=True).get(pk=station.pk)  # one plan at a time
    end = month_after(start, months)
    wanted = _owed(station, start, end)
    standing = {
        (row.enterprise_id, row.rule_id, row.due): row
        for row in Obligation.objects.filter(station=station, closes__gte=start, opens__lt=end)
    }
    missing = [row for key, row in wanted.items() if key not in standing]
    Obligation.objects.bulk_create(missing, batch_size=2000, ignore_conflicts=True)

    today = clock.today()
    surplus = [
        row
        for key, row in standing.items()
        if key not in wanted and row.met_by_id is None and row.cancelled_on is None and not row.exempt_reason
    ]
    not_begun = [row.pk for row in surplus if row.opens > today]
    Obligation.objects.filter(pk__in=not_begun).delete()
    registered = set(
        RegisterEntry.objects.filter(station=station, term__contains=today).values_list("enterprise_id", flat=True)
    )
    left = [row.pk for row in surplus if row.opens <= today <= row.closes and row.enterprise_id not in registered]
    Obligation.objects.filter(pk__in=left).update(cancelled_on=today, cancel_reason=_("Left the register"))

    report = PlanReport(len(missing), len(wanted) - len(missing), len(not_begun), len(left))
    journal.record(
        actor=actor,
        verb="plan_obligations",
        obj=station,
        station_id=station.pk,
        changes={"from": [None, str(start)], "months": [None, months], "created": [None, report.created]},
    )
    return report


def _regimes(station: Station, start: dt.date, end: dt.date) -> list[Regime]:
    """Regimes that hold at some time of `[start, end)` of the nearest union that has one."""
    step = TradeUnion.steplen
    path = station.union.path
    above = [path[:size] for size in range(step, len(path) + 1, step)]
    rows = list(
        Regime._base_manager.filter(union__path__in=above, term__overlap=(start, end))
        .select_related("union")
        .prefetch_related("rules")
        .order_by("union__path", "term")
    )
    nearest = max((row.union.path for row in rows), key=len, default="")
    return [row for row in rows if row.union.path == nearest]


def _owed(station: Station, start: dt.date, end: dt.date) -> dict[tuple[int, int, dt.date], Obligation]:
    """{(enterprise, rule, due): unsaved obligation} of the station's register for windows that touch `[start, end)`."""
    entries = list(RegisterEntry.objects.filter(station=station, term__overlap=(start, None)))
    facts: dict[int, list[EnterpriseFact]] = defaultdict(list)
    for fact in EnterpriseFact.objects.filter(enterprise__in={entry.enterprise_id for entry in entries}):
        facts[fact.enterprise_id].append(fact)
    share = rules.value(JOIN_SHARE, start, f"station:{station.pk}") / 100
    # a window may have opened a year before `start`: the regime of its opening day decides
    lines = [
        (regime, rule, window)
        for regime in _regimes(station, month_after(start, -12), end)
        for rule in regime.rules.all()
        for window in windows(rule.every, rule.early_days, rule.late_days, start, end)
        if window.closes >= start
    ]
    return {
        (entry.enterprise_id, rule.pk, window.due): Obligation(
            enterprise_id=entry.enterprise_id,
            rule=rule,
            role=rule.role,
            need=rule.need,
            station=station,
            opens=window.opens,
            due=window.due,
            closes=window.closes,
        )
        for entry in entries
        for regime, rule, window in lines
        if _owes(entry, facts[entry.enterprise_id], regime, rule, window, share)
    }


def _owes(
    entry: RegisterEntry, facts: list[EnterpriseFact], regime: Regime, rule: RegimeRule, window: Window, share: float
) -> bool:
    joined = max(entry.start, regime.start, window.opens)
    return (
        joined <= window.closes
        and entry.holds_on(joined)
        and regime.holds_on(joined)
        and window.share_left(joined) >= share
        and _tier_on(facts, joined) == rule.tier
    )


def _tier_on(facts: list[EnterpriseFact], day: dt.date) -> str | None:
    """The tier of an enterprise that operates on the day; None for one that does not, or of which nothing is known."""
    return next((fact.tier for fact in facts if fact.holds_on(day) and fact.status == Status.OPERATING), None)


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
