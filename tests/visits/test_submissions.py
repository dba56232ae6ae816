"""One number, one report: a repeat gives the first answer, another content is kept and settled by hand."""

import json
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.accounts.models import Person
from crm.core import clock
from crm.core.models import JournalEntry
from crm.issues.enums import IssueState
from crm.issues.models import Issue
from crm.visits.enums import Decision, Met, Outcome, Topic
from crm.visits.models import SubmissionConflict, Visit
from crm.visits.selectors import said_in_words
from crm.visits.services import log_visit
from crm.visits.services.submissions import digest_of
from crm.workflows.home import home_of
from crm.workflows.visit_report import (
    Kept,
    as_json,
    closable,
    send_visit_report,
    settle_conflict,
    submit_visit_report,
)
from tests import build
from tests.api.client import Api, problem
from tests.sessions import at_once

pytestmark = pytest.mark.django_db


def said(world: build.World, **more: Any) -> dict[str, Any]:
    fields = {
        "visited_on": clock.today(),
        "outcome": Outcome.MET,
        "client_uuid": uuid.uuid4(),
        "notes": "车间看了两条线",
    }
    return {"enterprise": world.enterprises[0]} | fields | more


def heard(**more: Any) -> dict[str, Any]:
    return {"title": "夜班用餐", "category": build.category("living"), "client_uuid": uuid.uuid4()} | more


def kept_by(world: build.World, **report: Any) -> SubmissionConflict:
    with pytest.raises(Kept) as kept:
        send_visit_report(actor=world.officers[0], **report)
    return kept.value.conflict


def test_another_content_under_a_used_number_is_kept_word_for_word() -> None:
    world = build.world()
    first = said(world)
    one = send_visit_report(actor=world.officers[0], visit=first)
    second = first | {
        "notes": "车间看了三条线\n又问了用餐",
        "met": ["owner"],
        "workers_met": 6,
        "started_at": clock.now().time(),
    }
    row = kept_by(world, visit=second, issue=heard())
    assert (row.visit, row.enterprise, row.author, row.post) == (
        one.visit, world.enterprises[0], world.officers[0], world.posts["officer0"],
    )  # fmt: skip
    assert row.body["visit"] == as_json(second)
    assert row.body["issue"]["title"] == "夜班用餐"
    assert Visit.objects.get().notes == "车间看了两条线"
    assert not Issue.objects.exists()
    lines = {line.question: (line.first, line.second) for line in said_in_words(row, one.visit) if line.differs}
    assert ("车间看了两条线", second["notes"]) in lines.values()
    assert ("—", "负责人") in lines.values()


@pytest.mark.parametrize("change", ["issue", "settled"])
def test_what_came_with_the_visit_belongs_to_the_content(change: str) -> None:
    world = build.world()
    visit = said(world)
    submit_visit_report(actor=world.officers[0], visit=visit)
    issue = build.issue(world.enterprises[0], world.posts["officer0"], IssueState.ACCEPTED, simple=True)
    move = {"issue": issue, "move": "close_on_spot", "version": 1, "text": "已说明"}
    more: dict[str, Any] = {"issue": heard()} if change == "issue" else {"settled": [move]}
    row = kept_by(world, visit=visit, **more)
    assert row.visit is not None
    issue.refresh_from_db()
    assert issue.state == IssueState.ACCEPTED


