"""Every rule that the database keeps for stations, posts and accounts: broken by raw SQL, and by two sessions at once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from crm.access.grants import grants_of
from crm.access.roles import Role
from crm.accounts.models import Person, User
from crm.core import clock
from stations.enums import SOURCE_OF_ROLE, SourceKind, UnionLevel
from stations.models import Appointment, Post, StatedFigure, Station, StationGrant, TradeUnion
from stations.services import Seating, appoint, end_appointment, open_post, open_station, reseat, set_active
from tests import build
from tests.broken import again, assert_refused, messages_among, rules_of
from tests.sessions import at_once

STATION = "client_uuid, name, short_name, paper_code, profile, extra_services, home_park_id, union_id"
APPOINTMENT = "term, role, acting, source_kind, source_office, post_id, person_id"
OFFICERS = "FROM stations_post WHERE role = 'grid_officer'"
FIRST, LAST = (f"(SELECT {which}(id) FROM stations_{{0}})" for which in ("min", "max"))


def station_like(**columns: str) -> str:
    """SQL for one more station like the first one, but for these columns."""
    changed = {"client_uuid": "gen_random_uuid()", "name": "'甲'", "paper_code": "'甲'"} | columns
    picked = ", ".join(changed.get(name, name) for name in STATION.split(", "))
    return f"INSERT INTO stations_station ({STATION}) SELECT {picked} FROM stations_station ORDER BY id LIMIT 1"


def seat(
    post: str, person: str, role: str = "grid_officer", acting: str = "false", kind: str = "key_enterprise"
) -> str:
    """SQL for an appointment from 2030 on."""
    return (
        f"INSERT INTO stations_appointment ({APPOINTMENT}) VALUES (daterange('2030-01-01', '2031-01-01'), '{role}',"
        f" {acting}, '{kind}', '', ({post}), ({person}))"
    )


SOMEBODY, ANYBODY = "SELECT min(id) FROM accounts_person", "SELECT max(id) FROM accounts_person"
FIRST_OFFICER, LAST_OFFICER = f"SELECT min(id) {OFFICERS}", f"SELECT max(id) {OFFICERS}"

# constraint → (the field on which its words stand, "" for none, statements that each break it)
BROKEN: dict[str, tuple[str, list[str]]] = {
    f"stations_{table}_term_is_a_term": (
        "term",
        [f"UPDATE stations_{table} SET term = {term}" for term in ("'empty'", "daterange(NULL, NULL)")],
    )
    for table in ("stationpark", "post", "appointment")
} | {
    "stations_union_level": ("level", ["UPDATE stations_tradeunion SET level = 'moon'"]),
    "stations_tradeunion_path_key": ("", ["UPDATE stations_tradeunion SET path = '0001'"]),
    "stations_park_name_key": ("", ["UPDATE stations_park SET name = '园'"]),
    "stations_station_client_uuid_key": ("", [station_like(client_uuid="client_uuid")]),
    "stations_station_name": ("name", [station_like(name="name")]),
    "stations_station_paper_code": ("paper_code", [station_like(paper_code="paper_code")]),
    "stations_stationpark_once": ("park", [again("stations_stationpark", "term, station_id, park_id")]),
    "stations_statedfigure_once": (
        "code",
        [again("stations_statedfigure", "code, label, value, unit, qualifier, source, station_id")],
    ),
    "stations_post_one_container": (
        "station",
        [
            f"UPDATE stations_post SET union_id = {FIRST.format('tradeunion')} WHERE station_id IS NOT NULL",
            "UPDATE stations_post SET station_id = NULL WHERE role = 'api_consumer'",
        ],
    ),
    "stations_post_role_fits_container": (
        "role",
        [
            f"UPDATE stations_post SET role = '{role}' WHERE id = (SELECT id FROM stations_post WHERE {where} LIMIT 1)"
            for role, where in (
                ("district_leader", "station_id IS NOT NULL AND role = 'api_consumer'"),
                ("administrator", "station_id IS NOT NULL AND role = 'api_consumer'"),
                ("chief", "union_id IS NOT NULL AND role = 'district_staff'"),
                ("liaison", "union_id IS NOT NULL AND role = 'district_staff'"),
                ("king", "role = 'api_consumer'"),
            )
        ],
    ),
    "stations_post_one_chief": (
        "role",
        [
            ("INSERT INTO stations_post (term, role, title, station_id) SELECT daterange(lower(term) + 9, NULL), role, title,"
            " station_id FROM stations_post WHERE role = 'chief'")
        ],
    ),
    "stations_post_id_role": ("", []),  # a key for the composite key below: `id` alone is unique already
    "stations_appointment_role_of_post": (
        "",
        [seat(LAST_OFFICER, SOMEBODY, role="api_consumer", kind="system")],
    ),
    "stations_appointment_one_holder": ("term", [seat(FIRST_OFFICER, ANYBODY)]),
    "stations_appointment_one_acting": (
        "term",
        [f"{seat(FIRST_OFFICER, who, acting='true')}" for who in (SOMEBODY, ANYBODY)],
    ),
    "stations_appointment_one_grid": (
        "person",
        [seat(LAST_OFFICER, f"SELECT person_id FROM stations_appointment WHERE post_id = ({FIRST_OFFICER}) LIMIT 1")],
    ),
    "stations_appointment_acting_ends": (
        "term",
        ["UPDATE stations_appointment SET acting = true", "UPDATE stations_appointment SET term = daterange(lower(term), NULL)"],
    ),
    "stations_appointment_source_fits": (
        "source_kind",
        [
            f"UPDATE stations_appointment SET source_kind = '{kind}' WHERE role = '{role}' AND NOT acting"
            for kind, role in (
                ("key_enterprise", "chief"), ("grassroots_chair", "grid_officer"), ("system", "liaison"),
                ("task_force", "district_leader"), ("", "district_staff"), ("union_office", "api_consumer"),
            )
        ],
    ),
}  # fmt: skip

ACCOUNTS: dict[str, tuple[str, list[str]]] = {
    "accounts_user_username_key": ("", ["UPDATE accounts_user SET username = 'x'"]),
    "accounts_user_person_id_key": ("", [f"UPDATE accounts_user SET person_id = ({SOMEBODY})"]),
}


@pytest.fixture
def filled(world: build.World) -> build.World:
    """At least one row in every table of the room: a figure, an acting officer, a vacant officer's post."""
    StatedFigure.objects.create(station=world.station, code="x", label="园区", value=2, unit="个", source="示例数据")
    build.seat(world.posts["officer0"], build.person(), build.days_ago(10), build.days_ago(-9000), acting=True)
    build.post(Role.GRID_OFFICER, at=world.station)
    return world


