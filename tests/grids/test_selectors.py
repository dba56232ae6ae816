"""How much each grid carries, who answers for whom, for whom nobody does."""

import datetime as dt

from crm.core import clock
from crm.core.dated import close_row
from enterprises.models import RegisterEntry
from grids.selectors import loads, responsible_on, unassigned
from tests import build
from tests.queries import queries_of

DAY = dt.timedelta(days=1)


def test_a_grid_carries_the_enterprises_of_its_post_that_are_on_the_register(world: build.World) -> None:
    assert [(load.grid, load.enterprises) for load in loads(world.chief, world.station, clock.today())] == [
        (world.grids[0], 4), (world.grids[1], 2),
    ]  # fmt: skip
    entry = RegisterEntry.objects.get(enterprise=world.enterprises[0])
    entry.exit_reason = "moved_out"
    entry.save()
    close_row(entry, clock.today())
    assert [load.enterprises for load in loads(world.chief, world.station, clock.today())] == [3, 2]
    assert [load.enterprises for load in loads(world.chief, world.station, clock.today() - DAY)] == [4, 2]


def test_a_load_says_who_sits_there(world: build.World) -> None:
    close_row(world.posts["officer0"].appointments.get(), build.days_ago(3))
    vacant, held = loads(world.chief, world.station, clock.today())
    assert (vacant.seat.person, vacant.seat.vacant_since, vacant.seat.vacant_days(clock.today())) == (
        None, build.days_ago(3), 3,
    )  # fmt: skip
    assert held.seat.holder == world.officers[1].person
    assert loads(world.chief, world.station, build.days_ago(4))[0].seat.holder == world.officers[0].person


def test_another_stations_grids_are_not_counted(world: build.World) -> None:
    assert loads(world.leader, world.other, clock.today()) == []


def test_for_whom_nobody_answers(world: build.World) -> None:
    build.responsible(world.enterprises[6], world.posts["liaison"], chain=world.chain)  # a liaison is no grid officer
    ended = build.responsible(world.enterprises[7], world.posts["officer1"], end=clock.today())
    found = unassigned(world.station, clock.today())
    assert {entry.enterprise_id for entry in found} == {row.pk for row in world.enterprises[6:]}
    before = unassigned(world.station, ended.end - DAY)  # type: ignore[operator]
    assert {entry.enterprise_id for entry in before} == {world.enterprises[6].pk}


def test_who_answers_is_asked_for_many_at_once(world: build.World) -> None:
    rows = [row.pk for row in world.enterprises]
    found = responsible_on(world.chief, rows, clock.today())
    assert set(found) == set(rows[:6])
    assert {duty.post for duties in found.values() for duty in duties} == {
        world.posts["officer0"],
        world.posts["officer1"],
    }
    assert responsible_on(world.chief, rows, build.days_ago(701)) == {}


def test_the_queries_do_not_grow(world: build.World) -> None:
    few = queries_of(world.chief, lambda: loads(world.chief, world.station, clock.today()))
    for _ in range(5):
        build.responsible(build.enterprise(at=world.station), build.grid(world.station).post)
    assert queries_of(world.chief, lambda: loads(world.chief, world.station, clock.today())) == few
