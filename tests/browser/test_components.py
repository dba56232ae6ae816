"""What the scripts of the components promise: nothing typed is lost, and what is chosen is what is said."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from crm.visits.models import Visit
from tests import build
from tests.browser.conftest import PHONE, WIDE, Visitor

pytestmark = pytest.mark.browser
PASSWORD = "a long enough password"


def test_a_visit_typed_without_signal_outlives_it_and_another_person_does_not_see_it(
    visitor: Callable[..., Visitor],
) -> None:
    world = build.world()
    row = world.enterprises[0]
    officer = visitor("officer", PHONE)
    officer.sign_in(world.officers[0].username, PASSWORD)
    page, address = officer.page, officer.url + reverse("visits:log", args=[row.pk])
    page.goto(address)
    box = page.locator("[data-draft-box]")
    assert box.is_hidden()
    page.locator("input[name=outcome][value=met]").check()
    page.locator("input[name=workers_met]").fill("6")
    page.context.set_offline(True)
    page.locator(".send button").click()
    assert "没有信号" in box.inner_text()
    page.context.set_offline(False)
    page.goto(address)
    assert "草稿" in box.inner_text()
    assert page.locator("input[name=workers_met]").input_value() == "6"
    assert Visit.objects.count() == 0

    officer.button("退出")
    officer.sign_in(world.chief.username, PASSWORD)
    page.goto(address)
    assert box.is_hidden()
    assert page.locator("input[name=workers_met]").input_value() == ""

    officer.button("退出")
    officer.sign_in(world.officers[0].username, PASSWORD)
    page.goto(address)
    page.locator(".send button").click()
    officer.told("已登记")
    assert Visit.objects.get().workers_met == 6
    page.goto(address)
    assert box.is_hidden()


def test_the_sheet_moves_by_keys_but_not_while_signs_are_composed(visitor: Callable[..., Visitor]) -> None:
    world = build.world()
    chief = visitor("chief", WIDE)
    chief.sign_in(world.chief.username, PASSWORD)
    chief.page.goto(chief.url + reverse("grids:sheet", args=[world.station.pk]))
    rows = chief.page.locator(".sheet tbody tr")
    many = rows.count()

    def place() -> list[int]:
        script = (
            "[...document.activeElement.closest('tbody').querySelectorAll('input')].indexOf(document.activeElement)"
        )
        return list(divmod(int(chief.page.evaluate(script)), rows.first.locator("input").count()))

    rows.nth(0).locator("input").nth(1).focus()
    for key, there in (("ArrowDown", [1, 1]), ("ArrowRight", [1, 2]), ("Enter", [2, 2]), ("ArrowUp", [1, 2])):
        chief.page.keyboard.press(key)
        assert place() == there, key
    rows.nth(1).locator("input").nth(2).dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    assert place() == [1, 2]
    rows.nth(many - 1).locator("input").nth(0).evaluate(
        """(cell) => {
            cell.focus();
            const data = new DataTransfer();
            data.setData("text/plain", '91\\t"两行\\n网格"\\n92\\t一行\\n');
            cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    assert rows.count() == many + 1
    assert rows.nth(many - 1).locator("input").nth(1).input_value() == "两行 网格"
    assert rows.nth(many).locator("input").nth(0).input_value() == "92"


def test_the_bar_says_how_many_are_chosen(visitor: Callable[..., Visitor]) -> None:
    world = build.world()
    for number in range(60):
        build.enterprise(f"昆明甲乙有限公司（示例9{number:02d}）", at=world.station)
    chief = visitor("chief", WIDE)
    chief.sign_in(world.chief.username, PASSWORD)
    chief.page.goto(chief.url + reverse("enterprises:list"))
    boxes, count = chief.page.locator("input[name=ids]"), chief.page.locator("[data-count]")
    assert chief.page.locator("[data-ban]").is_hidden()
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    assert count.inner_text() == "4"
    whole = chief.page.locator("[data-whole]")
    whole.check()
    assert count.inner_text() == whole.get_attribute("data-whole")
    boxes.nth(1).click()
    assert not whole.is_checked()
    assert count.inner_text() == "3"
