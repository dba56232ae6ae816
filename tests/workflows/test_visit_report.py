"""A visit with its issue: both or neither, and once."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from crm.core import clock
from crm.issues.models import Issue, IssueCategory
from crm.visits.enums import Outcome
from crm.visits.models import Visit
from crm.workflows.timeline import Kind, timeline
from crm.workflows.visit_report import submit_visit_report
from tests import build
from tests.sessions import at_once


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
        assert "title" in caught.value.message_dict
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
