"""Busy seasons: which days there are, who reads them, how many at a time."""

import calendar
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from crm.access.roles import Right, Role
from crm.access.scope import can
from crm.core import clock
from crm.core.festivals import Festival
from enterprises.models import Candidate, ChainSeason, Enterprise, EnterpriseSeason
from enterprises.services import add_season, end_season
from enterprises.services.seasons import MOST
from stations.models import TradeUnion
from tests import build
from tests.sessions import at_once, overtaking


def fixed(month: int | None, day: int | None, **more: Any) -> dict[str, Any]:
    return {"festival": Festival.FIXED, "month": month, "day": day, "days_before": 7, "days_after": 0, **more}


def add(world: build.World, of: Any, month: int = 5, day: int = 1) -> EnterpriseSeason:
    actor = world.leader if of == world.chain else world.chief
    return add_season(actor=actor, of=of, start=clock.today(), **fixed(month, day))  # type: ignore[return-value]


@pytest.mark.django_db
def test_exactly_the_days_of_a_leap_year_may_be_fixed(world: build.World) -> None:
    row = EnterpriseSeason.objects.create(
        enterprise=world.enterprises[0], term=build.term_from(clock.today()), **fixed(5, 1)
    )
    taken = set()
    for month in range(14):
        for day in range(33):
            try:
                with transaction.atomic():
                    EnterpriseSeason.objects.filter(pk=row.pk).update(month=month, day=day)
            except IntegrityError:
                continue
            taken.add((month, day))
    assert taken == {
        (month, day) for month in range(1, 13) for day in range(1, calendar.monthrange(2028, month)[1] + 1)
    }


@pytest.mark.django_db
@pytest.mark.parametrize("of_chain", [True, False])
def test_a_day_that_no_year_has_is_told_on_the_day(world: build.World, of_chain: bool) -> None:
    of = world.chain if of_chain else world.enterprises[0]
    for month, day in ((4, 31), (2, 30)):
        with pytest.raises(ValidationError) as told:
            add(world, of, month, day)
        assert told.value.message_dict == {"day": ["历上没有这一天（2 月 29 日可以填写，平年按 28 日计）。"]}
    assert add(world, of, 2, 29).day == 29


@pytest.mark.django_db
def test_days_entered_before_keep_their_meaning(world: build.World) -> None:
    """What the migration does to a row that its constraint would refuse, and to one that it would not."""
    months = [add(world, row, month, 28) for row, month in zip(world.enterprises, (4, 2, 2, 1), strict=False)]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE enterprises_enterpriseseason DROP CONSTRAINT enterprises_enterpriseseason_day_of_year"
        )
        for row, day in zip(months, (31, 30, 29, 31), strict=True):
            EnterpriseSeason.objects.filter(pk=row.pk).update(day=day)
        cursor.execute(import_module("enterprises.migrations.0008_days_of_the_year").REAL_DAYS)
    assert [EnterpriseSeason.objects.get(pk=row.pk).day for row in months] == [28, 28, 29, 31]


@pytest.mark.django_db
def test_whoever_sees_a_candidate_sees_its_seasons_and_nobody_else(world: build.World, client: Client) -> None:
    row = build.enterprise()
    Candidate.objects.create(enterprise=row, station=world.station, source="import")
    season = add(world, row)
    neighbour, _post = build.holder(Role.CHIEF, at=world.other)
    people = [world.chief, *world.officers, world.leader, world.liaison, world.outsider, world.administrator, neighbour]
    for user in people:
        seen = EnterpriseSeason.objects.visible_to(user).filter(pk=season.pk).exists()
        assert (
            seen
            == Enterprise.objects.visible_to(user).filter(pk=row.pk).exists()
            == can(user, Right.VIEW_REGISTER, row)
        )
    assert EnterpriseSeason.objects.visible_to(world.chief).exists()
    assert not EnterpriseSeason.objects.visible_to(neighbour).exists()
    with pytest.raises(PermissionDenied):
        end_season(actor=neighbour, season=season, on=clock.today())
    page = reverse("enterprises:seasons", args=[row.pk])
    client.force_login(neighbour)
    assert client.post(page, {"end": season.pk}).status_code == 404
    client.force_login(world.chief)
    assert list(client.get(page).context["rows"]) == [season]
    assert client.post(page, {"end": season.pk}).status_code == 302
    assert list(client.get(page).context["rows"]) == []


def full(world: build.World, of: Any, count: int) -> None:
    for day in range(1, count + 1):
        add(world, of, 5, day)


@pytest.mark.django_db
def test_at_most_twelve_stand_at_a_time(world: build.World) -> None:
    full(world, world.enterprises[0], MOST)
    with pytest.raises(ValidationError) as told:
        add(world, world.enterprises[0], 6)
    assert set(told.value.message_dict) == {"festival"}
    add(world, world.enterprises[1])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of_chain", [True, False])
def test_two_who_add_the_last_one_at_once_add_one(of_chain: bool) -> None:
    world = build.world()
    of = world.chain if of_chain else world.enterprises[0]
    full(world, of, MOST - 1)
    calls: list[Callable[[], Any]] = [lambda: add(world, of, 6, 1), lambda: add(world, of, 6, 2)]
    _first, second = overtaking(*calls)
    assert isinstance(second, ValidationError)
    assert of.seasons.count() == MOST
    of.seasons.order_by("pk")[0].delete()
    answers = at_once(*calls)
    assert [type(one) for one in answers if isinstance(one, Exception)] == [ValidationError]
    assert of.seasons.count() == MOST


@pytest.mark.django_db
def test_a_season_of_a_chain_is_entered_by_its_own_union_and_those_above(world: build.World) -> None:
    row = add_season(actor=world.staff, of=world.chain, start=clock.today(), **fixed(5, 1))
    above = build.chain(TradeUnion.objects.get(name="市总工会"))
    assert row in ChainSeason.objects.visible_to(world.chief)
    for actor in (world.staff, world.leader, world.chief):
        with pytest.raises(PermissionDenied):
            add_season(actor=actor, of=above, start=clock.today(), **fixed(5, 1))
