"""Items of the checklist: who moves them where, once per number, and when they need renewing."""

import datetime as dt
import random
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import translation
from hypothesis import given as assume_given
from hypothesis import strategies as st

from crm.access.grants import one_request
from crm.core import clock
from crm.core.models import JournalEntry
from crm.programs.enums import STEPS, ItemState
from crm.programs.models import ChecklistLine, Item, ItemEvent
from crm.programs.services import give_title, set_stage, take_title
from crm.programs.template import FIRST_LINES
from crm.programs.validity import runs_out_on
from tests import build
from tests.programs.conftest import Reform
from tests.programs.naive import NOBODY, TABLE, NaiveItem, holds_until

WHO = ("officer", "liaison", "chief", "leader", *NOBODY)


def test_the_template_has_thirty_items_in_six_groups(reform: Reform) -> None:
    lines = list(ChecklistLine.objects.filter(checklist=reform.checklist))
    assert [line.number for line in lines] == list(range(1, 31))
    sizes = {group: sum(line.group == group for line in lines) for group in "ABCDEF"}
    assert sizes == {"A": 4, "B": 4, "C": 4, "D": 5, "E": 6, "F": 7}
    assert len(FIRST_LINES) == 30


@pytest.mark.parametrize("chunk", range(2))
def test_random_walks_are_as_foretold(reform: Reform, chunk: int) -> None:
    """60 walks of ten moves each; days pass between them, so that validities run out on the way."""
    passed: set[str] = set()
    with one_request():
        for number in range(30):
            passed |= walk(reform, random.Random(f"{chunk}/{number}"), number % 30 + 1)
    assert passed >= {"in_progress", "done", "verified", "returned", "not_applicable", "not_started", "renew"}, passed


def walk(reform: Reform, dice: random.Random, item: int) -> set[str]:
    enterprise = build.enterprise(at=reform.world.station)
    for post in ("officer0", "liaison"):
        build.responsible(enterprise, reform.world.posts[post], chain=reform.world.chain if post == "liaison" else None)
    naive = NaiveItem(FIRST_LINES[item - 1][4])
    passed = set()
    today = clock.today()
    for _ in range(10):
        shown = naive.shown(today)
        passed.add(shown)
        fitting = [to for to, row in TABLE.items() if shown in row[0]]
        to = dice.choice(fitting if fitting and dice.random() < 0.85 else list(TABLE))
        who = dice.choice(TABLE[to][1]) if dice.random() < 0.85 else dice.choice(WHO)
        said = {"evidence_kind": "document", "evidence": "协议", "reason": "情况有变"}
        if dice.random() < 0.1:
            said[dice.choice(list(said))] = ""
        done_on = today - dt.timedelta(days=dice.choice((0, 0, 3, 40, 100, 370, 1200, -1)))
        with clock.fixed(clock.at(today, 10)):
            given: dict[str, Any] = said | ({"done_on": done_on} if to == "done" else {})
            expected = naive.judge(who, to, said, done_on, today)
            found = reform.move(who, to, item, enterprise=enterprise, version=naive.version, **given)
        assert found == expected, (naive, shown, who, to, given)
        if expected == "done":
            naive.make(to, done_on)
        row = Item.objects.filter(enterprise=enterprise, number=item).first()
        assert (
            (row.state, row.version, row.done_on) == (naive.kept, naive.version, naive.done_on)
            if row
            else not naive.version
        )
        today += dt.timedelta(days=dice.choice((0, 0, 30, 400)))
    events = ItemEvent.objects.filter(item__enterprise=enterprise).order_by("sequence")
    assert list(events.values_list("to_state", flat=True)) == naive.states
    entries = JournalEntry.objects.filter(verb="move_item", enterprise_id=enterprise.pk)
    assert entries.count() == len(naive.states)
    return passed


def test_every_step_is_in_the_naive_table() -> None:
    told = {str(to): ({str(s) for s in step.source}, set(step.needs)) for to, step in STEPS.items()}
    assert told == {to: (set(source), set(needs)) for to, (source, _who, needs) in TABLE.items()}
    assert set(told) == set(ItemState.STORED)


