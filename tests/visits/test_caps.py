"""走访频次上限: what is counted, which regime's cap holds, who is told, what a draft is told; nothing is forbidden."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.forms import Select
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.access.roles import Role
from crm.core import clock
from crm.core.dated import term_from
from crm.visits.enums import Every, Mode, Need, Outcome, Purpose
from crm.visits.models import Obligation, Regime, RegimeRule, Visit, VisitCap
from crm.visits.selectors import before_going
from crm.visits.selectors.caps import CapState, caps_of
from crm.visits.services import draft_regime, log_visit, put_in_force, save_lines
from enterprises.enums import Tier
from stations.models import TradeUnion
from tests import build
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)
JANUARY = dt.date(2027, 1, 1)
CAPS = [{"tier": "", "most": 2, "every": Every.QUARTER}, {"tier": Tier.LEAD, "most": 1, "every": Every.MONTH}]


@pytest.fixture
def world() -> build.World:
    with clock.fixed(TODAY):
        world = build.world()
        for cap in CAPS:
            VisitCap.objects.create(regime=world.regime, **cap)
        world.enterprises[0].facts.update(tier=Tier.LEAD)
        return world


def went(world: build.World, firm: int, ago: int, post: str = "officer0", **said: Any) -> Visit:
    with clock.fixed(TODAY):
        return build.visit(world.enterprises[firm], world.posts[post], build.days_ago(ago), **said)


def test_days_are_counted_over_all_posts_in_the_period_of_the_tier(world: build.World) -> None:
    went(world, 1, 60)  # the quarter before
    went(world, 1, 40)
    went(world, 1, 3)
    went(world, 1, 3, "chief")  # together: one day
    went(world, 0, 40)  # the month before
    went(world, 0, 2, "liaison")
    found = caps_of([row.pk for row in world.enterprises], TODAY)
    assert {row.pk for row in world.enterprises} == set(found)
    assert found[world.enterprises[1].pk] == CapState(Every.QUARTER, 2, 2)
    assert found[world.enterprises[0].pk] == CapState(Every.MONTH, 1, 1)
    assert found[world.enterprises[2].pk] == CapState(Every.QUARTER, 2, 0)
    assert found[world.enterprises[1].pk].words == "本季已走访 2 次，上限 2 次。"
    assert found[world.enterprises[0].pk].words == "本月已走访 1 次，上限 1 次。"


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ({}, True),
        ({"mode": Mode.JOINT}, True),
        ({"purpose": Purpose.INSPECTION}, True),
        ({"purpose": Purpose.REQUEST}, False),
        ({"purpose": Purpose.FOLLOW_UP}, False),
        ({"mode": Mode.AT_STATION}, False),
        ({"mode": Mode.LECTURE}, False),
        ({"mode": Mode.PHONE, "outcome": Outcome.CONTACTED}, False),
        ({"outcome": Outcome.NOBODY}, False),
    ],
)
def test_what_counts_is_whoever_stood_at_the_door_uncalled(
    world: build.World, said: dict[str, Any], counts: bool
) -> None:
    went(world, 1, 1, **said)
    assert caps_of([world.enterprises[1].pk], TODAY)[world.enterprises[1].pk].done == counts


def test_the_cap_is_of_the_nearest_regime_in_force(world: build.World) -> None:
    ids, firm = [row.pk for row in world.enterprises], world.enterprises[1].pk
    city = TradeUnion.objects.get_parent(world.district)
    above = Regime.objects.create(union=city, name="市制度", term=term_from(dt.date(2020, 1, 1)))
    VisitCap.objects.create(regime=above, tier="", most=9, every=Every.MONTH)
    assert caps_of([firm], TODAY)[firm].most == 2
    VisitCap.objects.filter(regime=world.regime).delete()  # the district's regime holds, and has none
    assert caps_of(ids, TODAY) == {}
    world.regime.term = term_from(world.regime.start, TODAY)
    world.regime.save()
    assert caps_of([firm], TODAY)[firm] == CapState(Every.MONTH, 9, 0)
    assert caps_of([firm], TODAY - dt.timedelta(days=1)) == {}
    above.draft = True
    above.save()
    assert caps_of(ids, TODAY) == {}


def test_a_cap_forbids_nothing_and_is_said_beforehand(world: build.World) -> None:
    firm = world.enterprises[1]
    went(world, 1, 30)
    went(world, 1, 20)
    with clock.fixed(TODAY):
        (one,) = before_going(world.enterprises, TODAY)
        assert (one.enterprise, one.joint) == (firm, None)
        visit = log_visit(
            actor=world.officers[0], enterprise=firm, visited_on=TODAY, outcome=Outcome.MET, client_uuid=uuid.uuid4()
        )
        client = Client()
        client.force_login(world.chief)
        assert "超出走访上限" in client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
        rows = client.get(reverse("visits:list"), {"flag": "over_cap"}).context["page"].object_list
        assert [row.pk for row in rows] == [visit.pk]


def test_posts_that_owe_at_one_time_are_told_of_each_other(world: build.World) -> None:
    firm, paused = world.enterprises[1], world.enterprises[2]
    rules = {
        role: RegimeRule.objects.create(regime=world.regime, role=role, need=Need.ONSITE, every=Every.QUARTER)
        for role in (Role.GRID_OFFICER, Role.CHIEF)
    }
    phone = RegimeRule.objects.create(regime=world.regime, role=Role.LIAISON, need=Need.PHONE, every=Every.QUARTER)
    day = dt.timedelta(days=1)
    for row in (firm, paused):
        build.obligation(row, rules[Role.GRID_OFFICER], TODAY - 30 * day, TODAY + 30 * day)
        build.obligation(row, phone, TODAY - 30 * day, TODAY + 30 * day)
    build.obligation(firm, rules[Role.CHIEF], TODAY + day, TODAY + 20 * day)
    build.obligation(paused, rules[Role.CHIEF], TODAY + day, TODAY + 20 * day, exempt_reason="停产")
    with clock.fixed(TODAY):
        (one,) = before_going(world.enterprises, TODAY)
        assert one.enterprise == firm
        assert one.joint is not None
        # Friday the 20th is before the chief's window, the 21st and 22nd are a weekend
        assert (one.joint.day, one.joint.until) == (dt.date(2026, 11, 23), dt.date(2026, 12, 10))
        assert one.joint.names == ["站长", "驻站员"]
        client = Client()
        client.force_login(world.officers[0])
        for url in (reverse("visits:before_list"), reverse("visits:before", args=[firm.pk])):
            assert "可同去" in client.get(url).content.decode()
        assert client.get(reverse("visits:before", args=[paused.pk])).content.strip() == b""


def test_two_posts_that_go_together_each_meet_their_own_and_cost_the_enterprise_one_day(world: build.World) -> None:
    firm = world.enterprises[1]
    seats = ((Role.GRID_OFFICER, world.officers[0]), (Role.CHIEF, world.chief))
    for role, _user in seats:
        rule = RegimeRule.objects.create(regime=world.regime, role=role, need=Need.ONSITE, every=Every.QUARTER)
        build.obligation(firm, rule, TODAY - dt.timedelta(days=9), TODAY + dt.timedelta(days=9))
    with clock.fixed(TODAY):
        for _role, user in seats:
            log_visit(actor=user, enterprise=firm, visited_on=TODAY, outcome=Outcome.MET, client_uuid=uuid.uuid4())
    met = Obligation.objects.filter(enterprise=firm).values_list("role", "met_on", "met_by__post__role")
    assert set(met) == {(role, TODAY, role) for role, _user in seats}
    assert caps_of([firm.pk], TODAY)[firm.pk].done == 1


def test_the_number_is_for_whoever_may_see_what_is_owed(world: build.World) -> None:
    mine, other = world.enterprises[1], world.enterprises[4]
    for ago in (9, 8):
        went(world, 1, ago)
        went(world, 4, ago)
    with clock.fixed(TODAY):
        client = Client()
        told = {
            world.officers[0]: {mine}, world.officers[1]: {other}, world.chief: {mine, other}, world.leader: {mine, other},
            world.liaison: set(), world.administrator: set(), world.outsider: set(),
        }  # fmt: skip
        for user, firms in told.items():
            client.force_login(user)
            for firm in (mine, other):
                answer = client.get(reverse("visits:before", args=[firm.pk]))
                assert (answer.status_code == 200) == (firm in firms), user
                # a colleague may log a visit there and is told no number
                form = client.get(reverse("visits:log", args=[firm.pk]))
                shown = reverse("visits:before", args=[firm.pk]) in form.content.decode()
                assert shown == (firm in firms and form.status_code == 200)


def test_queries_do_not_grow_with_the_enterprises(world: build.World) -> None:
    def asked(count: int) -> int:
        return queries_of(world.chief, lambda: before_going(world.enterprises[:count], TODAY))

    went(world, 0, 1)
    assert asked(1) == asked(8) <= 3
    VisitCap.objects.all().delete()
    assert asked(8) == 2


# the regime's side
LINES = [
    {"tier": "", "need": Need.ONSITE, "every": Every.MONTH, "role": Role.GRID_OFFICER},
    {"tier": "", "need": Need.ONSITE, "every": Every.QUARTER, "role": Role.CHIEF},
]


def draft(world: build.World, caps: list[dict[str, Any]] | None) -> Regime:
    row = draft_regime(actor=world.leader, union=world.district, name="新制度", start=JANUARY)
    return save_lines(actor=world.leader, regime=row, lines=LINES, caps=caps)


def held(row: Regime) -> list[dict[str, Any]]:
    return list(row.caps.order_by("pk").values("tier", "most", "every"))


def test_caps_are_lines_of_a_version(world: build.World) -> None:
    with clock.fixed(TODAY):
        row = draft(world, None)
        assert held(row) == CAPS  # copied; None leaves them
        save_lines(actor=world.staff, regime=row, lines=LINES, caps=CAPS[:1])
        assert held(row) == CAPS[:1]
        for stranger in (world.chief, world.officers[0], world.outsider):
            with pytest.raises(PermissionDenied):
                save_lines(actor=stranger, regime=row, lines=LINES, caps=[])
        with pytest.raises(ValidationError):
            save_lines(actor=world.leader, regime=world.regime, lines=LINES, caps=[])
        assert (held(row), held(world.regime)) == (CAPS[:1], CAPS)


@pytest.mark.parametrize(
    ("caps", "field"),
    [
        ([CAPS[0], CAPS[0]], "tier"),
        ([CAPS[0] | {"most": 0}], "most"),
        ([CAPS[0] | {"most": 61}], "most"),
        ([CAPS[0] | {"every": Every.YEAR}], "caps"),
        ([CAPS[0] | {"tier": "x"}], "caps"),
    ],
)
def test_bad_caps_are_refused_by_name_and_nothing_is_half_saved(
    world: build.World, caps: list[dict[str, Any]], field: str
) -> None:
    with clock.fixed(TODAY):
        row = draft(world, CAPS)
        with pytest.raises(ValidationError) as caught:
            save_lines(actor=world.leader, regime=row, lines=LINES[:1], caps=caps)
        assert list(caught.value.message_dict) == [field]
        assert (held(row), row.rules.count()) == (CAPS, 2)


@pytest.mark.parametrize(("most", "fits"), [(2, False), (3, True), (4, True)])
def test_a_regime_that_one_post_cannot_keep_under_its_cap_is_not_put_in_force(
    world: build.World, most: int, fits: bool
) -> None:
    with clock.fixed(TODAY):
        row = draft(world, [{"tier": "", "most": most, "every": Every.QUARTER}])
        client = Client()
        client.force_login(world.leader)
        client.get("/")  # the first question of a day projects grants
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("visits:regime_demand", args=[row.pk])).content.decode()
        assert len(queries) <= 12
        assert ("单一岗位一年就要走访 12 次" in page) == (not fits)
        assert ("各岗位合计一年要走访 16 次" in page) == (most == 3)
        if fits:
            put_in_force(actor=world.leader, regime=row, start=JANUARY)
        else:
            with pytest.raises(ValidationError) as caught:
                put_in_force(actor=world.leader, regime=row, start=JANUARY)
            assert len(caught.value.message_dict["caps"]) == len(Tier)


def said_of(bound: Any) -> Any:
    """What a browser sends of a field that nobody touched: of a list without a chosen entry the first one."""
    choices = bound.field.widget.choices if isinstance(bound.field.widget, Select) else []
    return bound.value() or (choices[0][0] if choices else bound.value())


def test_the_page_saves_caps_beside_the_lines(world: build.World) -> None:
    with clock.fixed(TODAY):
        row = draft(world, [])
        client = Client()
        client.force_login(world.leader)
        page = client.get(reverse("visits:regime", args=[row.pk])).context
        sent = {"act": "save"}
        for formset in (page["lines"], page["caps"]):
            sent |= {bound.html_name: bound.value() for bound in formset.management_form}
            for form in formset:
                sent |= {bound.html_name: said for bound in form if (said := said_of(bound)) or said == 0}
        sent["cap-1-most"], sent["cap-1-every"] = "1", "month"
        answer = client.post(reverse("visits:regime_save", args=[row.pk]), sent)
        assert answer.status_code == 302
        assert held(row) == [CAPS[1]]
        assert row.rules.count() == 2
        sent["cap-1-most"] = "0"
        assert client.post(reverse("visits:regime_save", args=[row.pk]), sent).status_code == 422
        assert held(row) == [CAPS[1]]
        assert "每月至多 1 次" in client.get(reverse("visits:regime", args=[world.regime.pk])).content.decode()
