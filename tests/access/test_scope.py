"""Rows and rights: `visible_to` and `can` say the same, each row once, and a second opinion agrees."""

import random
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models

from crm.access.roles import Right, Role
from crm.access.scope import Scope, ScopedQuerySet, can, holds, holds_at, holds_on, require
from crm.accounts.models import Person, User
from crm.core import clock
from enterprises.enums import SeatKind
from enterprises.models import Candidate, ChainSeat, Enterprise, EnterpriseContact
from grids.models import Responsibility, ResponsibleList
from grids.services import draft_list
from stations.enums import UnionLevel
from stations.models import Park, Station, StationPark, TradeUnion
from tests import build

WHO = ("chief", "liaison", "leader", "staff", "consumer", "administrator", "outsider")


@pytest.fixture
def world(db: None) -> build.World:
    """The common cast, with rows of most kinds here and at the neighbour's."""
    made = build.world()
    neighbour, posts = build.holder(Role.CHIEF, at=made.other)
    ChainSeat.objects.create(
        chain=made.chain, post=made.posts["liaison"], kind=SeatKind.CONTACT, term=build.term_from(build.days_ago(50))
    )
    build.responsible(made.enterprises[6], made.posts["liaison"], chain=made.chain)
    theirs = build.enterprise(at=made.other)
    for row, post in (
        (made.enterprises[0], made.posts["officer0"]),
        (made.enterprises[5], made.posts["officer1"]),
        (theirs, posts),
    ):
        EnterpriseContact.objects.create(enterprise=row, name="陈某", phone="000-1")
        visit = build.visit(row, post, build.days_ago(3))
        build.issue(row, post, visit=visit)
        build.obligation(row, made.regime.rules.first(), build.days_ago(5), clock.today())  # type: ignore[arg-type]
    Candidate.objects.create(enterprise=build.enterprise(), station=made.station, source="import")
    Candidate.objects.create(enterprise=build.enterprise(), station=made.other, source="import")
    draft_list(actor=made.chief, station=made.station)
    draft_list(actor=neighbour, station=made.other)
    return made


def everybody(world: build.World) -> list[User]:
    return [*world.officers, *(getattr(world, name) for name in WHO)]


def scoped() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if isinstance(getattr(model, "scope", None), Scope)]


def test_seeing_and_being_allowed_are_the_same_condition_for_any_row(world: build.World) -> None:
    dice, compared = random.Random(7), 0
    for model in scoped():
        rows = list(model._base_manager.all())
        sample = dice.sample(rows, min(4, len(rows)))
        for user in everybody(world):
            found = list(model.objects.visible_to(user))  # type: ignore[attr-defined]
            assert len(found) == len(set(found)), (model, user)
            right = dice.choice(list(Right))
            allowed = set(model.objects.all().allowing(user, right))  # type: ignore[attr-defined]
            for row in sample:
                assert (row in found) == can(user, model.scope.view, row), (model, user, row)  # type: ignore[attr-defined]
                assert (row in allowed) == can(user, right, row), (model, user, right, row)
                compared += 1
    assert compared > 400


def test_what_is_offered_on_an_enterprise_of_a_register_is_what_its_services_allow(world: build.World) -> None:
    """`holds_on` asks no row, `can` asks the rows."""
    asked = (
        Right.VIEW_PROGRAMS,
        Right.REPORT_ITEM,
        Right.VERIFY_ITEM,
        Right.CONFIRM_ITEM,
        Right.MANAGE_PROGRAMS,
        Right.PLAN,
    )
    rows = Enterprise.objects.filter(station__isnull=False)
    for user in everybody(world):
        for right in asked:
            allowed = set(Enterprise.objects.all().allowing(user, right))
            offered = {row for row in rows if holds_on(user, right, row.station_id, row.pk)}
            assert offered == allowed, (user, right)


def test_no_scope_leads_over_many_rows_to_one() -> None:
    """Such a path would show a row as often as it is reached; a provider with a subquery is the way."""
    for model in scoped():
        scope: Scope = model.scope  # type: ignore[attr-defined]
        for path in (*scope.stations, scope.enterprise, *scope.posts, scope.union, scope.above):
            here: Any = model
            for part in path.split("__") if path and path != "pk" else ():
                if part == "pk":
                    continue
                field = here._meta.get_field(part)
                assert field.many_to_one or field.one_to_one or not field.is_relation, (model, path)
                here = field.related_model or here


@pytest.mark.django_db
def test_a_park_served_by_two_stations_is_one_park() -> None:
    district = build.union()
    home = build.park(district)
    stations = [build.station(district, home=home) for _ in range(3)]
    leader, _post = build.holder(Role.DISTRICT_LEADER, of=build.union("街道", district, UnionLevel.TOWNSHIP))
    assert not Park.objects.visible_to(leader)
    for user in (
        build.holder(Role.DISTRICT_LEADER, of=district)[0],
        build.holder(Role.CHIEF, at=stations[0])[0],
    ):
        assert list(Park.objects.visible_to(user)) == [home]


@pytest.mark.django_db
def test_a_park_is_seen_by_whoever_serves_it_today() -> None:
    station, elsewhere = build.station(), build.park(build.union())
    chief, _post = build.holder(Role.CHIEF, at=station)
    service = StationPark.objects.create(
        station=station, park=elsewhere, term=build.term_from(build.days_ago(9), clock.today())
    )
    assert set(Park.objects.visible_to(chief)) == {station.home_park}
    service.term = build.term_from(build.days_ago(9))
    service.save()
    assert set(Park.objects.visible_to(chief)) == {station.home_park, elsewhere}


