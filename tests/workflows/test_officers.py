"""A chief's view of the officers agrees with a naive count; a whole list is handed over in one act."""

import datetime as dt
import random

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.access.roles import Role
from crm.core import clock
from crm.core.dated import close_row
from crm.coverage.periods import quarter_of
from crm.visits.models import Obligation
from crm.workflows.officers import PARTS, hand_over, handing, officer_contacts, officer_rows
from grids.models import Responsibility
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def owing(seed: int) -> build.World:
    dice = random.Random(seed)
    world = build.world()
    rules = list(world.regime.rules.all())
    for row in world.enterprises:
        for rule in dice.sample(rules, 3):
            opens = build.days_ago(dice.randint(-30, 150))
            duty = build.obligation(row, rule, opens, opens + dice.randint(1, 90) * DAY)
            if dice.random() < 0.2:
                duty.cancelled_on, duty.cancel_reason = clock.today(), "检修"
            elif dice.random() < 0.6 and opens <= clock.today():
                post = world.posts[dice.choice(("officer0", "officer1"))]
                answering = world.posts["officer0" if row in world.enterprises[:4] else "officer1"]
                duty.met_by = build.visit(row, post, opens, credited_post=answering, proxy=post != answering)
                duty.met_on = opens
            duty.save()
    return world


@pytest.mark.parametrize("seed", range(8))
def test_done_of_due_agrees_with_a_naive_count_and_the_rows_behind_it(seed: int) -> None:
    world, day = owing(seed), clock.today()
    rows = officer_rows(world.chief, world.station, day)
    assert {row.seat.post for row in rows} == {world.posts["officer0"], world.posts["officer1"]}
    for row in rows:
        post = row.seat.post
        firms = set(Responsibility._base_manager.filter(post=post).values_list("enterprise_id", flat=True))
        due = [
            one
            for one in Obligation._base_manager.select_related("met_by")
            if one.enterprise_id in firms
            and one.cancelled_on is None
            and one.opens <= day
            and one.closes >= quarter_of(day).start
        ]
        done = [one for one in due if one.met_by is not None and not one.met_by.proxy]
        proxy = [one for one in due if one.met_by is not None and one.met_by.proxy]
        late = [one for one in due if one.met_by is None and one.closes < day]
        assert (row.due, row.done, row.proxy, row.late) == (len(due), len(done), len(proxy), len(late))
        assert row.gap == len(due) - len(done) - len(proxy)
        told = {"d": due, "n": done, "proxy": proxy, "late": late, "gap": [one for one in due if one.met_by is None]}
        assert set(told) == {*PARTS, "late"}
        for part, wanted in told.items():
            shown = officer_contacts(world.chief, post, day, part)
            assert {one.pk for one in shown} == {one.pk for one in wanted}, part
    order = [(-row.late, -row.gap) for row in rows]
    assert order == sorted(order)


def test_a_whole_list_goes_over_with_its_open_promises() -> None:
    world = build.world()
    first, second = world.posts["officer0"], world.posts["officer1"]
    kept = build.commitment(world.enterprises[0], first, state="kept", settled_on=clock.today())
    open_ = build.commitment(world.enterprises[1], first)
    build.issue(world.enterprises[0], first)
    duty = build.obligation(
        world.enterprises[0], world.regime.rules.order_by("pk")[0], build.days_ago(20), build.days_ago(2)
    )
    papers = handing(world.chief, first, clock.today())
    assert ([row.pk for row in papers.enterprises], len(papers.issues), papers.commitments, papers.owed, papers.overdue) == (
        sorted((row.pk for row in world.enterprises[:4]), key=lambda pk: pk), 1, [open_], 1, 1,
    )  # fmt: skip
    build.recusal(world.officers[1], world.enterprises[3])
    outcome = hand_over(actor=world.chief, source=first, target=second)
    assert (outcome.done, [one.id for one in outcome.refused]) == (3, [world.enterprises[3].pk])
    today, yesterday = (
        {row.enterprise_id: row.post_id for row in Responsibility.objects.on(day).filter(role=Role.GRID_OFFICER)}
        for day in (clock.today(), clock.today() - DAY)
    )
    assert [today[row.pk] for row in world.enterprises[:6]] == [second.pk] * 3 + [first.pk] + [second.pk] * 2
    assert list(yesterday.values()).count(first.pk) == 4  # what held yesterday stays written
    for row, post in ((kept, first), (open_, second)):
        row.refresh_from_db()
        assert row.post_id == post.pk
    duty.refresh_from_db()
    assert duty.met_by_id is None


