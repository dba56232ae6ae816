"""已排期: planned, moved, dropped, kept by visits, handed over; the night drops what nobody will keep."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from crm.core import clock
from crm.core.models import JournalEntry
from crm.visits.models import PlannedVisit
from crm.visits.services import (
    drop_idle_plans,
    drop_planned_visit,
    log_visit,
    plan_half_day,
    plan_visit,
    replan_visit,
)
from crm.workflows.leaving import leave_station
from crm.workflows.officers import hand_over
from enterprises.models import RegisterEntry
from grids.models import Recusal
from grids.services import assign_enterprises
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def world() -> build.World:
    return build.world()


def plan(world: build.World, place: int = 0, **fields: Any) -> PlannedVisit:
    said = {"day": clock.today() + DAY, "half": "am", "client_uuid": uuid.uuid4()} | fields
    return plan_visit(
        actor=said.pop("actor", world.officers[0]), enterprise=said.pop("enterprise", world.enterprises[place]), **said
    )


def logged(world: build.World, who: Any = None, place: int = 0, **fields: Any) -> Any:
    said = {"visited_on": clock.today(), "outcome": "met", "client_uuid": uuid.uuid4()} | fields
    return log_visit(actor=who or world.officers[0], enterprise=world.enterprises[place], **said)


def order(world: build.World, half: str = "am", day: dt.date | None = None) -> list[int]:
    rows = PlannedVisit.objects.open().filter(half=half, day=day or clock.today() + DAY).in_order()
    return [world.enterprises.index(row.enterprise) for row in rows]


def test_a_plan_is_stamped_and_journalled_and_the_same_sending_gives_it_again(world: build.World) -> None:
    number = uuid.uuid4()
    row = plan(world, client_uuid=number)
    assert (row.post, row.station, row.state, row.version) == (world.posts["officer0"], world.station, "planned", 1)
    assert row.made_on == clock.today()
    assert plan(world, client_uuid=number) == row
    entry = JournalEntry.objects.get(verb="plan_visit")
    assert (entry.post_id, entry.enterprise_id) == (row.post_id, row.enterprise_id)
    replan_visit(actor=world.officers[0], planned=row, version=1, half="pm")
    assert plan(world, client_uuid=number).half == "pm", "sent again late: it stays where it was moved"
    with pytest.raises(ValidationError) as refused:
        plan(world, 1, client_uuid=number)
    assert refused.value.error_dict["client_uuid"][0].code == "conflict"
    assert PlannedVisit.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("day", {"day": dt.date(2020, 1, 1)}),
        ("day", {"day": dt.date(2090, 1, 1)}),
        ("half", {"half": "night"}),
        ("position", {"position": 0}),
        ("need", {"need": "tea"}),
    ],
)
def test_bad_input_names_its_field_and_saves_nothing(world: build.World, field: str, said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        plan(world, **said)
    assert list(refused.value.error_dict) == [field]
    assert not PlannedVisit.objects.exists()


def test_one_open_plan_per_enterprise_and_post_said_in_chinese(world: build.World) -> None:
    plan(world)
    plan(world, actor=world.officers[1])  # a colleague's is another matter
    with translation.override("zh-hans"), pytest.raises(ValidationError) as refused:
        plan(world, day=clock.today() + 5 * DAY)
    assert refused.value.message_dict == {"enterprise": ["本岗位已给这家企业排期。"]}


def test_places_are_taken_in_order_and_others_make_room(world: build.World) -> None:
    rows = [plan(world, place) for place in range(3)]
    assert order(world) == [0, 1, 2]
    replan_visit(actor=world.officers[0], planned=rows[2], version=1, position=1)
    assert order(world) == [2, 0, 1]
    replan_visit(actor=world.officers[0], planned=rows[2], version=2, position=2)
    assert order(world) == [0, 2, 1]
    replan_visit(actor=world.officers[0], planned=rows[0], version=1, half="pm")
    assert (order(world), order(world, "pm")) == ([2, 1], [0])
    plan(world, 3, half="pm", position=1)
    assert order(world, "pm") == [3, 0]
    later = clock.today() + 9 * DAY
    replan_visit(actor=world.officers[0], planned=rows[1], version=1, day=later, half="pm")
    assert (order(world), order(world, "pm", later)) == ([2], [1])


def test_moving_asks_for_the_version_an_open_plan_and_a_day_to_come(world: build.World) -> None:
    row = plan(world)
    for field, said in (("version", {"version": 9}), ("day", {"version": 1, "day": clock.today() - DAY})):
        with pytest.raises(ValidationError) as refused:
            replan_visit(actor=world.officers[0], planned=row, **said)  # type: ignore[arg-type]
        assert list(refused.value.error_dict) == [field]
    dropped = drop_planned_visit(actor=world.officers[0], planned=row, version=1)
    assert (dropped.state, dropped.dropped_on, dropped.dropped_by) == (
        "dropped", clock.today(), world.officers[0].person,
    )  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        replan_visit(actor=world.officers[0], planned=row, version=2, half="pm")
    assert list(refused.value.error_dict) == ["state"]
    plan(world)  # the place is free again


def test_several_at_once_once_with_what_was_refused(world: build.World) -> None:
    plan(world, 1)
    elsewhere = build.enterprise(at=build.station(world.district))
    number, post = uuid.uuid4(), world.posts["officer0"]
    said: dict[str, Any] = {
        "actor": world.officers[0], "post": post, "enterprises": [*world.enterprises[:3], elsewhere],
        "day": clock.today() + DAY, "half": "am", "client_uuid": number,
    }  # fmt: skip
    outcome = plan_half_day(**said)
    assert (outcome.done, outcome.unchanged, [one.id for one in outcome.refused]) == (2, 1, [elsewhere.pk])
    assert order(world) == [1, 0, 2]
    logged(world)
    again = plan_half_day(**said)
    assert again.done == 0, "what was planned and kept meanwhile is not planned a second time"
    with pytest.raises(ValidationError):
        plan_half_day(**said | {"actor": world.officers[1]})
    with pytest.raises(PermissionDenied):
        plan_half_day(**said | {"actor": world.outsider})


def test_who_plans_and_who_changes_a_plan(world: build.World) -> None:
    for actor in (world.outsider, world.administrator):
        with pytest.raises(PermissionDenied):
            plan(world, actor=actor)
    row = plan(world)
    with pytest.raises(PermissionDenied):  # a colleague reads no other's plans
        drop_planned_visit(actor=world.officers[1], planned=row, version=1)
    drop_planned_visit(actor=world.chief, planned=row, version=1)
    Recusal.objects.create(
        person=world.officers[0].person, enterprise=world.enterprises[0], kind="own_unit", term=(clock.today(), None)
    )
    with pytest.raises(PermissionDenied):
        plan(world)


@pytest.mark.parametrize(
    ("who", "need", "outcome", "kept"),
    [
        ("officer", "onsite", "met", True),
        ("officer", "onsite", "contacted", False),  # a call is not the visit that was planned
        ("officer", "onsite", "nobody", False),
        ("officer", "any", "contacted", True),
        ("colleague", "onsite", "met", True),  # 代访
        ("colleague", "onsite", "contacted", False),
    ],
)
def test_what_keeps_a_plan(world: build.World, who: str, need: str, outcome: str, kept: bool) -> None:
    row, others = plan(world, need=need), plan(world, 1)
    visit = logged(world, world.officers[0] if who == "officer" else world.officers[1], outcome=outcome)
    row.refresh_from_db()
    assert (row.state, row.kept_by) == (("kept", visit) if kept else ("planned", None))
    others.refresh_from_db()
    assert others.state == "planned"


def test_a_colleagues_own_plan_is_not_kept_by_the_officers_visit_nor_one_made_later(world: build.World) -> None:
    theirs = plan(world, actor=world.officers[1])
    mine = plan(world)
    logged(world, visited_on=clock.today() - DAY)  # recorded late: before the plan was made
    assert {row.state for row in PlannedVisit.objects.all()} == {"planned"}
    logged(world)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.state, theirs.state) == ("kept", "planned")


def test_next_contact_in_the_form_plans_keeps_or_moves_in_the_same_transaction(world: build.World) -> None:
    today = clock.today()
    standing = plan(world)
    visit = logged(world, next_contact_on=today + 30 * DAY)
    standing.refresh_from_db()
    coming = PlannedVisit.objects.open().get()
    assert (standing.state, coming.day, coming.need, coming.post) == ("kept", today + 30 * DAY, "any", visit.post)
    moved = plan(world, 1)
    logged(world, place=1, outcome="contacted", next_contact_on=today + 12 * DAY)
    moved.refresh_from_db()
    assert (moved.state, moved.day, moved.need, moved.version) == ("planned", today + 12 * DAY, "onsite", 2)


def test_a_repeated_form_plans_once_and_a_day_that_is_over_is_not_planned(world: build.World) -> None:
    number, today = uuid.uuid4(), clock.today()
    for _ in range(2):
        logged(world, client_uuid=number, next_contact_on=today + 9 * DAY)
    assert PlannedVisit.objects.count() == 1
    logged(world, place=1, visited_on=today - 9 * DAY, next_contact_on=today - DAY)
    assert PlannedVisit.objects.count() == 1


def test_a_list_handed_over_takes_its_plans_along(world: build.World) -> None:
    source, target, today = world.posts["officer0"], world.posts["officer1"], clock.today()
    going, doubled = plan(world), plan(world, 1)
    theirs = plan(world, 1, actor=world.officers[1])
    now = plan(world, 2, day=today)
    hand_over(actor=world.chief, source=source, target=target)
    for row in (going, doubled, theirs, now):
        row.refresh_from_db()
    assert (going.post, going.state, going.version) == (target, "planned", 2)
    assert (doubled.state, doubled.dropped_by) == ("dropped", world.chief.person)
    assert (theirs.state, now.post, now.state) == ("planned", target, "planned")


def test_the_night_drops_what_nobody_will_keep(world: build.World) -> None:
    today = clock.today()
    given, gone, stays, proxied = (plan(world, place) for place in range(4))
    colleague = plan(world, 3, actor=world.officers[1])  # 代访: somebody else answered before the plan was made
    assign_enterprises(
        actor=world.chief, post=world.posts["officer1"], enterprises=[given.enterprise], start=today + DAY
    )
    RegisterEntry.objects.filter(enterprise=gone.enterprise).update(
        term=(build.days_ago(900), today + DAY), exit_reason="moved_out"
    )
    assert drop_idle_plans(today) == 0
    with clock.fixed(today + DAY):
        assert drop_idle_plans(today + DAY) == 2
        assert drop_idle_plans(today + DAY) == 0
    for row in (given, gone):
        row.refresh_from_db()
        assert (row.state, row.dropped_on, row.dropped_by) == ("dropped", today + DAY, None)
    for row in (stays, proxied, colleague):
        row.refresh_from_db()
        assert row.state == "planned"
    post = world.posts["officer1"]
    post.term = (post.start, today + 2 * DAY)
    post.save()
    assert drop_idle_plans(today + 2 * DAY) == 1


def test_who_leaves_the_station_is_planned_no_more(world: build.World) -> None:
    today = clock.today()
    rows = plan(world, day=today), plan(world, actor=world.officers[1], day=today + 9 * DAY), plan(world, 1)
    leave_station(actor=world.chief, enterprise=world.enterprises[0], on=today, reason="moved_out")
    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == ["dropped", "dropped", "planned"]
    assert rows[0].dropped_by == world.chief.person


def test_who_reads_plans(world: build.World) -> None:
    row, theirs = plan(world), plan(world, 1, actor=world.officers[1])
    seen = {
        name: set(PlannedVisit.objects.visible_to(user).values_list("pk", flat=True))
        for name, user in (
            ("chief", world.chief), ("officer", world.officers[0]), ("colleague", world.officers[1]),
            ("outsider", world.outsider), ("administrator", world.administrator),
        )
    }  # fmt: skip
    assert seen == {
        "chief": {row.pk, theirs.pk},
        "officer": {row.pk, theirs.pk},  # of the own enterprise, whoever planned it
        "colleague": {theirs.pk},
        "outsider": set(),
        "administrator": set(),
    }
    Recusal.objects.create(
        person=world.officers[0].person, enterprise=world.enterprises[0], kind="own_unit", term=(clock.today(), None)
    )
    assert set(PlannedVisit.objects.visible_to(world.officers[0])) == {theirs}
