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
DRAFT = (
    "INSERT INTO visits_regime (union_id, name, is_sample, draft, term)"
    " SELECT union_id, 'x', false, true, daterange('2020-01-01', NULL) FROM visits_regime LIMIT 1;"
)
CAP = "INSERT INTO visits_visitcap (regime_id, tier, most, every) SELECT min(id), 'key', {}, '{}' FROM visits_regime;"
EXCEPTION = (
    "INSERT INTO visits_regimerule (station_id, term, reason, tier, role, need, every, late_days)"
    " SELECT station_id, daterange('2026-01-01', NULL), 'x', 'key', 'grid_officer', 'phone', 'week', 0"
    " FROM visits_obligation LIMIT 1;"
)
PAUSE = (
    "INSERT INTO visits_contactpause (client_uuid, enterprise_id, station_id, term, reason)"
    " SELECT gen_random_uuid(), enterprise_id, station_id, {}::daterange, '{}' FROM visits_obligation LIMIT 1;"
)
EXEMPTION = (
    "INSERT INTO visits_exemption (client_uuid, enterprise_id, station_id, term, reason, asked_by, asked_on, approved_by,"
    " decline_reason, asked_by_id, approved_by_id, declined_on, approved_on)"
    " SELECT gen_random_uuid(), enterprise_id, station_id, {0}::daterange, 'x', 'a', '2026-01-01', '', '', {1}, {2}, {3},"
    " CASE WHEN {2} IS NOT NULL THEN '2026-01-01'::date END FROM visits_obligation LIMIT 1;"
)
TWICE = "UPDATE {0} SET client_uuid = (SELECT client_uuid FROM {0} LIMIT 1)"
CAPACITY = (
    "INSERT INTO visits_postcapacity (post_id, term, half_days, visits)"
    " SELECT id, {}::daterange, {}, 3 FROM (SELECT id FROM stations_post ORDER BY id LIMIT 1) AS post;"
)
LEAVE = (
    "INSERT INTO visits_postleave (post_id, term)"
    " SELECT id, {}::daterange FROM (SELECT id FROM stations_post ORDER BY id LIMIT 1) AS post;"
)
AGAIN = (
    "INSERT INTO visits_obligation (enterprise_id, rule_id, role, need, station_id, opens, due, closes, cancel_reason,"
    " exempt_reason) SELECT enterprise_id, rule_id, role, need, station_id, opens, due, closes, '', '' FROM visits_obligation"
)
CONFLICT = (
    "INSERT INTO visits_submissionconflict (client_uuid, digest, enterprise_id, station_id, author_id, body, received_at,"
    " decision) SELECT client_uuid, digest, enterprise_id, station_id, author_id, body, received_at, decision"
    " FROM visits_submissionconflict"
)
ANSWER = (
    "INSERT INTO visits_visitconfirmation (visit_id, link_id, by_id, answer, text, at)"
    " SELECT {}, '', made_at FROM visits_confirmationlink WHERE used_at IS {}"
)
FIRST_PLANNED = "SELECT min(enterprise_id) FROM visits_plannedvisit"
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
    "visits_regime_one_draft": ("union", DRAFT + DRAFT),
    "visits_rule_line_or_exception": ("reason", "UPDATE visits_regimerule SET term = daterange('2026-01-01', NULL)"),
    "visits_rule_one_exception": ("term", EXCEPTION + EXCEPTION),
    "visits_rule_tolerance": ("late_days", "UPDATE visits_regimerule SET late_days = 61"),
    "visits_cap_once": ("tier", CAP.format(2, "month") * 2),
    "visits_cap_bounds": ("most", CAP.format(0, "month")),
    "visits_cap_period": ("every", CAP.format(2, "year")),
    "visits_contactpause_term_is_a_term": ("term", PAUSE.format("'empty'", "x")),
    "visits_pause_once": ("term", PAUSE.format("'[2026-01-01,2026-02-01)'", "x") * 2),
    "visits_pause_ends": ("term", PAUSE.format("'[2026-01-01,2027-01-03)'", "x")),
    "visits_pause_has_reason": ("reason", PAUSE.format("'[2026-01-01,2026-02-01)'", "")),
    "visits_contactpause_client_uuid_key": (
        "",
        PAUSE.format("'[2026-01-01,2026-02-01)'", "x")
        + PAUSE.format("'[2026-03-01,2026-04-01)'", "x")
        + TWICE.format("visits_contactpause"),
    ),
    "visits_exemption_term_is_a_term": ("term", EXEMPTION.format("'(,2026-02-01)'", "1", "NULL", "NULL")),
    "visits_exemption_ends": ("term", EXEMPTION.format("'[2026-01-01,)'", "1", "NULL", "NULL")),
    "visits_exemption_two_people": ("approved_by", EXEMPTION.format("'[2026-01-01,2026-02-01)'", "1", "1", "NULL")),
    "visits_exemption_one_answer": (
        "approved_on",
        EXEMPTION.format("'[2026-01-01,2026-02-01)'", "1", "2", "'2026-01-01'"),
    ),
    "visits_exemption_client_uuid_key": (
        "",
        EXEMPTION.format("'[2026-01-01,2026-02-01)'", "1", "2", "NULL") * 2 + TWICE.format("visits_exemption"),
    ),
    "visits_postcapacity_term_is_a_term": ("term", CAPACITY.format("'empty'", 1)),
    "visits_capacity_once": ("term", CAPACITY.format("'[2026-01-01,)'", 1) * 2),
    "visits_capacity_is_human": ("half_days", CAPACITY.format("'[2026-01-01,)'", 15)),
    "visits_postleave_term_is_a_term": ("term", LEAVE.format("'(,2026-02-01)'")),
    "visits_leave_once": ("term", LEAVE.format("'[2026-01-01,2026-02-01)'") * 2),
    "visits_leave_ends": ("term", LEAVE.format("'[2026-01-01,)'")),
    "visits_visit_once_per_event": (
        "enterprise",
        (
            "UPDATE visits_visit SET event_id = (SELECT min(id) FROM visits_contactevent),"
            " enterprise_id = (SELECT min(enterprise_id) FROM visits_visit)"
        ),
    ),
    "visits_event_mode": ("mode", "UPDATE visits_contactevent SET mode = 'onsite'"),
    "visits_event_at_most_three_topics": ("topics", "UPDATE visits_contactevent SET topics = '{a,b,c,d}'"),
    "visits_contactevent_client_uuid_key": (
        "",
        "UPDATE visits_contactevent SET client_uuid = (SELECT client_uuid FROM visits_contactevent ORDER BY id LIMIT 1)",
    ),
    "visits_invitation_once": (
        "enterprise",
        (
            "INSERT INTO visits_invitation (event_id, enterprise_id, signed)"
            " SELECT event_id, enterprise_id, false FROM visits_invitation"
        ),
    ),
    "visits_invitation_persons_signed": ("persons", "UPDATE visits_invitation SET persons = 3"),
    "visits_commitment_due_after_made": ("due_on", "UPDATE visits_commitment SET due_on = made_on - 1"),
    "visits_commitment_settled_has_day": ("state", "UPDATE visits_commitment SET state = 'kept'"),
    "visits_commitment_reason": ("reason", "UPDATE visits_commitment SET state = 'broken', settled_on = made_on"),
    "visits_planned_one_open": ("enterprise", f"UPDATE visits_plannedvisit SET enterprise_id = ({FIRST_PLANNED})"),
    "visits_planned_words": ("half", "UPDATE visits_plannedvisit SET half = 'xx'"),
    "visits_planned_day_after_made": ("day", "UPDATE visits_plannedvisit SET day = made_on - 1"),
    "visits_planned_place": ("position", "UPDATE visits_plannedvisit SET position = 0"),
    "visits_planned_state": ("state", "UPDATE visits_plannedvisit SET state = 'kept'"),
    "visits_plannedvisit_client_uuid_key": (
        "",
        "UPDATE visits_plannedvisit SET client_uuid = (SELECT client_uuid FROM visits_plannedvisit ORDER BY id LIMIT 1)",
    ),
    "visits_commitment_client_uuid_key": (
        "",
        "UPDATE visits_commitment SET client_uuid = (SELECT client_uuid FROM visits_commitment ORDER BY id LIMIT 1)",
    ),
    "visits_visitphoto_client_uuid_key": (
        "client_uuid",
        "UPDATE visits_visitphoto SET client_uuid = (SELECT client_uuid FROM visits_visitphoto ORDER BY id LIMIT 1)",
    ),
    "visits_visitphoto_name_key": ("", "UPDATE visits_visitphoto SET name = 'x'"),
    "visits_confirmationlink_mark_key": ("", "UPDATE visits_confirmationlink SET mark = 'x'"),
    "visits_link_one_open": (
        "visit",
        "UPDATE visits_confirmationlink SET used_at = NULL, visit_id = (SELECT min(visit_id) FROM visits_confirmationlink)",
    ),
    "visits_confirmation_answer": ("text", ANSWER.format("visit_id, id, NULL::bigint, 'differs'", "NULL")),
    "visits_confirmation_one_way": ("link", ANSWER.format("visit_id, NULL::bigint, NULL::bigint, 'true'", "NULL")),
    "visits_visitconfirmation_visit_id_key": (
        "visit",
        ANSWER.format("visit_id, NULL::bigint, made_by_id, 'true'", "NOT NULL"),
    ),
    "visits_visitconfirmation_link_id_key": (
        "",
        ANSWER.format("(SELECT max(visit_id) FROM visits_confirmationlink), id, NULL::bigint, 'true'", "NOT NULL"),
    ),
    "visits_conflict_once": ("client_uuid", CONFLICT),
    "visits_conflict_decision": ("decision", "UPDATE visits_submissionconflict SET decision = 'keep'"),
    "visits_conflict_result": ("decision", "UPDATE visits_submissionconflict SET result_id = visit_id"),
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
    """Two visits, two events with an invitation, two promises, two plans and an obligation besides the common cast."""
    world = build.world()
    for row in world.enterprises[:2]:
        build.commitment(row, world.posts["officer0"])
        build.planned(row, world.posts["officer0"])
        build.event(world.posts["officer0"])
    build.invited(build.event(world.posts["officer0"]), world.enterprises[0])
    for row in world.enterprises[:2]:
        build.visit(row, world.posts["officer0"], clock.today())
    """Two visits with photos and links, a body kept and an obligation besides the common cast."""
    world = build.world()
    for row, answer in zip(world.enterprises[:2], ("true", ""), strict=True):
        visit = build.visit(row, world.posts["officer0"], clock.today())
        build.photo(visit)
        build.link(visit, world.chief, answer)
    build.conflict(visit, world.officers[0])
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
            "SELECT conname FROM pg_constraint WHERE conrelid::regclass::text = ANY(%(tables)s) AND contype IN ('c', 'u', 'x')"
            " UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid::regclass::text = ANY(%(tables)s)"
            " AND indisunique AND indpred IS NOT NULL",
            {"tables": tables},
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
    plans = at_once(*[lambda: plan_obligations(actor=world.chief, station=world.station, months=6)] * 2)
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
