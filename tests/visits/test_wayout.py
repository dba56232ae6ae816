"""A chief who cannot keep the regime takes the way out that is proposed: exceptions of the station, from today on."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.access.roles import Role
from crm.core import clock
from crm.visits.engine import Subject
from crm.visits.enums import Every, Need
from crm.visits.models import PostCapacity, RegimeRule
from crm.visits.selectors.demand import LADDER, Line, Room, Standing, best_line, demand, standing_at, yearly
from crm.visits.selectors.rules import rules_found
from crm.visits.services import adopt_way_out, end_exception, plan_marked, plan_obligations
from enterprises.enums import Tier
from tests import build

TODAY = dt.date(2026, 3, 10)
WHY = "站长一人，每周半天"


@pytest.fixture
def world(db: None) -> build.World:
    """Eight enterprises that owe a visit a month each, and one lead firm every two weeks; only the chief goes out."""
    with clock.fixed(TODAY):
        world = build.world()
        world.enterprises[0].facts.update(tier=Tier.LEAD)
        world.regime.rules.all().delete()
        for tier, every in (("", Every.MONTH), (Tier.LEAD, Every.TWO_WEEKS)):
            RegimeRule.objects.create(
                regime=world.regime, tier=tier, role=Role.GRID_OFFICER, need=Need.ONSITE, every=every, late_days=3
            )
        for post in world.station.posts.all():
            half_days = 1 if post.role == Role.CHIEF else 0
            PostCapacity.objects.create(post=post, half_days=half_days, visits=1, term=build.term_from(TODAY))
        plan_obligations(actor=None, station=world.station)
    return world


def how_often(world: build.World, day: dt.date) -> list[str]:
    """Of each enterprise, by the engine."""
    ids = [row.pk for row in world.enterprises]
    found = rules_found([world.station], ids)
    kept = []
    for row in world.enterprises:
        subject = Subject([], list(row.facts.all()), found.of(world.station.pk, row.pk))
        rule = subject.rule_on((Role.GRID_OFFICER, Need.ONSITE), day)
        assert rule is not None
        assert rule.late_days == 3
        kept.append(rule.every)
    return kept


def test_the_station_lives_by_the_way_out_and_the_regime_stays(world: build.World) -> None:
    with clock.fixed(TODAY):
        before = standing_at(world.station, TODAY).demand
        assert (before.onsite, before.can, before.short) == (7 * 12 + 26, 52, 58)
        assert before.way_out is not None
        made = adopt_way_out(actor=world.chief, station=world.station, reason=WHY)
        to = {step.line.tier: step.to for step in before.way_out.steps}
        wanted = [to.get(Tier.LEAD, Every.TWO_WEEKS)] + 7 * [to[""]]
        assert how_often(world, TODAY) == wanted
        after = standing_at(world.station, TODAY).demand
        assert (after.short, after.way_out) == (0, None)
        assert {(row.station_id, row.enterprise_id, row.regime_id, row.reason) for row in made} == {
            (world.station.pk, None, None, WHY)
        }
        assert {rule.every for rule in world.regime.rules.all()} == {Every.MONTH, Every.TWO_WEEKS}
        with pytest.raises(ValidationError) as told:
            adopt_way_out(actor=world.chief, station=world.station, reason=WHY)
        assert "station" in told.value.message_dict


def test_a_station_s_own_line_goes_further_down_on_another_day(world: build.World) -> None:
    with clock.fixed(TODAY):
        adopt_way_out(actor=world.chief, station=world.station, reason=WHY)
        PostCapacity.objects.filter(post__role=Role.CHIEF).update(half_days=0)
        with pytest.raises(ValidationError):  # decided today
            adopt_way_out(actor=world.chief, station=world.station, reason=WHY)
    later = TODAY + dt.timedelta(30)
    with clock.fixed(later):
        adopt_way_out(actor=world.chief, station=world.station, reason="暂无人手")
        assert set(how_often(world, later)) == {Every.YEAR}
        for row in RegimeRule.objects.filter(station=world.station, term__contains=later):
            with pytest.raises(ValidationError):  # from tomorrow on
                end_exception(actor=world.chief, exception=row, on=later)
    with clock.fixed(later + dt.timedelta(1)):
        for row in RegimeRule.objects.filter(station=world.station, term__contains=later):
            end_exception(actor=world.chief, exception=row, on=clock.today())
        plan_marked()
        assert set(how_often(world, clock.today())) == {Every.MONTH, Every.TWO_WEEKS}


def test_only_whoever_plans_the_station_takes_it_and_says_why(world: build.World) -> None:
    with clock.fixed(TODAY):
        for actor in (world.officers[0], world.leader, world.staff, world.outsider):
            with pytest.raises(PermissionDenied):
                adopt_way_out(actor=actor, station=world.station, reason=WHY)
        with pytest.raises(ValidationError) as told:
            adopt_way_out(actor=world.chief, station=world.station, reason="  ")
        assert "reason" in told.value.message_dict
        assert not RegimeRule.objects.filter(station=world.station).exists()


def test_the_chief_reads_what_is_wanting_and_takes_the_way_out(world: build.World) -> None:
    part, page = (reverse(f"visits:{name}", args=[world.station.pk]) for name in ("capacity_demand", "capacity"))
    client = Client()
    with clock.fixed(TODAY):
        client.force_login(world.officers[0])
        assert client.get(part).status_code in (403, 404)
        client.force_login(world.chief)
        assert part in client.get(page).content.decode()
        assert ">58 户次<" in client.get(part).content.decode()
        adopt = reverse("visits:capacity_adopt", args=[world.station.pk])
        assert "必填" in client.post(adopt, {"reason": ""}, follow=True).content.decode()
        assert client.post(adopt, {"reason": WHY}).url == page
        shown = client.get(part).content.decode()
        assert ">58 户次<" not in shown
        assert WHY in shown
        assert "本站另行规定" in shown
    with clock.fixed(TODAY + dt.timedelta(1)):
        for row in RegimeRule.objects.filter(station=world.station):
            assert client.post(reverse("visits:exception_end", args=[row.pk])).url == page
        assert ">58 户次<" in client.get(part).content.decode()


SORTS = [(tier, size, "") for tier in ("lead", "general") for size in ("large", "small")]


@settings(deadline=None)
@example(  # a particular line that stays must go along
    [("", "", 0, Need.ONSITE, Every.MONTH), ("lead", "", 0, Need.ONSITE, Every.YEAR)], [1, 1, 5, 5], 40
)
@example(  # one that the station has of its own stays in force beside the new one
    [("", "", 0, Need.ONSITE, Every.MONTH), ("lead", "", 1, Need.ONSITE, Every.WEEK)], [1, 0, 5, 5], 100
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "lead", "general"]), st.sampled_from(["", "large"]), st.integers(0, 1),
            st.sampled_from([Need.ONSITE, Need.PHONE]), st.sampled_from(LADDER),
        ),
        min_size=1, max_size=6, unique_by=lambda one: one[:4],
    ),
    st.lists(st.integers(0, 5), min_size=4, max_size=4),
    st.integers(0, 60),
)  # fmt: skip
def test_as_exceptions_the_way_out_means_the_same(given_lines: list[Any], counts: list[int], visits: int) -> None:
    """Every sort is seen as often as the way out says, whatever exceptions stand already; or nothing is offered."""
    lines = [
        Line(tier, size, "", Role.GRID_OFFICER, need, every, near) for tier, size, near, need, every in given_lines
    ]
    sorts = Counter({sort: count for sort, count in zip(SORTS, counts, strict=True) if count})
    found = demand(lines, sorts, Room(visits, 3))
    rule: Any = object()
    own = Standing(found, dict.fromkeys(lines, rule), sorts).own_lines()
    to = {step.line: step.to for step in found.way_out.steps} if found.way_out else {}
    if own is None:
        assert any(line.nearness for line in lines)
        return
    lived = [line for line in lines if line not in own]
    lived += [Line(line.tier, line.size, "", line.role, line.need, every, 1) for line, every in own.items()]
    keys = [(line.tier, line.size, line.need) for line in lived if line.nearness]
    assert len(keys) == len(set(keys))  # one exception at a time
    for sort in sorts:
        for need in (Need.ONSITE, Need.PHONE):
            before, after = (best_line(some, Role.GRID_OFFICER, need, sort) for some in (lines, lived))
            assert (after and after.every) == (before and to.get(before, before.every))
    if found.way_out:
        assert yearly(lived, sorts)[Need.ONSITE] <= visits + found.way_out.left
