"""Logging a contact: who may, in which post, what it meets, once per UUID."""

import datetime as dt
import random
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.access.roles import Role
from crm.core import clock
from crm.core.models import JournalEntry
from crm.visits.enums import EFFECTIVE, Every, Mode, Need, Outcome
from crm.visits.models import Obligation, RegimeRule, Visit
from crm.visits.services import log_visit
from enterprises.models import Enterprise
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def log(world: build.World, who: Any = None, row: Enterprise | None = None, **fields: Any) -> Visit:
    given: dict[str, Any] = {"visited_on": clock.today(), "outcome": Outcome.MET, "client_uuid": uuid.uuid4()}
    return log_visit(actor=who or world.officers[0], enterprise=row or world.enterprises[0], **(given | fields))


def refused(field: str, *args: Any, **fields: Any) -> str:
    before = Visit._base_manager.count(), JournalEntry.objects.count()
    with pytest.raises(ValidationError) as caught:
        log(*args, **fields)
    assert field in caught.value.message_dict
    assert (Visit._base_manager.count(), JournalEntry.objects.count()) == before
    return str(caught.value.message_dict[field][0])


@pytest.fixture
def world() -> build.World:
    return build.world()


def test_an_officer_logs_a_visit_to_an_own_enterprise(world: build.World) -> None:
    visit = log(world, met=["owner"], levels=["enterprise", "worker"], workers_met=4)
    assert (visit.post, visit.credited_post, visit.proxy) == (world.posts["officer0"], world.posts["officer0"], False)
    assert (visit.mode, visit.station, visit.late_record) == (Mode.ONSITE, world.station, False)
    entry = JournalEntry.objects.get(verb="log_visit")
    assert (entry.object_id, entry.enterprise_id, entry.post_id) == (visit.pk, visit.enterprise_id, visit.post_id)


@pytest.mark.parametrize("who", ["officer1", "chief", "liaison"])
def test_a_colleague_makes_a_proxy_visit(world: build.World, who: str) -> None:
    user = {"officer1": world.officers[1], "chief": world.chief, "liaison": world.liaison}[who]
    visit = log(world, user)
    assert (visit.post, visit.credited_post, visit.proxy) == (world.posts[who], world.posts["officer0"], True)


def test_nobody_else_logs(world: build.World) -> None:
    for user in (world.leader, world.staff, world.administrator, world.outsider):
        with pytest.raises(PermissionDenied):
            log(world, user)
    stranger, _ = build.holder(Role.GRID_OFFICER, world.other)
    with pytest.raises(PermissionDenied):
        log(world, stranger)


def test_bad_input_is_refused_with_field_and_reason(world: build.World) -> None:
    newcomer, _ = build.holder(Role.GRID_OFFICER, world.station, start=build.days_ago(5))
    refused("visited_on", world, visited_on=clock.today() + DAY)
    refused("post", world, newcomer, visited_on=build.days_ago(6))
    refused("post", world, post=world.posts["officer1"])
    refused("enterprise", world, visited_on=build.days_ago(750))
    refused("outcome", world, outcome="friendly")
    refused("mode", world, mode="by balloon")
    refused("mode", world, mode=Mode.PHONE)
    refused("topics", world, topics=["reform", "union", "skills", "safety"])
    refused("met", world, met=["nobody we know"])
    refused("notes", world, notes="a\x07b")
    refused("next_contact_on", world, next_contact_on=clock.today())


def test_another_system_names_the_post_it_speaks_for(world: build.World) -> None:
    person = world.consumer.person
    assert person is not None
    person.is_service = True
    person.save()
    refused("post", world, world.consumer)
    refused("post", world, world.consumer, post=build.post(Role.GRID_OFFICER, world.other))
    refused("post", world, world.consumer, post=build.post(Role.GRID_OFFICER, world.station))
    visit = log(world, world.consumer, post=world.posts["officer0"])
    assert visit.visitor == world.officers[0].person
    assert JournalEntry.objects.get(verb="log_visit").on_behalf_of == str(visit.visitor)


def test_an_acting_officer_is_credited_in_the_post(world: build.World) -> None:
    assert world.officers[1].person is not None
    build.seat(
        world.posts["officer0"], world.officers[1].person, build.days_ago(3), clock.today() + 9 * DAY, acting=True
    )
    visit = log(world, world.officers[1], post=world.posts["officer0"])
    assert (visit.post, visit.proxy) == (world.posts["officer0"], False)


def test_the_credit_goes_to_whoever_answered_on_the_day(world: build.World) -> None:
    row = world.enterprises[6]
    build.responsible(row, world.posts["officer0"], build.days_ago(90), build.days_ago(30))
    build.responsible(row, world.posts["officer1"], build.days_ago(30))
    assert log(world, row=row, visited_on=build.days_ago(31)).credited_post == world.posts["officer0"]
    assert log(world, row=row, visited_on=build.days_ago(30)).credited_post == world.posts["officer1"]
    assert log(world, row=row, visited_on=build.days_ago(91)).credited_post is None


def test_what_is_recorded_days_later_says_so(world: build.World) -> None:
    assert [log(world, visited_on=build.days_ago(n)).late_record for n in (0, 3, 4)] == [False, False, True]