def test_the_same_body_is_kept_once_and_another_one_beside_it() -> None:
    world = build.world()
    first = said(world)
    submit_visit_report(actor=world.officers[0], visit=first)
    rows = [kept_by(world, visit=first | {"notes": notes}) for notes in ("乙", "乙", "丙")]
    assert rows[0] == rows[1] != rows[2]
    assert SubmissionConflict.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_sent_at_once_one_is_on_record_and_the_others_are_kept() -> None:
    world = build.world()
    visit = said(world)

    def send(notes: str) -> str:
        try:
            send_visit_report(actor=world.officers[0], visit=visit | {"notes": notes})
        except Kept:
            return "kept"
        return "taken"

    told = at_once(*[lambda notes=notes: send(notes) for notes in ("甲", "乙", "乙", "丙")])
    bodies = [row.body["visit"]["notes"] for row in SubmissionConflict._base_manager.all()]
    assert Visit._base_manager.count() == 1
    assert sorted([*bodies, Visit._base_manager.get().notes]) == ["丙", "乙", "甲"]
    assert told.count("taken") == (2 if Visit._base_manager.get().notes == "乙" else 1)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_settled_as_its_own_it_is_the_visit_that_was_said(data: Any) -> None:
    """Whatever was said comes back out of the kept body as it went in."""
    SubmissionConflict._base_manager.all().delete()
    world = build.world()
    first = said(world)
    submit_visit_report(actor=world.officers[0], visit=first)
    texts = st.text(st.characters(categories=("L", "N", "P", "S"), include_characters=" \n"), max_size=40)
    second = said(
        world,
        client_uuid=first["client_uuid"],
        visited_on=build.days_ago(data.draw(st.integers(0, 3))),
        outcome=data.draw(st.sampled_from(Outcome.values)),
        met=data.draw(st.lists(st.sampled_from(Met.values), unique=True)),
        workers_met=data.draw(st.none() | st.integers(0, 9999)),
        topics=data.draw(st.lists(st.sampled_from(Topic.values), unique=True, max_size=3)),
        notes="另" + data.draw(texts),
        started_at=data.draw(st.none() | st.times().map(lambda time: time.replace(tzinfo=None))),
        next_contact_on=data.draw(st.none() | st.just(build.days_ago(-30))),
    )
    issue = data.draw(st.none() | st.just(heard()))
    row = kept_by(world, visit=second, issue=issue)
    row = settle_conflict(
        actor=data.draw(st.sampled_from([world.chief, world.officers[0]])), conflict=row, decision="own"
    )
    made = row.result
    assert made is not None
    assert made.visitor == world.officers[0].person
    for name in ("visited_on", "outcome", "met", "workers_met", "topics", "started_at", "next_contact_on"):
        assert getattr(made, name) == second[name], name
    assert made.notes == second["notes"].strip()
    assert [row.title for row in made.issues.all()] == ([issue["title"]] if issue else [])


def test_it_is_settled_once_by_the_chief_or_its_author_and_by_nobody_else() -> None:
    world = build.world()
    first = said(world)
    submit_visit_report(actor=world.officers[0], visit=first)
    row = kept_by(world, visit=first | {"notes": "乙"})
    seen = [user for user in (world.chief, *world.officers, world.liaison, world.leader, world.staff, world.consumer,
                              world.administrator, world.outsider)
            if SubmissionConflict.objects.visible_to(user).filter(pk=row.pk).exists()]  # fmt: skip
    assert seen == [world.chief, world.officers[0]]
    for user in (world.officers[1], world.leader):
        with pytest.raises(PermissionDenied):
            settle_conflict(actor=user, conflict=row, decision=Decision.KEEP)
    with pytest.raises(ValidationError):
        settle_conflict(actor=world.chief, conflict=row, decision="both")
    settle_conflict(actor=world.chief, conflict=row, decision=Decision.KEEP)
    with pytest.raises(ValidationError):
        settle_conflict(actor=world.officers[0], conflict=row, decision=Decision.OWN)
    assert Visit.objects.count() == 1
    assert JournalEntry.objects.filter(verb="decide_conflict", actor_id=world.chief.pk).count() == 1


def test_who_keeps_away_no_longer_reads_what_was_sent() -> None:
    world = build.world()
    first = said(world)
    submit_visit_report(actor=world.officers[0], visit=first)
    kept_by(world, visit=first | {"notes": "乙"})
    build.recusal(world.officers[0], world.enterprises[0])
    assert not SubmissionConflict.objects.visible_to(world.officers[0]).exists()


def test_an_author_without_the_right_is_named_as_the_reason() -> None:
    world = build.world()
    first = said(world)
    submit_visit_report(actor=world.officers[0], visit=first)
    row = kept_by(world, visit=first | {"notes": "乙"})
    world.officers[0].is_active = False
    world.officers[0].save()
    with pytest.raises(ValidationError) as told:
        settle_conflict(actor=world.chief, conflict=row, decision=Decision.OWN)
    assert "登记人" in told.value.messages[0]
    assert not SubmissionConflict.objects.get().decision


