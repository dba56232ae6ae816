"""Versions of the checklist: whose holds where, what a change rewrites (nothing), n and d against a naive count."""

import datetime as dt
import random
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from crm.core import clock
from crm.programs.models import Checklist, ChecklistLine, ItemEvent
from crm.programs.selectors import moves_for, sheet_of, sheets_at
from crm.programs.services import revise_checklist
from crm.programs.services.checklist import LineChange
from crm.programs.template import FIRST_LINES, first_checklist
from crm.programs.versions import checklist_of_union
from enterprises.enums import Size, Tier
from enterprises.models import Enterprise, EnterpriseFact
from stations.models import TradeUnion
from tests import build
from tests.programs.conftest import Reform
from tests.programs.naive import holds_until

TOMORROW = dt.timedelta(days=1)


def change(number: int, **fields: object) -> LineChange:
    _group, title, kind, asks, months = FIRST_LINES[number - 1]
    return replace(LineChange(title, asks, kind, months), **fields)  # type: ignore[arg-type]


def revise(reform: Reform, who: str = "staff", **given: object) -> Checklist:
    said = {"start": clock.today() + TOMORROW, "changes": {14: change(14, months=6)}, "union": reform.world.district}
    return revise_checklist(actor=reform.people[who], **(said | given))  # type: ignore[arg-type]


def test_the_nearest_union_with_a_version_decides(reform: Reform) -> None:
    township = build.union(parent=reform.world.district)
    assert checklist_of_union(township, clock.today()) == reform.checklist
    own = first_checklist(township, "街道清单", clock.today())
    assert checklist_of_union(township, clock.today()) == own
    assert checklist_of_union(reform.world.district, clock.today()) == reform.checklist
    assert checklist_of_union(reform.world.other.union, clock.today()) is None


def test_a_new_version_leaves_what_enterprises_have(reform: Reform) -> None:
    reform.done(done_on=build.days_ago(200))
    reform.event("chief", "verified")
    made = revise(reform, name="产改清单（修订）")
    assert (made.number, made.name, made.start) == (2, "产改清单（修订）", clock.today() + TOMORROW)
    reform.checklist.refresh_from_db()
    assert reform.checklist.end == made.start
    assert ChecklistLine.objects.get(checklist=reform.checklist, number=14).months == 12
    assert ChecklistLine.objects.get(checklist=made, number=14).months == 6
    with clock.fixed(made.start):
        assert reform.state() == "verified"  # by the validity under which it was reported
        reform.done(item=14, done_on=clock.today())
        assert ItemEvent.objects.order_by("-pk")[0].months == 6


def test_a_version_not_yet_in_force_is_written_anew(reform: Reform) -> None:
    first = revise(reform)
    second = revise(reform, start=clock.today() + 9 * TOMORROW, changes={15: change(15, title="技能等级认定")})
    assert (second.number, Checklist.objects.filter(union=reform.world.district).count()) == (2, 2)
    assert not Checklist.objects.filter(pk=first.pk).exists()
    reform.checklist.refresh_from_db()
    assert reform.checklist.end == second.start
    lines = {line.number: line for line in second.lines.all()}
    assert (lines[14].months, lines[15].title, len(lines)) == (6, "技能等级认定", 30)
    with clock.fixed(second.start):
        assert revise(reform, start=second.start + TOMORROW).number == 3


def test_a_townships_first_version_starts_from_the_districts(reform: Reform) -> None:
    township = build.union(parent=reform.world.district)
    made = revise(reform, union=township)
    assert (made.number, made.lines.count()) == (1, 30)
    reform.checklist.refresh_from_db()
    assert reform.checklist.end is None


def test_what_no_version_can_be(reform: Reform) -> None:
    wrong = {"start": clock.today()}, {"changes": {31: change(1)}}, {"changes": {3: change(3, title=" ", months=500)}}
    for given, fields in zip(wrong, (["start"], ["changes"], ["line-3-months", "line-3-title"]), strict=True):
        with pytest.raises(ValidationError) as failed:
            revise(reform, **given)
        assert sorted(failed.value.message_dict) == fields
    assert Checklist.objects.count() == 1


@pytest.mark.parametrize(
    "who", ["chief", "officer", "liaison", "consumer", "administrator", "foreign_chief", "outsider"]
)
def test_only_the_district_keeps_the_checklist(reform: Reform, who: str) -> None:
    with pytest.raises(PermissionDenied):
        revise(reform, who)


