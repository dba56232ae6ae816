"""A visit with all that came about there: all or nothing, and once."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.core import clock
from crm.issues.models import Issue, IssueCategory
from crm.programs.models import Delivery, ItemEvent, Policy
from crm.programs.selectors import sheet_of
from crm.programs.template import first_checklist
from crm.visits.enums import Outcome
from crm.visits.models import Commitment, Visit
from crm.visits.services import log_visit
from crm.workflows.timeline import Kind, timeline
from crm.workflows.visit_report import (
    Kept,
    came_with,
    movable,
    send_visit_report,
    settle_conflict,
    submit_visit_report,
)
from stations.models import TradeUnion
from tests import build
from tests.api.client import Api, problem
from tests.sessions import at_once
from tests.test_stories import signed_in


def report(world: build.World, **issue: Any) -> dict[str, Any]:
    visit = {
        "enterprise": world.enterprises[0],
        "visited_on": clock.today(),
        "outcome": Outcome.MET,
        "client_uuid": uuid.uuid4(),
    }
    category = IssueCategory.objects.filter(active=True).first()
    return {"visit": visit, "issue": {"title": "夜班食堂", "category": category, "client_uuid": uuid.uuid4()} | issue}


@pytest.mark.django_db
def test_both_are_written_and_again_the_first_answer() -> None:
    world = build.world()
    sent = report(world)
    first = submit_visit_report(actor=world.officers[0], **sent)
    again = submit_visit_report(actor=world.officers[0], **sent)
    assert first.issue is not None
    assert (first.issue.visit, first.issue.post, first.repeated) == (first.visit, first.visit.post, False)
    assert (again.visit, again.issue, again.repeated) == (first.visit, first.issue, True)
    assert (Visit._base_manager.count(), Issue._base_manager.count()) == (1, 1)


@pytest.mark.django_db
def test_a_fault_in_the_issue_leaves_no_visit() -> None:
    world = build.world()
    for fault in ({"title": ""}, {"title": "<b>mark-up</b>"}, {"title": "长" * 81}):
        with pytest.raises(ValidationError) as caught:
            submit_visit_report(actor=world.officers[0], **report(world, **fault))
        assert set(caught.value.message_dict) == {"issue.title"}
    assert not Visit._base_manager.exists()


@pytest.mark.django_db
def test_a_colleague_notes_what_was_heard_at_a_proxy_visit() -> None:
    world = build.world()
    done = submit_visit_report(actor=world.officers[1], **report(world))
    assert done.visit.proxy
    assert done.issue is not None
    assert done.issue.post == world.posts["officer1"]


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_once_it_is_written_once() -> None:
    world = build.world()
    sent = report(world)
    answers = at_once(*[lambda: submit_visit_report(actor=world.officers[0], **sent)] * 4)
    assert {answer.visit.pk for answer in answers} == set(Visit._base_manager.values_list("pk", flat=True))
    assert (Visit._base_manager.count(), Issue._base_manager.count()) == (1, 1)


# ------------------------------------------------------------- what was promised, moved and handed over at the visit
def policy(world: build.World, title: str = "技能补贴办法", union: TradeUnion | None = None) -> Policy:
    return Policy.objects.create(
        union=union or world.district, title=title, issuer="区总工会", issued_on=build.days_ago(30), topic="skills"
    )


def full_report(world: build.World) -> dict[str, Any]:
    """A report with every part; the checklist is there."""
    first_checklist(world.district, "产改清单", build.days_ago(800))
    return report(world) | {
        "commitment": {"text": "两周内答复用餐安排", "due_on": build.days_ago(-14)},
        "item": {"item": 14, "to": "done", "evidence_kind": "document", "evidence": "师徒协议 6 份"},
        "policies": [policy(world), policy(world, "集体协商指引")],
    }


def written() -> tuple[int, ...]:
    return tuple(model._base_manager.count() for model in (Visit, Issue, Commitment, ItemEvent, Delivery))


@pytest.mark.django_db
def test_every_part_is_written_with_the_visit_and_again_the_first_answer() -> None:
    world = build.world()
    sent = full_report(world)
    first = submit_visit_report(actor=world.officers[0], **sent)
    again = submit_visit_report(actor=world.officers[0], **sent)
    assert written() == (1, 1, 1, 1, 2)
    for done in (first, again):
        assert done.commitment is not None
        assert done.item is not None
        assert (done.commitment.visit, done.commitment.made_on) == (first.visit, first.visit.visited_on)
        assert (done.item.visit, done.item.on, done.item.to_state) == (first.visit, first.visit.visited_on, "done")
        assert {row.policy for row in done.delivered} == set(sent["policies"])
        assert {(row.visit, row.post) for row in done.delivered} == {(first.visit, first.visit.post)}
    assert again == replace(first, repeated=True)
    told = came_with(world.officers[0], first.visit)
    assert [one.kind for one in told] == ["commitment", "item", "policy", "policy"]
    assert [one.kind for one in came_with(world.chief, first.visit)] == [one.kind for one in told]
    assert came_with(world.outsider, first.visit) == []


FAULTS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("issue", {"title": ""}, {"issue.title"}),
    ("commitment", {"due_on": build.days_ago(1)}, {"commitment.due_on"}),
    ("commitment", {"text": ""}, {"commitment.text"}),
    ("item", {"item": 99}, {"item"}),
    ("item", {"to": "not_started"}, {"item.to"}),
    ("item", {"evidence": ""}, {"item.evidence"}),
    ("item", {"done_on": build.days_ago(-1)}, {"item.done_on"}),
    ("item", {"version": 7}, {"item.version"}),
    ("visit", {"next_contact_on": build.days_ago(1)}, {"next_contact_on"}),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("part", "fault", "fields"), FAULTS)
def test_a_fault_in_a_part_names_it_and_nothing_is_written(part: str, fault: dict[str, Any], fields: set[str]) -> None:
    world = build.world()
    sent = full_report(world)
    with pytest.raises(ValidationError) as caught:
        submit_visit_report(actor=world.officers[0], **sent | {part: sent[part] | fault})
    assert set(caught.value.message_dict) == fields
    assert written() == (0, 0, 0, 0, 0)


@pytest.mark.django_db
def test_a_policy_that_cannot_be_handed_over_is_named_and_nothing_is_written() -> None:
    world = build.world()
    sent = full_report(world)
    foreign = policy(world, "外区办法", build.union())
    withdrawn = policy(world, "旧办法")
    Policy.objects.filter(pk=withdrawn.pk).update(withdrawn_on=clock.today())
    withdrawn.refresh_from_db()
    for wrong in (foreign, withdrawn):
        with pytest.raises(ValidationError) as caught:
            submit_visit_report(actor=world.officers[0], **sent | {"policies": [*sent["policies"], wrong]})
        assert wrong.title in caught.value.message_dict["policies"][0]
    assert written() == (0, 0, 0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["commitment", "item", "policies"])
def test_another_part_under_the_number_is_kept_and_comes_back_as_its_own(part: str) -> None:
    world = build.world()
    sent = full_report(world)
    first = sent | {part: None if part != "policies" else sent[part][:1]}
    submit_visit_report(actor=world.officers[0], **first)
    with pytest.raises(Kept) as kept:
        send_visit_report(actor=world.officers[0], **sent)
    before = written()
    row = settle_conflict(actor=world.chief, conflict=kept.value.conflict, decision="own")
    assert row.result is not None
    assert row.result.commitments.count() == 1
    assert row.result.item_events.count() == (1 if part == "item" else 0)  # the others: what the first has done already
    assert row.result.deliveries.count() == (1 if part == "policies" else 0)
    assert written()[0] == before[0] + 1


@pytest.mark.django_db
def test_logged_alone_and_reported_without_more_it_is_the_same_visit() -> None:
    world = build.world()
    visit = report(world)["visit"]
    alone = log_visit(actor=world.officers[0], **visit)
    assert submit_visit_report(actor=world.officers[0], visit=visit).visit == alone
    with pytest.raises(Kept):
        send_visit_report(actor=world.officers[0], visit=visit, commitment={"text": "x", "due_on": clock.today()})


@pytest.mark.django_db
def test_a_colleague_hands_over_and_promises_but_moves_no_item() -> None:
    world = build.world()
    sent = full_report(world)
    colleague = world.officers[1]
    assert movable(colleague, world.enterprises[0], clock.today()) == []
    with pytest.raises(PermissionDenied):
        submit_visit_report(actor=colleague, **sent)
    assert written() == (0, 0, 0, 0, 0)
    done = submit_visit_report(actor=colleague, **sent | {"item": None})
    assert {row.post for row in done.delivered} == {world.posts["officer1"]}


@pytest.mark.django_db
def test_an_officer_is_offered_what_may_be_reported_and_nothing_else() -> None:
    world = build.world()
    first_checklist(world.district, "产改清单", build.days_ago(800))
    officer, row = world.officers[0], world.enterprises[0]
    numbers = {one.square.line.number for one in movable(officer, row, clock.today())}
    assert numbers == {one.line.number for one in sheet_of(officer, row, clock.today()).squares if not one.off}
    for user in (officer, world.chief):
        for one in movable(user, row, clock.today()):
            assert set(one.to) == {"in_progress", "done", "not_applicable"}


@pytest.mark.django_db(transaction=True)
def test_the_whole_report_sent_twice_at_once_is_written_once() -> None:
    world = build.world()
    sent = full_report(world)
    answers = at_once(*[lambda: submit_visit_report(actor=world.officers[0], **sent)] * 4)
    assert written() == (1, 1, 1, 1, 2)
    assert len({answer.item for answer in answers}) == 1


def sent_form(world: build.World, sent: dict[str, Any]) -> dict[str, Any]:
    """The fields of the form that say the report."""
    return {
        "client_uuid": str(uuid.uuid4()), "visited_on": clock.today(), "outcome": "met", "has_issue": "no",
        "commitment_text": sent["commitment"]["text"], "commitment_due_on": sent["commitment"]["due_on"],
        "item": "14", "item_to": "done", "item_evidence": "师徒协议 6 份",
        "policies": [row.pk for row in sent["policies"]],
    }  # fmt: skip


@pytest.mark.django_db
def test_the_form_offers_and_writes_the_parts_once() -> None:
    world = build.world()
    sent = full_report(world)
    officer, url = signed_in(world.officers[0]), reverse("visits:log", args=[world.enterprises[0].pk])
    officer.get(url)
    with CaptureQueriesContext(connection) as queries:
        page = officer.get(url).content.decode()
    assert len(queries) <= 12
    assert all(words in page for words in ("师带徒", "技能补贴办法", "承诺事项", 'name="next_contact_on"'))
    body = sent_form(world, sent)
    done = officer.post(url, body, follow=True).content.decode()
    assert all(words in done for words in ("承诺一项", "第 14 项", "送政策 2 项"))
    assert written() == (1, 0, 1, 1, 2)
    assert "只记一条" in officer.post(url, body, follow=True).content.decode()
    assert officer.post(url, body | {"item": "15"}).status_code == 409
    assert written() == (1, 0, 1, 1, 2)
    page = officer.get(url).content.decode()
    assert "技能补贴办法" not in page
    shown = officer.get(reverse("visits:detail", args=[Visit.objects.get().pk])).content.decode()
    assert all(words in shown for words in ("两周内答复用餐安排", "师带徒", "技能补贴办法"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"commitment_due_on": ""}, "commitment_due_on"),
        ({"commitment_due_on": build.days_ago(3)}, "commitment_due_on"),
        ({"item_to": ""}, "item_to"),
        ({"item_to": "not_started", "item_reason": "x"}, "item_to"),
        ({"item_evidence": ""}, "item_evidence"),
        ({"item": ""}, "item"),
        ({"item": "99"}, "item"),
        ({"policies": ["99"]}, "policies"),
    ],
)
def test_the_form_shows_what_is_wrong_at_the_parts_field(change: dict[str, Any], field: str) -> None:
    world = build.world()
    sent = full_report(world)
    officer, url = signed_in(world.officers[0]), reverse("visits:log", args=[world.enterprises[0].pk])
    answer = officer.post(url, sent_form(world, sent) | change)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert answer.context["form"].errors[field][0] in answer.content.decode()
    assert "两周内答复用餐安排" in answer.content.decode()
    assert written() == (0, 0, 0, 0, 0)


@pytest.mark.django_db
def test_a_plain_visit_pays_for_no_part() -> None:
    world = build.world()
    full_report(world)
    officer, url = signed_in(world.officers[0]), reverse("visits:log", args=[world.enterprises[0].pk])
    plain = {"client_uuid": str(uuid.uuid4()), "visited_on": clock.today(), "outcome": "met", "has_issue": "no"}
    with CaptureQueriesContext(connection) as queries:
        assert officer.post(url, plain).status_code == 302
    assert not [query["sql"] for query in queries if "programs_" in query["sql"]]


@pytest.mark.django_db
def test_an_issue_ended_with_the_visit_is_ended_once_though_the_first_answer_was_lost() -> None:
    world = build.world()
    old = build.issue(world.enterprises[0], world.posts["officer0"], "accepted", simple=True)
    officer, url = signed_in(world.officers[0]), reverse("visits:log", args=[world.enterprises[0].pk])
    body = {"client_uuid": str(uuid.uuid4()), "visited_on": clock.today(), "outcome": "met", "has_issue": "no"}
    body |= {f"issue-{old.pk}-{name}": value for name, value in
             {"version": 1, "move": "close_on_spot", "settle": "on", "text": "已说明"}.items()}  # fmt: skip
    assert officer.post(url, body).status_code == 302
    assert "只记一条" in officer.post(url, body, follow=True).content.decode()
    assert officer.post(url, body | {f"issue-{old.pk}-text": "别的"}).status_code == 409


@pytest.mark.django_db
def test_the_api_takes_the_parts_and_names_them() -> None:
    world = build.world()
    sent, api = full_report(world), Api(world.officers[0])
    body = {
        "visit": {"client_uuid": str(uuid.uuid4()), "enterprise": world.enterprises[0].pk, "visited_on": str(clock.today()),
                  "outcome": "met"},
        "commitment": {"text": "两周内答复", "due_on": str(clock.today())},
        "item": {"item": 14, "to": "done", "evidence_kind": "document", "evidence": "协议"},
        "policies": [row.pk for row in sent["policies"]],
    }  # fmt: skip
    wrong = body | {"commitment": {"text": "x", "due_on": str(build.days_ago(9))}}
    assert set(problem(api.post("visit-reports/", wrong), 400, "invalid")["errors"]) == {"commitment.due_on"}
    wrong = body | {"item": body["item"] | {"evidence": ""}}  # type: ignore[operator]
    assert set(problem(api.post("visit-reports/", wrong), 400, "invalid")["errors"]) == {"item.evidence"}
    wrong = body | {"item": body["item"] | {"to": "verified"}}  # type: ignore[operator]
    assert set(problem(api.post("visit-reports/", wrong), 400, "invalid")["errors"]) == {"item.to"}
    assert written() == (0, 0, 0, 0, 0)
    first, again = api.post("visit-reports/", body), api.post("visit-reports/", body)
    assert (first.status_code, first.content) == (201, again.content)
    told = first.json()
    assert (told["commitment"]["visit"], told["item"]["to_state"], len(told["delivered"])) == (
        told["visit"]["id"], "done", 2,
    )  # fmt: skip
    problem(api.post("visit-reports/", body | {"policies": []}), 409, "conflict")
    assert written() == (1, 0, 1, 1, 2)


@pytest.mark.django_db
def test_the_story_of_an_enterprise_is_told_newest_first_as_far_as_one_may_see() -> None:
    world = build.world()
    row = world.enterprises[0]
    submit_visit_report(actor=world.officers[0], **report(world))
    build.commitment(row, world.posts["officer0"])
    items = timeline(world.chief, row, clock.today())
    assert [item.on for item in items] == sorted((item.on for item in items), reverse=True)
    assert {item.kind for item in items} == set(Kind)
    assert timeline(world.officers[1], row, clock.today(), [Kind.VISIT]) == []
    assert timeline(world.outsider, row, clock.today()) == []
    assert len(timeline(world.chief, row, clock.today(), limit=2)) == 2
