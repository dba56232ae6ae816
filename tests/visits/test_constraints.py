"""Every rule that the database keeps for the tables of visits: broken by hand, and through the frame and two sessions."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from crm.core import clock
from crm.core.services import service
from crm.visits.enums import Every, Need, Outcome
from crm.visits.models import Obligation, Visit
from crm.visits.services import cancel_obligation, log_visit, plan_obligations
from enterprises.enums import Tier
from tests import build
from tests.sessions import at_once

REGIME = "INSERT INTO visits_regime (union_id, name, is_sample, term) SELECT union_id, 'x', false, {} FROM visits_regime LIMIT 1"
RULE = (
    "INSERT INTO visits_regimerule (regime_id, tier, role, need, every, late_days)"
    " SELECT regime_id, tier, role, need, every, 0 FROM visits_regimerule LIMIT 1"
)
AGAIN = (
    "INSERT INTO visits_obligation (enterprise_id, rule_id, role, need, station_id, opens, due, closes, cancel_reason,"
    " exempt_reason) SELECT enterprise_id, rule_id, role, need, station_id, opens, due, closes, '', '' FROM visits_obligation"
)
# constraint → the field on which its words stand, the statement that breaks it
BROKEN: dict[str, tuple[str, str]] = {
    "visits_regime_term_is_a_term": ("term", REGIME.format("'empty'::daterange")),
    "visits_regime_one_in_force": ("term", REGIME.format("daterange('2020-01-01', NULL)")),
    "visits_rule_once": ("tier", RULE),
    "visits_visit_words": ("outcome", "UPDATE visits_visit SET outcome = 'lost'"),
    "visits_visit_met_is_in_person": ("mode", "UPDATE visits_visit SET mode = 'phone'"),
    "visits_visit_at_most_three_topics": ("topics", "UPDATE visits_visit SET topics = '{a,b,c,d}'"),
    "visits_visit_client_uuid_key": (
        "",
        "UPDATE visits_visit SET client_uuid = (SELECT client_uuid FROM visits_visit ORDER BY id LIMIT 1)",
    ),
    "visits_obligation_once": ("due", AGAIN),
    "visits_obligation_window": ("due", "UPDATE visits_obligation SET opens = closes + 1"),
    "visits_obligation_met_by_a_contact": ("met_by", "UPDATE visits_obligation SET met_on = opens"),
    "visits_obligation_cancel_has_reason": ("cancel_reason", "UPDATE visits_obligation SET cancelled_on = opens"),
}


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def world() -> build.World:
    """Two visits and an obligation besides the common cast."""
    world = build.world()
    for row in world.enterprises[:2]:
        build.visit(row, world.posts["officer0"], clock.today())
    rule = world.regime.rules.filter(need=Need.ONSITE, every=Every.MONTH).first()
    assert rule is not None
    build.obligation(world.enterprises[0], rule, build.days_ago(9), build.days_ago(-9))
    return world


@pytest.mark.django_db
@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses_and_the_frame_finds_words(world: build.World, name: str) -> None:
    field, statement = BROKEN[name]
    with pytest.raises(IntegrityError) as raw, transaction.atomic():
        run(statement)
    assert raw.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]
    with pytest.raises(ValidationError) as told:
        service(run)(statement)
    assert all(told.value.messages)
    if field:
        assert list(told.value.message_dict) == [field]


@pytest.mark.django_db
def test_every_rule_of_the_tables_is_broken_above() -> None:
    tables = [model._meta.db_table for model in apps.get_app_config("visits").get_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('c', 'u', 'x')",
            [tables],
        )
        found = {name for (name,) in cursor.fetchall() if not name.endswith("_check")}  # counters never below zero
    assert found == set(BROKEN)


def given(world: build.World, **fields: Any) -> dict[str, Any]:
    usual = {
        "actor": world.officers[0],
        "enterprise": world.enterprises[0],
        "visited_on": clock.today(),
        "outcome": Outcome.MET,
        "client_uuid": uuid.uuid4(),
    }
    return usual | fields


@pytest.mark.django_db(transaction=True)
def test_two_sessions_send_one_visit(world: build.World) -> None:
    sent = given(world)
    answers = at_once(*[lambda: log_visit(**sent)] * 3)
    assert len({answer.pk for answer in answers}) == 1


@pytest.mark.django_db(transaction=True)
def test_two_sessions_send_different_visits_under_one_number(world: build.World) -> None:
    number = uuid.uuid4()
    rows = world.enterprises[:2]
    answers = at_once(*[lambda row=row: log_visit(**given(world, enterprise=row, client_uuid=number)) for row in rows])
    assert sorted(type(answer).__name__ for answer in answers) == ["ValidationError", "Visit"]


@pytest.mark.django_db(transaction=True)
def test_two_sessions_meet_one_obligation_once(world: build.World) -> None:
    answers = at_once(*[lambda: log_visit(**given(world)) for _ in range(3)])
    assert all(isinstance(answer, Visit) for answer in answers)
    met = Obligation._base_manager.get(enterprise=world.enterprises[0])
    assert met.met_by_id in {answer.pk for answer in answers}


@pytest.mark.django_db(transaction=True)
def test_two_sessions_plan_at_once_and_cancel_at_once(world: build.World) -> None:
    for row in world.enterprises:
        row.facts.update(tier=Tier.LEAD)
    plans = at_once(
        *[lambda: plan_obligations(actor=world.chief, station=world.station, start=clock.today(), months=6)] * 2
    )
    assert sorted(plan.created == 0 for plan in plans) == [False, True]
    row = Obligation._base_manager.order_by("-pk")[0]
    answers = at_once(*[lambda: cancel_obligation(actor=world.chief, obligation=row, reason="检修")] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["Obligation", "ValidationError"]


@pytest.mark.django_db
def test_the_services_speak_before_the_checks_do(world: build.World) -> None:
    for field, fault in {
        "mode": {"mode": "phone"},
        "outcome": {"outcome": "lost"},
        "topics": {"topics": ["reform", "union", "skills", "living"]},
        "visited_on": {"visited_on": clock.today() + dt.timedelta(days=1)},
    }.items():
        with pytest.raises(ValidationError) as caught:
            log_visit(**given(world, **fault))
        assert field in caught.value.message_dict
