"""Stations, posts, appointments: who may sit where, who may put them there, what is refused and why."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.access.roles import ROLES, Container, Right, Role
from crm.access.scope import holds, holds_at
from crm.accounts.models import User
from crm.core import clock
from crm.core.dated import close_row
from crm.core.models import JournalEntry
from stations.enums import SOURCE_OF_ROLE, SourceKind, UnionLevel
from stations.models import Appointment, Post, Station, StationPark, TradeUnion
from stations.selectors import seats_of
from stations.services import Seating, appoint, end_appointment, open_post, open_posts, open_station, reseat, set_active
from tests import build
from tests.queries import queries_of

DAY = dt.timedelta(days=1)


@pytest.fixture
def source(world: build.World) -> TradeUnion:
    return build.union("云岭花卉公司工会", world.district, UnionLevel.GRASSROOTS)


def told(call: Callable[[], Any]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        call()
    return caught.value.message_dict


def vacant(world: build.World, role: str) -> Post:
    """A post of the role that nobody has held yet."""
    if role == Role.CHIEF:
        return build.post(role, at=build.station(world.district))
    station_role = ROLES[Role(role)].container != Container.UNION
    return build.post(role, at=world.station) if station_role else build.post(role, of=world.district)


# --- Stations and posts -----------------------------------------------------------------------------------------------


def test_a_station_sits_in_one_park_and_serves_several(world: build.World) -> None:
    home, second = build.park(world.district), build.park(world.district)
    station = open_station(
        union=world.district, name="新站", short_name="新", paper_code="新站", home_park=home, parks=[home, second],
        extra_services=["法律咨询"],
    )  # fmt: skip
    served = StationPark.objects.on(clock.today()).filter(station=station)
    assert {row.park for row in served} == {home, second}
    assert (station.home_park, station.extra_services) == (home, ["法律咨询"])


@pytest.mark.parametrize(
    ("field", "changed"),
    [("name", {"name": "<i>站</i>"}), ("name", {"name": ""}), ("short_name", {"short_name": "长" * 41})],
)
def test_a_station_with_a_bad_field_is_refused(world: build.World, field: str, changed: dict[str, str]) -> None:
    said: dict[str, Any] = {"name": "新站", "short_name": "新", "paper_code": "新站"} | changed
    home = build.park(world.district)
    assert set(told(lambda: open_station(union=world.district, home_park=home, parks=[], **said))) == {field}


@pytest.mark.parametrize(
    ("role", "at_station"),
    [(role, at) for role, rights in ROLES.items() for at in (True, False)
     if (rights.container == Container.STATION) != at and rights.container != Container.EITHER] + [("king", True)],
)  # fmt: skip
def test_a_role_has_its_posts_in_its_own_kind_of_container(world: build.World, role: str, at_station: bool) -> None:
    where: dict[str, Any] = {"station": world.station} if at_station else {"union": world.district}
    assert set(told(lambda: open_post(actor=None, role=role, title="岗", start=clock.today(), **where))) == {"role"}


def test_a_post_belongs_to_something(world: build.World) -> None:
    start = clock.today()
    assert told(lambda: open_post(actor=None, role=Role.API_CONSUMER, title="接口", start=start))
    both = {"station": world.station, "union": world.district}
    assert told(lambda: open_post(actor=None, role=Role.API_CONSUMER, title="接口", start=start, **both))  # type: ignore[arg-type]


def test_a_station_has_one_chief(world: build.World) -> None:
    said = {"role": Role.CHIEF, "title": "站长", "start": clock.today(), "station": world.station}
    assert set(told(lambda: open_post(actor=world.leader, **said))) == {"role"}  # type: ignore[arg-type]
    close_row(world.posts["chief"], clock.today())
    assert open_post(actor=world.leader, **said).holds_on(clock.today())  # type: ignore[arg-type]


# --- Who may fill what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "may_fill"),
    [
        ("chief", {Role.GRID_OFFICER, Role.LIAISON, Role.ENTERPRISE_CADRE}),
        ("leader", set(Role)),
        ("staff", set()),
        ("administrator", set()),
        ("outsider", set()),
        ("consumer", set()),
        ("liaison", set()),
    ],
)
def test_who_may_open_and_fill_which_posts(
    world: build.World, source: TradeUnion, actor: str, may_fill: set[Role]
) -> None:
    def may(call: Callable[[], Any]) -> bool:
        try:
            call()
        except PermissionDenied:
            return False
        return True

    for role in Role:
        post, who, kind = vacant(world, role), getattr(world, actor), SOURCE_OF_ROLE[role]
        said = {"source_kind": kind, "source_union": source, "source_office": "产改专班"}
        here = post.station in (None, world.station)
        assert may(lambda: appoint(actor=who, post=post, person=build.person(), start=clock.today(), **said)) == (  # noqa: B023
            role in may_fill and (here or actor == "leader")
        ), role
        if role != Role.CHIEF:
            where = {"station": post.station, "union": post.union}
            assert may(lambda: open_post(actor=who, role=role, title="岗", start=clock.today(), **where)) == (  # noqa: B023
                role in may_fill
            ), role


def test_nobody_fills_posts_of_a_neighbour(world: build.World, source: TradeUnion) -> None:
    post = build.post(Role.GRID_OFFICER, at=world.other)
    for actor in (world.chief, world.leader):
        with pytest.raises(PermissionDenied):
            appoint(
                actor=actor, post=post, person=build.person(), start=clock.today(),
                source_kind=SourceKind.KEY_ENTERPRISE, source_union=source,
            )  # fmt: skip
        with pytest.raises(PermissionDenied):
            open_post(actor=actor, role=Role.LIAISON, title="岗", start=clock.today(), station=world.other)
    seat = build.seat(post, build.person())
    with pytest.raises(PermissionDenied):
        end_appointment(actor=world.chief, appointment=seat, on=clock.today())


# --- Sources ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*SourceKind.values, "throne", ""])
@pytest.mark.parametrize("role", Role.values)
def test_a_source_of_the_wrong_kind_is_refused_with_the_reason(
    world: build.World, source: TradeUnion, role: str, kind: str
) -> None:
    def call() -> Appointment:
        return appoint(
            actor=None, post=vacant(world, role), person=build.person(), start=clock.today(), source_kind=kind,
            source_union=source, source_office="产改专班",
        )  # fmt: skip

    if kind == SOURCE_OF_ROLE[role]:
        assert call().source_kind == kind
        return
    (words,) = told(call)["source_kind"]
    assert str(SOURCE_OF_ROLE[role].label) in words
    assert str(Role(role).label) in words


@pytest.mark.parametrize("level", UnionLevel.values)
@pytest.mark.parametrize("role", [Role.CHIEF, Role.GRID_OFFICER])
def test_a_chief_and_an_officer_come_from_a_grassroots_union(world: build.World, role: str, level: str) -> None:
    union = build.union("某工会", world.district, level)

    def call() -> Appointment:
        return appoint(
            actor=None, post=vacant(world, role), person=build.person(), start=clock.today(),
            source_kind=SOURCE_OF_ROLE[role], source_union=union,
        )  # fmt: skip

    if level == UnionLevel.GRASSROOTS:
        assert call().source_union == union
        return
    (words,) = told(call)["source_union"]
    assert "某工会" in words
    assert str(UnionLevel(level).label) in words


@pytest.mark.parametrize(
    ("role", "field"),
    [(Role.CHIEF, "source_union"), (Role.GRID_OFFICER, "source_union"), (Role.LIAISON, "source_office")],
)
def test_the_source_is_named(world: build.World, role: str, field: str) -> None:
    post = vacant(world, role)
    found = told(
        lambda: appoint(
            actor=None,
            post=post,
            person=build.person(),
            start=clock.today(),
            source_kind=SOURCE_OF_ROLE[role],
            source_office=" ",
        )
    )
    assert set(found) == {field}


# --- Terms ------------------------------------------------------------------------------------------------------------


def put(world: build.World, post: Post, source: TradeUnion, **said: Any) -> Appointment:
    given = {
        "actor": world.leader, "post": post, "person": build.person(), "start": clock.today(),
        "source_kind": SOURCE_OF_ROLE[post.role], "source_union": source, "source_office": "产改专班",
    }  # fmt: skip
    return appoint(**given | said)


def test_an_end_before_the_start_is_refused(world: build.World, source: TradeUnion) -> None:
    post = vacant(world, Role.LIAISON)
    for end in (clock.today(), clock.today() - DAY):
        assert set(told(lambda: put(world, post, source, end=end))) == {"term"}  # noqa: B023


def test_two_holders_of_one_post_do_not_overlap(world: build.World, source: TradeUnion) -> None:
    post, today = vacant(world, Role.GRID_OFFICER), clock.today()
    put(world, post, source, end=today + 10 * DAY)
    assert set(told(lambda: put(world, post, source, start=today + 9 * DAY))) == {"term"}
    put(world, post, source, start=today + 10 * DAY)
    assert set(told(lambda: put(world, post, source, start=today - DAY))) == {"term"}
    assert put(world, post, source, start=today - DAY, end=today).last_day == today - DAY


def test_a_second_grid_only_as_acting(world: build.World, source: TradeUnion) -> None:
    officer, second = world.officers[0].person, vacant(world, Role.GRID_OFFICER)
    (words,) = told(lambda: put(world, second, source, person=officer))["person"]
    assert "代管" in words
    end = clock.today() + 30 * DAY
    acting = put(world, second, source, person=officer, acting=True, end=end)
    assert (acting.acting, acting.end) == (True, end)
    # the grid counts as vacant still
    seat = seats_of([second], clock.today())[second.pk]
    assert (seat.holder, seat.acting, seat.acting_until) == (None, officer, end - DAY)
    assert seat.vacant_since == second.start
    assert holds_at(world.officers[0], Right.LOG_VISIT, world.station.pk)


def test_acting_ends_and_needs_no_source(world: build.World) -> None:
    post = vacant(world, Role.GRID_OFFICER)
    said: dict[str, Any] = {
        "actor": world.chief,
        "post": post,
        "person": build.person(),
        "start": clock.today(),
        "acting": True,
    }
    assert set(told(lambda: appoint(**said))) == {"end"}
    assert appoint(**said, end=clock.today() + DAY).source_kind == SourceKind.KEY_ENTERPRISE
    assert set(told(lambda: appoint(**said, end=clock.today() + 2 * DAY))) == {"term"}


def test_an_appointment_ends_and_the_rights_with_it(world: build.World) -> None:
    officer, seat = world.officers[0], world.posts["officer0"].appointments.get()
    assert holds_at(officer, Right.LOG_VISIT, world.station.pk)
    end_appointment(actor=world.chief, appointment=seat, on=clock.today() + DAY)
    assert holds_at(officer, Right.LOG_VISIT, world.station.pk)
    with clock.fixed(clock.today() + DAY):
        assert not holds(officer, Right.LOG_VISIT)
    end_appointment(actor=world.chief, appointment=seat, on=clock.today())
    assert not holds(officer, Right.LOG_VISIT)
    assert Appointment.objects.get(pk=seat.pk).last_day == clock.today() - DAY


def test_an_appointment_is_not_ended_later_than_it_ends(world: build.World) -> None:
    seat = world.posts["officer0"].appointments.get()
    end_appointment(actor=world.chief, appointment=seat, on=clock.today())
    for on in (clock.today(), clock.today() + DAY):
        assert set(told(lambda: end_appointment(actor=world.chief, appointment=seat, on=on))) == {"on"}  # noqa: B023


def test_an_appointment_that_never_held_goes(world: build.World, source: TradeUnion) -> None:
    seat = put(world, vacant(world, Role.LIAISON), source)
    end_appointment(actor=world.chief, appointment=seat, on=clock.today())
    assert not Appointment.objects.filter(pk=seat.pk).exists()
    assert set(told(lambda: end_appointment(actor=world.chief, appointment=seat, on=clock.today()))) == {"on"}


def test_each_act_is_one_line_of_the_journal(world: build.World, source: TradeUnion) -> None:
    seat = put(world, vacant(world, Role.LIAISON), source)
    end_appointment(actor=world.chief, appointment=seat, on=clock.today() + DAY)
    assert list(JournalEntry.objects.order_by("pk").values_list("verb", "actor_id", "station_id")) == [
        ("appoint", world.leader.pk, world.station.pk), ("end_appointment", world.chief.pk, world.station.pk),
    ]  # fmt: skip


# --- Many at once -----------------------------------------------------------------------------------------------------


def test_people_swap_their_posts_in_one_act(world: build.World, source: TradeUnion) -> None:
    seats = [world.posts[key].appointments.get() for key in ("officer0", "officer1")]
    coming = [
        Seating(seats[0].post, seats[1].person, source),
        Seating(seats[1].post, seats[0].person, source),
    ]
    rows = reseat(actor=world.chief, station=world.station, leaving=seats, coming=coming, on=clock.today())
    assert [(row.post, row.person) for row in rows] == [(s.post, s.person) for s in coming]
    assert all(row.holds_on(clock.today()) for row in Appointment.objects.filter(pk__in=[row.pk for row in rows]))
    assert not any(
        row.holds_on(clock.today()) for row in Appointment.objects.filter(pk__in=[seat.pk for seat in seats])
    )


def test_what_one_may_not_do_singly_one_may_not_do_in_bulk(world: build.World, source: TradeUnion) -> None:
    seat = world.posts["officer0"].appointments.get()
    neighbours = build.seat(build.post(Role.GRID_OFFICER, at=world.other), build.person())
    chiefs = world.posts["chief"].appointments.get()
    for actor, row in ((world.staff, seat), (world.chief, neighbours), (world.chief, chiefs)):
        with pytest.raises(PermissionDenied):
            reseat(actor=actor, station=world.station, leaving=[row], coming=[], on=clock.today())
    for actor, station in ((world.staff, world.station), (world.chief, world.other)):
        with pytest.raises(PermissionDenied):
            open_posts(actor=actor, role=Role.GRID_OFFICER, titles=["岗"], start=clock.today(), station=station)
    post = vacant(world, Role.GRID_OFFICER)

    def put_there(who: Any, union: TradeUnion | None) -> Callable[[], Any]:
        coming = [Seating(post, who, union)]
        return lambda: reseat(actor=world.chief, station=world.station, leaving=[], coming=coming, on=clock.today())

    assert set(told(put_there(build.person(), None))) == {"source_union"}
    assert set(told(put_there(build.person(), world.district))) == {"source_union"}
    assert set(told(put_there(seat.person, source))) == {"person"}


def test_the_queries_do_not_grow_with_the_people(world: build.World, source: TradeUnion) -> None:
    def act(count: int) -> Callable[[], Any]:
        posts = [vacant(world, Role.GRID_OFFICER) for _ in range(count)]
        leaving = [build.seat(post, build.user().person) for post in posts]  # type: ignore[arg-type]
        coming = [Seating(post, build.user().person, source) for post in posts]  # type: ignore[arg-type]
        return lambda: reseat(
            actor=world.chief, station=world.station, leaving=leaving, coming=coming, on=clock.today()
        )

    few = queries_of(world.chief, act(1))
    assert queries_of(world.chief, act(15)) == few


# --- Accounts ---------------------------------------------------------------------------------------------------------


def test_a_closed_account_has_nothing_from_the_next_question_on(world: build.World) -> None:
    officer = world.officers[0]
    assert holds(officer, Right.LOG_VISIT)
    set_active(actor=world.administrator, user=User.objects.get(pk=officer.pk), active=False)
    again = User.objects.get(pk=officer.pk)
    assert not any(holds(again, right) for right in Right)
    assert not Station.objects.visible_to(again).exists()
    set_active(actor=world.administrator, user=again, active=True)
    assert holds(User.objects.get(pk=officer.pk), Right.LOG_VISIT)


def test_only_an_administrator_closes_accounts_of_their_own_reach(world: build.World) -> None:
    neighbour, _post = build.holder(Role.CHIEF, at=world.other)
    for actor, user in (
        (world.leader, world.officers[0]), (world.chief, world.officers[0]), (world.administrator, neighbour),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            set_active(actor=actor, user=user, active=False)
        assert User.objects.get(pk=user.pk).is_active
    with pytest.raises(ValidationError):
        set_active(actor=world.administrator, user=world.administrator, active=False)