@assume_given(st.dates(dt.date(2019, 1, 1), dt.date(2031, 12, 31)), st.integers(1, 120))
def test_validity_is_counted_month_by_month(day: dt.date, months: int) -> None:
    assert runs_out_on(day, months) == holds_until(day, months)
    assert runs_out_on(day, None) is None


@pytest.mark.parametrize(
    ("done_on", "months", "first_day_without"),
    [
        (dt.date(2024, 2, 29), 12, dt.date(2025, 2, 28)),
        (dt.date(2026, 8, 31), 6, dt.date(2027, 2, 28)),
        (dt.date(2026, 11, 30), 3, dt.date(2027, 2, 28)),
        (dt.date(2026, 9, 16), 12, dt.date(2027, 9, 16)),
    ],
)
def test_validity_at_the_ends_of_months(done_on: dt.date, months: int, first_day_without: dt.date) -> None:
    assert runs_out_on(done_on, months) == first_day_without


def test_the_last_day_still_holds_and_the_next_needs_renewal(reform: Reform) -> None:
    reform.done(item=2)  # three months
    reform.event("chief", "verified", 2)
    out = holds_until(clock.today(), 3)
    assert reform.state(2, out - dt.timedelta(days=1)) == "verified"
    assert reform.state(2, out) == "renew"
    with clock.fixed(out):
        assert reform.move("officer", "in_progress", 2) == "done"
    assert reform.state(2, out) == "in_progress"


def test_a_paper_may_say_another_validity(reform: Reform) -> None:
    event = reform.done(item=19, months=13)
    assert (event.months, Item.objects.get(pk=event.item_id).months) == (13, 13)
    assert reform.move("officer", "done", 20, months=0, evidence_kind="receipt", evidence="合同") == "months"


def test_sent_twice_it_is_one_move_and_the_same_answer(reform: Reform) -> None:
    number = uuid.uuid4()
    first = reform.done(client_uuid=number)
    reform.event("chief", "verified")
    assert reform.done(client_uuid=number).pk == first.pk  # also after somebody moved it on
    assert ItemEvent.objects.count() == 2
    for other in ({"item": 15}, {"done_on": build.days_ago(3)}, {"months": 7}, {"on": build.days_ago(1)}):
        with pytest.raises(ValidationError) as failed:
            reform.done(client_uuid=number, **other)  # type: ignore[arg-type]
        assert failed.value.error_dict["client_uuid"][0].code == "conflict"
    with pytest.raises(ValidationError) as failed:
        reform.done(client_uuid=number, enterprise=reform.world.enterprises[1])
    assert failed.value.error_dict["client_uuid"][0].code == "conflict"


def test_an_old_version_is_a_conflict(reform: Reform) -> None:
    assert reform.move("officer", "in_progress", version=0) == "done"
    with pytest.raises(ValidationError) as failed:
        reform.event("liaison", "in_progress", version=0)
    assert failed.value.error_dict["version"][0].code == "conflict"
    assert reform.move("liaison", "not_applicable", reason="无此工种", version=1) == "done"


def test_what_cannot_be(reform: Reform) -> None:
    assert reform.move("officer", "in_progress", 31) == "item"
    assert reform.move("officer", "renew") == "to"
    assert reform.move("officer", "in_progress", on=clock.today() + dt.timedelta(days=1)) == "on"
    visit = build.visit(reform.world.enterprises[1], reform.world.posts["officer0"], clock.today())
    assert reform.move("officer", "in_progress", visit=visit) == "visit"
    assert reform.move("officer", "in_progress", post=reform.world.posts["officer1"]) == "post"
    ChecklistLine.objects.filter(number=14).update(off_tiers=["general"])
    assert reform.move("officer", "in_progress") == "item"


def test_who_is_kept_away_reports_nothing(reform: Reform) -> None:
    build.recusal(reform.world.officers[0], reform.enterprise)
    assert reform.move("officer", "in_progress") == "denied"


