"""Every rule that the database keeps for this room's tables: broken by raw SQL, and by two sessions through the services."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from crm.access.grants import grants_of
from crm.accounts.models import Person, User
from crm.core import clock
from grids.models import GateCard, Grid, Responsibility, ResponsibleList, ResponsibleListLine
from grids.services import (
    GridRow,
    approve_list,
    assign_enterprises,
    discard_draft,
    draft_list,
    release_enterprises,
    release_list,
    return_list,
    save_grid_sheet,
    submit_list,
)
from stations.enums import UnionLevel
from stations.models import Appointment
from tests import build
from tests.broken import again, assert_refused, messages_among, rules_of
from tests.sessions import at_once, overtaking

LIST = "SELECT min(id) FROM grids_responsiblelist"
EMPTY = "UPDATE grids_{} SET term = 'empty'"
NO_START = "UPDATE grids_{} SET term = daterange(NULL, NULL)"
LINE = (
    "position, enterprise_name, uscc, place, nodes, tier, union_state, contact, chief_name, officer_name, acting_name,"
    " grid_name, liaison_names, phones, frequency, start, note, enterprise_id, responsible_list_id"
)
OPEN_LIST = (
    "INSERT INTO grids_responsiblelist (client_uuid, version, station_id, number, year, state, as_of, drafted_by,"
    " drafted_at, approved_by, released_by, return_reason) SELECT gen_random_uuid(), 1, station_id, {number}, year,"
    " '{state}', as_of, '', drafted_at, '', '', '' FROM grids_responsiblelist ORDER BY id LIMIT 1"
)

# constraint → (the field on which its words stand, "" for none, statements that each break it)
BROKEN: dict[str, tuple[str, list[str]]] = {
    f"grids_{table}_term_is_a_term": ("term", [EMPTY.format(table), NO_START.format(table)])
    for table in ("grid", "responsibility", "recusal")
} | {
    "grids_recusal_once": ("person", [again("grids_recusal", "term, kind, note, person_id, enterprise_id")]),
    "grids_recusal_kind": ("kind", ["UPDATE grids_recusal SET kind = 'whim'"]),
    "grids_grid_number": ("number", ["UPDATE grids_grid SET number = 1"]),
    "grids_grid_post_id_key": ("", ["UPDATE grids_grid SET post_id = (SELECT min(post_id) FROM grids_grid)"]),
    "grids_responsibility_one": (
        "enterprise",
        [
            again("grids_responsibility", "term, role, chain_id, enterprise_id, post_id"),
            # of two posts, and open against ended
            (
                "INSERT INTO grids_responsibility (term, role, enterprise_id, post_id) SELECT daterange(lower(term) + 5, NULL),"
                " role, enterprise_id, (SELECT max(post_id) FROM grids_responsibility WHERE role = 'grid_officer')"
                " FROM grids_responsibility WHERE role = 'grid_officer' ORDER BY id LIMIT 1"
            ),
        ],
    ),
    "grids_responsibility_role": ("", []),  # the next one says so first
    "grids_responsibility_chain_for_liaison": (
        "chain",
        [
            "UPDATE grids_responsibility SET chain_id = (SELECT min(id) FROM enterprises_chain) WHERE role = 'grid_officer'",
            "UPDATE grids_responsibility SET chain_id = NULL WHERE role = 'liaison'",
            "UPDATE grids_responsibility SET role = 'chief' WHERE role = 'liaison'",
        ],
    ),
    "grids_responsibility_role_of_post": (
        "",
        [
            (
                "UPDATE grids_responsibility SET role = 'liaison', chain_id = (SELECT min(id) FROM enterprises_chain)"
                " WHERE id = (SELECT max(id) FROM grids_responsibility WHERE role = 'grid_officer')"
            )
        ],
    ),
    "grids_responsiblelist_client_uuid_key": (
        "",
        [
            (
                "UPDATE grids_responsiblelist SET client_uuid ="
                f" (SELECT client_uuid FROM grids_responsiblelist WHERE id = ({LIST})) WHERE state = 'draft'"
            )
        ],
    ),
    "grids_list_number": ("number", [OPEN_LIST.format(number="number", state="draft")]),
    "grids_list_one_open": ("station", [OPEN_LIST.format(number="number + 9", state="submitted")]),
    "grids_list_released_is_complete": (
        "state",
        ["UPDATE grids_responsiblelist SET state = 'released' WHERE state = 'draft'"],
    ),
    "grids_list_released_stays": (
        "",
        [
            f"UPDATE grids_responsiblelist SET return_reason = 'x' WHERE id = ({LIST})",
            f"DELETE FROM grids_responsiblelist WHERE id = ({LIST})",
            f"UPDATE grids_responsiblelistline SET note = 'x' WHERE responsible_list_id = ({LIST})",
            f"DELETE FROM grids_responsiblelistline WHERE responsible_list_id = ({LIST})",
            f"UPDATE grids_responsiblelistline SET responsible_list_id = ({LIST})",
            again("grids_responsiblelistline", LINE),
        ],
    ),
    "grids_line_enterprise_once": (
        "enterprise",
        [again("grids_responsiblelistline", LINE).replace(" ORDER BY id LIMIT 1", " ORDER BY id DESC LIMIT 1")],
    ),
}


BROKEN |= {
    "grids_gatecard_token_key": (
        "",
        [
            (
                "INSERT INTO grids_gatecard (enterprise_id, station_id, token, issued_at, revoked_at)"
                " SELECT enterprise_id, station_id, token, issued_at, issued_at FROM grids_gatecard"
            )
        ],
    ),
    "grids_card_one_in_use": (
        "enterprise",
        [
            (
                "INSERT INTO grids_gatecard (enterprise_id, station_id, token, issued_at)"
                " SELECT enterprise_id, station_id, 'another', issued_at FROM grids_gatecard"
            )
        ],
    ),
}


@pytest.fixture
def filled(world: build.World) -> build.World:
    """At least one row in every table of the room: a released list, the draft after it, a liaison's duty."""
    build.responsible(world.enterprises[0], world.posts["liaison"], chain=world.chain)
    world.grids[0].focus_nodes.add(world.nodes[0])
    build.recusal(world.officers[0], world.enterprises[7])
    GateCard.objects.create(enterprise=world.enterprises[0], station=world.station)
    row = draft_list(actor=world.chief, station=world.station)
    row = submit_list(actor=world.chief, responsible_list=row, version=row.version)
    row = approve_list(actor=world.leader, responsible_list=row, version=row.version)
    release_list(actor=world.chief, responsible_list=row, version=row.version)
    draft_list(actor=world.chief, station=world.station)
    return world