def test_the_same_form_twice_is_one_visit(world: build.World) -> None:
    number = uuid.uuid4()
    first = log(world, client_uuid=number, notes=" 车间走访 ")
    assert log(world, client_uuid=number, notes="车间走访") == first
    for other in ({"notes": "别的"}, {"visited_on": build.days_ago(1)}, {"row": world.enterprises[1]}):
        with pytest.raises(ValidationError) as caught:
            log(world, client_uuid=number, **other)
        assert caught.value.error_dict["client_uuid"][0].code == "conflict"
    assert Visit._base_manager.count() == 1


def owed(world: build.World, need: str, every: str, months_ago: int, row: Enterprise | None = None) -> Obligation:
    """A contact owed in the month so many months ago."""
    last = clock.today().replace(day=1) - DAY
    for _ in range(months_ago):
        last = last.replace(day=1) - DAY
    rule = world.regime.rules.filter(need=need, every=every).first()
    assert rule is not None
    return build.obligation(row or world.enterprises[0], rule, last.replace(day=1), last)


def met_on(row: Obligation) -> dt.date | None:
    row.refresh_from_db()
    return row.met_on


def test_a_call_meets_the_phone_rule_and_a_visit_meets_both(world: build.World) -> None:
    phone, onsite = owed(world, Need.PHONE, Every.MONTH, 0), owed(world, Need.ONSITE, Every.MONTH, 0)
    log(world, visited_on=phone.opens, outcome=Outcome.NOBODY)
    assert (met_on(phone), met_on(onsite)) == (None, None)
    log(world, visited_on=phone.opens, outcome=Outcome.CONTACTED)
    assert (met_on(phone), met_on(onsite)) == (phone.opens, None)
    log(world, visited_on=phone.opens + DAY)
    assert (met_on(phone), met_on(onsite)) == (phone.opens, phone.opens + DAY)


def test_a_second_visit_catches_up_and_a_late_record_inside_the_window_counts_as_on_time(world: build.World) -> None:
    old, new = owed(world, Need.ONSITE, Every.MONTH, 1), owed(world, Need.ONSITE, Every.MONTH, 0)
    log(world, visited_on=new.closes)
    assert (met_on(old), met_on(new)) == (None, new.closes)
    log(world, visited_on=new.closes)
    assert met_on(old) == new.closes  # late
    log(world, visited_on=old.closes)
    assert met_on(old) == old.closes  # what was recorded late had been done in time


def test_what_the_chief_owes_is_met_by_the_chief_alone(world: build.World) -> None:
    row = owed(world, Need.ONSITE, Every.MONTH, 0)
    row.role = Role.CHIEF
    row.save()
    log(world, visited_on=row.opens)
    assert met_on(row) is None
    log(world, world.chief, visited_on=row.opens + DAY)
    assert met_on(row) == row.opens + DAY


def naive_meeting(rows: list[Obligation], visits: list[Visit]) -> dict[int, dt.date]:
    """Visits in the order in which they were recorded, each meeting per rule its own window or the newest one missed."""
    met: dict[int, dt.date] = {}
    for visit in visits:
        if visit.outcome not in EFFECTIVE:
            continue
        for rule_id in {row.rule_id for row in rows}:
            fitting = [
                row
                for row in rows
                if row.rule_id == rule_id
                and row.cancelled_on is None
                and row.opens <= visit.visited_on
                and (row.need != Need.ONSITE or (visit.outcome == Outcome.MET and visit.mode == Mode.ONSITE))
            ]
            now = [row for row in fitting if visit.visited_on <= row.closes]
            if now and (now[0].pk not in met or met[now[0].pk] > now[0].closes):
                met[now[0].pk] = visit.visited_on
                continue
            missed = [row for row in fitting if row.closes < visit.visited_on and row.pk not in met]
            if missed:
                met[max(missed, key=lambda row: row.closes).pk] = visit.visited_on
    return met


@pytest.mark.parametrize("seed", range(12))
def test_what_visits_meet_equals_a_naive_replay(world: build.World, seed: int) -> None:
    rng = random.Random(seed)
    rows = [owed(world, need, Every.MONTH, n) for n in range(6) for need in (Need.PHONE, Need.ONSITE)]
    for row in rng.sample(rows, 2):
        row.cancelled_on, row.cancel_reason = clock.today(), "检修"
        row.save()
    visits = []
    for _ in range(14):
        on = rows[-1].opens + DAY * rng.randint(0, (clock.today() - rows[-1].opens).days)
        outcome = rng.choice([Outcome.MET, Outcome.MET, Outcome.CONTACTED, Outcome.NOBODY])
        mode = rng.choice([Mode.ONSITE, Mode.MEETING]) if outcome == Outcome.MET else ""
        visits.append(log(world, visited_on=on, outcome=outcome, mode=mode))
    found = {row.pk: row.met_on for row in Obligation._base_manager.filter(met_on__isnull=False)}
    assert found == naive_meeting(rows, visits)
    assert not RegimeRule.objects.exclude(regime=world.regime).exists()