@pytest.mark.parametrize("who", ["leader", "staff"])
def test_a_district_does_not_rewrite_the_citys(reform: Reform, who: str) -> None:
    city = TradeUnion.objects.get_parent(reform.world.district)
    first_checklist(city, "市清单", build.days_ago(800))
    with pytest.raises(PermissionDenied):
        revise(reform, who, union=city)


def naive_sheet(row: Enterprise, day: dt.date, lines: list[ChecklistLine]) -> tuple[int, int]:
    """(verified and valid, applicable), from the log alone."""
    fact = EnterpriseFact.objects.filter(enterprise=row).last()
    assert fact is not None
    n = d = 0
    for line in lines:
        if fact.tier in line.off_tiers or fact.size in line.off_sizes:
            continue
        last = ItemEvent.objects.filter(item__enterprise=row, item__number=line.number).order_by("-sequence").first()
        if last is not None and last.to_state == "not_applicable":
            continue
        d += 1
        if last is not None and last.to_state in ("verified", "confirmed"):
            assert last.done_on is not None
            n += last.months is None or day < holds_until(last.done_on, last.months)
    return n, d


@pytest.mark.parametrize("seed", range(3))
def test_n_and_d_are_what_a_naive_count_says(reform: Reform, seed: int) -> None:
    dice = random.Random(seed)
    for line in ChecklistLine.objects.filter(checklist=reform.checklist):
        line.off_tiers = [t for t in Tier.values if dice.random() < 0.15]
        line.off_sizes = [s for s in Size.values if dice.random() < 0.1]
        line.save()
    for row in reform.world.enterprises:
        EnterpriseFact.objects.filter(enterprise=row).update(
            tier=dice.choice(Tier.values), size=dice.choice(["", *Size.values])
        )
    for _ in range(50):
        row, item = dice.choice(reform.world.enterprises), dice.randint(1, 30)
        with clock.fixed(clock.today() - dt.timedelta(days=dice.choice((5, 80, 300)))):
            steps = dice.choice(
                (["done", "verified"], ["done", "verified", "confirmed"], ["not_applicable"], ["in_progress"])
            )
            for to in steps:
                who = {"verified": "chief", "confirmed": "leader"}.get(to, "chief")
                said = {"evidence_kind": "roster", "evidence": "名册", "reason": "无此情况"}
                reform.move(who, to, item, enterprise=row, **said)
    day = clock.today()
    _checklist, lines, sheets = sheets_at(reform.people["chief"], reform.world.station, day)
    found = {sheet.enterprise.pk: (sheet.n, sheet.d) for sheet in sheets}
    assert found == {row.pk: naive_sheet(row, day, lines) for row in reform.world.enterprises}
    assert any(n for n, _d in found.values())
    for sheet in sheets:
        alone = sheet_of(
            reform.people["chief"], Enterprise.objects.select_related("station__union").get(pk=sheet.enterprise.pk), day
        )
        assert [(s.line.number, s.state) for s in alone.squares] == [(s.line.number, s.state) for s in sheet.squares]
        assert sum(n for _g, _s, n, _d in sheet.groups) == sheet.n
        assert sum(d for _g, _s, _n, d in sheet.groups) == sheet.d


def test_moves_offered_are_moves_that_work(reform: Reform) -> None:
    row = Enterprise.objects.select_related("station__union").get(pk=reform.enterprise.pk)
    said = {"evidence_kind": "document", "evidence": "协议", "reason": "情况"}
    for who in ("officer", "chief", "leader", "consumer"):
        for before in ([], ["done"], ["done", "verified"]):
            item = {"officer": 1, "chief": 2, "leader": 3, "consumer": 4}[who] + 5 * len(before)
            for to in before:
                reform.event("chief", to, item, **said)
            square = sheet_of(reform.people[who], row, clock.today()).square(item)
            assert square is not None
            for offered in moves_for(reform.people[who], row, square):
                with transaction.atomic():
                    found = reform.move(who, offered.to, item, **said)
                    transaction.set_rollback(True)
                assert (found == "done") == offered.allowed or found == "done_on", (who, offered, found)
                assert bool(offered.why_not) != offered.allowed
