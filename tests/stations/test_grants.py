"""The projection: a user's grants are exactly what follows from the appointments of the day."""

import datetime as dt
import random
from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from crm.access.grants import grants_of, one_request
from crm.access.roles import ROLES, Right, Role
from crm.access.scope import TREE_STEP, can, holds, holds_at
from crm.accounts.models import Person, User
from crm.core import clock
from enterprises.models import Enterprise
from stations import grants
from stations.enums import SOURCE_OF_ROLE, UnionLevel
from stations.models import Appointment, Post, Station, StationGrant, TradeUnion, UnionGrant
from stations.services import Seating, appoint, end_appointment, reseat, set_active
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


# --- Against a naive recomputation ------------------------------------------------------------------------------------


def held_posts(user: User, day: dt.date) -> Iterator[Post]:
    """The posts that a user's person holds on a day, straight from the rows."""
    for row in Appointment.objects.all():
        if (
            user.is_active
            and row.person_id == user.person_id
            and row.start <= day
            and (row.end is None or day < row.end)
        ):
            post = row.post
            if post.start <= day and (post.end is None or day < post.end):
                yield post


def naive(user: User, day: dt.date) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    """(station id, right) and (union id, right) that the user ought to have."""
    stations, unions = set(), set()
    for post in held_posts(user, day):
        for right in ROLES[Role(post.role)].granted:
            if post.station_id is not None:
                stations.add((post.station_id, right.value))
            if post.union_id is not None:
                unions.add((post.union_id, right.value))
    return stations, unions


def written(user: User) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    """(station id, right) and (union id, right) that the tables of grants say."""
    both = [
        list(table.objects.filter(user=user).values_list("content_object_id", "permission__codename"))
        for table in (StationGrant, UnionGrant)
    ]
    assert all(len(rows) == len(set(rows)) for rows in both)
    return set(both[0]), set(both[1])


def reach(user: User, day: dt.date, right: Right) -> set[int]:
    """Stations on which the user ought to hold the right: of the post, or in the tree below the post's union."""
    found = set()
    for post in held_posts(user, day):
        if right not in ROLES[Role(post.role)].granted:
            continue
        for station in Station.objects.select_related("union"):
            tree = [station.union, *TradeUnion.objects.get_ancestors(station.union)]
            if station.pk == post.station_id or post.union_id in {union.pk for union in tree}:
                found.add(station.pk)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_grants_equal_a_naive_recomputation_after_random_appointments(seed: int) -> None:
    dice = random.Random(seed)
    city = build.union("市", level=UnionLevel.CITY)
    districts = [build.union(f"区{n}", city) for n in range(2)]
    towns = [build.union(f"街道{n}", districts[n], UnionLevel.TOWNSHIP) for n in range(2)]
    source = build.union("公司工会", districts[0], UnionLevel.GRASSROOTS)
    stations = [build.station(union) for union in (*districts, *towns)]
    posts = [
        build.post(role, at=station)
        for station in stations
        for role in (Role.CHIEF, Role.GRID_OFFICER, Role.LIAISON, Role.API_CONSUMER)
    ]
    posts += [
        build.post(role, of=union)
        for union in (city, *districts, *towns)
        for role in (Role.DISTRICT_LEADER, Role.DISTRICT_STAFF, Role.ADMINISTRATOR, Role.API_CONSUMER)
    ]
    users = [build.user() for _ in range(5)]
    admin, _post = build.holder(Role.ADMINISTRATOR, of=city)
    leader, _post = build.holder(Role.DISTRICT_LEADER, of=city)
    today = clock.today()
    done = 0
    for _ in range(60):
        start = today + dice.randint(-6, 6) * DAY
        act = dice.choice(["appoint", "appoint", "appoint", "act", "end", "swap", "close"])
        post, user = dice.choice(posts), dice.choice(users)
        person = user.person
        assert person is not None
        try:
            if act in ("appoint", "act"):
                appoint(
                    actor=None, post=post, person=person, start=start, acting=act == "act",
                    end=start + dice.randint(1, 8) * DAY if act == "act" or dice.random() < 0.6 else None,
                    source_kind=SOURCE_OF_ROLE[post.role], source_union=source, source_office="专班",
                )  # fmt: skip
            elif act == "end" and (rows := list(Appointment.objects.filter(person__user__in=users).order_by("pk"))):
                end_appointment(actor=None, appointment=dice.choice(rows), on=start)
            elif act == "swap":
                leaving = list(Appointment.objects.filter(post__station=stations[0], role=Role.GRID_OFFICER).on(today))
                officer = next(post for post in posts if post.role == Role.GRID_OFFICER)
                coming = [Seating(officer, person, source)]
                reseat(actor=leader, station=stations[0], leaving=leaving, coming=coming, on=today)
            elif act == "close":
                set_active(actor=admin, user=User.objects.get(pk=user.pk), active=dice.random() < 0.5)
        except ValidationError:
            continue
        done += 1
        fresh = User.objects.get(pk=user.pk)
        assert written(fresh) == naive(fresh, today), (seed, act)
    assert done > 15
    for day in (today, today + 3 * DAY, today - 4 * DAY):
        with clock.fixed(day):
            for user in User.objects.filter(pk__in=[user.pk for user in users]):
                found = grants_of(user)
                assert (found is not None) == user.is_active
                if found is None:
                    continue
                assert written(user) == naive(user, day)
                for right in Right:
                    assert found.station_ids(right) == reach(user, day, right), (seed, right)


