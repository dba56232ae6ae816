"""Versions of a regime: drafted, edited, put in force; the past is never rewritten."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from crm.access.roles import Right
from crm.access.scope import can
from crm.core import clock
from crm.visits.enums import Every, Need
from crm.visits.models import Obligation, Regime
from crm.visits.reach import contact_frequency, regime_in_force
from crm.visits.services import discard_regime, draft_regime, plan_marked, plan_obligations, put_in_force, save_lines
from enterprises.enums import Tier
from stations.models import TradeUnion
from tests import build
from tests.test_stories import signed_in

pytestmark = pytest.mark.django_db
MARCH = dt.date(2026, 3, 10)
APRIL = dt.date(2026, 4, 1)
LINES: list[dict[str, Any]] = [
    {"tier": "", "need": Need.PHONE, "every": Every.QUARTER},
    {"tier": Tier.LEAD, "need": Need.ONSITE, "every": Every.TWO_MONTHS, "late_days": 5, "working_days": True},
    {"tier": Tier.LEAD, "need": Need.PHONE, "every": Every.NEVER},
]


@pytest.fixture
def world() -> build.World:
    with clock.fixed(MARCH):
        world = build.world()
        world.enterprises[0].facts.update(tier=Tier.LEAD)
        plan_obligations(actor=world.chief, station=world.station)
    return world


def draft(world: build.World, **fields: Any) -> Regime:
    usual = {"actor": world.leader, "union": world.station.union, "name": "定期联系制度（新）", "start": APRIL}
    return draft_regime(**(usual | fields))


def test_a_draft_copies_what_is_in_force_and_counts_for_nothing(world: build.World) -> None:
    with clock.fixed(MARCH):
        row = draft(world)
        assert row.rules.count() == world.regime.rules.count()
        assert (row.version, row.draft) == (2, True)
        assert regime_in_force(world.station, APRIL) == world.regime
        for fields in ({"name": "  "}, {"start": MARCH}, {}):  # the last: one draft at a time
            with pytest.raises(ValidationError):
                draft(world, **fields)
        for stranger in (world.chief, world.officers[0], world.outsider):
            with pytest.raises(PermissionDenied):
                draft(world, actor=stranger)
        discard_regime(actor=world.staff, regime=row)
        assert not Regime._base_manager.filter(draft=True).exists()


def test_a_new_version_takes_effect_with_the_next_windows(world: build.World) -> None:
    firm = world.enterprises[0]
    with clock.fixed(MARCH):
        row = draft(world)
        save_lines(actor=world.staff, regime=row, lines=LINES)
        before = set(Obligation._base_manager.filter(opens__lte=MARCH).values_list("pk", "due", "closes"))
        with pytest.raises(PermissionDenied):
            put_in_force(actor=world.staff, regime=row, start=APRIL)
        put_in_force(actor=world.leader, regime=row, start=APRIL)
        plan_marked()
        assert set(Obligation._base_manager.filter(opens__lte=MARCH).values_list("pk", "due", "closes")) == before
        world.regime.refresh_from_db()
        assert (world.regime.end, regime_in_force(world.station, APRIL)) == (APRIL, row)
        later = Obligation._base_manager.filter(enterprise=firm, opens__gt=MARCH).order_by("due")
        # March and April belong together: the old rule held on 1 March; after that every two months, no calls
        assert [(one.need, one.due) for one in later] == [
            (Need.ONSITE, dt.date(2026, 6, 30)), (Need.ONSITE, dt.date(2026, 8, 31)), (Need.ONSITE, dt.date(2026, 10, 31)),
        ]  # fmt: skip
        assert later[0].closes == dt.date(2026, 7, 7)
        assert contact_frequency(world.station, APRIL)[Tier.LEAD] == "实地每两个月"
        assert contact_frequency(world.station, APRIL)[Tier.KEY] == "电话每季"


def test_what_is_in_force_stays(world: build.World) -> None:
    with clock.fixed(MARCH):
        for act in (
            lambda: save_lines(actor=world.leader, regime=world.regime, lines=LINES),
            lambda: put_in_force(actor=world.leader, regime=world.regime, start=APRIL),
            lambda: discard_regime(actor=world.leader, regime=world.regime),
        ):
            with pytest.raises(ValidationError) as caught:
                act()
            assert "regime" in caught.value.message_dict


@pytest.mark.parametrize(
    "lines",
    [[LINES[0]] * 61, [LINES[0], LINES[0]], [LINES[0] | {"every": "sometimes"}], [LINES[0] | {"late_days": 99}]],
)
def test_bad_lines_are_refused_and_nothing_is_half_saved(world: build.World, lines: list[dict[str, Any]]) -> None:
    with clock.fixed(MARCH):
        row = draft(world)
        with pytest.raises(ValidationError):
            save_lines(actor=world.leader, regime=row, lines=lines)
        assert row.rules.count() == world.regime.rules.count()


def test_the_city_s_regime_is_read_below_and_written_above(world: build.World) -> None:
    city = TradeUnion.objects.get(name="市总工会")
    above = build.regime(city, start=MARCH.replace(year=2025))
    with clock.fixed(MARCH):
        assert above in Regime.objects.visible_to(world.leader)
        for actor in (world.leader, world.staff):
            with pytest.raises(PermissionDenied):
                draft(world, actor=actor, union=city)
        waiting = draft(world)
        assert can(world.leader, Right.ENACT_REGIME, waiting)
        Regime._base_manager.filter(pk=waiting.pk).update(union=city)
        assert not can(world.leader, Right.ENACT_REGIME, waiting)
        assert signed_in(world.leader).get(reverse("visits:regime", args=[waiting.pk])).status_code == 404
