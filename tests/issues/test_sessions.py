"""Several sessions at one issue: one wins, the others are told, nothing happens twice."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from crm.access.grants import grants_of
from crm.accounts.models import User
from crm.core.models import JournalEntry
from crm.issues.models import Issue, IssueEvent
from crm.issues.services import move_issue, open_issue
from tests import build
from tests.issues.cast import GOOD, Cast
from tests.issues.cast import cast as new_cast
from tests.sessions import at_once, overtaking

pytestmark = pytest.mark.django_db(transaction=True)


def somebody(cast: Cast, who: str) -> User:
    """Somebody for another session, with today's grants on record: nobody waits for their projection."""
    actor = User.objects.get(pk=cast.people[who].pk)
    grants_of(actor)
    return actor


def mover(cast: Cast, who: str, issue: Issue, move: str) -> Callable[[], Issue]:
    """A move with the issue as it stands now, to be made in another session."""
    given: dict[str, Any] = {**GOOD[move]}
    if "handler" in given:
        given["handler"] = cast.posts[given["handler"]]
    actor, row = somebody(cast, who), Issue.objects.get(pk=issue.pk)
    return lambda: move_issue(actor=actor, issue=row, move=move, version=row.version, **given)


def opener(cast: Cast, **fields: Any) -> Callable[[], Issue]:
    """An opening to be made in another session."""
    actor = somebody(cast, "officer")
    said = {"enterprise": cast.enterprise, "title": "夜班津贴无标准", "category": build.category(), **fields}
    return lambda: open_issue(actor=actor, **said)


@pytest.mark.parametrize(
    ("state", "first", "second"),
    [
        ("submitted", ("chief", "accept"), ("liaison", "accept")),
        ("accepted", ("chief", "close_on_spot"), ("leader", "assign")),
        ("review", ("chief", "pass_review"), ("chief", "send_back")),
        ("callback", ("chief", "sign_off"), ("liaison", "redo")),
        ("callback", ("chief", "try_call"), ("liaison", "try_call")),
    ],
)
def test_of_two_moves_at_once_one_wins(state: str, first: tuple[str, str], second: tuple[str, str]) -> None:
    cast = new_cast()
    issue = cast.issue(state, simple=True)
    answers = at_once(mover(cast, first[0], issue, first[1]), mover(cast, second[0], issue, second[1]))
    (error,) = (answer for answer in answers if isinstance(answer, Exception))
    assert isinstance(error, ValidationError), error
    assert list(error.error_dict) == ["version"]
    assert error.error_dict["version"][0].code == "conflict"
    issue.refresh_from_db()
    assert (issue.version, IssueEvent.objects.count(), JournalEntry.objects.count()) == (2, 1, 1)
    (winner,) = (answer for answer in answers if isinstance(answer, Issue))
    assert winner.state == issue.state


def test_the_same_form_from_several_sessions_is_one_issue() -> None:
    cast, number = new_cast(), uuid.uuid4()
    answers = at_once(*[opener(cast, client_uuid=number) for _ in range(4)])
    assert {answer.pk for answer in answers} == {Issue.objects.get().pk}
    assert (IssueEvent.objects.count(), JournalEntry.objects.count()) == (1, 1)


def test_one_number_for_two_enterprises_at_once_is_a_conflict() -> None:
    cast, number = new_cast(), uuid.uuid4()
    answers = at_once(*[opener(cast, client_uuid=number, enterprise=row) for row in cast.world.enterprises[:2]])
    (error,) = (answer for answer in answers if isinstance(answer, Exception))
    assert isinstance(error, ValidationError), error
    assert error.error_dict["client_uuid"][0].code == "conflict"
    assert Issue.objects.count() == IssueEvent.objects.count() == 1


def test_a_second_sending_waits_for_the_first() -> None:
    cast, number = new_cast(), uuid.uuid4()
    first, second = overtaking(opener(cast, client_uuid=number), opener(cast, client_uuid=number))
    assert first == second == Issue.objects.get()


def test_a_second_move_waits_for_the_first() -> None:
    cast = new_cast()
    issue = cast.issue("review")
    first, second = overtaking(mover(cast, "chief", issue, "pass_review"), mover(cast, "chief", issue, "send_back"))
    assert first.state == "callback"
    assert second.error_dict["version"][0].code == "conflict"


def test_issues_accepted_at_once_get_different_numbers() -> None:
    cast = new_cast()
    issues = [cast.issue() for _ in range(5)]
    answers = at_once(*[mover(cast, "chief", issue, "accept") for issue in issues[2:]])
    answers += overtaking(*[mover(cast, "chief", issue, "accept") for issue in issues[:2]])
    assert sorted(answer.number[-4:] for answer in answers) == ["0001", "0002", "0003", "0004", "0005"]