# --- By example -------------------------------------------------------------------------------------------------------


def test_a_grant_on_a_union_reaches_every_station_below_it_and_none_beside_it() -> None:
    city = build.union("市", level=UnionLevel.CITY)
    districts = [build.union(f"区{n}", city) for n in range(2)]
    town = build.union("街道", districts[0], UnionLevel.TOWNSHIP)
    here, below, beside, above = (build.station(of) for of in (districts[0], town, districts[1], city))
    leader, _post = build.holder(Role.DISTRICT_LEADER, of=districts[0])
    assert {s.pk for s in Station.objects.visible_to(leader)} == {here.pk, below.pk}
    for station, reached in ((here, True), (below, True), (beside, False), (above, False)):
        assert holds_at(leader, Right.APPROVE_LIST, station.pk) == reached
        assert can(leader, Right.APPROVE_LIST, station) == reached


def test_a_station_opened_later_is_in_reach_at_once() -> None:
    district = build.union()
    leader, _post = build.holder(Role.DISTRICT_LEADER, of=district)
    assert not Station.objects.visible_to(leader)
    station = build.station(build.union("街道", district, UnionLevel.TOWNSHIP))
    assert list(Station.objects.visible_to(leader)) == [station]


def test_one_sees_the_unions_above_the_station_and_none_beside_them() -> None:
    city = build.union("市", level=UnionLevel.CITY)
    district, neighbour = build.union("区", city), build.union("邻区", city)
    chief, _post = build.holder(Role.CHIEF, at=build.station(district))
    assert set(TradeUnion.objects.visible_to(chief)) == {city, district}
    assert neighbour not in TradeUnion.objects.visible_to(chief)


def test_terms_begin_and_end_by_date_without_a_sweep() -> None:
    station, user = build.station(), build.user()
    assert user.person is not None
    build.seat(build.post(Role.CHIEF, at=station), user.person, clock.today() + DAY, clock.today() + 3 * DAY)
    for days, reached in ((0, False), (1, True), (2, True), (3, False)):
        with clock.fixed(clock.today() + days * DAY):
            assert holds_at(user, Right.MANAGE_REGISTER, station.pk) == reached


def test_rights_take_effect_on_the_next_question_also_within_a_request() -> None:
    station, user = build.station(), build.user()
    source = build.union("公司工会", station.union, UnionLevel.GRASSROOTS)
    post = build.post(Role.CHIEF, at=station)
    assert user.person is not None
    with one_request():
        assert not holds(user, Right.MANAGE_REGISTER)
        row = appoint(
            actor=None, post=post, person=user.person, start=clock.today(),
            source_kind=SOURCE_OF_ROLE[Role.CHIEF], source_union=source,
        )  # fmt: skip
        assert holds_at(user, Right.MANAGE_REGISTER, station.pk)
        end_appointment(actor=None, appointment=row, on=clock.today())
        assert not holds(user, Right.MANAGE_REGISTER)


def test_an_appointment_rolled_back_leaves_no_right() -> None:
    station, user = build.station(), build.user()
    assert user.person is not None
    post = build.post(Role.CHIEF, at=station)
    with transaction.atomic():
        build.seat(post, user.person)
        assert holds(user, Right.MANAGE_REGISTER)
        transaction.set_rollback(True)
    assert not holds(user, Right.MANAGE_REGISTER)
    assert written(user) == (set(), set())


def test_projecting_twice_writes_nothing_new() -> None:
    user, _post = build.holder(Role.CHIEF, at=build.station())
    grants.project(user, clock.today())
    before = list(StationGrant.objects.order_by("pk").values_list("pk", flat=True))
    grants.project(user, clock.today())
    assert list(StationGrant.objects.order_by("pk").values_list("pk", flat=True)) == before
    assert before


def test_a_post_that_has_closed_gives_nothing() -> None:
    user, post = build.holder(Role.CHIEF, at=build.station())
    post.term = build.term_from(post.start, clock.today())
    post.save()
    assert not any(holds(user, right) for right in Right)


def test_somebody_without_person_or_account_has_nothing() -> None:
    nobody = User.objects.create_user("nobody")
    stranger = Person.named("路人")
    stranger.save()
    build.seat(build.post(Role.CHIEF, at=build.station()), stranger)
    assert not any(holds(nobody, right) for right in Right)
    assert not Enterprise.objects.visible_to(nobody).exists()


def test_a_superuser_has_no_way_past_the_rights() -> None:
    station = build.station()
    root = User.objects.create_user("root", is_superuser=True, person=build.person())
    assert not any(holds(root, right) for right in Right)
    assert not can(root, Right.VIEW_STATION, station)


def test_the_rights_and_the_tree_agree_on_a_level() -> None:
    assert TradeUnion.steplen == TREE_STEP
