"""Every state × move × person, and what each move writes."""

import datetime as dt
import uuid
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from crm.access.grants import one_request
from crm.core import clock
from crm.core.models import JournalEntry
from crm.issues import enums
from crm.issues.models import Issue, IssueEvent
from crm.issues.selectors import handler_choices
from crm.issues.services import move_issue
from tests import build
from tests.issues.cast import GOOD, Cast
from tests.issues.naive import ROLE_OF, STATES, TABLE, NaiveIssue


def test_the_naive_table_knows_every_state_and_move() -> None:
    assert set(STATES) == set(enums.IssueState.values)
    assert set(TABLE) == set(enums.Move.values) == set(GOOD)
    assert set(enums.STEPS) == set(enums.Move)
    assert set(enums.IssueState.OPEN) | set(enums.IssueState.ENDED) == set(STATES)
    assert not set(enums.IssueState.OPEN) & set(enums.IssueState.ENDED)


@pytest.mark.parametrize("state", STATES)
def test_every_move_by_everybody(cast: Cast, state: str) -> None:
    """From the state: who may, who may not, and that a refused move leaves everything as it was."""
    issue = cast.issue(state, simple=True)
    wrong = []
    with one_request():
        for who in ROLE_OF:
            for move in TABLE:
                naive = NaiveIssue(state, "officer" if issue.handler_id else "", simple=True)
                expected = naive.judge(who, move, GOOD[move], clock.today())
                point = transaction.savepoint()
                found = cast.move(who, issue, move, **GOOD[move])
                row = Issue.objects.get(pk=issue.pk)
                stays = TABLE[move][1] if found == "done" else state
                if found != expected or row.state != stays or row.version != 1 + (found == "done"):
                    wrong.append((who, move, found, expected, row.state, row.version))
                transaction.savepoint_rollback(point)
    assert wrong == []


@pytest.mark.parametrize("move", TABLE)
def test_what_a_move_needs(cast: Cast, move: str) -> None:
    source, _target, _roles, needs = TABLE[move]
    who = "officer" if move in ("start", "progress", "submit") else "chief"
    issue = cast.issue(source, simple=True)
    for name in needs:
        for nothing in ({}, {name: " 　"}) if name in ("text", "reason") else ({},):
            given = {key: value for key, value in GOOD[move].items() if key != name} | nothing
            assert cast.move(who, issue, move, **given) == name
    assert not IssueEvent.objects.exists()
    assert not JournalEntry.objects.exists()
    assert cast.move(who, issue, move, **GOOD[move]) == "done"


@pytest.mark.parametrize(
    ("move", "name", "value"),
    [
        ("accept", "kind", "rumour"),
        ("submit", "outcome_type", "magic"),
        ("sign_off", "resolution", "maybe"),
        ("sign_off", "satisfaction", "thrilled"),
        ("redo", "resolution", "solved"),
        ("send_back", "reason", "长" * 301),
        ("submit", "text", "看不见\u200b的字"),
        ("send_back", "on_behalf_of", "长" * 121),
    ],
)
def test_what_is_given_must_be_right(cast: Cast, move: str, name: str, value: str) -> None:
    who = "officer" if move == "submit" else "chief"
    issue = cast.issue(TABLE[move][0])
    assert cast.move(who, issue, move, **{**GOOD[move], name: value}) == name
    assert Issue.objects.get(pk=issue.pk).state == TABLE[move][0]


def test_a_move_that_nobody_knows(cast: Cast) -> None:
    assert cast.move("chief", cast.issue(), "frobnicate") == "move"


def test_a_matter_of_weight_is_not_settled_on_the_spot(cast: Cast) -> None:
    issue = cast.issue("accepted", simple=False)
    assert cast.move("chief", issue, "close_on_spot", text="好") == "move"