@pytest.mark.parametrize(
    ("name", "field", "statement"),
    [(name, field, line) for name, (field, lines) in (BROKEN | ACCOUNTS).items() for line in lines],
)
def test_raw_sql_is_refused_and_the_frame_finds_words(
    filled: build.World, name: str, field: str, statement: str
) -> None:
    assert_refused(name, field, statement)


def test_every_rule_of_the_tables_is_broken_above(filled: build.World) -> None:
    found = rules_of("stations") | rules_of("accounts")
    packages = {
        name for name in found if "grant_" in name or name.startswith(("accounts_user_groups", "accounts_user_user_"))
    }
    composite_key = {"stations_appointment_role_of_post"}
    assert found - packages | composite_key == set(BROKEN) | set(ACCOUNTS)
    grants_of(filled.chief)
    (key,) = (name for name in packages if name.startswith("stations_stationgrant"))
    assert_refused(key, "", again("stations_stationgrant", "content_object_id, permission_id, user_id"))


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("source_kind", {"source_kind": SourceKind.SYSTEM}),
        ("end", {"acting": True}),
        ("term", {"end": clock.today()}),
        ("source_kind", {"acting": True, "end": build.days_ago(-9), "source_kind": "throne"}),
        ("source_office", {"source_office": "长" * 81}),
    ],
)
def test_each_check_through_its_service(world: build.World, field: str, said: dict[str, Any]) -> None:
    source = build.union("公司工会", world.district, UnionLevel.GRASSROOTS)
    given = {"source_kind": SourceKind.KEY_ENTERPRISE, "source_union": source, "start": clock.today()} | said
    post = build.post(Role.GRID_OFFICER, at=world.station)
    with pytest.raises(ValidationError) as told:
        appoint(actor=world.chief, post=post, person=build.person(), **given)
    assert set(told.value.message_dict) == {field}


# --- Two sessions at once ---------------------------------------------------------------------------------------------

sessions = pytest.mark.django_db(transaction=True)


def somebody(user: User) -> User:
    """The user for another session, with today's grants on record: nobody waits for their projection."""
    fresh = User.objects.get(pk=user.pk)
    grants_of(fresh)
    return fresh


@pytest.fixture
def source(transactional_db: None) -> TradeUnion:
    return build.union("公司工会", level=UnionLevel.GRASSROOTS)


def appointing(
    world: build.World, post: Post, person: Person | None, source: TradeUnion, **said: Any
) -> Callable[[], Any]:
    given = {
        "actor": somebody(world.chief), "post": post, "person": person or build.person(), "start": clock.today(),
        "source_kind": SOURCE_OF_ROLE[post.role], "source_union": source, "source_office": "产改专班",
    } | said  # fmt: skip
    return lambda: appoint(**given)


