"""What the page of an issue offers: moves, handlers, how far it has come."""

from collections.abc import Callable

import pytest

from crm.access.grants import one_request
from crm.core import clock
from crm.issues.models import IssueEvent
from crm.issues.selectors import handler_choices, moves_for, progress
from tests.issues.cast import GOOD, Cast
from tests.issues.naive import ROLE_OF, STATES, TABLE, NaiveIssue


@pytest.mark.parametrize("state", STATES)
def test_the_moves_offered_are_the_moves_that_work(cast: Cast, state: str) -> None:
    issue = cast.issue(state, simple=True)
    for who in ROLE_OF:
        offered = moves_for(cast.people[who], issue)
        assert [str(possible.move) for possible in offered] == [move for move, row in TABLE.items() if row[0] == state]
        naive = NaiveIssue(state, "officer" if issue.handler_id else "", simple=True)
        for possible in offered:
            expected = naive.judge(who, possible.move, GOOD[possible.move], clock.today())
            assert possible.allowed == (expected == "done"), (who, possible)
            assert bool(possible.why_not) == (not possible.allowed)
            assert list(possible.needs) == TABLE[possible.move][3]


def test_a_matter_of_weight_says_why_it_is_not_settled_on_the_spot(cast: Cast) -> None:
    offered = {possible.move: possible for possible in moves_for(cast.people["chief"], cast.issue("accepted"))}
    assert not offered["close_on_spot"].allowed
    assert offered["close_on_spot"].why_not
    assert offered["assign"].allowed


def test_the_moves_cost_a_constant_number_of_queries(
    cast: Cast, django_assert_max_num_queries: Callable[..., object]
) -> None:
    issue = cast.issue("callback")
    with one_request():
        moves_for(cast.people["chief"], issue)
        with django_assert_max_num_queries(3):
            moves_for(cast.people["chief"], issue)


def test_handlers_are_the_station_s_posts_and_those_of_the_unions_above(cast: Cast) -> None:
    issue = cast.issue("accepted")
    able = {cast.posts[name] for name in ("chief", "officer", "colleague", "liaison", "leader", "staff")}
    for who in ("chief", "leader"):
        found = handler_choices(cast.people[who], issue)
        assert set(found) == able
        assert [post.station_id is None for post in found] == [False] * 4 + [True] * 2  # the station's own first
    for who in ("officer", "staff", "outsider", "foreign_chief"):
        assert handler_choices(cast.people[who], issue) == []


def test_how_far_it_has_come(cast: Cast) -> None:
    issue = cast.issue()
    for move in ("accept", "assign", "start", "submit", "send_back"):
        who = "officer" if move in ("start", "submit") else "chief"
        assert cast.move(who, issue, move, **GOOD[move]) == "done"
    way = progress(issue, list(IssueEvent.objects.filter(issue=issue)))
    assert [step.state for step in way] == ["done", "done", "done", "now", "ahead", "ahead", "ahead"]
    assert [step.event.verb if step.event else "" for step in way] == ["", "accept", "assign", "start", "", "", ""]


@pytest.mark.parametrize(("state", "length"), [("closed", 7), ("on_the_spot", 3)])
def test_the_way_of_what_has_ended(cast: Cast, state: str, length: int) -> None:
    way = progress(cast.issue(state), [])
    assert [step.state for step in way] == ["done"] * length
