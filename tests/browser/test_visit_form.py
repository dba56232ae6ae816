"""The visit form on a phone: one screen, few taps, and once whatever happens on the way."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from crm.core import clock
from crm.issues.models import Issue
from crm.programs.models import Delivery, ItemEvent, Policy
from crm.programs.template import first_checklist
from crm.visits.models import Commitment, SubmissionConflict, Visit
from tests import build
from tests.browser.conftest import PHONE, Visitor

pytestmark = pytest.mark.browser
PASSWORD = "a long enough password"
MOST_TAPS, MOST_SECONDS = 8, 60
READING = 2.0  # seconds that a person new to the form takes before each tap
Come = Callable[..., Visitor]


def officer_at(visitor: Come, world: build.World, name: str = "officer") -> Visitor:
    officer = visitor(name, PHONE)
    officer.sign_in(world.officers[0].username, PASSWORD)
    return officer


def form_of(officer: Visitor, row: Any) -> Any:
    officer.page.goto(officer.url + reverse("visits:log", args=[row.pk]))
    return officer.page


def tick(page: Any, name: str, value: str) -> None:
    page.locator(f"label:has(input[name={name}][value={value}])").click()


def test_the_four_questions_and_the_fold_stand_on_one_screen(visitor: Come, settings: Any) -> None:
    settings.DEMO_MODE = True  # with the demo's band: the fullest that it gets
    world = build.world()
    row, post = world.enterprises[0], world.posts["officer0"]
    build.visit(row, post, build.days_ago(20), met=["owner"], topics=["living"])
    build.issue(row, post, "accepted", simple=True)
    page = form_of(officer := officer_at(visitor, world), row)
    page.wait_for_load_state("networkidle")  # what comes after the page is there, or not there
    officer.shot("form")
    height = "document.documentElement.scrollHeight"
    assert page.evaluate(height) <= PHONE[1]
    assert page.locator("details.more").get_attribute("open") is None
    fold, send = page.locator("details.more").bounding_box(), page.locator(".send").bounding_box()
    assert fold["y"] + fold["height"] <= send["y"]
    page.locator("[data-same]").click()
    assert page.locator("input[name=topics][value=living]").is_checked()
    assert page.locator("input[name=met][value=owner]").is_checked()
    assert "已按上次填好" in page.locator("details.more > summary").inner_text()


def test_a_plain_visit_ten_times(visitor: Come) -> None:
    world = build.world()
    rule = world.regime.rules.order_by("pk")[0]
    for _ in range(10):
        row = build.enterprise(at=world.station)
        build.responsible(row, world.posts["officer0"])
        build.obligation(row, rule, build.days_ago(9), build.days_ago(-9))
    officer = officer_at(visitor, world)
    page, taps, seconds = officer.page, [], []
    for number in range(10):
        page.goto(officer.url + (reverse("home") if number % 2 else reverse("visits:due")))
        begun, count = time.monotonic(), 0
        asked = (
            page.locator(".rows li:has(.st) a.b.s").first,
            page.locator("label:has(input[name=outcome])").first,
            page.locator("label:has(input[name=met])").nth(number % 5),
            page.locator("label:has(input[name=met])").nth((number + 1) % 5),
            page.locator(".send button"),
        )
        for place in asked:
            place.click()
            count += 1
        officer.told("已登记")
        taps.append(count)
        seconds.append(time.monotonic() - begun + READING * count)
    assert Visit.objects.filter(post=world.posts["officer0"]).values("enterprise").distinct().count() == 10
    told = f"a plain visit: median {statistics.median(taps)} taps, {statistics.median(seconds):.1f} s"
    print(f"{told} (of these {READING} s before each tap)")  # noqa: T201 - what was measured
    assert statistics.median(taps) <= MOST_TAPS
    assert statistics.median(seconds) <= MOST_SECONDS


def test_a_double_tap_sends_once(visitor: Come) -> None:
    world = build.world()
    page = form_of(officer := officer_at(visitor, world), world.enterprises[0])
    tick(page, "outcome", "met")
    page.locator(".send button").dblclick()
    officer.told("已登记")
    assert Visit.objects.count() == 1
    assert not SubmissionConflict.objects.exists()


def test_a_reload_in_the_middle_of_sending_leaves_one_visit(visitor: Come) -> None:
    world = build.world()
    row = world.enterprises[0]
    page = form_of(officer := officer_at(visitor, world), row)
    tick(page, "outcome", "met")
    page.locator("input[name=workers_met]").fill("6")
    page.evaluate("document.querySelector('[data-visit]').requestSubmit()")
    form_of(officer, row)  # the first answer is never seen
    assert page.locator("input[name=workers_met]").input_value() == "6"
    page.locator(".send button").click()
    page.locator(".msgs .success").wait_for()
    assert Visit.objects.get().workers_met == 6
    assert not SubmissionConflict.objects.exists()
    form_of(officer, row)
    assert page.locator("[data-draft-box]").is_hidden()


def test_a_draft_outlives_a_session_that_ended(visitor: Come) -> None:
    world = build.world()
    page = form_of(officer := officer_at(visitor, world), world.enterprises[0])
    tick(page, "outcome", "contacted")
    page.locator("details.more > summary small").click()
    page.locator("textarea[name=notes]").fill("电话里说了加班安排")
    page.context.clear_cookies(name="sessionid")
    page.locator(".send button").click()
    page.get_by_label("用户名").fill(world.officers[0].username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.locator("[data-draft-box]:not([hidden])").wait_for()
    assert Visit.objects.count() == 0
    page.locator(".send button").click()
    officer.told("已登记")
    assert (Visit.objects.get().notes, Visit.objects.get().outcome) == ("电话里说了加班安排", "contacted")


def test_an_issue_is_heard_and_another_one_ended_in_one_sending(visitor: Come) -> None:
    world = build.world()
    row = world.enterprises[0]
    old = build.issue(row, world.posts["officer0"], "accepted", simple=True, title="缴费基数怎么定")
    page = form_of(officer := officer_at(visitor, world), row)
    tick(page, "outcome", "met")
    tick(page, "has_issue", "yes")
    page.get_by_label("标题").fill("夜班用餐")
    page.locator("select[name=issue_category]").select_option(index=1)
    page.get_by_text("当场办结已有问题").click()
    page.locator(f"input[name='issue-{old.pk}-settle']").check()
    page.locator(f"textarea[name='issue-{old.pk}-text']").fill("已当面说明")
    officer.shot("issues")
    page.locator(".send button").dblclick()
    officer.told("办结问题 1 件")
    old.refresh_from_db()
    assert (old.state, Visit.objects.count()) == ("on_the_spot", 1)
    assert Issue.objects.get(title="夜班用餐").visit == Visit.objects.get()


def with_the_reform(world: build.World) -> Policy:
    first_checklist(world.district, "产改清单", build.days_ago(800))
    return Policy.objects.create(
        union=world.district, title="技能补贴办法", number="区工发〔2026〕3 号", issuer="区总工会", topic="skills",
        issued_on=build.days_ago(30),
    )  # fmt: skip


def fill_the_parts(page: Any) -> None:
    """A promise, an item that is done, a policy: each in its fold."""
    page.locator("details.more > summary small").click()
    page.locator(".part summary", has_text="承诺事项").click()
    page.get_by_label("承诺内容").fill("两周内答复用餐安排")
    page.locator(".part summary", has_text="产改清单").click()
    page.locator("select[name=item]").select_option("14")
    assert page.locator("input[name=item_evidence]").is_hidden()
    tick(page, "item_to", "done")
    page.locator("input[name=item_evidence]").fill("师徒协议 6 份")
    page.locator(".part summary", has_text="送政策").click()
    page.get_by_text("技能补贴办法").click()
    page.locator("input[name=next_contact_on]").fill(str(build.days_ago(-30)))


def all_there_once(policy: Policy) -> Visit:
    visit = Visit.objects.get()
    assert visit.next_contact_on == build.days_ago(-30)
    assert (Commitment.objects.get().visit, Commitment.objects.get().text) == (visit, "两周内答复用餐安排")
    event = ItemEvent.objects.get()
    assert (event.visit, event.to_state, event.evidence, event.evidence_kind) == (
        visit, "done", "师徒协议 6 份", event.line.evidence_kind,
    )  # fmt: skip
    assert (Delivery.objects.get().visit, Delivery.objects.get().policy) == (visit, policy)
    assert not SubmissionConflict.objects.exists()
    return visit


def test_photo_issue_promise_item_and_policy_with_a_reload_and_a_double_tap(visitor: Come, tmp_path: Any) -> None:
    from PIL import Image

    world = build.world()
    policy, row = with_the_reform(world), world.enterprises[0]
    Image.effect_noise((1200, 900), 60).convert("RGB").save(tmp_path / "a.jpg", quality=95)
    page = form_of(officer := officer_at(visitor, world), row)
    tick(page, "outcome", "met")
    tick(page, "met", "hr")
    tick(page, "has_issue", "yes")
    page.get_by_label("标题").fill("夜班用餐")
    page.locator("select[name=issue_category]").select_option(index=1)
    fill_the_parts(page)
    officer.shot("parts")
    page.reload()
    page.locator("[data-draft-box]:not([hidden])").wait_for()
    assert page.locator(".part[open]").count() == page.get_by_text("已填", exact=True).count() == 3
    assert page.locator("input[name=issue_title]").input_value() == "夜班用餐"
    assert page.locator("input[name=item_evidence]").input_value() == "师徒协议 6 份"
    officer.shot("brought-back")
    page.locator("input[name=photos]").set_input_files([tmp_path / "a.jpg"])
    page.locator(".send button").dblclick()
    officer.told("承诺一项")
    visit = all_there_once(policy)
    assert (visit.photos.count(), Issue.objects.get().visit) == (1, visit)
    form_of(officer, row)
    assert page.locator("[data-draft-box]").is_hidden()
    page.goto(officer.url + reverse("visits:detail", args=[visit.pk]))
    officer.shot("written")


def test_all_is_there_once_though_the_first_answer_was_never_seen(visitor: Come) -> None:
    world = build.world()
    policy, row = with_the_reform(world), world.enterprises[0]
    old = build.issue(row, world.posts["officer0"], "accepted", simple=True, title="缴费基数怎么定")
    page = form_of(officer := officer_at(visitor, world), row)
    tick(page, "outcome", "met")
    page.get_by_text("当场办结已有问题").click()
    page.locator(f"input[name='issue-{old.pk}-settle']").check()
    page.locator(f"textarea[name='issue-{old.pk}-text']").fill("已当面说明")
    fill_the_parts(page)
    # on record, and the answer is lost: what was ended, moved and handed over is no longer offered
    form = "document.querySelector('[data-visit]')"
    sent = f"fetch({form}.action, {{method: 'POST', body: new FormData({form}), redirect: 'manual'}}).then(() => 0)"
    page.evaluate(sent)
    all_there_once(policy)
    form_of(officer, row)
    assert page.locator("input[type=checkbox][name=policies]").count() == 0
    assert page.get_by_text("当场办结已有问题").count() == 0
    page.locator(".send button").click()
    officer.told("此前已发送")
    all_there_once(policy)
    old.refresh_from_db()
    assert old.state == "on_the_spot"


def test_what_the_chosen_item_does_not_ask_for_is_not_shown(visitor: Come) -> None:
    world = build.world()
    with_the_reform(world)
    page = form_of(officer_at(visitor, world), world.enterprises[0])
    fill_the_parts(page)
    tick(page, "item_to", "not_applicable")
    assert page.locator("input[name=item_evidence]").is_disabled()
    page.locator("input[name=item_reason]").fill("本企业没有这类岗位")
    page.locator("select[name=item]").select_option("")
    assert page.locator("input[name=item_to]:enabled").count() == 0
    assert page.locator("input[name=item_reason]").is_disabled()
    assert page.get_by_text("已填", exact=True).count() == 3
    assert page.locator("[data-filled]:not([hidden])").count() == 2


def test_what_was_changed_after_a_lost_answer_is_kept_and_the_draft_goes(visitor: Come) -> None:
    world = build.world()
    row = world.enterprises[0]
    page = form_of(officer := officer_at(visitor, world), row)
    tick(page, "outcome", "met")
    # sent, the answer lost on the way; then another word and sent again
    number = page.locator("input[name=client_uuid]").input_value()
    build.visit(row, world.posts["officer0"], clock.today(), client_uuid=number)
    page.locator("input[name=workers_met]").fill("9")
    page.locator(".send button").click()
    page.get_by_text("已原样留存").wait_for()
    officer.complaints.clear()  # the browser tells of the answer's number, 409
    officer.shot("kept")
    assert SubmissionConflict.objects.get().body["visit"]["workers_met"] == 9
    form_of(officer, row)
    assert page.locator("[data-draft-box]").is_hidden()


def test_photos_follow_the_text_one_by_one_small_and_a_bad_one_is_told(visitor: Come, tmp_path: Any) -> None:
    from PIL import Image

    world = build.world()
    row = world.enterprises[0]
    for name in ("a", "b"):
        Image.effect_noise((2600, 1900), 60).convert("RGB").save(tmp_path / f"{name}.jpg", quality=95)
    page = form_of(officer := officer_at(visitor, world), row)
    sent: list[int] = []
    page.on("request", lambda r: sent.append(len(r.post_data_buffer or b"")) if r.url.endswith("/photos/") else None)
    tick(page, "outcome", "met")
    page.locator("details.more > summary small").click()
    page.locator("input[name=photos]").set_input_files([tmp_path / "a.jpg", tmp_path / "b.jpg"])
    page.locator(".send button").dblclick()
    officer.told("已登记")
    kept = list(Visit.objects.get().photos.all())
    assert len(kept) == len(sent) == 2
    assert all(one.size <= 300_000 and one.width <= 1600 for one in kept)
    assert max(sent) < (tmp_path / "a.jpg").stat().st_size
    page.goto(officer.url + reverse("visits:detail", args=[Visit.objects.get().pk]))
    officer.shot("photos")
    (tmp_path / "c.jpg").write_bytes(b"<svg/>")
    form_of(officer, world.enterprises[1])
    tick(page, "outcome", "met")
    page.locator("details.more > summary small").click()
    page.locator("input[name=photos]").set_input_files([tmp_path / "c.jpg"])
    page.locator(".send button").click()
    page.get_by_text("1 张照片没有传上").wait_for()
    officer.complaints.clear()  # the browser tells of the answer's number, 422
    page.get_by_role("link", name="继续").click()
    officer.told("已登记")
    assert Visit.objects.count() == 2