@pytest.mark.parametrize(
    ("name", "statement"), [(name, line) for name, (_field, lines) in BROKEN.items() for line in lines]
)
def test_raw_sql_is_refused_and_the_frame_finds_words(filled: build.World, name: str, statement: str) -> None:
    assert_refused(name, BROKEN[name][0], statement)


def test_every_rule_of_the_tables_is_broken_above(filled: build.World) -> None:
    found = rules_of("grids")
    focus = next(name for name in found if name.startswith("grids_grid_focus_nodes"))  # Django makes its name
    assert_refused(focus, "", again("grids_grid_focus_nodes", "grid_id, chainnode_id"))
    named_otherwise = {"grids_responsibility_role_of_post", "grids_list_released_stays"}  # a composite key, a trigger
    assert found - {focus} | named_otherwise == set(BROKEN)


# --- Two sessions at once ---------------------------------------------------------------------------------------------

sessions = pytest.mark.django_db(transaction=True)


def somebody(user: User) -> User:
    """The user for another session, with today's grants on record: nobody waits for their projection."""
    fresh = User.objects.get(pk=user.pk)
    grants_of(fresh)
    return fresh


def assigner(world: build.World, post: str, rows: list[Any]) -> Callable[[], Any]:
    actor = somebody(world.chief)
    return lambda: assign_enterprises(actor=actor, post=world.posts[post], enterprises=rows, start=clock.today())


@sessions
def test_two_sessions_assign_the_same_enterprises_to_two_posts() -> None:
    world = build.world()
    rows = world.enterprises
    answers = at_once(assigner(world, "officer0", rows), assigner(world, "officer1", rows[::-1]))
    assert not messages_among(answers)
    now = Responsibility.objects.filter(term__contains=clock.today())
    assert now.count() == len(rows)
    assert now.values("post").distinct().count() == 1


@sessions
def test_assigned_twice_at_once_it_is_assigned_once() -> None:
    world = build.world()
    rows = world.enterprises[6:]
    answers = at_once(*[assigner(world, "officer0", order) for order in (rows, rows[::-1])])
    assert not messages_among(answers)
    assert sorted((answer.done, answer.unchanged) for answer in answers) == [(0, 2), (2, 0)]


