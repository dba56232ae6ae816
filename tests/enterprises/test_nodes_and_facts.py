"""Places on nodes, dated facts."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.core import clock
from enterprises.models import ChainMembership, Enterprise, EnterpriseFact
from enterprises.selectors import facts_on, nodes_of
from enterprises.services import put_on_node, set_facts, take_off_node
from tests import build

DAY = dt.timedelta(days=1)
World = build.World
Make = Callable[..., list[Enterprise]]
Count = Callable[[Any, Callable[[], Any]], int]


def places(row: Enterprise) -> list[tuple[str, dt.date, dt.date | None]]:
    found = ChainMembership.objects.filter(enterprise=row).order_by("term")
    return [(place.node.name, place.start, place.end) for place in found]


def test_a_move_within_the_chain_closes_the_place_before(world: World) -> None:
    row, today = world.enterprises[0], clock.today()
    before = places(row)[0]
    outcome = put_on_node(actor=world.chief, enterprises=[row], node=world.nodes[2], start=today)
    assert (outcome.done, outcome.unchanged) == (1, 0)
    assert places(row) == [(before[0], before[1], today), ("环节3", today, None)]
    again = put_on_node(actor=world.chief, enterprises=[row], node=world.nodes[2], start=today)
    assert (again.done, again.unchanged) == (0, 1)
    # a correction from an earlier day: the place that began later gives way
    put_on_node(actor=world.chief, enterprises=[row], node=world.nodes[1], start=today - 5 * DAY)
    assert places(row) == [(before[0], before[1], today - 5 * DAY), ("环节2", today - 5 * DAY, None)]


def test_another_chain_is_a_second_place(world: World) -> None:
    row, other = world.enterprises[0], build.chain(world.district)
    put_on_node(actor=world.chief, enterprises=[row], node=other.nodes.first(), start=clock.today())
    assert {place.chain for place in nodes_of([row.pk], clock.today())[row.pk]} == {world.chain, other}
    take_off_node(actor=world.chief, enterprise=row, node=other.nodes.first(), on=clock.today())
    assert len(nodes_of([row.pk], clock.today())[row.pk]) == 1
    with pytest.raises(ValidationError) as told:
        take_off_node(actor=world.chief, enterprise=row, node=other.nodes.first(), on=clock.today())
    assert set(told.value.message_dict) == {"node"}


def test_rows_out_of_reach_are_refused_and_the_others_done(world: World) -> None:
    foreign = build.enterprise(at=world.other)
    rows = [world.enterprises[7], foreign]
    for outcome in (
        put_on_node(actor=world.chief, enterprises=rows, node=world.nodes[2], start=clock.today()),
        set_facts(actor=world.chief, enterprises=rows, start=clock.today(), tier="key"),
    ):
        assert (outcome.done, [row.id for row in outcome.refused]) == (1, [foreign.pk])
        assert outcome.refused[0].reason
    assert not places(foreign)
    for act in (
        lambda: take_off_node(actor=world.staff, enterprise=rows[0], node=world.nodes[2], on=clock.today()),
        lambda: take_off_node(actor=world.chief, enterprise=foreign, node=world.nodes[2], on=clock.today()),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_facts_change_from_a_day_on_and_the_past_stays(world: World) -> None:
    row, today = world.enterprises[0], clock.today()
    set_facts(actor=world.chief, enterprises=[row], start=today - 10 * DAY, workers=30, tier="key")
    set_facts(actor=world.chief, enterprises=[row], start=today, industrial_workers=20)
    told = [
        (f.workers, f.industrial_workers, f.tier)
        for f in EnterpriseFact.objects.filter(enterprise=row).order_by("term")
    ]
    assert told == [(None, None, "general"), (30, None, "key"), (30, 20, "key")]
    assert facts_on([row.pk], today - DAY)[row.pk].industrial_workers is None
    same = set_facts(actor=world.chief, enterprises=[row], start=today, workers=30)
    assert (same.done, same.unchanged) == (0, 1)


def test_one_in_which_the_figures_clash_is_refused_alone(world: World) -> None:
    small, large = world.enterprises[:2]
    set_facts(actor=world.chief, enterprises=[small], start=clock.today(), workers=5)
    outcome = set_facts(actor=world.chief, enterprises=[small, large], start=clock.today(), industrial_workers=9)
    assert (outcome.done, [row.id for row in outcome.refused]) == (1, [small.pk])
    assert "产业工人" in outcome.refused[0].reason


@pytest.mark.parametrize(("name", "value"), [("tier", "huge"), ("status", "gone"), ("workers", -1), ("size", "xxl")])
def test_an_unknown_word_or_figure_is_told_by_its_field(world: World, name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as told:
        set_facts(actor=world.chief, enterprises=world.enterprises, start=clock.today(), **{name: value})
    assert set(told.value.message_dict) == {name}


def test_the_number_of_queries_does_not_follow_the_rows(world: World, candidates: Make, queries: Count) -> None:
    few, many = candidates(2), candidates(300)
    start = clock.today()
    for act in (
        lambda rows: put_on_node(actor=world.chief, enterprises=rows, node=world.nodes[0], start=start),
        lambda rows: put_on_node(actor=world.chief, enterprises=rows, node=world.nodes[1], start=start),
        lambda rows: set_facts(actor=world.chief, enterprises=rows, start=start - DAY, workers=7),
        lambda rows: set_facts(actor=world.chief, enterprises=rows, start=start, workers=8),
    ):
        few_cost, many_cost = (queries(world.chief, lambda act=act, rows=rows: act(rows)) for rows in (few, many))
        assert few_cost == many_cost
    assert facts_on([row.pk for row in many], start)[many[0].pk].workers == 8


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3)), min_size=1, max_size=6))
def test_whatever_the_order_facts_follow_the_last_word_said_for_each_day(
    world: World, said: list[tuple[int, int]]
) -> None:
    """Against a naive model: each act writes its value on every day from its own on."""
    row, today = build.enterprise(at=world.station), clock.today()
    naive = dict.fromkeys(range(401))
    for back, workers in said:
        if naive[back] != workers:
            naive.update(dict.fromkeys(range(back + 1), workers))
        set_facts(actor=world.chief, enterprises=[row], start=today - back * DAY, workers=workers)
    asked = {0, 400, *(day for back, _ in said for day in (back, min(back + 1, 400), max(back - 1, 0)))}
    for back in asked:
        assert facts_on([row.pk], today - back * DAY)[row.pk].workers == naive[back]
