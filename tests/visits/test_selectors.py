"""Whom to see: the status of each enterprise, its filter, the due list and the counts tell the same story."""

import datetime as dt
import random

import pytest

from crm.access.roles import Role
from crm.core import clock
from crm.visits.enums import EFFECTIVE, ContactState, Mode, Need, Outcome
from crm.visits.models import Obligation, PlannedVisit, Visit
from crm.visits.selectors import (
    contact_status,
    due_counts,
    due_enterprises,
    due_list,
    form_day,
    in_contact_state,
    never_contacted,
    offered_day,
)
from enterprises.models import Enterprise
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def populated(seed: int) -> build.World:
    rng = random.Random(seed)
    world = build.world()
    rules = list(world.regime.rules.all())
    for row in world.enterprises:
        for rule in rng.sample(rules, 3):
            opens = build.days_ago(rng.randint(-30, 120))
            duty = build.obligation(row, rule, opens, opens + rng.randint(1, 60) * DAY)
            if rng.random() < 0.3:
                duty.cancelled_on, duty.cancel_reason = clock.today(), "检修"
                duty.save()
            elif rng.random() < 0.4 and opens <= clock.today():
                duty.met_by = build.visit(row, world.posts["officer0"], opens)
                duty.met_on = opens
                duty.save()
        for who in rng.sample(("officer0", "officer1"), rng.randint(0, 2)):
            state = rng.choice(("planned", "planned", "dropped"))
            day = build.days_ago(rng.choice((-9, -1, 0, 1, 9)))
            dropped = {"dropped_on": clock.today()} if state == "dropped" else {}
            build.planned(row, world.posts[who], day, state=state, made_on=build.days_ago(10), **dropped)
        for _ in range(rng.randint(0, 2)):
            outcome = rng.choice(Outcome.values)
            mode = Mode.ONSITE if outcome == Outcome.MET else Mode.PHONE
            build.visit(row, world.posts["officer1"], build.days_ago(rng.randint(0, 90)), outcome, mode)
    return world


def naive_state(row: Enterprise, day: dt.date) -> ContactState:
    live = [one for one in Obligation._base_manager.filter(enterprise=row) if one.cancelled_on is None]
    if any(one.met_on is None and one.closes < day for one in live):
        return ContactState.OVERDUE
    if any(one.met_on is None and one.opens <= day <= one.closes for one in live):
        return ContactState.DUE
    if planned_days(row, day):
        return ContactState.PLANNED
    if any(one.met_on is not None and one.opens <= day <= one.closes for one in live):
        return ContactState.CONTACTED
    return ContactState.NO_TASK


def planned_days(row: Enterprise, day: dt.date) -> list[dt.date]:
    plans = PlannedVisit._base_manager.filter(enterprise=row)
    return sorted(one.day for one in plans if one.state == "planned" and not one.day < day)


@pytest.mark.parametrize("seed", range(10))
def test_status_filter_list_and_counts_agree_with_a_naive_reading(seed: int) -> None:
    world = populated(seed)
    day = clock.today()
    rows = world.enterprises
    status = contact_status([row.pk for row in rows], day)
    expected = {row.pk: naive_state(row, day) for row in rows}
    assert {pk: found.state for pk, found in status.items()} == expected
    for state in ContactState:
        found = set(in_contact_state(Enterprise.objects.all(), state, day).values_list("pk", flat=True))
        assert found == {pk for pk, one in expected.items() if one == state}
    for row in rows:
        done = [v.visited_on for v in Visit._base_manager.filter(enterprise=row) if v.outcome in EFFECTIVE]
        assert status[row.pk].last_on == max(done, default=None)
        assert status[row.pk].never == (not done)
        assert status[row.pk].planned_on == next(iter(planned_days(row, day)), None)
    never = set(never_contacted(Enterprise.objects.all(), day).values_list("pk", flat=True))
    assert never == {pk for pk, one in status.items() if one.never}
    urgent = {pk for pk, one in expected.items() if one in (ContactState.OVERDUE, ContactState.DUE)}
    items = due_list(world.chief, day)
    assert [item.enterprise.pk for item in items] == list(
        due_enterprises(world.chief, day).values_list("pk", flat=True)
    )
    assert {item.enterprise.pk for item in items} == urgent
    ends = [item.status.until for item in items]
    assert ends == sorted(ends)  # type: ignore[type-var]
    counts = due_counts(world.chief, day)
    assert (counts.overdue, counts.due, counts.never) == (
        sum(one == ContactState.OVERDUE for one in expected.values()),
        sum(one == ContactState.DUE for one in expected.values()),
        len(never),
    )


