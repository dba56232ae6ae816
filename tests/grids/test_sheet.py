"""The sheet of grids and officers: all rows or none, each fault at its row and column."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.access.roles import Right, Role
from crm.access.scope import holds_at
from crm.accounts.models import Person
from crm.core import clock
from crm.core.models import JournalEntry
from enterprises.models import ChainNode
from grids.models import Grid
from grids.services import GridRow, SheetFaults, save_grid_sheet
from stations.enums import UnionLevel
from stations.models import Appointment, Post, TradeUnion
from stations.selectors import seats_of
from tests import build
from tests.queries import queries_of

DAY = dt.timedelta(days=1)


@pytest.fixture
def source(world: build.World) -> TradeUnion:
    return build.union("云岭花卉公司工会", world.district, UnionLevel.GRASSROOTS)


@pytest.fixture
def save(world: build.World, source: TradeUnion) -> Callable[..., list[Grid]]:
    def call(*rows: GridRow, start: dt.date | None = None, actor: Any = None) -> list[Grid]:
        return save_grid_sheet(
            actor=actor or world.chief, station=world.station, rows=rows, start=start or clock.today()
        )

    return call


def row(number: int | str, officer: str = "", **cells: str) -> GridRow:
    return GridRow(str(number), officer=officer, union=cells.pop("union", "云岭花卉公司工会"), **cells)


def officers(world: build.World) -> dict[int, str]:
    """{number of the grid: who holds its post today}."""
    grids = list(Grid.objects.filter(station=world.station).select_related("post").order_by("number"))
    seats = seats_of([grid.post for grid in grids], clock.today())
    return {grid.number: getattr(seats[grid.post_id].holder, "name", "") for grid in grids}


def faults(save: Callable[..., Any], *rows: GridRow) -> list[tuple[int, str]]:
    with pytest.raises(SheetFaults) as told:
        save(*rows)
    assert all(words for _row, _column, words in told.value.faults)
    return [(index, column) for index, column, _words in told.value.faults]


def test_new_grids_come_with_posts_officers_and_nodes(world: build.World, save: Callable[..., list[Grid]]) -> None:
    rows = [
        row(3, "刘洋", name="第三网格", phone="000-13800000001", nodes="环节1、环节2"),
        row("１３", "陈静", nodes="环节1, 环节3"),
        row(5),
    ]
    grids = save(*rows)
    assert [grid.number for grid in grids] == [3, 13, 5]
    assert [grid.name for grid in grids] == [
        "第三网格",
        Grid.objects.get(number=13).name,
        Grid.objects.get(number=5).name,
    ]
    assert officers(world) | {1: "", 2: ""} == {1: "", 2: "", 3: "刘洋", 13: "陈静", 5: ""}
    assert Person.objects.get(name="刘洋").phone == "000-13800000001"
    assert Person.objects.get(name="刘洋").name_key == "liuyang"
    assert set(grids[1].focus_nodes.values_list("name", flat=True)) == {"环节1", "环节3"}
    seat = Appointment.objects.get(person__name="陈静")
    assert (seat.start, seat.end, seat.source_kind, seat.source_union.name) == (  # type: ignore[union-attr]
        clock.today(), None, "key_enterprise", "云岭花卉公司工会",
    )  # fmt: skip
    assert JournalEntry.objects.filter(verb="save_grid_sheet", object_id=world.station.pk).count() == 1


def test_saved_again_it_changes_nothing(world: build.World, save: Callable[..., list[Grid]]) -> None:
    rows = [row(3, "刘洋", nodes="环节1"), row(4, "陈静")]
    first = save(*rows)
    held = list(Appointment.objects.order_by("pk").values_list("pk", "term"))
    assert save(*rows) == first
    assert list(Appointment.objects.order_by("pk").values_list("pk", "term")) == held
    assert list(first[0].focus_nodes.values_list("name", flat=True)) == ["环节1"]


def test_a_new_officer_follows_and_an_empty_cell_leaves_the_post_vacant(
    world: build.World, save: Callable[..., list[Grid]]
) -> None:
    before = officers(world)
    save(row(1, "刘洋"), row(2, ""))
    assert officers(world) == {1: "刘洋", 2: ""}
    ended = Appointment.objects.filter(person__name__in=before.values())
    assert {seat.last_day for seat in ended} == {clock.today() - DAY}


def test_grids_that_the_sheet_does_not_name_stay(world: build.World, save: Callable[..., list[Grid]]) -> None:
    before = officers(world)
    save(row(2, before[2], name="新名"))
    assert officers(world) == before
    assert Grid.objects.get(station=world.station, number=2).name == "新名"
    assert Grid.objects.get(station=world.station, number=1).name == "第1网格"


def test_officers_may_swap_grids(world: build.World, save: Callable[..., list[Grid]]) -> None:
    before = officers(world)
    people = Person.objects.count()
    save(row(1, before[2]), row(2, before[1]))
    assert officers(world) == {1: before[2], 2: before[1]}
    assert Person.objects.count() == people


def test_rights_move_with_the_sheet_at_once(world: build.World, save: Callable[..., list[Grid]]) -> None:
    leaving = world.officers[0]
    assert holds_at(leaving, Right.LOG_VISIT, world.station.pk)
    save(row(1, "刘洋"))
    assert not holds_at(leaving, Right.LOG_VISIT, world.station.pk)


def test_a_phone_tells_two_people_of_one_name_apart(world: build.World, save: Callable[..., list[Grid]]) -> None:
    save(row(3, "刘洋", phone="000-1"), row(4, "刘洋", phone="000-2"))
    assert Person.objects.filter(name="刘洋").count() == 2
    assert faults(save, row(5, "刘洋")) == [(0, "phone")]
    save(row(3, ""), row(5, "刘洋", phone="000-1"))
    assert Person.objects.filter(name="刘洋").count() == 2


def test_a_phone_is_added_to_somebody_known_without_one(world: build.World, save: Callable[..., list[Grid]]) -> None:
    save(row(3, "刘洋"))
    save(row(3, "刘洋", phone="000-7"))
    save(row(3, ""), row(4, "刘洋", phone="000-7"))
    assert [who.phone for who in Person.objects.filter(name="刘洋")] == ["000-7"]


@pytest.mark.parametrize(
    ("bad", "columns"),
    [
        (row("", "刘洋"), ["number"]),
        (row("x", "刘洋"), ["number"]),
        (row("0"), ["number"]),
        (row("1000"), ["number"]),
        (row("1000001"), ["number"]),
        (row("1.5"), ["number"]),
        (row(7, name="<b>甲</b>"), ["name"]),
        (row(7, name="长" * 61), ["name"]),
        (row(7, nodes="环节1、月球"), ["nodes"]),
        (row(7, "刘洋", union=""), ["union"]),
        (row(7, "刘洋", union="不存在的工会"), ["union"]),
        (row(7, "刘洋", union="区总工会"), ["union"]),
        (row(7, "刘<洋"), ["officer"]),
        (row(7, "刘洋", phone="0" * 31), ["phone"]),
        (row(7, "刘洋", union="", nodes="月球", name="a\u202eb"), ["name", "nodes", "union"]),
    ],
)
def test_a_fault_is_told_at_its_row_and_column_and_nothing_is_saved(
    world: build.World, save: Callable[..., list[Grid]], bad: GridRow, columns: list[str]
) -> None:
    before = (Grid.objects.count(), Post.objects.count(), Person.objects.count(), Appointment.objects.count())
    assert faults(save, row(6, "陈静"), bad) == [(1, column) for column in columns]
    after = (Grid.objects.count(), Post.objects.count(), Person.objects.count(), Appointment.objects.count())
    assert after == before


def test_every_bad_row_is_told_at_once(world: build.World, save: Callable[..., list[Grid]]) -> None:
    assert faults(save, row("x"), row(3), row(3), row(4, nodes="月球")) == [(0, "number"), (2, "number"), (3, "nodes")]


def test_one_person_in_two_grids_is_refused_at_the_row(world: build.World, save: Callable[..., list[Grid]]) -> None:
    assert faults(save, row(3, "刘洋"), row(4, "刘洋")) == [(1, "officer")]
    assert faults(save, row(3, officers(world)[1])) == [(0, "officer")]


def test_a_grid_or_an_officer_that_comes_later_stands_in_the_way(
    world: build.World, save: Callable[..., list[Grid]]
) -> None:
    save(row(3, "刘洋"), start=clock.today() + 30 * DAY)
    assert faults(save, row(3)) == [(0, "number")]
    save(row(1, "陈静"), start=clock.today() + 30 * DAY)
    assert faults(save, row(1, "何平")) == [(0, "officer")]


def test_a_node_of_several_chains_is_named_with_its_chain(world: build.World, save: Callable[..., list[Grid]]) -> None:
    second = build.chain(world.district, name="数字链")
    assert faults(save, row(3, nodes="环节1")) == [(0, "nodes")]
    (grid,) = save(row(3, nodes="数字链·环节1"))
    node = ChainNode.objects.get(chain=second, number=1)
    assert list(grid.focus_nodes.all()) == [node]
    save(row(3, nodes="环节1"))
    assert list(grid.focus_nodes.all()) == [node]


@pytest.mark.parametrize("count", [0, 201])
def test_a_sheet_has_some_rows_and_not_too_many(
    world: build.World, save: Callable[..., list[Grid]], count: int
) -> None:
    with pytest.raises(ValidationError) as told:
        save(*[row(1)] * count)
    assert set(told.value.message_dict) == {"rows"}


def test_only_whoever_manages_grids_saves_a_sheet(world: build.World, save: Callable[..., list[Grid]]) -> None:
    for actor in (world.officers[0], world.liaison, world.leader, world.staff, world.outsider):
        with pytest.raises(PermissionDenied):
            save(row(1), actor=actor)


def test_the_queries_do_not_grow_with_the_rows(world: build.World, save: Callable[..., list[Grid]]) -> None:
    def new(first: int, count: int) -> Callable[[], Any]:
        rows = [row(n, f"新员{n}号", nodes="环节1、环节2") for n in range(first, first + count)]
        return lambda: save(*rows)

    few = queries_of(world.chief, new(10, 1))
    assert queries_of(world.chief, new(20, 40)) == few
    for number in range(10, 60):  # with accounts, whose grants follow
        for person in Person.objects.filter(name=f"新员{number}号"):
            build.user(person)

    def others(first: int, count: int) -> Callable[[], Any]:
        rows = [row(n, f"后任{n}号", nodes="环节3") for n in range(first, first + count)]
        return lambda: save(*rows)

    few = queries_of(world.chief, others(20, 2))
    assert queries_of(world.chief, others(22, 38)) == few
    assert Post.objects.filter(role=Role.GRID_OFFICER, station=world.station).count() == 43