def test_a_move_says_in_which_post_and_at_which_visit(reform: Reform) -> None:
    visit = build.visit(reform.enterprise, reform.world.posts["officer0"], build.days_ago(2))
    event = reform.event("officer", "in_progress", on=build.days_ago(2), visit=visit)
    assert (event.post, event.visit, event.on) == (reform.world.posts["officer0"], visit, build.days_ago(2))
    entry = JournalEntry.objects.get(verb="move_item")
    assert (entry.enterprise_id, entry.post_id) == (reform.enterprise.pk, event.post_id)
    assert "协议" not in str(entry.changes)


def test_the_log_is_never_rewritten(reform: Reform) -> None:
    event = reform.event("officer", "in_progress")
    for change in ("UPDATE programs_itemevent SET reason = 'x'", "DELETE FROM programs_itemevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert ItemEvent.objects.get().pk == event.pk


@pytest.mark.parametrize("fields", [{"state": "renew"}, {"state": "done"}, {"state": "x"}, {"months": 0}])
def test_the_database_refuses_what_no_item_can_be(reform: Reform, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.create(enterprise=reform.enterprise, number=3, **fields)


def test_a_stage_ends_the_one_before(reform: Reform) -> None:
    row, chief = reform.enterprise, reform.people["chief"]
    first = set_stage(actor=chief, enterprise=row, stage="introduction", start=build.days_ago(90))
    assert set_stage(actor=chief, enterprise=row, stage="introduction", start=build.days_ago(3)) == first
    second = set_stage(actor=chief, enterprise=row, stage="deepening", start=build.days_ago(10))
    first.refresh_from_db()
    assert (first.end, second.start, second.end) == (build.days_ago(10), build.days_ago(10), None)
    for stage, start, field in (("x", 0, "stage"), ("deepening", -1, "start"), ("consolidation", 30, "start")):
        with pytest.raises(ValidationError) as failed:
            set_stage(actor=chief, enterprise=row, stage=stage, start=build.days_ago(start))
        assert list(failed.value.message_dict) == [field]


def test_a_title_names_its_document_and_ends(reform: Reform) -> None:
    row, staff = reform.enterprise, reform.people["staff"]
    given: dict[str, Any] = {"kind": "demonstration", "level": "district", "start": build.days_ago(30)}
    title = give_title(actor=staff, enterprise=row, number="呈工发〔2026〕3号", **given)
    with translation.override("zh-hans"):
        assert str(title) == "区级示范"
    for change, field in (({"number": " "}, "number"), ({"kind": "x"}, "kind"), ({}, "start")):
        with pytest.raises(ValidationError) as failed:
            give_title(actor=staff, enterprise=row, **({"number": "呈工发〔2026〕4号"} | given | change))
        assert list(failed.value.message_dict) == [field]
    take_title(actor=staff, title=title, on=build.days_ago(1))
    title.refresh_from_db()
    assert title.end == build.days_ago(1)
    for ago in (1, 0, -9):  # it has ended: no day makes it longer
        with pytest.raises(ValidationError) as failed:
            take_title(actor=staff, title=title, on=build.days_ago(ago))
        assert list(failed.value.message_dict) == ["on"]
    title.refresh_from_db()
    assert title.end == build.days_ago(1)
    assert JournalEntry.objects.filter(verb="take_title").count() == 1
    take_title(actor=staff, title=title, on=build.days_ago(3))
    title.refresh_from_db()
    assert title.end == build.days_ago(3)


@pytest.mark.parametrize("who", ["officer", "liaison", "consumer", "administrator", "foreign_chief", "leader"])
def test_only_the_chief_sets_a_stage(reform: Reform, who: str) -> None:
    with pytest.raises(PermissionDenied):
        set_stage(actor=reform.people[who], enterprise=reform.enterprise, stage="deepening", start=clock.today())


def test_an_enterprise_on_no_register_moves_nothing(reform: Reform) -> None:
    with pytest.raises(PermissionDenied):
        reform.event("chief", "in_progress", enterprise=build.enterprise())