@pytest.mark.parametrize("move", TABLE)
def test_a_move_writes_one_event_and_one_row_of_the_journal(cast: Cast, move: str) -> None:
    source, target, _roles, _needs = TABLE[move]
    who = "officer" if move in ("start", "progress", "submit") else "chief"
    issue = cast.issue(source, simple=True)
    given = GOOD[move]
    moment = clock.at(clock.today(), 15, 30)
    with clock.fixed(moment):
        assert cast.move(who, issue, move, on_behalf_of="来函单位", **given) == "done"
    event, entry = IssueEvent.objects.get(), JournalEntry.objects.get()
    assert (event.issue_id, event.sequence, event.verb, event.from_state, event.to_state) == (
        issue.pk,
        1,
        move,
        source,
        target,
    )
    assert (event.post, event.actor_label, event.on_behalf_of) == (cast.posts[who], str(cast.people[who]), "来函单位")
    assert (event.text, event.reason) == (given.get("text", ""), given.get("reason", ""))
    assert (event.at, entry.at) == (moment, moment)
    assert (entry.verb, entry.object_type, entry.object_id) == (move, "issues.issue", issue.pk)
    assert (entry.actor_id, entry.post_id) == (cast.people[who].pk, cast.posts[who].pk)
    assert (entry.station_id, entry.enterprise_id) == (cast.world.station.pk, cast.enterprise.pk)
    assert entry.changes == {"state": [source, target]}
    assert (issue.state, issue.version) == (target, 2)  # the row that was handed in is up to date
    assert (issue.closed_at == moment) == (target in ("closed", "on_the_spot"))


def test_the_whole_way(cast: Cast) -> None:
    issue = cast.issue()
    way = ["accept", "assign", "start", "progress", "submit", "send_back", "submit", "pass_review", "redo", "submit"]
    way += ["pass_review", "try_call", "sign_off"]
    for move in way:
        who = "officer" if move in ("start", "progress", "submit") else "chief"
        assert cast.move(who, issue, move, **GOOD[move]) == "done", move
    events = list(IssueEvent.objects.filter(issue=issue).order_by("sequence"))
    assert [event.verb for event in events] == way
    assert [event.sequence for event in events] == list(range(1, len(way) + 1))
    assert all(a.to_state == b.from_state for a, b in pairwise(events))
    assert (issue.state, issue.redo_count, issue.outcome_type) == ("closed", 1, "coordinated")
    assert (issue.resolution, issue.satisfaction) == ("solved", "satisfied")


def test_a_stale_version_is_a_conflict(cast: Cast) -> None:
    issue = cast.issue()
    assert cast.move("chief", issue, "accept", kind="request") == "done"
    with pytest.raises(ValidationError) as caught:
        move_issue(actor=cast.people["chief"], issue=issue, move="close_on_spot", version=1, text="好")
    assert caught.value.error_dict["version"][0].code == "conflict"
    assert IssueEvent.objects.count() == 1


def test_not_reached_closes_after_calls_on_three_days(cast: Cast) -> None:
    issue = cast.issue("review")
    chief_calls = {"resolution": "not_reached", "satisfaction": "no_opinion"}
    today = clock.today()
    with clock.fixed(clock.at(today, 9)):
        assert cast.move("chief", issue, "pass_review") == "done"
    for hour in (9, 11, 17):
        with clock.fixed(clock.at(today, hour)):
            assert cast.move("chief", issue, "try_call") == "done"
    with clock.fixed(clock.at(today, 18)):
        assert cast.move("chief", issue, "sign_off", **chief_calls) == "resolution"  # three calls, one day
    with clock.fixed(clock.at(today + dt.timedelta(1), 0, 5)):
        assert cast.move("chief", issue, "try_call") == "done"
        assert cast.move("chief", issue, "sign_off", **chief_calls) == "resolution"
    with clock.fixed(clock.at(today + dt.timedelta(2), 9)):
        assert cast.move("liaison", issue, "try_call") == "done"
        assert (
            cast.move("chief", issue, "sign_off", resolution="not_reached", satisfaction="satisfied") == "satisfaction"
        )
        assert cast.move("chief", issue, "sign_off", **chief_calls) == "done"


def test_calls_before_a_redo_do_not_count_after_it(cast: Cast) -> None:
    issue = cast.issue("review")
    today = clock.today()
    for day in range(3):
        with clock.fixed(clock.at(today + dt.timedelta(day), 9)):
            if day == 0:
                assert cast.move("chief", issue, "pass_review") == "done"
            assert cast.move("chief", issue, "try_call") == "done"
    with clock.fixed(clock.at(today + dt.timedelta(2), 12)):
        for who, move in (("chief", "redo"), ("officer", "submit"), ("chief", "pass_review")):
            assert cast.move(who, issue, move, **GOOD[move]) == "done"
        assert (
            cast.move("chief", issue, "sign_off", resolution="not_reached", satisfaction="no_opinion") == "resolution"
        )