def test_who_may_and_to_whom() -> None:
    world = build.world()
    first, second = world.posts["officer0"], world.posts["officer1"]
    for user in (world.officers[0], world.liaison, world.leader, world.staff, world.outsider):
        with pytest.raises(PermissionDenied):
            hand_over(actor=user, source=first, target=second)
    stranger = build.post(Role.GRID_OFFICER, world.other)
    for target in (first, stranger, world.posts["chief"], world.posts["liaison"]):
        with pytest.raises(ValidationError) as caught:
            hand_over(actor=world.chief, source=first, target=target)
        assert list(caught.value.message_dict) == ["target"]


def test_it_costs_the_same_for_many() -> None:
    counts = []
    for more in (0, 60):
        world = build.world()
        source, target = world.posts["officer0"], world.posts["officer1"]
        for _ in range(more):
            build.responsible(build.enterprise(at=world.station), source)
        officer_rows(world.chief, world.station, clock.today())  # the first question of a day projects grants
        with CaptureQueriesContext(connection) as asked:
            officer_rows(world.chief, world.station, clock.today())
            handing(world.chief, source, clock.today())
            hand_over(actor=world.chief, source=source, target=target)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_pages_open_for_the_whole_reach_and_hand_over_for_the_chief() -> None:
    world = owing(3)
    client, first, second = Client(), world.posts["officer0"], world.posts["officer1"]
    pages = [reverse("visits:officers", args=[world.station.pk]), reverse("visits:officer", args=[first.pk])]
    hand = reverse("visits:hand_over", args=[first.pk])
    for user, opens in ((world.chief, True), (world.leader, True), (world.officers[0], False), (world.liaison, False)):
        client.force_login(user)
        assert {client.get(page).status_code for page in pages} == ({200} if opens else {404}), user
        assert (client.get(hand).status_code == 200) == (user == world.chief)
    client.force_login(world.chief)
    for part in ("n", "d", "proxy", "late", "gap", "x"):
        assert client.get(pages[1], {"part": part}).status_code == 200
    assert client.post(hand, {"target": first.pk}).status_code == 422
    assert client.post(hand, {"target": second.pk})["Location"] == pages[0]
    assert not Responsibility.objects.on(clock.today()).filter(post=first).exists()
    assert client.post(hand, {"target": second.pk}).status_code == 422  # nothing is left to hand over


@pytest.mark.parametrize("said", [-10, 1])
def test_whatever_day_is_sent_a_list_goes_over_today_with_its_promises(said: int) -> None:
    """A past day would write anew who answered since, a later one would part the promises from the list."""
    world, today = build.world(), clock.today()
    first, second = world.posts["officer0"], world.posts["officer1"]
    third = build.post(Role.GRID_OFFICER, world.station)
    gone, kept = world.enterprises[0], world.enterprises[1]
    close_row(Responsibility._base_manager.get(enterprise=gone, post=first), today - 5 * DAY)
    since = Responsibility._base_manager.create(
        enterprise=gone, post=third, role=third.role, term=build.term_from(today - 5 * DAY)
    )
    promise = build.commitment(kept, first)
    client = Client()
    client.force_login(world.chief)
    client.post(reverse("visits:hand_over", args=[first.pk]), {"target": second.pk, "start": today + said * DAY})
    assert Responsibility._base_manager.filter(pk=since.pk, term=since.term).exists()
    promise.refresh_from_db()
    assert promise.post == Responsibility.objects.on(today).get(enterprise=kept, role=Role.GRID_OFFICER).post == second
