"""Every rule that the database keeps for this room's tables: broken by raw SQL, and by two sessions through the services."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, connection, transaction

from crm.access.roles import Role
from crm.core import clock
from crm.core.festivals import Festival
from crm.core.services import service
from enterprises.enums import SeatKind
from enterprises.importer import import_enterprises
from enterprises.models import (
    Candidate,
    ChainLeader,
    ChainMembership,
    ChainSeason,
    ChainSeat,
    Enterprise,
    EnterpriseContact,
    EnterpriseFact,
    EnterpriseSeason,
    EnterpriseSeat,
    FigureConsent,
    ImportBatch,
    NodeEdge,
    RegisterEntry,
)
from enterprises.services import (
    enter_register,
    leave_register,
    put_on_node,
    register_enterprise,
    save_contact,
    save_enterprise,
    set_facts,
)
from tests import build
from tests.enterprises.files import good_rows, sheet
from tests.sessions import at_once

ALL = NON_FIELD_ERRORS
DAY = dt.timedelta(days=1)
EMPTY = "UPDATE enterprises_{} SET term = 'empty'"
NO_START = "UPDATE enterprises_{} SET term = daterange(NULL, NULL)"
# one more row like the first one
AGAIN = "INSERT INTO enterprises_{table} ({columns}) SELECT {columns} FROM enterprises_{table} ORDER BY id LIMIT 1"


def again(table: str, columns: str) -> str:
    return AGAIN.format(table=table, columns=columns)


# constraint → (the field on which its words stand, statements that each break it)
BROKEN: dict[str, tuple[str, list[str]]] = (
    {
        f"enterprises_{table}_term_is_a_term": ("term", [EMPTY.format(table), NO_START.format(table)])
        for table in (
            "chainleader",
            "chainmembership",
            "chainseason",
            "chainseat",
            "enterprisefact",
            "enterpriseseason",
            "enterpriseseat",
            "figureconsent",
            "registerentry",
        )
    }
    | {
        f"enterprises_{table}_sides": (
            "days_before",
            [f"UPDATE enterprises_{table} SET {side} = 61" for side in ("days_before", "days_after")],
        )
        for table in ("chainseason", "enterpriseseason")
    }
    | {
        f"enterprises_{table}_fixed_day": (
            "month",
            [
                f"UPDATE enterprises_{table} SET {change}"
                for change in ("month = NULL", "day = NULL", "festival = (SELECT 'spring')")
            ],
        )
        for table in ("chainseason", "enterpriseseason")
    }
    | {
        f"enterprises_{table}_day_of_year": (
            "day",
            [
                f"UPDATE enterprises_{table} SET month = {month}, day = {day}"
                for month, day in (
                    (13, 1),
                    (0, 1),
                    (5, 0),
                    (1, 32),
                    (4, 31),
                    (6, 31),
                    (9, 31),
                    (11, 31),
                    (2, 30),
                    (2, 31),
                )
            ],
        )
        for table in ("chainseason", "enterpriseseason")
    }
    | {
        "enterprises_cadre_one_per_firm": (
            "enterprise",
            [
                (
                    "INSERT INTO enterprises_enterpriseseat (term, enterprise_id, post_id, role) SELECT term, enterprise_id,"
                    " (SELECT max(id) FROM stations_post WHERE role = 'enterprise_cadre'), role FROM enterprises_enterpriseseat"
                )
            ],
        ),
        "enterprises_cadre_one_firm_per_post": (
            "post",
            [
                (
                    "INSERT INTO enterprises_enterpriseseat (term, enterprise_id, post_id, role) SELECT term,"
                    " (SELECT max(id) FROM enterprises_enterprise), post_id, role FROM enterprises_enterpriseseat"
                )
            ],
        ),
        "enterprises_cadre_role": ("post", ["UPDATE enterprises_enterpriseseat SET role = 'chief'"]),
        "enterprises_cadre_role_of_post": (
            "post",
            [
                "UPDATE enterprises_enterpriseseat SET post_id = (SELECT min(id) FROM stations_post WHERE role = 'chief')"
            ],
        ),
        "enterprises_fact_known_risk": ("risk", ["UPDATE enterprises_enterprisefact SET risk = 'x'"]),
        "enterprises_chain_code_key": (
            ALL,
            [again("chain", "code, name, union_id, profile, title, government_leader")],
        ),
        "enterprises_node_number": (
            "number",
            [again("chainnode", 'chain_id, number, name, kind, "column", "row", span')],
        ),
        "enterprises_node_id_chain": (ALL, []),  # a key for the composite key below: `id` alone is unique already
        "enterprises_membership_chain_of_node": (
            "node",
            ["UPDATE enterprises_chainmembership SET chain_id = (SELECT max(id) FROM enterprises_chain)"],
        ),
        "enterprises_edge_once": ("downstream", [again("nodeedge", "upstream_id, downstream_id, kind")]),
        "enterprises_edge_not_to_itself": (
            "downstream",
            ["UPDATE enterprises_nodeedge SET downstream_id = upstream_id"],
        ),
        "enterprises_leader_one_per_chain": (
            "enterprise",
            [again("chainleader", "term, chain_id, enterprise_id, node_id")],
        ),
        "enterprises_membership_once_per_node": (
            "node",
            [again("chainmembership", "term, enterprise_id, node_id, chain_id")],
        ),
        "enterprises_seat_one_per_kind": ("kind", [again("chainseat", "term, chain_id, post_id, kind")]),
        "enterprises_seat_kind": ("kind", ["UPDATE enterprises_chainseat SET kind = 'throne'"]),
        "enterprises_enterprise_uscc": (
            "uscc",
            ["UPDATE enterprises_enterprise SET uscc = (SELECT min(uscc) FROM enterprises_enterprise)"],
        ),
        "enterprises_enterprise_uscc_form": (
            "uscc",
            [
                f"UPDATE enterprises_enterprise SET uscc = '{code}' WHERE id = (SELECT min(id) FROM enterprises_enterprise)"
                for code in ("91530199ma50000019", "9153019", "91530199MAO0000019")
            ],
        ),
        "enterprises_enterprise_merged_is_off": ("station", ["UPDATE enterprises_enterprise SET merged_into_id = id"]),
        "enterprises_enterprise_named": ("name", ["UPDATE enterprises_enterprise SET name = ''"]),
        "enterprises_enterprise_client_uuid_key": (
            ALL,
            ["UPDATE enterprises_enterprise SET client_uuid = '6d4ba6d2-0d6a-4d2e-8a45-6f2f6d4a0001'"],
        ),
        "enterprises_fact_one_at_a_time": (
            "term",
            [again("enterprisefact", "term, enterprise_id, status, tier, size, workers, industrial_workers")],
        ),
        "enterprises_fact_industrial_within_workers": (
            "industrial_workers",
            ["UPDATE enterprises_enterprisefact SET workers = 1, industrial_workers = 2"],
        ),
        "enterprises_fact_known_words": (
            "tier",
            [f"UPDATE enterprises_enterprisefact SET {name} = 'x'" for name in ("status", "tier", "size")],
        ),
        "enterprises_consent_once": ("term", [again("figureconsent", "term, enterprise_id, given_by")]),
        "enterprises_contact_one_primary": (
            "is_primary",
            [again("enterprisecontact", "enterprise_id, name, title, phone, is_primary")],
        ),
        "enterprises_register_one_at_a_time": (
            "enterprise",
            [again("registerentry", "term, enterprise_id, station_id, entry_reason, exit_reason")],
        ),
        "enterprises_register_exit_has_reason": (
            "exit_reason",
            ["UPDATE enterprises_registerentry SET term = daterange(lower(term), lower(term) + 5)"],
        ),
        "enterprises_importbatch_client_uuid_key": (
            ALL,
            [
                again(
                    "importbatch",
                    "client_uuid, station_id, file_name, file_hash, at, actor_label, created, updated, unchanged, refused,"
                    " unknown_columns, faults",
                )
            ],
        ),
        "enterprises_candidate_once": ("enterprise", [again("candidate", "enterprise_id, station_id, source, since")]),
    }
)


def run(statement: str) -> Callable[[], None]:
    def call() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(statement)

    return call


@pytest.fixture
def filled(world: build.World) -> build.World:
    """At least one row in every table of the room."""
    row, term = world.enterprises[0], build.term_from(build.days_ago(50))
    build.chain(world.district)
    ChainLeader.objects.create(chain=world.chain, enterprise=row, node=world.nodes[0], term=term)
    ChainSeat.objects.create(chain=world.chain, post=world.posts["liaison"], kind=SeatKind.CONTACT, term=term)
    NodeEdge.objects.create(upstream=world.nodes[0], downstream=world.nodes[1])
    EnterpriseContact.objects.create(enterprise=row, name="陈某", is_primary=True)
    FigureConsent.objects.create(enterprise=row, given_by="陈某", term=term)
    Candidate.objects.create(enterprise=build.enterprise(), station=world.station, source="import")
    spoken = build.post(Role.ENTERPRISE_CADRE, world.station)
    EnterpriseSeat.objects.create(enterprise=row, post=spoken, term=term)
    build.post(Role.ENTERPRISE_CADRE, world.station)
    fixed = {"festival": Festival.FIXED, "month": 5, "day": 1, "days_before": 9, "days_after": 9, "term": term}
    EnterpriseSeason.objects.create(enterprise=row, **fixed)
    ChainSeason.objects.create(chain=world.chain, **fixed)
    ImportBatch.objects.create(station=world.station, file_name="x", file_hash="x", actor_label="x")
    return world


@pytest.mark.parametrize(
    ("name", "statement"), [(name, line) for name, (_field, lines) in BROKEN.items() for line in lines]
)
def test_raw_sql_is_refused_and_the_frame_finds_words(filled: build.World, name: str, statement: str) -> None:
    with pytest.raises(IntegrityError) as raw, transaction.atomic():
        run(statement)()
    assert raw.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]
    with pytest.raises(ValidationError) as told:
        service(run(statement))()
    assert told.value.messages
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in words) for words in told.value.messages)
    field = BROKEN[name][0]
    if field != ALL:
        assert set(told.value.message_dict) == {field}


def test_every_rule_of_the_tables_is_broken_above(db: None) -> None:
    """All checks, keys and exclusions, but surrogate keys, foreign keys of Django and counters kept at zero or more."""
    tables = [model._meta.db_table for model in apps.get_app_config("enterprises").get_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('c', 'u', 'x')",
            [tables],
        )
        found = {name for (name,) in cursor.fetchall() if not name.endswith("_check")}
        cursor.execute(  # conditional unique constraints are indexes
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid::regclass::text = ANY(%s) AND indisunique"
            " AND indpred IS NOT NULL",
            [tables],
        )
        found |= {name for (name,) in cursor.fetchall()}
    composite = {"enterprises_membership_chain_of_node", "enterprises_cadre_role_of_post"}
    assert found | composite == set(BROKEN)


@pytest.mark.parametrize(
    ("field", "act"),
    [
        ("uscc", lambda w, r: save_enterprise(actor=w.chief, enterprise=r, version=1, uscc="9153019")),
        ("name", lambda w, r: save_enterprise(actor=w.chief, enterprise=r, version=1, name=" ")),
        ("tier", lambda w, r: set_facts(actor=w.chief, enterprises=[r], start=clock.today(), tier="x")),
        ("status", lambda w, r: set_facts(actor=w.chief, enterprises=[r], start=clock.today(), status="x")),
        ("size", lambda w, r: set_facts(actor=w.chief, enterprises=[r], start=clock.today(), size="x")),
        ("reason", lambda w, r: leave_register(actor=w.chief, enterprise=r, on=clock.today(), reason="")),
    ],
)
def test_each_check_through_its_service(world: build.World, field: str, act: Callable[..., Any]) -> None:
    with pytest.raises(ValidationError) as told:
        act(world, world.enterprises[0])
    assert set(told.value.message_dict) == {field}


def test_too_many_industrial_workers_are_refused_by_the_service(world: build.World) -> None:
    outcome = set_facts(
        actor=world.chief, enterprises=world.enterprises[:1], start=clock.today(), workers=1, industrial_workers=2
    )
    assert (outcome.done, len(outcome.refused)) == (0, 1)


# --- Two sessions at once ---------------------------------------------------------------------------------------------


def told(answers: list[Any]) -> list[ValidationError]:
    """The messages among the answers; anything else that was raised fails."""
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(type(error) is ValidationError for error in errors), errors
    return errors


@pytest.fixture
def town(transactional_db: None) -> build.World:
    return build.world()


def known(town: build.World, count: int, *stations: Any) -> list[Enterprise]:
    rows = [build.enterprise() for _ in range(count)]
    for station in stations:
        Candidate.objects.bulk_create(Candidate(enterprise=row, station=station, source="import") for row in rows)
    return rows


def test_two_stations_enter_the_same_enterprises(town: build.World) -> None:
    neighbour, _post = build.holder("chief", at=town.other)
    rows = known(town, 20, town.station, town.other)

    def enter(actor: Any, station: Any, order: list[Enterprise]) -> Callable[[], Any]:
        return lambda: enter_register(
            actor=actor, station=station, enterprises=order, start=clock.today(), reason="operating"
        )

    answers = at_once(enter(town.chief, town.station, rows), enter(neighbour, town.other, rows[::-1]))
    assert not told(answers)
    assert sorted((answer.done, len(answer.refused)) for answer in answers) == [(0, 20), (20, 0)]
    assert RegisterEntry.objects.filter(enterprise__in=rows).count() == 20


def test_entered_twice_at_once_it_is_on_the_register_once(town: build.World) -> None:
    rows = known(town, 20, town.station)
    calls = [
        lambda order=order: enter_register(
            actor=town.chief, station=town.station, enterprises=order, start=clock.today(), reason="operating"
        )
        for order in (rows, rows[::-1])
    ]
    answers = at_once(*calls)
    assert not told(answers)
    assert sorted((answer.done, answer.unchanged) for answer in answers) == [(0, 20), (20, 0)]


def test_left_twice_at_once(town: build.World) -> None:
    row = town.enterprises[0]
    answers = at_once(
        *[lambda: leave_register(actor=town.chief, enterprise=row, on=clock.today(), reason="moved_out")] * 2
    )
    (error,) = told(answers)
    assert set(error.message_dict) == {"enterprise"}


def test_put_on_the_same_node_and_on_two_nodes_at_once(town: build.World) -> None:
    rows = town.enterprises

    def put(node: Any) -> Callable[[], Any]:
        return lambda: put_on_node(actor=town.chief, enterprises=rows, node=node, start=clock.today())

    assert not told(at_once(put(town.nodes[2]), put(town.nodes[2])))
    assert not told(at_once(put(town.nodes[0]), put(town.nodes[1])))
    on = ChainMembership.objects.filter(enterprise__in=rows, term__contains=clock.today())
    assert on.count() == len(rows)
    assert on.values("node").distinct().count() == 1


def test_facts_set_twice_at_once(town: build.World) -> None:
    def put(**changes: int) -> Callable[[], Any]:
        return lambda: set_facts(actor=town.chief, enterprises=town.enterprises, start=clock.today(), **changes)

    assert not told(at_once(put(workers=5), put(workers=6), put(workers=7)))
    now = EnterpriseFact.objects.filter(enterprise__in=town.enterprises, term__contains=clock.today())
    assert now.count() == len(town.enterprises)
    # together they would break a check: one of the two comes back as refused
    answers = at_once(put(workers=3), put(industrial_workers=5))
    assert not told(answers)
    assert min(len(answer.refused) for answer in answers) == 0
    assert not any((fact.industrial_workers or 0) > fact.workers for fact in now.all())


def entering(town: build.World, **fields: Any) -> Callable[[], Any]:
    said = {"client_uuid": uuid.uuid4(), "name": "昆明同时有限公司", "uscc": build.credit_code(8_000_001)}
    said |= fields
    return lambda: register_enterprise(actor=town.chief, station=town.station, **said)


def test_one_code_entered_by_two(town: build.World) -> None:
    (error,) = told(at_once(entering(town), entering(town)))
    assert set(error.message_dict) == {"uscc"}


def test_one_form_sent_twice_at_once(town: build.World) -> None:
    number = uuid.uuid4()
    answers = at_once(*[entering(town, client_uuid=number)] * 2)
    assert len(told(answers)) <= 1
    assert Enterprise.objects.filter(client_uuid=number).count() == 1
    assert entering(town, client_uuid=number)().name == "昆明同时有限公司"


def test_one_code_given_to_two_enterprises(town: build.World) -> None:
    code = build.credit_code(8_000_002)
    calls = [
        lambda row=row: save_enterprise(actor=town.chief, enterprise=row, version=1, uscc=code)
        for row in town.enterprises[:2]
    ]
    (error,) = told(at_once(*calls))
    assert set(error.message_dict) == {"uscc"}


def test_one_enterprise_corrected_by_two(town: build.World) -> None:
    calls = [
        lambda place=place: save_enterprise(
            actor=town.chief, enterprise=town.enterprises[0], version=1, address=f"{place}号"
        )
        for place in (1, 2)
    ]
    (error,) = told(at_once(*calls))
    assert set(error.message_dict) == {"version"}


def test_two_first_contacts_at_once(town: build.World) -> None:
    calls = [
        lambda name=name: save_contact(actor=town.chief, enterprise=town.enterprises[0], name=name, is_primary=True)
        for name in ("陈某", "李某")
    ]
    for error in told(at_once(*calls)):
        assert set(error.message_dict) == {"is_primary"}
    assert EnterpriseContact.objects.filter(enterprise=town.enterprises[0], is_primary=True).count() == 1


def test_one_file_imported_twice_at_once_and_by_two_stations(town: build.World) -> None:
    neighbour, _post = build.holder("chief", at=town.other)
    number = uuid.uuid4()

    def bring(actor: Any, station: Any, order: list[Any], number: uuid.UUID) -> Callable[[], Any]:
        return lambda: import_enterprises(
            actor=actor, station=station, content=sheet(order), file_name="x", client_uuid=number
        )

    rows = good_rows(40)
    answers = at_once(*[bring(town.chief, town.station, rows, number)] * 2)
    assert not told(answers)
    assert sorted(answer.repeated for answer in answers) == [False, True]
    assert {answer.created for answer in answers} == {40}
    # two files of the same new enterprises into two stations
    fresh = good_rows(40, 500)
    answers = at_once(
        bring(town.chief, town.station, fresh, uuid.uuid4()), bring(neighbour, town.other, fresh[::-1], uuid.uuid4())
    )
    for error in told(answers):
        assert set(error.message_dict) == {"uscc"}
    codes = [row[1] for row in fresh]
    assert Enterprise.objects.filter(uscc__in=codes).count() == 40
