"""What is owed: planning again, in pieces, after the register moved. The whole rule is held against a naive simulation
(`simulation/`).
"""

import datetime as dt
import random

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.core import clock
from crm.core.dated import close_row, term_from
from crm.visits.enums import Every, Need
from crm.visits.models import Obligation, PlanMark, Regime, RegimeRule
from crm.visits.services import cancel_obligation, plan_marked, plan_obligations
from enterprises.enums import EntryReason, ExitReason, Status, Tier
from enterprises.models import Enterprise, EnterpriseFact, RegisterEntry
from stations.models import Station
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
Rows = set[tuple[int, int, dt.date, dt.date, dt.date]]


def owed(station: Station) -> Rows:
    rows = Obligation._base_manager.filter(station=station)
    return set(rows.values_list("enterprise_id", "rule_id", "opens", "due", "closes"))


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


@pytest.mark.parametrize("seed", range(4))
def test_planning_again_in_pieces_or_by_marks_gives_the_same_rows(seed: int) -> None:
    station = random_register(seed)
    report = plan_obligations(actor=None, station=station)
    rows = owed(station)
    assert report.created == len(rows) > 0
    again = plan_obligations(actor=None, station=station)
    assert (again.created, again.taken_back, again.cancelled, again.moved) == (0, 0, 0, 0)
    Obligation._base_manager.all().delete()
    PlanMark.objects.update(next_on=clock.today())
    while plan_marked(most=1).created or PlanMark.objects.filter(next_on__lte=clock.today()).exists():
        pass
    assert owed(station) == rows
    Obligation._base_manager.all().delete()
    for months in range(1, 9):
        plan_obligations(actor=None, station=station, months=months)
    horizon = clock.today() + 200 * DAY
    assert {row for row in owed(station) if row[2] <= horizon} >= rows - {row for row in rows if row[2] > horizon}


def test_the_query_count_does_not_grow_with_the_register() -> None:
    world = build.world()

    def queries(new: int) -> int:
        for number in range(new):
            build.enterprise(at=world.station, since=build.days_ago(10 + number))
        with CaptureQueriesContext(connection) as seen:
            plan_obligations(actor=world.chief, station=world.station)
        return len(seen)

    queries(1)
    assert queries(1) == queries(40)


def test_what_is_no_longer_owed_is_taken_back_and_the_past_stays() -> None:
    world = build.world()
    row = world.enterprises[0]
    with clock.fixed(build.days_ago(400)):
        plan_obligations(actor=world.chief, station=world.station)
    plan_obligations(actor=world.chief, station=world.station)
    before = Obligation._base_manager.filter(enterprise=row)
    past = set(before.filter(closes__lt=clock.today()).values_list("pk", flat=True))
    assert past
    entry = row.register_entries.get()
    entry.exit_reason = ExitReason.values[0]
    entry.save()
    close_row(entry, clock.today())
    report = plan_marked()
    after = Obligation._base_manager.filter(enterprise=row)
    assert past <= set(after.values_list("pk", flat=True))
    assert not after.filter(opens__gt=clock.today()).exists()
    assert report.taken_back
    assert report.cancelled == after.filter(cancelled_on=clock.today()).count() == 1


def test_an_enterprise_that_moves_to_another_station_owes_there() -> None:
    world = build.world()
    build.regime(world.other.union)
    row = build.enterprise(at=world.station, tier=Tier.LEAD)
    with clock.fixed(clock.today().replace(day=1)):
        plan_marked()
        entry = row.register_entries.get()
        entry.exit_reason = ExitReason.values[0]
        entry.save()
        close_row(entry, clock.today())
        RegisterEntry.objects.create(
            enterprise=row, station=world.other, entry_reason=EntryReason.OPERATING, term=term_from(clock.today())
        )
        plan_marked()
    there = Obligation._base_manager.filter(enterprise=row, station=world.other)
    assert there.count() == 7
    here = Obligation._base_manager.filter(enterprise=row, station=world.station)
    assert not here.exists()  # it was there on no day of the windows


def test_whatever_decides_marks_the_enterprise() -> None:
    world = build.world()
    one, other = world.enterprises[:2]
    flower = build.chain(world.station.union)

    def marked() -> set[int]:
        found = set(PlanMark.objects.filter(next_on__lte=clock.today()).values_list("enterprise_id", flat=True))
        plan_marked()
        assert not PlanMark.objects.filter(next_on__lte=clock.today()).exists()
        return found

    everybody = set(Enterprise._base_manager.filter(station=world.station).values_list("pk", flat=True))
    assert everybody <= marked()
    assert marked() == set()
    one.facts.update(tier=Tier.LEAD)
    assert marked() == {one.pk}
    build.on_node(one, flower.nodes.all()[0])
    assert marked() == {one.pk}
    flower.seasons.create(festival="qixi", days_before=7, days_after=0, term=term_from(build.days_ago(9)))
    assert marked() == {one.pk}
    other.seasons.create(
        festival="fixed", month=6, day=1, days_before=3, days_after=0, term=term_from(build.days_ago(9))
    )
    assert marked() == {other.pk}
    other.pauses.create(station=world.station, reason="检修", term=term_from(clock.today(), clock.today() + 9 * DAY))
    assert marked() == {other.pk}
    exception = {"term": term_from(clock.today()), "reason": "减少打扰", "need": Need.ONSITE, "every": Every.YEAR}
    RegimeRule.objects.create(enterprise=one, **exception)
    assert marked() == {one.pk}
    RegimeRule.objects.create(station=world.station, **exception)
    assert marked() == everybody
    draft = Regime.objects.create(union=world.station.union, name="新制度", draft=True, term=term_from(clock.today()))
    assert everybody <= marked()  # a version that was in force may become a draft again
    draft.rules.create(need=Need.ONSITE, every=Every.MONTH)
    assert marked() == set()
    world.regime.rules.filter(every=Every.MONTH).update(every=Every.QUARTER)
    assert everybody <= marked()


def test_only_the_chief_plans_and_only_sensible_spans() -> None:
    world = build.world()
    for stranger in (*world.officers, world.staff, world.consumer, world.outsider):
        with pytest.raises(PermissionDenied):
            plan_obligations(actor=stranger, station=world.station)
    for months in (0, 25):
        with pytest.raises(ValidationError) as caught:
            plan_obligations(actor=world.chief, station=world.station, months=months)
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
