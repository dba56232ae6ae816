"""The main job by clicks alone, on the real register of 4,909 rows: from the file to the number that moved."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.access.roles import Role
from enterprises.models import ChainNode, Enterprise
from grids.models import Grid, Responsibility
from stations.enums import UnionLevel
from stations.models import Station
from tests import build
from tests.browser import measure
from tests.browser.conftest import PHONE, Visitor
from tests.selection import real_data

MOST_QUERIES = 12
PASSWORD = "a long enough password"
NODES = ("种质资源与育种", "种球种苗", "种植", "拍卖与交易", "冷链物流")


@pytest.fixture
def station(transactional_db: None) -> Station:
    """Before the first day: unions, a station with its chief, district people, an administrator, a chain, a regime."""
    city = build.union("昆明市总工会", level=UnionLevel.CITY)
    district = build.union("呈贡区总工会", city)
    build.union("斗南花卉市场基层工会", district, UnionLevel.GRASSROOTS)
    station = build.station(district, "斗南“联链”服务站")
    chain = build.chain(district, nodes=0, name="花卉链")
    for number, name in enumerate(NODES, start=1):
        ChainNode.objects.create(chain=chain, number=number, name=name, column=number)
    build.regime(district)
    for username, role, place in (
        ("zhanzhang", Role.CHIEF, {"at": station}),
        ("quzong", Role.DISTRICT_LEADER, {"of": district}),
        ("guanli", Role.ADMINISTRATOR, {"of": district}),
    ):
        person = build.person({"zhanzhang": "周站长", "quzong": "赵区总", "guanli": "孙管理"}[username])
        build.user(person, username)
        build.seat(build.post(role, **place), person)  # type: ignore[arg-type]
    return station


def rates(page: Any) -> dict[str, tuple[int, int]]:
    """{measure in words: (n, d)} of the strip of figures."""
    found = {}
    for box in page.locator(".five > div").all():
        n, d = re.search(r"(\d+) / (\d+)", box.inner_text()).groups()  # type: ignore[union-attr]
        found[box.locator("dt").inner_text()] = (int(n), int(d))
    return found


def chain_page(person: Visitor) -> dict[str, tuple[int, int]]:
    person.menu("链条")
    person.link("花卉链", exact=True)
    person.page.locator(".chain").wait_for()
    return rates(person.page)


def import_the_file(chief: Visitor, file: Path) -> None:
    chief.menu("企业")
    chief.link("导入")
    chief.page.get_by_label(re.compile("文件")).set_input_files(file)
    chief.button("先试")
    chief.page.locator("#report", has_text="4909").wait_for()
    chief.shot("dry-run")
    chief.page.get_by_label(re.compile("文件")).set_input_files(file)
    chief.button("导入", exact=True)
    chief.told("4909")
    chief.shot("imported")
    chief.page.locator(".acts a.b.p").click()


def narrow(chief: Visitor, **filters: str) -> int:
    """Set filters of the list by their labels, and read how many fit."""
    for label, value in filters.items():
        field = chief.page.locator(".filters").get_by_label(label, exact=True)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    chief.page.locator(".filters button").click()
    chief.page.wait_for_load_state()
    return int(re.search(r"\d+", chief.page.locator("h1 small").inner_text())[0])  # type: ignore[index]


def choose(chief: Visitor, whole: bool) -> None:
    chief.page.locator("[data-all]").check()
    if whole:
        chief.page.locator("[data-whole]").check()


def act(chief: Visitor, name: str) -> None:
    chief.page.locator(f".ban button[value={name}]").click()


def register_and_nodes(chief: Visitor) -> int:
    entered = narrow(chief, 经营范围含="花卉")
    assert entered >= 300
    choose(chief, whole=True)
    act(chief, "enter")
    chief.told(f"{entered} 户")
    for scope, node in (("花卉", "种植"), ("种苗", "种球种苗"), ("运输", "冷链物流"), ("批发", "拍卖与交易")):
        chief.menu("企业")
        found = narrow(chief, 经营范围含=scope)
        choose(chief, whole=found > 50)
        chief.page.locator(".ban select[name=node]").select_option(label=f"{NODES.index(node) + 1} {node}")
        act(chief, "node")
        chief.page.locator(".msgs").wait_for()
    chief.menu("企业")
    choose(chief, whole=False)
    chief.page.locator(".ban select[name=tier]").select_option(value="key")
    act(chief, "tier")
    chief.page.locator(".msgs").wait_for()
    chief.shot("register")
    return entered


def make_grids(chief: Visitor) -> None:
    """Two typed, eighteen pasted."""
    chief.menu("首页")
    chief.link("打开表格")
    union = "斗南花卉市场基层工会"
    for row in (1, 2):
        values = (str(row), f"第{row}网格", f"驻站员{row:02d}", f"000-0000{row:04d}", union, "种植")
        for column, value in enumerate(values):
            chief.page.locator(f".sheet tbody tr:nth-child({row}) input").nth(column).fill(value)
    chief.page.keyboard.press("Enter")
    lines = [
        "\t".join((str(n), f"第{n}网格", f"驻站员{n:02d}", f"000-0000{n:04d}", union, "冷链物流")) for n in range(3, 21)
    ]
    target = chief.page.locator(".sheet tbody tr:nth-child(3) input").first
    target.focus()
    target.evaluate(
        """(cell, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        "\n".join(lines),
    )
    chief.shot("sheet")
    chief.button("保存全部")
    chief.told("20 个网格")
    assert Grid.objects.count() == 20