@sessions
def test_an_assignment_waits_for_a_release_of_the_same_enterprise() -> None:
    world = build.world()
    row, ended = world.enterprises[0], build.days_ago(5)
    actor = somebody(world.chief)

    def release() -> Any:
        return release_enterprises(actor=actor, post=world.posts["officer0"], enterprises=[row], on=ended)

    _first, second = overtaking(release, assigner(world, "officer1", [row]))
    assert second.done == 1
    duties = Responsibility.objects.filter(enterprise=row).order_by("pk")
    assert [(duty.end, duty.post_id) for duty in duties] == [
        (ended, world.posts["officer0"].pk), (None, world.posts["officer1"].pk),
    ]  # fmt: skip


def sheet(world: build.World, *rows: GridRow) -> Callable[[], list[Grid]]:
    actor = somebody(world.chief)
    return lambda: save_grid_sheet(actor=actor, station=world.station, rows=rows, start=clock.today())


@sessions
def test_the_same_sheet_sent_twice_at_once_is_saved_once() -> None:
    world = build.world()
    build.union("云岭工会", world.district, UnionLevel.GRASSROOTS)
    rows = [GridRow(str(n), officer=f"新员{n}", union="云岭工会") for n in range(3, 8)]
    answers = at_once(sheet(world, *rows), sheet(world, *rows[::-1]))
    assert not messages_among(answers)
    assert Grid.objects.filter(station=world.station).count() == 7
    assert Person.objects.filter(name__startswith="新员").count() == 5
    assert Appointment.objects.filter(person__name__startswith="新员").count() == 5


@sessions
def test_two_sheets_with_one_officer_in_two_grids() -> None:
    world = build.world()
    build.union("云岭工会", world.district, UnionLevel.GRASSROOTS)
    one, two = (GridRow(str(n), officer="新员", union="云岭工会") for n in (3, 4))
    answers = at_once(sheet(world, one), sheet(world, two))
    assert len(messages_among(answers)) == 1
    assert Appointment.objects.filter(person__name="新员").count() == 1


def drafter(world: build.World, **said: Any) -> Callable[[], ResponsibleList]:
    actor = somebody(world.chief)
    return lambda: draft_list(actor=actor, station=world.station, **said)


@sessions
def test_two_drafts_at_once_of_one_station() -> None:
    world = build.world()
    (error,) = messages_among(at_once(drafter(world), drafter(world)))
    assert set(error.message_dict) == {"station"}
    assert list(ResponsibleList.objects.values_list("number", flat=True)) == [1]


@sessions
def test_one_form_of_a_draft_sent_twice_at_once() -> None:
    world, number = build.world(), uuid.uuid4()
    answers = at_once(*[drafter(world, client_uuid=number)] * 2)
    assert not messages_among(answers)
    assert answers[0] == answers[1] == ResponsibleList.objects.get()
    assert ResponsibleListLine.objects.count() == 6


@sessions
def test_one_number_of_a_form_for_two_stations_at_once() -> None:
    world, number = build.world(), uuid.uuid4()
    neighbour = somebody(build.holder("chief", at=world.other)[0])
    answers = at_once(
        drafter(world, client_uuid=number),
        lambda: draft_list(actor=neighbour, station=world.other, client_uuid=number),
    )
    assert len(messages_among(answers)) == 1
    assert ResponsibleList.objects.count() == 1


@sessions
def test_a_number_given_back_while_the_next_list_is_drafted_leaves_no_gap() -> None:
    world = build.world()
    row, actor = drafter(world)(), somebody(world.chief)
    _none, drafted = overtaking(
        lambda: discard_draft(actor=actor, responsible_list=row, version=row.version), drafter(world)
    )
    assert drafted.number == 1
    assert ResponsibleList.objects.get() == drafted


@sessions
@pytest.mark.parametrize("second", [approve_list, return_list])
def test_of_two_moves_at_once_one_wins(second: Callable[..., Any]) -> None:
    world = build.world()
    row = drafter(world)()
    row = submit_list(actor=world.chief, responsible_list=row, version=row.version)
    leader = somebody(world.leader)
    reason = {"reason": "改"} if second is return_list else {}
    answers = at_once(
        lambda: approve_list(actor=leader, responsible_list=row, version=row.version),
        lambda: second(actor=somebody(world.leader), responsible_list=row, version=row.version, **reason),
    )
    (error,) = messages_among(answers)
    assert error.error_dict["version"][0].code == "conflict"
    assert ResponsibleList.objects.get().version == row.version + 1


@sessions
def test_a_draft_thrown_away_twice_at_once() -> None:
    world = build.world()
    row, actor = drafter(world)(), somebody(world.chief)
    answers = at_once(*[lambda: discard_draft(actor=actor, responsible_list=row, version=row.version)] * 2)
    (error,) = messages_among(answers)
    assert isinstance(error, ValidationError)
    assert not ResponsibleList.objects.exists()