# --- A second opinion on enterprises ----------------------------------------------------------------------------------


def test_enterprises_as_the_page_of_rights_says(world: build.World) -> None:
    rows = world.enterprises
    here = set(rows)
    known = set(Enterprise.objects.filter(candidacies__station=world.station))
    theirs = Enterprise.objects.get(station=world.other)
    on_chain, own0, own1 = set(rows[:6]), set(rows[:4]), set(rows[4:6])
    expected: dict[Right, list[tuple[User, set[Enterprise]]]] = {
        Right.VIEW_REGISTER: [
            (world.chief, here | known),
            (world.officers[0], here | known),
            (world.liaison, on_chain | {rows[6]}),
            (world.leader, here | known),
            (world.staff, here | known),
            (world.consumer, here | known),
            (world.administrator, set()),
            (world.outsider, set()),
        ],
        Right.VIEW_CONTACTS: [
            (world.chief, here),
            (world.officers[0], own0),
            (world.officers[1], own1),
            (world.liaison, {rows[6]}),
            (world.leader, set()),
            (world.staff, set()),
            (world.consumer, set()),
            (world.administrator, set()),
        ],
        Right.ACCEPT_ISSUE: [(world.chief, here), (world.officers[1], own1), (world.leader, set())],
        Right.MANAGE_REGISTER: [(world.chief, here | known), (world.officers[0], set()), (world.leader, set())],
    }
    for right, users in expected.items():
        for user, wanted in users:
            assert set(Enterprise.objects.allowing(user, right)) == wanted, (right, user)
            assert not can(user, right, theirs)


def test_who_is_on_the_register_is_the_same_by_the_short_way(world: build.World) -> None:
    for user in everybody(world):
        seen = Enterprise.objects.visible_to(user).filter(station__isnull=False)
        assert set(Enterprise.objects.registered_to(user)) == set(seen), user
    world.chief.is_active = False
    assert not Enterprise.objects.registered_to(world.chief).exists()


def test_an_officers_reach_is_that_of_the_day(world: build.World) -> None:
    duty = Responsibility.objects.get(enterprise=world.enterprises[0])
    duty.term = build.term_from(duty.start, clock.today())
    duty.save()
    assert world.enterprises[0] not in Enterprise.objects.allowing(world.officers[0], Right.VIEW_CONTACTS)


def test_an_acting_officer_reaches_the_enterprises_of_the_vacant_post(world: build.World) -> None:
    second = world.officers[1].person
    assert second is not None
    build.seat(world.posts["officer0"], second, clock.today(), build.days_ago(-1), acting=True)
    found = set(Enterprise.objects.allowing(world.officers[1], Right.VIEW_CONTACTS))
    assert found == set(world.enterprises[:6])


def test_lists_are_read_by_the_station_and_the_district(world: build.World) -> None:
    row = ResponsibleList.objects.get(station=world.station)
    for user in (world.chief, world.leader, world.staff, world.officers[0], world.consumer):
        assert list(ResponsibleList.objects.visible_to(user)) == [row]
    for user in (world.liaison, world.administrator, world.outsider):
        assert not ResponsibleList.objects.visible_to(user)


# --- The edges --------------------------------------------------------------------------------------------------------


def test_a_model_that_says_nothing_shows_nothing(world: build.World) -> None:
    people: Any = ScopedQuerySet(model=Person)
    assert people.exists()
    for user in everybody(world):
        assert not people.visible_to(user).exists()
        assert not people.allowing(user, Right.VIEW_STATION).exists()


@pytest.mark.parametrize("who", ["nobody", "closed"])
def test_who_is_not_signed_in_or_closed_sees_nothing(world: build.World, who: str) -> None:
    user: Any = AnonymousUser() if who == "nobody" else world.chief
    if who == "closed":
        user.is_active = False
    for model in scoped():
        assert not model.objects.visible_to(user).exists()  # type: ignore[attr-defined]
    assert not holds(user, Right.VIEW_STATION)
    assert not holds_at(user, Right.VIEW_STATION, world.station.pk)
    assert not can(user, Right.VIEW_STATION, world.station)


def test_require_refuses_whoever_may_not(world: build.World) -> None:
    require(world.chief, Right.PLAN, world.station)
    for user, row in ((world.chief, world.other), (world.leader, world.station), (world.outsider, world.station)):
        with pytest.raises(PermissionDenied):
            require(user, Right.PLAN, row)


def test_a_right_held_somewhere_is_not_held_everywhere(world: build.World) -> None:
    assert holds(world.chief, Right.PLAN)
    assert holds_at(world.chief, Right.PLAN, world.station.pk)
    assert not holds_at(world.chief, Right.PLAN, world.other.pk)
    assert holds(world.officers[0], Right.VIEW_CONTACTS)  # over the own enterprises only
    assert not holds_at(world.officers[0], Right.VIEW_CONTACTS, world.station.pk)
    assert not holds(world.outsider, Right.VIEW_STATION)


def test_a_station_and_its_unions_are_seen_from_within(world: build.World) -> None:
    for user in (*world.officers, world.chief, world.liaison, world.leader):
        assert list(Station.objects.visible_to(user)) == [world.station]
        assert {row.name for row in TradeUnion.objects.visible_to(user)} == {"区总工会", "市总工会"}