def test_two_people_into_one_post(source: TradeUnion) -> None:
    world = build.world()
    post = build.post(Role.GRID_OFFICER, at=world.station)
    calls = [appointing(world, post, None, source) for _ in range(3)]
    errors = messages_among(at_once(*calls))
    assert [set(error.message_dict) for error in errors] == [{"term"}] * 2
    assert Appointment.objects.filter(post=post).count() == 1


def test_two_act_for_one_post(source: TradeUnion) -> None:
    world = build.world()
    end = build.days_ago(-5)
    calls = [appointing(world, world.posts["officer0"], None, source, acting=True, end=end) for _ in range(2)]
    (error,) = messages_among(at_once(*calls))
    assert set(error.message_dict) == {"term"}


def test_one_person_into_two_grids(source: TradeUnion) -> None:
    world, person = build.world(), build.user().person
    posts = [build.post(Role.GRID_OFFICER, at=world.station) for _ in range(2)]
    (error,) = messages_among(at_once(*[appointing(world, post, person, source) for post in posts]))
    assert set(error.message_dict) == {"person"}
    assert Appointment.objects.filter(person=person).count() == 1


def test_one_person_into_two_posts_gets_the_rights_of_both(source: TradeUnion) -> None:
    world, user = build.world(), build.user()
    stations = [world.station, build.station(world.district)]
    posts = [build.post(Role.LIAISON, at=station) for station in stations]
    leader = somebody(world.leader)
    assert not messages_among(at_once(*[appointing(world, post, user.person, source, actor=leader) for post in posts]))
    granted = StationGrant.objects.filter(user=user).values_list("content_object_id", flat=True)
    assert set(granted) == {station.pk for station in stations}


def test_two_people_are_swapped_twice_at_once(source: TradeUnion) -> None:
    world = build.world()
    seats = [world.posts[key].appointments.select_related("post", "person").get() for key in ("officer0", "officer1")]
    actor = somebody(world.chief)

    def swap(order: list[int]) -> Callable[[], Any]:
        coming = [Seating(seats[place].post, seats[1 - place].person, source) for place in order]
        leaving = [seats[place] for place in order]
        return lambda: reseat(actor=actor, station=world.station, leaving=leaving, coming=coming, on=clock.today())

    (error,) = messages_among(at_once(swap([0, 1]), swap([1, 0])))
    assert set(error.message_dict) == {"on"}
    assert Appointment.objects.on(clock.today()).filter(role=Role.GRID_OFFICER).count() == 2


@pytest.mark.parametrize("days", [0, 300])
def test_an_appointment_is_ended_twice_at_once(source: TradeUnion, days: int) -> None:
    """Also one that goes altogether because it would end where it begins."""
    world = build.world()
    row = build.seat(build.post(Role.LIAISON, at=world.station), build.person(), build.days_ago(days))
    actor = somebody(world.chief)
    (error,) = messages_among(at_once(*[lambda: end_appointment(actor=actor, appointment=row, on=clock.today())] * 2))
    assert set(error.message_dict) == {"on"}


def test_two_chiefs_posts_of_one_station(transactional_db: None) -> None:
    world = build.world()
    station, actor = build.station(world.district), somebody(world.leader)
    said: dict[str, Any] = {"role": Role.CHIEF, "title": "站长", "start": clock.today(), "station": station}
    (error,) = messages_among(at_once(*[lambda: open_post(actor=actor, **said)] * 2))
    assert set(error.message_dict) == {"role"}


@pytest.mark.parametrize("field", ["name", "paper_code"])
def test_two_stations_of_one_name_or_code(transactional_db: None, field: str) -> None:
    world = build.world()
    home = build.park(world.district)

    def opening(number: int) -> Callable[[], Station]:
        said = {"name": f"站{number}", "paper_code": f"号{number}"} | {field: "同一"}
        return lambda: open_station(union=world.district, short_name="站", home_park=home, parks=[], **said)

    (error,) = messages_among(at_once(opening(1), opening(2)))
    assert set(error.message_dict) == {field}


def test_an_account_is_closed_while_its_holder_is_appointed(source: TradeUnion) -> None:
    world = build.world()
    user, _left = build.holder(Role.LIAISON, at=world.station, end=build.days_ago(3))
    administrator = somebody(world.administrator)
    post = build.post(Role.LIAISON, at=world.station)
    answers = at_once(
        appointing(world, post, user.person, source),
        lambda: set_active(actor=administrator, user=User.objects.get(pk=user.pk), active=False),
    )
    assert not messages_among(answers)
    assert not StationGrant.objects.filter(user=user).exists()
