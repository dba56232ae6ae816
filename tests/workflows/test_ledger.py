"""走访台账: the paper's columns, its filters, and that both forms say the same."""

import io
import re
import zipfile
from typing import Any

import pytest
from django.urls import reverse

from crm.core import clock
from crm.core.sheets import read_rows
from crm.issues.models import IssueEvent
from crm.visits.models import Visit
from crm.workflows.ledger import ledger_lines
from tests import build
from tests.test_stories import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> build.World:
    """The common cast; officer 0 was twice at enterprise 0: once two matters were raised, one was settled on the spot."""
    made = build.world()
    row, post = made.enterprises[0], made.posts["officer0"]
    visit = build.visit(row, post, build.days_ago(3), met=["hr", "workers"], workers_met=12, topics=["skills"],
                        notes="分级车间忙", next_contact_on=build.days_ago(-20))  # fmt: skip
    spot = build.issue(row, post, visit=visit, state="on_the_spot", title="培训怎么报名")
    IssueEvent.objects.create(
        issue=spot, sequence=1, actor_label="x", verb="close_on_spot", to_state="on_the_spot", text="当场告知"
    )
    build.issue(row, post, visit=visit, state="accepted", number="S-7", title="夜班没有食堂")
    build.issue(row, post, visit=visit, title="不公开的事", withheld=True)
    build.visit(row, post, build.days_ago(40), outcome="contacted", mode="phone", proxy=True)
    build.visit(made.enterprises[4], made.posts["officer1"], build.days_ago(5))
    return made


def lines(user: Any) -> Any:
    rows = Visit.objects.visible_to(user).select_related("enterprise", "visitor", "post").order_by("-visited_on")
    return ledger_lines(user, rows)


def test_a_line_says_what_was_raised_answered_and_handed_on(world: build.World) -> None:
    first, second = lines(world.officers[0])
    assert (first.position, first.visited_on, first.mode) == (1, build.days_ago(3), "实地走访")
    assert first.met.endswith("（职工 12 人）")
    assert first.topics == "技能培训与等级"
    assert first.notes == "分级车间忙"
    assert first.raised == "培训怎么报名；夜班没有食堂"  # a withheld issue is no grid officer's
    assert first.answered == "当场告知"
    assert first.numbers == "S-7"
    assert first.next_contact_on == build.days_ago(-20)
    assert second.remark == "代访"


def test_the_chief_reads_all_of_it(world: build.World) -> None:
    assert "不公开的事" in lines(world.chief)[0].raised
    assert len(lines(world.chief)) == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 3), ({"since": "DAY4"}, 1), ({"until": "DAY4"}, 2), ({"since": "DAY40", "until": "DAY4"}, 2),
        ({"since": "yesterday"}, 0), ({"post": "OFFICER1"}, 1), ({"post": "987654321"}, 0), ({"post": "x"}, 0),
        ({"station": "HERE"}, 3), ({"station": "OTHER"}, 0), ({"flag": "proxy"}, 1), ({"mode": "phone"}, 1),
    ],
)  # fmt: skip
def test_filters_choose_the_same_lines_for_screen_paper_and_sheet(
    world: build.World, query: dict[str, str], found: int
) -> None:
    words = {
        "DAY4": str(build.days_ago(4)), "DAY40": str(build.days_ago(40)), "OFFICER1": str(world.posts["officer1"].pk),
        "HERE": str(world.station.pk), "OTHER": str(world.other.pk),
    }  # fmt: skip
    given = {name: words.get(value, value) for name, value in query.items()}
    browser = signed_in(world.chief)
    sheet = read_rows(browser.get(reverse("visits:export"), given).content)
    paper = browser.get(reverse("visits:paper"), given).content.decode()
    screen = browser.get(reverse("visits:list"), given).content.decode()
    assert len(sheet) - 1 == found
    assert len(re.findall(r"<td>\d+</td><td>\d{4}-\d\d-\d\d", paper)) == found
    assert len(set(re.findall(r'href="/visits/(\d+)/"', screen))) == found


def test_the_paper_and_the_printed_sheet_say_whose_from_when_and_until_when(world: build.World) -> None:
    browser = signed_in(world.chief)
    paper = browser.get(reverse("visits:paper")).content.decode()
    for words in ("单位：" + world.station.name, "数据截止：", "制表：", "审核：", "S-7", "当场告知"):
        assert words in paper, words
    assert f"{build.days_ago(40):%Y}年" in paper
    book = zipfile.ZipFile(io.BytesIO(browser.get(reverse("visits:export")).content))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert world.station.name in sheet
    assert "数据截止" in sheet
    assert 'orientation="landscape"' in sheet


def test_an_empty_ledger_is_a_paper_too(world: build.World) -> None:
    later = str(clock.today())
    assert "没有走访记录" in signed_in(world.chief).get(reverse("visits:paper"), {"since": later}).content.decode()