def test_numbers_run_per_station_and_year(cast: Cast) -> None:
    year = clock.today().year
    issues = [cast.issue() for _ in range(3)]
    for issue in issues:
        cast.move("chief", issue, "accept", kind="request")
    station = f"{cast.world.station.pk:02d}"
    assert [issue.number for issue in issues] == [f"{station}-{year}-{n:04d}" for n in (1, 2, 3)]
    later = cast.issue()
    with clock.fixed(dt.date(year + 1, 1, 1)):
        cast.move("chief", later, "accept", kind="request")
    assert later.number == f"{station}-{year + 1}-0001"


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("chief", "done"),
        ("liaison", "done"),
        ("colleague", "done"),
        ("leader", "done"),
        ("staff", "done"),
        ("consumer", "handler"),
        ("administrator", "handler"),
        ("foreign_chief", "handler"),
    ],
)
def test_only_posts_of_the_station_and_the_unions_above_handle_it(cast: Cast, handler: str, expected: str) -> None:
    assert cast.move("chief", cast.issue("accepted"), "assign", handler=handler) == expected


def test_who_has_taken_over_the_enterprise_is_not_told_who_sits_at_the_station_before(cast: Cast) -> None:
    """The issue stays with its station; the enterprise's new chief sees it, and gives it to no post out of sight."""
    issue = cast.issue("accepted")
    cast.enterprise.station = cast.world.other
    cast.enterprise.save()
    newcomer = cast.people["foreign_chief"]
    assert issue in Issue.objects.visible_to(newcomer)
    assert handler_choices(newcomer, issue) == []
    for handler in ("chief", "colleague", "leader"):
        assert cast.move("foreign_chief", issue, "assign", handler=handler) == "handler"
    assert cast.posts["colleague"] in handler_choices(cast.people["chief"], issue)


def test_a_post_that_has_ended_handles_nothing(cast: Cast) -> None:
    post = cast.posts["colleague"]
    post.term = build.term_from(build.days_ago(800), clock.today())
    post.save()
    assert cast.move("chief", cast.issue("accepted"), "assign", handler="colleague") == "handler"


def test_a_colleague_to_whom_it_is_given_sees_and_works_on_it(cast: Cast) -> None:
    issue = cast.issue("accepted")
    colleague = cast.people["colleague"]
    assert not Issue.objects.visible_to(colleague).exists()
    assert cast.move("chief", issue, "assign", handler="colleague") == "done"
    assert list(Issue.objects.visible_to(colleague)) == [issue]
    assert IssueEvent.objects.visible_to(colleague).count() == 1
    assert cast.move("officer", issue, "start") == "move"
    assert cast.move("colleague", issue, "start") == "done"
    assert cast.move("colleague", issue, "submit", **GOOD["submit"]) == "done"
    assert cast.move("colleague", issue, "pass_review") == "denied"
    assert cast.move("chief", issue, "pass_review") == "done"
    assert cast.move("colleague", issue, "sign_off", **GOOD["sign_off"]) == "move"
    assert cast.move("officer", issue, "sign_off", **GOOD["sign_off"]) == "done"


def test_whoever_acts_for_the_handling_post_does_its_work(cast: Cast) -> None:
    issue = cast.issue("assigned", handler="officer")
    assert cast.move("colleague", issue, "start") == "denied"
    build.seat(
        cast.posts["officer"], cast.people["colleague"].person, build.days_ago(1), build.days_ago(-9), acting=True
    )
    colleague = cast.people["colleague"]
    colleague.grants_day = None  # as the service of appointments leaves it
    assert cast.move("colleague", issue, "start") == "done"
    assert IssueEvent.objects.get().post == cast.posts["officer"]


def test_an_enterprise_that_moved_brings_its_issue_along(cast: Cast) -> None:
    """The new station's chief may act on it, in the new post; the issue keeps the station where it was raised."""
    issue = cast.issue()
    cast.enterprise.station = cast.world.other
    cast.enterprise.save()
    assert cast.move("foreign_chief", issue, "accept", kind="request") == "done"
    assert IssueEvent.objects.get().post == cast.posts["foreign_chief"]
    assert (issue.station, issue.number[:2]) == (cast.world.station, f"{cast.world.station.pk:02d}"[:2])


def test_an_unknown_issue_is_denied(cast: Cast) -> None:
    nowhere = Issue(pk=987654, client_uuid=uuid.uuid4(), station=cast.world.station, enterprise=cast.enterprise)
    assert cast.move("chief", nowhere, "accept", kind="request", version=1) == "denied"
