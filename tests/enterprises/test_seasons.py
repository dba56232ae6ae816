"""Busy seasons: who may enter one."""

import pytest
from django.core.exceptions import PermissionDenied

from crm.core import clock
from enterprises.models import ChainSeason, EnterpriseSeason
from enterprises.services import add_season
from stations.models import TradeUnion
from tests import build

pytestmark = pytest.mark.django_db
SPRING = {"festival": "fixed", "month": 2, "day": 14, "days_before": 10, "days_after": 2}


def test_a_season_of_a_chain_is_entered_by_its_own_union_and_those_above(world: build.World) -> None:
    row = add_season(actor=world.staff, of=world.chain, start=clock.today(), **SPRING)
    above = build.chain(TradeUnion.objects.get(name="市总工会"))
    assert row in ChainSeason.objects.visible_to(world.chief)
    for actor in (world.staff, world.leader, world.chief):
        with pytest.raises(PermissionDenied):
            add_season(actor=actor, of=above, start=clock.today(), **SPRING)


def test_a_season_of_an_enterprise_is_entered_by_the_keeper_of_its_register(world: build.World) -> None:
    row = add_season(actor=world.chief, of=world.enterprises[0], start=clock.today(), **SPRING)
    assert row in EnterpriseSeason.objects.visible_to(world.officers[0])
    for actor in (world.officers[0], world.leader, world.outsider):
        with pytest.raises(PermissionDenied):
            add_season(actor=actor, of=world.enterprises[0], start=clock.today(), **SPRING)