def test_the_page_says_so_and_the_chiefs_home_counts_it() -> None:
    world = build.world()
    client = Client()
    client.force_login(world.officers[0])
    url = reverse("visits:log", args=[world.enterprises[0].pk])
    sent = {"client_uuid": str(uuid.uuid4()), "visited_on": clock.today(), "outcome": "met", "has_issue": "no"}
    assert client.post(url, sent | {"notes": "甲"}).status_code == 302
    assert client.post(url, sent | {"notes": "甲"}).status_code == 302
    again = client.post(url, sent | {"notes": "乙"})
    assert again.status_code == 409
    assert "这份已原样留存" in again.content.decode()
    row = SubmissionConflict.objects.get()
    assert home_of(world.chief, clock.today()).steps[0].url == reverse("visits:conflicts")
    chief = Client()
    chief.force_login(world.chief)
    assert "乙" in chief.get(reverse("visits:conflict", args=[row.pk])).content.decode()
    assert "重号登记待核" in chief.get(reverse("visits:list")).content.decode()
    settle = reverse("visits:conflict_settle", args=[row.pk])
    assert chief.post(settle, {"decision": "own"}).status_code == 302
    assert chief.post(settle, {"decision": "own"}).status_code == 422
    assert sorted(Visit.objects.values_list("notes", flat=True)) == ["乙", "甲"]
    assert home_of(world.chief, clock.today()).steps[0].url != reverse("visits:conflicts")


@pytest.mark.parametrize("path", ["visits/", "visit-reports/"])
def test_the_api_answers_409_and_keeps_the_body(path: str) -> None:
    world = build.world()
    Person.objects.filter(pk=world.consumer.person_id).update(is_service=True)
    api = Api(world.consumer)
    visit = {"client_uuid": str(uuid.uuid4()), "enterprise": world.enterprises[0].pk, "visited_on": str(clock.today()),
             "outcome": "met", "post": world.posts["officer0"].pk}  # fmt: skip

    def send(**more: Any) -> Any:
        return api.post(path, visit | more if path == "visits/" else {"visit": visit | more})

    first = send(notes="甲").json()
    assert send(notes="甲").json() == first
    problem(send(notes="乙"), 409, "conflict")
    row = SubmissionConflict.objects.get()
    assert (row.body["visit"]["notes"], row.post) == ("乙", world.posts["officer0"])
    assert json.dumps(row.body)
    settle_conflict(actor=world.chief, conflict=row, decision="own")
    assert sorted(Visit.objects.values_list("notes", flat=True)) == ["乙", "甲"]


# ------------------------------------------------------------------------------------------- issues ended at the visit
def open_ones(world: build.World) -> tuple[Issue, Issue]:
    """One that waits to be answered, one that waits for the call."""
    row, post = world.enterprises[0], world.posts["officer0"]
    simple = build.issue(row, post, IssueState.ACCEPTED, simple=True, title="缴费基数怎么定")
    called = build.issue(row, post, IssueState.CALLBACK, handler=world.posts["staff"], title="夜班用餐")
    return simple, called


def test_an_open_issue_is_ended_with_the_visit_or_neither() -> None:
    world = build.world()
    simple, called = open_ones(world)
    build.issue(world.enterprises[0], world.posts["officer0"], IssueState.ACCEPTED, title="不是小事")
    offered = closable(world.officers[0], world.enterprises[0], clock.today())
    assert [(one.issue, str(one.move)) for one in offered] == [(simple, "close_on_spot"), (called, "sign_off")]
    answer = {"issue": simple, "move": "close_on_spot", "version": 1, "text": "已当面说明"}
    call = {"issue": called, "move": "sign_off", "version": 1, "resolution": "solved", "satisfaction": "satisfied"}
    with pytest.raises(ValidationError) as told:
        submit_visit_report(actor=world.officers[0], visit=said(world), settled=[answer, call | {"satisfaction": ""}])
    assert list(told.value.message_dict) == ["settled"]
    assert not Visit.objects.exists()
    report = {"visit": said(world), "settled": [answer, call]}
    first = submit_visit_report(actor=world.officers[0], **report)
    again = submit_visit_report(actor=world.officers[0], **report)
    assert first.closed == again.closed == (simple, called)
    assert {row.state for row in Issue.objects.filter(pk__in=[simple.pk, called.pk])} == {"on_the_spot", "closed"}
    assert (again.repeated, Visit.objects.count()) == (True, 1)


@pytest.mark.parametrize("who", ["officer1", "liaison", "leader"])
def test_nobody_is_offered_what_they_may_not_end(who: str) -> None:
    world = build.world()
    open_ones(world)
    user = world.officers[1] if who == "officer1" else getattr(world, who)
    assert closable(user, world.enterprises[0], clock.today()) == []


