"""半天安排 on a phone and by drag: planned with one button, moved by keyboard, the keyboard stays where it was."""

from typing import Any

import pytest

from crm.visits.models import PlannedVisit
from tests import build
from tests.browser.conftest import WIDE, Visitor
from tests.browser.test_visit_form import PASSWORD, Come, officer_at

pytestmark = pytest.mark.browser


def owing(world: build.World) -> None:
    rule = world.regime.rules.filter(need="onsite")[0]
    for row, closes in zip(world.enterprises[:3], (9, 3, -2), strict=True):
        build.obligation(row, rule, build.days_ago(30), build.days_ago(closes))


def order(page: Any, half: str) -> list[str]:
    return page.locator(f"[data-half={half}] a.t").all_inner_texts()  # type: ignore[no-any-return]


def stands_on(page: Any, label: str) -> None:
    """The keyboard comes to stand on the button once the page has loaded."""
    page.wait_for_function("label => document.activeElement.getAttribute('aria-label') === label", arg=label)


def press(officer: Visitor, label: str) -> None:
    """As somebody without a mouse: to the button, and Enter."""
    with officer.page.expect_navigation():
        officer.page.get_by_role("button", name=label, exact=True).focus()
        officer.page.keyboard.press("Enter")


def test_planned_with_one_button_and_moved_by_keyboard_on_a_phone(visitor: Come) -> None:
    world = build.world()
    owing(world)
    names = [row.name for row in world.enterprises[:3]]
    officer = officer_at(visitor, world)
    officer.link("半天安排")
    officer.page.get_by_role("link", name="后一天").click()
    officer.button("全部排入")
    officer.told("已排入 3 户。")
    assert order(officer.page, "am") == names
    officer.shot("planned")
    press(officer, f"下移 {names[0]}")
    assert order(officer.page, "am") == [names[1], names[0], names[2]]
    stands_on(officer.page, f"下移 {names[0]}")
    press(officer, f"下移 {names[0]}")
    assert order(officer.page, "am") == [names[1], names[2], names[0]]
    assert officer.page.get_by_role("button", name=f"下移 {names[0]}").is_disabled()
    stands_on(officer.page, f"上移 {names[0]}")  # where one was cannot be pressed any more: the next one
    press(officer, f"改到下午 {names[1]}")
    assert (order(officer.page, "am"), order(officer.page, "pm")) == ([names[2], names[0]], [names[1]])
    officer.link("本周")
    officer.page.locator(".half-week").wait_for()
    officer.shot("week")
    assert officer.complaints == []
    assert set(PlannedVisit.objects.values_list("day", flat=True)) == {build.days_ago(-1)}


def test_dragged_to_the_other_half_day(visitor: Come) -> None:
    world = build.world()
    first, second = (
        build.planned(row, world.posts["officer0"], position=n) for n, row in enumerate(world.enterprises[:2], 1)
    )
    officer = visitor("wide", WIDE)
    officer.sign_in(world.officers[0].username, PASSWORD)
    officer.link("半天安排")
    officer.page.get_by_role("link", name="后一天").click()
    held = officer.page.locator(f"#planned-{first.pk} .l")
    with officer.page.expect_navigation():
        held.drag_to(officer.page.locator("[data-half=pm]"))
    assert order(officer.page, "pm") == [first.enterprise.name]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.half, second.half) == ("pm", "am")
    assert officer.complaints == []
