"""Who sits where on a day."""

import datetime as dt

import pytest

from crm.access.roles import Right, Role
from crm.accounts.models import User
from crm.core import clock
from crm.core.dated import close_row
from stations.models import TradeUnion
from stations.selectors import accounts_visible_to, acting_post, posts_of, posts_of_people, seats
from tests import build
from tests.queries import queries_of

DAY = dt.timedelta(days=1)


def test_the_seats_of_a_station_chief_first(world: build.World) -> None:
    found = seats(world.station, clock.today())
    assert [seat.post.role for seat in found] == ["chief", "grid_officer", "grid_officer", "liaison", "api_consumer"]
    assert [seat.holder for seat in found][:2] == [world.chief.person, world.officers[0].person]
    assert {seat.holder_since for seat in found} == {build.days_ago(700)}
    assert seats(world.station, build.days_ago(801)) == []


def test_a_post_is_vacant_since_its_last_holder_left(world: build.World) -> None:
    post = world.posts["officer0"]
    close_row(post.appointments.get(), build.days_ago(30))
    build.seat(post, build.person(), build.days_ago(20), build.days_ago(10))
    build.seat(post, build.person(), clock.today() + 5 * DAY)
    build.seat(post, build.person(), build.days_ago(790), build.days_ago(760))  # written down last, ended first

    def on(days_ago: int) -> tuple[bool, dt.date | None]:
        seat = next(s for s in seats(world.station, build.days_ago(days_ago)) if s.post == post)
        return seat.holder is None, seat.vacant_since

    assert on(31) == (False, None)
    assert on(25) == (True, build.days_ago(30))
    assert on(15) == (False, None)
    assert on(0) == (True, build.days_ago(10))
    assert on(-5) == (False, None)


def test_the_posts_that_somebody_holds(world: build.World) -> None:
    officer = world.officers[0]
    assert officer.person is not None
    build.seat(world.posts["officer1"], officer.person, clock.today(), clock.today() + DAY, acting=True)
    assert posts_of(officer, clock.today()) == [world.posts["officer0"], world.posts["officer1"]]
    assert posts_of(officer, clock.today() + DAY) == [world.posts["officer0"]]
    assert posts_of(world.outsider, clock.today()) == []
    officer.is_active = False
    assert posts_of(officer, clock.today()) == []
    people = [officer.person_id, world.chief.person_id, None]
    assert posts_of_people(people, clock.today()) == {
        officer.person_id: [world.posts["officer0"], world.posts["officer1"]],
        world.chief.person_id: [world.posts["chief"]],
    }


@pytest.mark.parametrize(
    ("who", "right", "key"),
    [
        ("chief", None, "chief"),
        ("leader", None, "leader"),
        ("leader", Right.APPROVE_LIST, "leader"),
        ("chief", Right.APPROVE_LIST, None),
        ("liaison", Right.LOG_VISIT, "liaison"),
        ("outsider", None, None),
    ],
)
def test_the_post_in_which_one_acts_for_a_station(
    world: build.World, who: str, right: Right | None, key: str | None
) -> None:
    found = acting_post(getattr(world, who), world.station, clock.today(), right)
    assert found == (world.posts[key] if key else None)


def test_nobody_acts_in_another_stations_post_or_in_one_they_do_not_hold(world: build.World) -> None:
    today = clock.today()
    assert acting_post(world.chief, world.other, today) is None
    assert acting_post(world.leader, world.other, today) is None
    assert acting_post(world.chief, world.station, today, wanted=world.posts["officer0"]) is None
    assert acting_post(world.chief, world.station, today, wanted=world.posts["chief"]) == world.posts["chief"]


def test_a_post_of_the_station_comes_before_one_of_the_union(world: build.World) -> None:
    assert world.leader.person is not None
    build.seat(world.posts["officer0"], world.leader.person, clock.today(), clock.today() + DAY, acting=True)
    assert acting_post(world.leader, world.station, clock.today()) == world.posts["officer0"]
    assert acting_post(world.leader, world.station, clock.today(), Right.APPROVE_LIST) == world.posts["leader"]


def test_an_administrator_sees_the_accounts_of_the_reach_and_those_who_had_a_post_there(world: build.World) -> None:
    neighbour, _post = build.holder(Role.CHIEF, at=world.other)
    found = set(accounts_visible_to(world.administrator, clock.today()))
    everybody = set(User.objects.all())
    assert found == everybody - {neighbour, world.outsider}  # the outsider never held a post
    root, _post = build.holder(Role.ADMINISTRATOR, of=TradeUnion.objects.get(path=world.district.path[:4]))
    assert world.outsider in accounts_visible_to(root, clock.today())
    person = world.officers[0].person
    assert person is not None
    person.appointments.update(term=build.term_from(build.days_ago(90), build.days_ago(1)))
    assert world.officers[0] in accounts_visible_to(world.administrator, clock.today())
    build.seat(build.post(Role.GRID_OFFICER, world.other), person, clock.today())
    assert world.officers[0] not in accounts_visible_to(world.administrator, clock.today())
    for user in (world.chief, world.leader, world.outsider):
        assert not accounts_visible_to(user, clock.today())
    name = str(world.chief)
    assert world.chief in accounts_visible_to(world.administrator, clock.today(), name)
    assert world.leader not in accounts_visible_to(world.administrator, clock.today(), name)


def test_the_queries_do_not_grow(world: build.World) -> None:
    few = queries_of(world.chief, lambda: seats(world.station, clock.today()))
    for _ in range(5):
        build.holder(Role.GRID_OFFICER, at=world.station)
    assert queries_of(world.chief, lambda: seats(world.station, clock.today())) == few