def test_an_officer_sees_but_their_own_and_an_outsider_nobody() -> None:
    world = populated(1)
    day = clock.today()
    own = {row.pk for row in world.enterprises[:4]}
    for only in (False, True):
        assert {item.enterprise.pk for item in due_list(world.officers[0], day, own=only)} <= own
    assert due_counts(world.officers[0], day).overdue <= len(own)
    assert due_list(world.outsider, day) == due_list(world.administrator, day) == []
    assert due_counts(world.outsider, day).overdue == 0


def test_overdue_days_are_working_days_and_the_last_day_of_the_window_is_not_late() -> None:
    world = build.world()
    rule = world.regime.rules.filter(need=Need.ONSITE).first()
    assert rule is not None
    closes = dt.date(2026, 9, 30)  # a Wednesday before the week of the national holiday; 10 October is a make-up day
    with clock.fixed(closes):
        build.obligation(world.enterprises[0], rule, closes - 20 * DAY, closes)
    pk = world.enterprises[0].pk
    assert contact_status([pk], closes)[pk].state == ContactState.DUE
    everybody = Enterprise.objects.filter(pk=pk)
    assert in_contact_state(everybody, ContactState.DUE, closes).exists()
    assert not Obligation.objects.overdue(closes).exists()
    assert in_contact_state(everybody, ContactState.OVERDUE, closes + DAY).exists()
    late = contact_status([pk], dt.date(2026, 10, 10))[pk]
    assert (late.state, late.overdue_days) == (ContactState.OVERDUE, 3)


def test_a_visit_past_midnight_is_offered_the_day_before() -> None:
    night = clock.at(dt.date(2026, 2, 1), 2, 30)
    assert form_day(night) == dt.date(2026, 1, 31)
    assert form_day(clock.at(dt.date(2026, 2, 1), 5)) == dt.date(2026, 2, 1)


def test_at_night_today_is_offered_to_whoever_had_no_post_or_no_enterprise_the_evening_before() -> None:
    world = build.world()
    night = clock.at(clock.today(), 2)
    new, _post = build.holder(Role.GRID_OFFICER, at=world.station, start=clock.today())
    row, late = world.enterprises[0], build.enterprise(at=world.station, since=clock.today())
    assert offered_day(world.officers[0], row, night) == clock.today() - DAY
    assert offered_day(new, row, night) == clock.today()
    assert offered_day(world.officers[0], late, night) == clock.today()
    assert offered_day(new, row, clock.at(clock.today(), 12)) == clock.today()


def test_a_plan_never_hides_that_a_contact_is_owed_and_stands_before_what_was_done() -> None:
    world = build.world()
    rule, today = world.regime.rules.all()[0], clock.today()
    met, due, none, over = world.enterprises[:4]
    done = build.visit(met, world.posts["officer0"], today)
    build.obligation(met, rule, today - 9 * DAY, today + 9 * DAY, met_by=done, met_on=today)
    build.obligation(due, rule, today - 9 * DAY, today + 9 * DAY)
    build.planned(over, world.posts["officer0"], today - DAY, made_on=today - 9 * DAY)
    before = contact_status([met.pk, due.pk, none.pk, over.pk], today)
    assert [before[row.pk].state for row in (met, due, none, over)] == ["contacted", "due", "no_task", "no_task"]
    for row in (met, due, none):
        build.planned(row, world.posts["officer0"], today)
    after = contact_status([met.pk, due.pk, none.pk, over.pk], today)
    assert [after[row.pk].state for row in (met, due, none, over)] == ["planned", "due", "planned", "no_task"]
    assert after[due.pk].planned_on == today
