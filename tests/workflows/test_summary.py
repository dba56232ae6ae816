"""个人月度小结: the figures against a recount by hand, whose month one may see, and both its forms."""

import datetime as dt
import random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.core import clock
from crm.core.sheets import read_rows
from crm.coverage.cuts import Cut
from crm.coverage.periods import month_of
from crm.coverage.selectors import coverage
from crm.visits.models import Visit
from crm.workflows.summary import month_summary, posts_summarised
from tests import build
from tests.test_stories import signed_in

pytestmark = pytest.mark.django_db
MODES = (("met", "onsite"), ("contacted", "phone"), ("nobody", "onsite"), ("no_answer", "phone"), ("met", "joint"))


@pytest.fixture
def world() -> build.World:
    """The common cast; both officers were out in this month and the last, here and there, also for each other."""
    made, dice = build.world(), random.Random(4)
    for _ in range(60):
        row, post = dice.choice(made.enterprises[:6]), made.posts[dice.choice(("officer0", "officer1"))]
        outcome, mode = dice.choice(MODES)
        credited = made.posts["officer0" if made.enterprises.index(row) < 4 else "officer1"]
        levels = dice.sample(("enterprise", "team", "worker"), dice.randint(0, 3))
        build.visit(row, post, build.days_ago(dice.randint(0, 45)), outcome, mode, levels=levels, credited_post=credited,
                    proxy=credited != post)  # fmt: skip
    for ago in (0, 2, 50):
        build.issue(made.enterprises[0], made.posts["officer0"], raised_on=build.days_ago(ago))
    build.issue(made.enterprises[0], made.posts["officer0"], state="closed", handler=made.posts["staff"])
    return made


def test_the_figures_are_those_of_a_recount(world: build.World) -> None:
    today, post = clock.today(), world.posts["officer0"]
    period = month_of(today)
    told = month_summary(world.chief, post, period, today)
    mine = [row for row in Visit.objects.filter(post=post) if period.start <= row.visited_on <= today]
    done = [row for row in mine if row.outcome in ("met", "contacted")]
    assert (told.contacts, told.attempts) == (len(done), len(mine) - len(done))
    assert told.enterprises == len({row.enterprise_id for row in done})
    assert sum(count for _words, count in told.modes) == told.contacts
    assert [count for _words, count in told.levels] == [
        sum(level in row.levels for row in done) for level in ("enterprise", "team", "worker")
    ]
    assert len(told.lines) == len(mine)
    opened = [day for day in (build.days_ago(0), build.days_ago(2), today) if day >= period.start]
    assert (told.opened, told.closed) == (len(opened), 1)


def test_the_rates_are_the_officers_own_cut_whoever_reads_them(world: build.World) -> None:
    today = clock.today()
    own = coverage(Cut(world.officers[0], month_of(today), today))
    for reader in (world.officers[0], world.chief, world.leader):
        told = month_summary(reader, world.posts["officer0"], month_of(today), today).rates
        assert {code: (rate.n, rate.d) for code, rate in told.items() if code != "nodes"} == {
            code: (rate.n, rate.d) for code, rate in own.items() if code != "nodes"
        }
    assert month_summary(world.chief, world.posts["chief"], month_of(today), today).rates == {}


def test_whose_month_one_sees(world: build.World) -> None:
    station = {world.posts[key] for key in ("chief", "officer0", "officer1", "liaison")}
    for reader in (world.chief, world.leader, world.staff):
        assert set(posts_summarised(reader)) == station
    assert set(posts_summarised(world.officers[0])) == {world.posts["officer0"]}
    assert set(posts_summarised(world.liaison)) == {world.posts["liaison"]}
    assert not posts_summarised(world.administrator).exists()
    colleague = {"post": str(world.posts["officer1"].pk)}
    browser = signed_in(world.officers[0])
    nowhere = browser.get(reverse("coverage:month"), {"post": "987654321"})
    hidden = browser.get(reverse("coverage:month"), colleague)
    assert (hidden.status_code, hidden.content) == (404, nowhere.content)
    assert signed_in(world.chief).get(reverse("coverage:month"), colleague).status_code == 200


def test_the_page_and_the_sheet_say_the_same(world: build.World) -> None:
    browser, today = signed_in(world.officers[0]), clock.today()
    told = month_summary(world.officers[0], world.posts["officer0"], month_of(today), today)
    page = browser.get(reverse("coverage:month")).content.decode()
    sheet = read_rows(browser.get(reverse("coverage:month_export")).content)
    assert f"{told.contacts} 次" in page
    assert f"{told.enterprises} 户" in page
    figures = {row[2]: row[3] for row in sheet if row[0] == ""}
    assert figures["联系户数"] == told.enterprises
    assert sum(isinstance(row[0], (int, float)) for row in sheet) == len(told.lines)


@pytest.mark.parametrize("query", [{"period": "2026-Q1"}, {"period": "x"}, {"period": "2099-01"}, {"post": "x"}])
def test_a_month_that_is_none_is_not_there(world: build.World, query: dict[str, str]) -> None:
    assert signed_in(world.chief).get(reverse("coverage:month"), query).status_code == 404


def test_the_queries_do_not_grow_with_the_visits(world: build.World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            month_summary(world.chief, world.posts["officer0"], month_of(clock.today()), clock.today())
        return len(found)

    queries()  # the first question of a day brings grants up to date
    before: Any = queries()
    for _ in range(9):
        build.visit(world.enterprises[0], world.posts["officer0"], clock.today() - dt.timedelta(days=0))
    assert queries() == before
