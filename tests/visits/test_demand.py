"""What a regime needs, what the posts can do, and the cheapest way out."""

import datetime as dt
from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.access.roles import Role
from crm.core import clock
from crm.core.dated import term_from
from crm.visits.enums import Every, Need
from crm.visits.models import Obligation, PostLeave
from crm.visits.selectors.demand import LADDER, TIMES, Line, Room, demand, line_of, rooms, sorts_at, yearly
from crm.visits.services import plan_marked, set_capacity
from enterprises.enums import Risk, Size, Tier
from tests import build

DAY = dt.timedelta(days=1)
SIXTY = Counter({(Tier.LEAD, "", ""): 1, (Tier.KEY, "", ""): 12, (Tier.GENERAL, "", ""): 27, (Tier.MICRO, "", ""): 20})


def line(tier: str, need: str, every: str, **more: str) -> Line:
    return Line(tier, more.get("size", ""), more.get("risk", ""), Role.GRID_OFFICER, need, every)


DEMO = [
    line(Tier.LEAD, Need.ONSITE, Every.MONTH), line(Tier.KEY, Need.ONSITE, Every.QUARTER),
    line(Tier.KEY, Need.PHONE, Every.MONTH),
    line(Tier.GENERAL, Need.ONSITE, Every.HALF_YEAR), line(Tier.MICRO, Need.ANY, Every.YEAR),
]  # fmt: skip


def test_sixty_enterprises_and_a_chief_with_one_half_day_a_week() -> None:
    """DOMAIN §6: 12 + 48 + 54 = 114 on site, 144 calls; one half-day at three is enough. Monthly for all would need 720."""
    found = demand(DEMO, SIXTY, Room(156, 3))
    assert (found.enterprises, found.onsite, found.phone, found.group) == (60, 114, 144, 20)
    assert (found.can, found.short, found.way_out) == (156, 0, None)
    monthly = demand([line(tier, Need.ONSITE, Every.MONTH) for tier in Tier.values], SIXTY, Room(156, 3))
    assert (monthly.onsite, monthly.short) == (720, 564)
    assert monthly.way_out is not None  # 12 + 48 + 54 + 40 = 154
    assert {(step.line.tier, step.to) for step in monthly.way_out.steps} == {
        (Tier.KEY, Every.QUARTER), (Tier.GENERAL, Every.HALF_YEAR), (Tier.MICRO, Every.HALF_YEAR),
    }  # fmt: skip
    assert (monthly.way_out.half_days, monthly.way_out.left) == (4, 0)


def test_what_no_rarer_visit_can_mend_is_said() -> None:
    found = demand([line("", Need.ONSITE, Every.QUARTER)], SIXTY, Room(0, 3))
    assert found.way_out is not None
    assert found.way_out.left == 60


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", *Tier.values]), st.sampled_from(["", *Size.values]), st.sampled_from(["", *Risk.values]),
            st.sampled_from(Need.values), st.sampled_from(list(TIMES)),
        ),
        max_size=6,
        unique_by=lambda one: one[:4],
    ),
    st.dictionaries(
        st.tuples(st.sampled_from(Tier.values), st.sampled_from(["", *Size.values]), st.sampled_from(["", *Risk.values])),
        st.integers(1, 40),
    ),
    st.integers(0, 500),
)  # fmt: skip
def test_the_way_out_fits_and_nothing_in_it_could_be_spared(
    rows: list[tuple[str, str, str, str, str]], sorts: dict[tuple[str, str, str], int], can: int
) -> None:
    lines = [line(tier, need, every, size=size, risk=risk) for tier, size, risk, need, every in rows]
    found = demand(lines, Counter(sorts), Room(can, 3))
    # counted one enterprise after another
    each = {
        need: sum((count * naive(lines, sort, need) for sort, count in sorts.items()), start=0) for need in Need.values
    }
    assert each == yearly(lines, Counter(sorts))
    if found.way_out is None:
        assert found.onsite <= can
        return
    taken = {step.line: step.to for step in found.way_out.steps}
    after = [line_.__class__(**{**line_.__dict__, "every": taken.get(line_, line_.every)}) for line_ in lines]
    needed = -(-yearly(after, Counter(sorts))[Need.ONSITE] // 1)
    assert max(0, needed - can) == found.way_out.left
    assert found.short <= found.way_out.half_days * 156 < found.short + 156
    if found.way_out.left == 0:
        for one, to in taken.items():  # one step back would be too much
            back = LADDER[LADDER.index(to) - 1]
            spared = [
                o if o.every != to or lines[at] != one else o.__class__(**{**o.__dict__, "every": back})
                for at, o in enumerate(after)
            ]
            assert -(-yearly(spared, Counter(sorts))[Need.ONSITE] // 1) > can


def naive(lines: list[Line], sort: tuple[str, str, str], need: str) -> object:
    """The rarest-said rule: try every set of conditions from the most particular one on."""
    order = sorted(product((1, 0), repeat=3), key=lambda has: -(4 * has[0] + 2 * has[1] + has[2]))
    for has in order:
        wanted = tuple(value if named else "" for named, value in zip(has, sort, strict=True))
        named = tuple(bool(value) for value in wanted) == tuple(bool(one) for one in has)
        for one in lines:
            if named and one.need == need and (one.tier, one.size, one.risk) == wanted:
                return TIMES[one.every]
    return 0


@pytest.mark.django_db
def test_the_demand_is_what_a_years_plan_would_hold() -> None:
    """A station of sixty, planned for a year day by day: as many windows as the figure says."""
    with clock.fixed(dt.date(2026, 1, 1)):
        world = build.world()
        for row in world.enterprises:
            row.facts.all().delete()
        for (tier, _size, _risk), count in SIXTY.items():
            for _ in range(count):
                build.enterprise(at=world.station, tier=tier)
        lines = [line_of(rule) for rule in world.regime.rules.all()]
        sorts = sorts_at([world.station.pk], clock.today())[world.station.pk]
        assert sorts == SIXTY
        found = demand(lines, sorts, rooms([world.station.pk], clock.today())[world.station.pk])
    for month in range(1, 13):
        with clock.fixed(dt.date(2026, month, 1)):
            plan_marked()
    rows = Obligation._base_manager.filter(due__year=2026)
    counts = {need: rows.filter(need=need).count() for need in Need.values}
    assert counts == {Need.ONSITE: found.onsite, Need.PHONE: found.phone, Need.ANY: found.group}


@pytest.mark.django_db
def test_posts_go_out_as_given_and_not_on_leave_or_when_vacant() -> None:
    world = build.world()
    today = clock.today()

    def can() -> int:
        return rooms([world.station.pk], today)[world.station.pk].visits

    seated = 4  # chief, two officers, the liaison officer
    assert can() == seated * 156
    set_capacity(actor=world.chief, post=world.posts["officer0"], half_days=2, visits=4)
    assert can() == 3 * 156 + 2 * 4 * 52
    PostLeave.objects.create(post=world.posts["officer0"], term=term_from(today - 7 * DAY, today + 14 * DAY))
    assert can() == 3 * 156 + 2 * 4 * 50
    world.posts["officer1"].appointments.all().delete()
    assert can() == 2 * 156 + 2 * 4 * 50