def test_an_issue_of_another_enterprise_or_moved_meanwhile_is_refused() -> None:
    world = build.world()
    simple, _called = open_ones(world)
    answer = {"issue": simple, "move": "close_on_spot", "version": 7, "text": "已当面说明"}
    other = said(world, enterprise=world.enterprises[1])
    for visit, one in (
        (said(world), answer),
        (other, answer | {"version": 1}),
        (said(world), answer | {"move": "assign"}),
    ):
        with pytest.raises(ValidationError) as told:
            submit_visit_report(actor=world.officers[0], visit=visit, settled=[one])
        assert list(told.value.message_dict) == ["settled"]
    assert not Visit.objects.exists()
    assert not SubmissionConflict.objects.exists()


def test_the_form_and_the_api_end_an_issue() -> None:
    world = build.world()
    simple, called = open_ones(world)
    client = Client()
    client.force_login(world.officers[0])
    url = reverse("visits:log", args=[world.enterprises[0].pk])
    assert "缴费基数怎么定" in client.get(url).content.decode()
    sent = {"client_uuid": str(uuid.uuid4()), "visited_on": clock.today(), "outcome": "met", "has_issue": "no",
            f"issue-{simple.pk}-version": 1, f"issue-{simple.pk}-move": "close_on_spot", f"issue-{simple.pk}-settle": "on",
            f"issue-{called.pk}-version": 1, f"issue-{called.pk}-move": "sign_off"}  # fmt: skip
    assert client.post(url, sent).status_code == 422
    done = client.post(url, sent | {f"issue-{simple.pk}-text": "已当面说明"}, follow=True)
    assert "办结问题 1 件" in done.content.decode()
    visit = Visit.objects.get()
    assert "缴费基数怎么定" in client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    body = {"visit": {"client_uuid": str(uuid.uuid4()), "enterprise": world.enterprises[0].pk, "outcome": "met",
                      "visited_on": str(clock.today())},
            "settled": [{"issue": called.pk, "move": "sign_off", "version": 1, "resolution": "solved",
                         "satisfaction": "fairly"}]}  # fmt: skip
    api = Api(world.officers[0])
    first = api.post("visit-reports/", body)
    assert (first.status_code, [row["id"] for row in first.json()["closed"]]) == (201, [called.pk])
    assert api.post("visit-reports/", body).json() == first.json()
    broken = body | {"visit": body["visit"] | {"client_uuid": str(uuid.uuid4())}}
    assert list(problem(api.post("visit-reports/", broken), 409, "conflict")["errors"]) == ["settled"]


def test_what_is_left_empty_and_what_is_left_out_say_the_same() -> None:
    world = build.world()
    officer, visit, issue = world.officers[0], said(world), heard()
    full = issue | {"text": "", "urgency": "normal"}
    submit_visit_report(actor=officer, visit=visit, issue=full)
    assert send_visit_report(actor=officer, visit=visit, issue=issue | {"urgency": "normal"}).repeated
    assert kept_by(world, visit=visit, issue=full | {"simple": True}).pk


def test_a_visit_logged_alone_is_repeated_as_a_report_without_more() -> None:
    world = build.world()
    visit = said(world)
    log_visit(actor=world.officers[0], **visit)
    assert send_visit_report(actor=world.officers[0], visit=visit).repeated
    assert kept_by(world, visit=visit, issue=heard()).pk


EMPTY: tuple[Any, ...] = (None, "", [], {})
VALUES = st.recursive(
    st.sampled_from([*EMPTY, False, True, 0, 1, "甲"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=12,
)


def at_every_depth(value: Any, empty: Any) -> Any:
    """The same value with an empty key more in each of its dicts."""
    if isinstance(value, dict):
        return {name: at_every_depth(one, empty) for name, one in value.items()} | {"z": empty}
    return [at_every_depth(one, empty) for one in value] if isinstance(value, list) else value


@given(value=st.dictionaries(st.sampled_from("abcd"), VALUES), empty=st.sampled_from(EMPTY))
def test_an_empty_key_is_no_content(value: dict[str, Any], empty: Any) -> None:
    assert digest_of(value) == digest_of(at_every_depth(value, empty))
    for kept in (False, 0, "乙"):
        assert digest_of(value) != digest_of(value | {"z": kept})
