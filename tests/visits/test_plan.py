"""What is owed: planning against a naive second opinion, again, in pieces, and after the register moved."""

import datetime as dt
import random

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.core import clock
from crm.core.dated import close_row, term_from
from crm.visits.enums import Need
from crm.visits.models import Obligation, RegimeRule
from crm.visits.services import cancel_obligation, plan_obligations
from enterprises.enums import EntryReason, ExitReason, Status, Tier
from enterprises.models import Enterprise, EnterpriseFact, RegisterEntry
from stations.models import Station
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def owed_keys(station: Station) -> set[tuple[int, int, dt.date]]:
    return set(Obligation._base_manager.filter(station=station).values_list("enterprise_id", "rule_id", "due"))


def naive(station: Station, start: dt.date, end: dt.date) -> set[tuple[int, int, dt.date]]:
    """Walk every day of three years; a period's days are grouped by their month numbers."""
    found = set()
    every_day = [start - 400 * DAY + n * DAY for n in range((end - start).days + 1200)]
    for rule in RegimeRule.objects.all():
        periods: dict[int, list[dt.date]] = {}
        for day in every_day:
            periods.setdefault((day.year * 12 + day.month - 1) // MONTHS[rule.every], []).append(day)
        for days in periods.values():
            if days[0] == every_day[0] or not any(start <= day < end for day in days):
                continue
            for enterprise in Enterprise._base_manager.all():
                stays = list(enterprise.register_entries.filter(station=station))
                for stay in stays:
                    there = [d for d in days if stay.holds_on(d) and rule.regime.holds_on(d)]
                    joined = next(iter(there), None)
                    # what remains of the window from the day of joining on, whatever comes after
                    if joined is None or (days[-1] - joined).days + 1 < len(days) / 2:
                        continue
                    if joined != max(stay.start, rule.regime.start, days[0]):
                        continue
                    facts = [f for f in enterprise.facts.all() if f.holds_on(joined)]
                    if facts and facts[0].tier == rule.tier and facts[0].status == Status.OPERATING:
                        found.add((enterprise.pk, rule.pk, days[-1]))
    return found


def random_register(seed: int) -> Station:
    rng = random.Random(seed)
    district = build.union()
    station = build.station(district)
    build.regime(district, start=build.days_ago(rng.randint(100, 500)))
    for _ in range(12):
        row = build.enterprise(tier=rng.choice(Tier.values))
        begins = build.days_ago(rng.randint(-60, 400))
        ends = begins + rng.randint(5, 300) * DAY if rng.random() < 0.4 else None
        RegisterEntry.objects.create(
            enterprise=row,
            station=station,
            entry_reason=EntryReason.OPERATING,
            exit_reason=ExitReason.values[0] if ends else "",
            term=term_from(begins, ends),
        )
        fact = row.facts.get()
        changes = build.days_ago(rng.randint(-100, 300))
        close_row(fact, changes)
        EnterpriseFact.objects.create(
            enterprise=row, tier=rng.choice(Tier.values), status=rng.choice(Status.values), term=term_from(changes)
        )
    return station


@pytest.mark.parametrize("seed", range(8))
def test_planning_equals_a_naive_walk_over_the_days(seed: int) -> None:
    station = random_register(seed)
    start = build.days_ago(200 - seed * 7)
    end = start.replace(day=1)
    for _ in range(6):
        end = (end + 32 * DAY).replace(day=1)
    report = plan_obligations(actor=None, station=station, start=start, months=6)
    assert owed_keys(station) == naive(station, start, end)
    assert report.created == len(owed_keys(station))


def test_planning_again_or_in_pieces_gives_the_same_rows() -> None:
    station = random_register(3)
    start = clock.today().replace(day=1)
    plan_obligations(actor=None, station=station, start=start, months=6)
    rows = owed_keys(station)
    again = plan_obligations(actor=None, station=station, start=start, months=6)
    assert (again.created, again.existing, again.taken_back, again.cancelled) == (0, len(rows), 0, 0)
    Obligation._base_manager.all().delete()
    for later in range(6):
        first = start
        for _ in range(later):
            first = (first + 32 * DAY).replace(day=1)
        plan_obligations(actor=None, station=station, start=first, months=1)
    assert owed_keys(station) == rows


def test_the_query_count_does_not_grow_with_the_register() -> None:
    world = build.world()

    def queries(new: int) -> int:
        for _ in range(new):
            build.enterprise(at=world.station)
        with CaptureQueriesContext(connection) as seen:
            plan_obligations(actor=world.chief, station=world.station, start=clock.today(), months=6)
        return len(seen)

    queries(1)
    assert queries(1) == queries(40)


def test_what_is_no_longer_owed_is_taken_back_and_the_past_stays() -> None:
    world = build.world()
    row = world.enterprises[0]
    plan_obligations(actor=world.chief, station=world.station, start=build.days_ago(400), months=12)
    plan_obligations(actor=world.chief, station=world.station, start=clock.today(), months=12)
    before = Obligation._base_manager.filter(enterprise=row)
    past = set(before.filter(closes__lt=clock.today()).values_list("pk", flat=True))
    assert past
    entry = row.register_entries.get()
    entry.exit_reason = ExitReason.values[0]
    entry.save()
    close_row(entry, clock.today())
    report = plan_obligations(actor=world.chief, station=world.station, start=clock.today(), months=12)
    after = Obligation._base_manager.filter(enterprise=row)
    assert past <= set(after.values_list("pk", flat=True))
    assert not after.filter(opens__gt=clock.today()).exists()
    assert report.taken_back
    assert report.cancelled == after.filter(cancelled_on=clock.today()).count() == 1


def test_an_enterprise_that_moves_to_another_station_owes_there() -> None:
    world = build.world()
    build.regime(world.other.union)
    row = build.enterprise(at=world.station, tier=Tier.LEAD)
    with clock.fixed(build.days_ago(0).replace(day=1)):
        plan_obligations(actor=None, station=world.station, start=clock.today(), months=2)
        entry = row.register_entries.get()
        entry.exit_reason = ExitReason.values[0]
        entry.save()
        close_row(entry, clock.today())
        RegisterEntry.objects.create(
            enterprise=row, station=world.other, entry_reason=EntryReason.OPERATING, term=term_from(clock.today())
        )
        report = plan_obligations(actor=None, station=world.other, start=clock.today(), months=2)
    assert report.created == 2


def test_only_the_chief_plans_and_only_sensible_spans() -> None:
    world = build.world()
    for stranger in (*world.officers, world.staff, world.consumer, world.outsider):
        with pytest.raises(PermissionDenied):
            plan_obligations(actor=stranger, station=world.station, start=clock.today())
    for months in (0, 25):
        with pytest.raises(ValidationError) as caught:
            plan_obligations(actor=world.chief, station=world.station, start=clock.today(), months=months)
        assert "months" in caught.value.message_dict


def test_cancelling_needs_a_reason_and_something_owed() -> None:
    world = build.world()
    rule = world.regime.rules.filter(need=Need.ONSITE).first()
    assert rule is not None
    row = build.obligation(world.enterprises[0], rule, build.days_ago(3), build.days_ago(-3))
    with pytest.raises(ValidationError) as caught:
        cancel_obligation(actor=world.chief, obligation=row, reason="  ")
    assert "reason" in caught.value.message_dict
    with pytest.raises(PermissionDenied):
        cancel_obligation(actor=world.officers[0], obligation=row, reason="停产检修")
    assert cancel_obligation(actor=world.chief, obligation=row, reason="停产检修").cancelled_on == clock.today()
    with pytest.raises(ValidationError):
        cancel_obligation(actor=world.chief, obligation=row, reason="again")
