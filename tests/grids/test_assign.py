"""包保: moving and ending who answers for which enterprise."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.access.roles import Right
from crm.access.scope import can
from crm.core import clock
from crm.core.models import JournalEntry
from grids.models import Responsibility
from grids.selectors import responsible_on
from grids.services import assign_enterprises, release_enterprises
from tests import build
from tests.queries import queries_of

DAY = dt.timedelta(days=1)


def assign(world: build.World, post: str, rows: list[Any], **said: Any) -> Any:
    said = {"actor": world.chief, "start": clock.today()} | said
    return assign_enterprises(post=world.posts[post], enterprises=rows, **said)


def answering(world: build.World, day: dt.date) -> list[str]:
    """Which post answers for each of the world's enterprises on a day, "" for nobody."""
    names = {post.pk: key for key, post in world.posts.items()}
    found = responsible_on(world.chief, [row.pk for row in world.enterprises], day)
    return [" ".join(names[duty.post_id] for duty in found.get(row.pk, [])) for row in world.enterprises]


def test_an_assignment_holds_from_its_day_and_the_one_before_ends_there(world: build.World) -> None:
    start = build.days_ago(10)
    outcome = assign(world, "officer1", world.enterprises[2:8], start=start)
    assert (outcome.done, outcome.unchanged, outcome.refused) == (4, 2, [])
    both = ["officer0"] * 4 + ["officer1"] * 2
    assert answering(world, start - DAY) == [*both, "", ""]
    assert answering(world, start) == ["officer0"] * 2 + ["officer1"] * 6
    assert Responsibility.objects.filter(enterprise=world.enterprises[2]).count() == 2


def test_assigned_again_it_is_unchanged(world: build.World) -> None:
    before = list(Responsibility.objects.order_by("pk").values_list("pk", "term"))
    outcome = assign(world, "officer0", world.enterprises[:4])
    assert (outcome.done, outcome.unchanged) == (0, 4)
    assert list(Responsibility.objects.order_by("pk").values_list("pk", "term")) == before


def test_an_assignment_of_the_same_day_is_replaced_not_kept_for_no_day(world: build.World) -> None:
    row = world.enterprises[6]
    assign(world, "officer0", [row])
    assign(world, "officer1", [row])
    assert [duty.post for duty in Responsibility.objects.filter(enterprise=row)] == [world.posts["officer1"]]


def test_what_was_planned_for_later_gives_way(world: build.World) -> None:
    row = world.enterprises[6]
    assign(world, "officer0", [row], start=clock.today() + 20 * DAY)
    assert assign(world, "officer1", [row]).done == 1
    assert [duty.post for duty in Responsibility.objects.filter(enterprise=row)] == [world.posts["officer1"]]


def test_an_enterprise_off_the_stations_register_that_day_is_refused(world: build.World) -> None:
    late = build.enterprise(at=world.station, since=clock.today() + DAY)
    theirs = build.enterprise(at=world.other)
    nobodys = build.enterprise()
    outcome = assign(world, "officer0", [late, theirs, nobodys, world.enterprises[6]])
    assert outcome.done == 1
    assert {refusal.id for refusal in outcome.refused} == {late.pk, theirs.pk, nobodys.pk}
    assert all(refusal.reason and refusal.label for refusal in outcome.refused)
    assert assign(world, "officer0", [late], start=clock.today() + DAY).done == 1


def test_a_liaison_officer_answers_beside_the_grid_officer_within_a_chain(world: build.World) -> None:
    row, second = world.enterprises[0], build.chain(world.district)
    assert assign(world, "liaison", [row], chain=world.chain).done == 1
    assert assign(world, "liaison", [row], chain=second).done == 1
    found = responsible_on(world.chief, [row.pk], clock.today())[row.pk]
    assert [(duty.role, duty.chain) for duty in found] == [
        ("grid_officer", None), ("liaison", world.chain), ("liaison", second),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("post", "with_chain", "field"),
    [("officer0", True, "chain"), ("liaison", False, "chain"), ("chief", False, "post"), ("leader", False, "post")],
)
def test_only_officers_answer_and_only_a_liaison_within_a_chain(
    world: build.World, post: str, with_chain: bool, field: str
) -> None:
    with pytest.raises(ValidationError) as told:
        assign(world, post, world.enterprises[:1], chain=world.chain if with_chain else None)
    assert set(told.value.message_dict) == {field}


def test_a_release_ends_it_and_counts_those_that_it_did_not_answer_for(world: build.World) -> None:
    outcome = release_enterprises(
        actor=world.chief, post=world.posts["officer0"], enterprises=world.enterprises[3:5], on=clock.today()
    )
    assert (outcome.done, outcome.unchanged) == (1, 1)
    assert answering(world, clock.today() - DAY)[3:5] == ["officer0", "officer1"]
    assert answering(world, clock.today())[3:5] == ["", "officer1"]


def test_rights_follow_the_assignment_at_once(world: build.World) -> None:
    first, second = world.officers
    row = world.enterprises[0]
    assert [can(who, Right.VIEW_CONTACTS, row) for who in (first, second)] == [True, False]
    assign(world, "officer1", [row])
    assert [can(who, Right.VIEW_CONTACTS, row) for who in (first, second)] == [False, True]
    release_enterprises(actor=world.chief, post=world.posts["officer1"], enterprises=[row], on=clock.today())
    assert [can(who, Right.VIEW_CONTACTS, row) for who in (first, second)] == [False, False]


def test_only_whoever_manages_the_stations_grids_assigns(world: build.World) -> None:
    neighbour, _post = build.holder("chief", at=world.other)
    for actor in (world.officers[0], world.leader, world.staff, world.outsider, neighbour):
        with pytest.raises(PermissionDenied):
            assign(world, "officer0", world.enterprises[:1], actor=actor)
        with pytest.raises(PermissionDenied):
            release_enterprises(
                actor=actor, post=world.posts["officer0"], enterprises=world.enterprises[:1], on=clock.today()
            )


def test_each_call_is_one_line_of_the_journal(world: build.World) -> None:
    assign(world, "officer1", world.enterprises)
    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.actor_id, entry.station_id) == ("assign_enterprises", world.chief.pk, world.station.pk)
    assert entry.changes["assigned"] == [None, 6]


def test_the_queries_do_not_grow_with_the_enterprises(world: build.World) -> None:
    more = [build.enterprise(at=world.station) for _ in range(30)]
    few = queries_of(world.chief, lambda: assign(world, "officer0", more[:1]))
    assert queries_of(world.chief, lambda: assign(world, "officer0", more[1:])) == few
    few = queries_of(world.chief, lambda: assign(world, "officer1", more[:2], start=clock.today() + DAY))
    assert queries_of(world.chief, lambda: assign(world, "officer1", more[2:], start=clock.today() + DAY)) == few

    def release(rows: list[Any]) -> Any:
        return release_enterprises(
            actor=world.chief, post=world.posts["officer1"], enterprises=rows, on=clock.today() + 5 * DAY
        )

    few = queries_of(world.chief, lambda: release(more[:1]))
    assert queries_of(world.chief, lambda: release(more[1:])) == few