def assign(chief: Visitor, entered: int) -> None:
    """By hand, a page at a time, to seven of the officers."""
    for number in range(1, 8):
        chief.menu("企业")
        narrow(chief, 驻站员="尚未包保")
        choose(chief, whole=False)
        chief.page.locator(".ban select[name=post]").select_option(label=f"第 {number} 网格驻站员")
        act(chief, "assign")
        chief.page.locator(".msgs").wait_for()
    assert Responsibility.objects.count() == entered


def issue_the_list(chief: Visitor, visitor: Callable[..., Visitor]) -> None:
    chief.menu("清单与文书")
    chief.page.locator(".acts a.b").first.click()
    chief.button("拟定")
    chief.told("已拟定")
    chief.button("报审")
    chief.told("已报审")
    leader = visitor("leader")
    leader.sign_in("quzong", PASSWORD)
    leader.page.locator("a.t", has_text="1号").first.click()
    leader.button("审定")
    leader.told("已审定")
    leader.button("印发")
    leader.told("已印发")
    leader.shot("list")
    leader.link("纸质样式")
    leader.page.get_by_role("heading", name="包保责任清单").wait_for()
    leader.shot("paper")


def plan(chief: Visitor) -> None:
    chief.menu("服务站")
    chief.link("排联系计划")
    chief.button("排计划")
    chief.told("新排")
    chief.shot("plan")


def first_password(visitor: Callable[..., Visitor]) -> str:
    """The administrator gives the first officer an account."""
    administrator = visitor("administrator")
    administrator.sign_in("guanli", PASSWORD)
    administrator.menu("账号")
    row = administrator.page.locator("li", has_text="驻站员01")
    row.get_by_label("用户名").fill("zhuzhan01")
    row.get_by_role("button").click()
    return administrator.page.locator("#first-password").inner_text()


def log_a_visit(officer: Visitor) -> None:
    officer.page.get_by_role("navigation", name="常用").get_by_role("link", name="记走访").click()
    officer.page.get_by_label("名称、代码、拼音首字母").fill("花")
    officer.button("搜索")
    officer.page.locator(".rows a.b").first.click()
    officer.page.get_by_label("已走访（见到人）").check()
    officer.page.get_by_label("班组长").check()
    officer.page.get_by_label("有，接着记").check()
    officer.page.get_by_label("标题").fill("夜班用餐")
    officer.page.locator("select[name=issue_category]").select_option(index=1)
    officer.shot("form")
    officer.page.locator(".send button").click()
    officer.told("已登记")
    officer.shot("after")


def drill(person: Visitor, before: dict[str, tuple[int, int]]) -> None:
    """Every number of the strip leads to as many rows as it says."""
    after = chain_page(person)
    moved = {name: pair for name, pair in after.items() if pair != before[name]}
    (contact, visit) = "联系覆盖率", "走访覆盖率（实地）"
    assert moved == {name: (before[name][0] + 1, before[name][1]) for name in (contact, visit)}
    person.shot("chain")
    links = person.page.locator(".five a.n")
    for place in range(links.count()):
        words = links.nth(place).inner_text()
        links.nth(place).click()
        rows = int(person.page.locator("[data-rows]").get_attribute("data-rows") or -1)
        assert "." in words or rows == int(words.split()[0])  # 341 户
        person.page.go_back()
        person.page.locator(".five").wait_for()


@pytest.mark.browser
@pytest.mark.realdata
def test_from_the_file_to_the_number_that_moved(station: Station, visitor: Callable[..., Visitor]) -> None:
    folder = real_data()
    assert folder is not None
    chief = visitor("chief")
    chief.sign_in("zhanzhang", PASSWORD)
    import_the_file(chief, folder / "enterprises_yunnan_dev.csv")
    entered = register_and_nodes(chief)
    make_grids(chief)
    assign(chief, entered)
    issue_the_list(chief, visitor)
    plan(chief)
    password = first_password(visitor)
    district = visitor("district")
    district.sign_in("quzong", PASSWORD)
    before = chain_page(district)
    officer = visitor("officer", PHONE)
    officer.sign_in("zhuzhan01", password)
    officer.shot("home")
    log_a_visit(officer)
    drill(district, before)

    pages = [taken for taken in measure.SEEN if taken.method == "GET"]
    assert len(pages) > 60
    slowest = sorted(pages, key=lambda taken: -taken.milliseconds)[:5]
    print(*(f"{t.milliseconds:.0f} ms {t.queries} queries {t.path}" for t in slowest), sep="\n")  # noqa: T201
    assert [taken for taken in pages if taken.queries > MOST_QUERIES] == []


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", ["enter", "node", "tier", "assign"])
def test_a_bulk_act_costs_as_many_queries_for_three_hundred_rows_as_for_thirty(wanted: str) -> None:
    world = build.world()
    client = Client()
    client.force_login(world.chief)
    client.get("/")

    def queries(count: int) -> int:
        rows = [build.enterprise(at=None if wanted == "enter" else world.station) for _ in range(count)]
        if wanted == "enter":
            for row in rows:
                row.candidacies.create(station=world.station, source="entered")
        sent = {"act": wanted, "ids": [row.pk for row in rows], "node": world.nodes[0].pk, "tier": "key"}
        with CaptureQueriesContext(connection) as seen:
            client.post(reverse("enterprises:bulk"), sent | {"post": world.posts["officer1"].pk})
        assert Enterprise.objects.filter(pk__in=[row.pk for row in rows], station=world.station).count() == count
        return len(seen)

    assert queries(30) == queries(300)
