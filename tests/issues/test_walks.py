"""400 random walks through the log, each step foretold by the naive table."""

import datetime as dt
import random
from typing import Any

import pytest

from crm.access.grants import one_request
from crm.core import clock
from crm.core.models import JournalEntry
from crm.issues.models import Issue, IssueEvent
from tests.issues.cast import GOOD, Cast
from tests.issues.naive import ROLE_OF, TABLE, NaiveIssue

WALKS = 400
CHUNKS = 8
STEPS = 11
ANSWERS = {
    "handler": ["officer", "officer", "colleague", "staff", "leader", "chief", "foreign_chief", ""],
    "resolution": ["solved", "partly", "not_solved", "not_reached", "not_reached", ""],
    "satisfaction": ["satisfied", "fairly", "dissatisfied", "no_opinion", "no_opinion", ""],
}


def given_to(move: str, rng: random.Random) -> dict[str, str]:
    """What somebody fills in: mostly all of it, sometimes something else, sometimes too little."""
    given = {name: rng.choice(ANSWERS[name]) if name in ANSWERS else value for name, value in GOOD[move].items()}
    if given and rng.random() < 0.05:
        given[rng.choice(list(given))] = ""
    return given


def somebody_who_may(naive: NaiveIssue, move: str, rng: random.Random) -> str:
    """Mostly a person for whom the move could work, so that walks get somewhere."""
    if rng.random() < 0.2:
        return rng.choice(list(ROLE_OF))
    if move in ("start", "progress", "submit"):
        return naive.handler or "officer"
    return rng.choice(TABLE[move][2])


def next_move(naive: NaiveIssue, rng: random.Random) -> str:
    fitting = [name for name, row in TABLE.items() if row[0] == naive.state]
    if fitting and rng.random() < 0.85:
        return rng.choice(fitting)
    return rng.choice(list(TABLE))


def walk(cast: Cast, rng: random.Random, today: dt.date) -> tuple[set[str], dt.date]:
    """Make one walk that begins on a day; returns the states it passed and the day on which it ended."""
    naive = NaiveIssue(simple=rng.random() < 0.3)
    issue = cast.issue(simple=naive.simple)
    passed = {"submitted"}
    for step in range(STEPS):
        if naive.state in ("closed", "on_the_spot") and step > STEPS // 2:
            break
        move = next_move(naive, rng)
        who, given = somebody_who_may(naive, move, rng), given_to(move, rng)
        with clock.fixed(clock.at(today, 9) + dt.timedelta(minutes=step)):
            expected = naive.judge(who, move, given, today)
            found = cast.move(
                who,
                issue,
                move,
                version=naive.version,
                **{k: v or None if k == "handler" else v for k, v in given.items()},
            )
        assert found.split(" ")[0] == expected, (naive, who, move, given)
        if expected == "done":
            naive.make(move, given, today)
        if move == "try_call" and rng.random() < 0.7:
            today += dt.timedelta(days=1)
        passed.add(naive.state)
        agree(cast, issue, naive)
    events = IssueEvent.objects.filter(issue=issue).order_by("sequence")
    assert list(events.values_list("verb", flat=True)) == naive.moves
    journalled = JournalEntry.objects.filter(object_type="issues.issue", object_id=issue.pk).order_by("pk")
    assert list(journalled.values_list("verb", flat=True)) == naive.moves
    return passed, today


def agree(cast: Cast, issue: Issue, naive: NaiveIssue) -> None:
    """The stored issue is what the naive one says."""
    row = Issue.objects.get(pk=issue.pk)
    handler: Any = cast.posts[naive.handler].pk if naive.handler else None
    found = (row.state, row.version, row.handler_id, row.redo_count, (row.resolution, row.satisfaction))
    assert found == (naive.state, naive.version, handler, naive.redone, naive.answers)
    assert (row.number is None) == (naive.state == "submitted")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_walks_are_as_foretold(cast: Cast, chunk: int) -> None:
    passed: set[str] = set()
    today = clock.today()
    with one_request():
        for number in range(WALKS // CHUNKS):
            states, today = walk(cast, random.Random(f"{chunk}/{number}"), today)
            passed |= states
    assert len(passed) == 8, passed  # the walks of each chunk see every state
