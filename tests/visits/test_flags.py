"""Flags against a naive second opinion, row by row; they hide nothing, block nothing and tell nothing of other rows."""

import datetime as dt
from random import Random

import pytest
from django.test import Client
from django.urls import reverse

from crm.accounts.models import User
from crm.core import clock
from crm.core.models import Rule
from crm.visits.models import Visit, VisitCap, VisitConfirmation
from crm.visits.selectors import FLAGS, flag_rules, flagged, flags_of
from tests import build
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
WORDS = ("看了车间", "与负责人谈用工和社保", "与负责人谈用工和社保。", "")


def random_visits(world: build.World, dice: Random) -> None:
    for _ in range(60):
        post = world.posts[dice.choice(("officer0", "officer1"))]
        day = build.days_ago(dice.randint(0, 2))
        time = dt.time(dice.choice((0, 6, 7, 9, 21, 22, 23)), dice.randint(0, 59)) if dice.random() < 0.8 else None
        visit = build.visit(
            dice.choice(world.enterprises),
            post,
            day,
            mode=dice.choice(("onsite", "onsite", "meeting")),
            started_at=time,
            notes=dice.choice(WORDS),
            late_record=dice.random() < 0.2,
            purpose=dice.choice(("regular", "care", "request", "follow_up")),
        )
        if dice.random() < 0.2:
            build.link(visit, world.chief, dice.choice(("true", "differs")), "那天没有人来")


def over_cap(visit: Visit, seen: list[Visit]) -> bool:
    """Beyond the district's cap: two days a quarter for all, one a month for lead firms."""

    def counted(v: Visit) -> bool:
        return v.outcome == "met" and v.mode in ("onsite", "joint") and v.purpose not in ("request", "follow_up")

    lead, on = visit.enterprise.facts.get().tier == "lead", visit.visited_on
    months = [on.month] if lead else range((on.month - 1) // 3 * 3 + 1, on.month + 1)
    days = {
        v.visited_on
        for v in seen
        if v.enterprise_id == visit.enterprise_id and counted(v)
        and v.visited_on.year == on.year and v.visited_on.month in months and v.visited_on < on
    }  # fmt: skip
    return counted(visit) and len(days) >= (1 if lead else 2)


def naive(visit: Visit, seen: list[Visit]) -> set[str]:
    """The flags in plain words."""
    found = {"late_record"} if visit.late_record else set()
    if VisitConfirmation._base_manager.filter(visit=visit, answer="differs").exists():
        found.add("differs")
    if over_cap(visit, seen):
        found.add("over_cap")
    before = sorted((v.visited_on, v.pk, v.notes) for v in seen if v.enterprise_id == visit.enterprise_id)
    earlier = [notes for day, pk, notes in before if (day, pk) < (visit.visited_on, visit.pk)]
    if earlier and earlier[-1] == visit.notes and len(visit.notes) >= 8:
        found.add("same_words")
    if visit.mode != "onsite" or visit.started_at is None:
        return found
    if not 7 <= visit.started_at.hour < 22:
        found.add("hours")

    def minute(v: Visit) -> int:
        assert v.started_at is not None
        hour = v.started_at.hour + (24 if v.started_at.hour < 5 else 0)
        return hour * 60 + v.started_at.minute

    others = [v for v in seen if v.mode == "onsite" and v.started_at and v.visitor_id == visit.visitor_id]
    others = [v for v in others if v.visited_on == visit.visited_on and v.enterprise_id != visit.enterprise_id]
    if any(abs(minute(v) - minute(visit)) < 15 for v in others):
        found.add("close")
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_flag_equals_the_naive_opinion_of_what_its_reader_sees(seed: int) -> None:
    world = build.world()
    for tier, most, every in (("", 2, "quarter"), ("lead", 1, "month")):
        VisitCap.objects.create(regime=world.regime, tier=tier, most=most, every=every)
    world.enterprises[0].facts.update(tier="lead")
    random_visits(world, Random(seed))
    given, stood = flag_rules(clock.today()), set()
    for user in (world.chief, *world.officers, world.leader):
        seen = list(Visit.objects.visible_to(user))
        wanted = {visit.pk: naive(visit, seen) for visit in seen}
        told = {pk: {str(note.word) for note in notes} for pk, notes in flags_of(user, seen, given).items()}
        words = {flag.code: str(flag.word) for flag in FLAGS}
        assert told == {pk: {words[code] for code in codes} for pk, codes in wanted.items()}
        for flag in FLAGS:
            rows = flagged(user, Visit.objects.visible_to(user), flag.code, given)
            assert set(rows.values_list("pk", flat=True)) == {pk for pk, codes in wanted.items() if flag.code in codes}
        stood |= set().union(*wanted.values())
    assert stood == {flag.code for flag in FLAGS}


def test_thresholds_are_dated() -> None:
    world = build.world()
    visit = build.visit(world.enterprises[0], world.posts["officer0"], clock.today(), started_at=dt.time(21, 30))
    Rule.objects.create(code="visits.latest_hour", valid_from=build.days_ago(0), value=21, unit="hour")
    for day, stands in ((build.days_ago(1), False), (clock.today(), True)):
        assert bool(flags_of(world.chief, [visit], flag_rules(day))[visit.pk]) == stands


def test_ledger_and_visit_say_the_reason_and_the_ledger_filters() -> None:
    world = build.world()
    visit = build.visit(world.enterprises[0], world.posts["officer0"], clock.today(), started_at=dt.time(23, 30))
    build.visit(world.enterprises[1], world.posts["officer0"], clock.today(), started_at=dt.time(10))
    client = Client()
    client.force_login(world.chief)
    assert "一般在 7 点至 22 点" in client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    page = client.get(reverse("visits:list"), {"flag": "hours"})
    assert [row.pk for row in page.context["rows"]] == [visit.pk]
    assert client.get(reverse("visits:list"), {"flag": "worst"}).context["page"].paginator.count == 0


def test_the_ledger_asks_as_often_for_many_as_for_few() -> None:
    world = build.world()

    def asked(user: User) -> int:
        rows = list(Visit.objects.visible_to(user))
        return queries_of(user, lambda: flags_of(user, rows, flag_rules(clock.today())))

    random_visits(world, Random(1))
    few = asked(world.chief)
    random_visits(world, Random(2))
    assert asked(world.chief) == few <= 4
