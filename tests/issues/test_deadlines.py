"""Deadlines in working days over the special days of 2026, and how an issue stands to them."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest

from crm.core import clock
from crm.core.models import CalendarDay, DayKind, Rule
from crm.issues import defaults
from crm.issues.models import Issue, IssueEvent
from crm.issues.selectors import Light, deadline, late_queue
from crm.issues.services import open_issue
from tests import build
from tests.issues.cast import GOOD, Cast
from tests.issues.cast import cast as new_cast

pytestmark = pytest.mark.django_db


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def issue_of_2026(state: str, handler: str = "", **fields: str) -> tuple[Cast, Issue]:
    """A world that has stood since before 2026 began, with an issue in it."""
    with clock.fixed(day("01-05")):
        cast = new_cast()
        return cast, cast.issue(state, handler, **fields)


@pytest.mark.parametrize(
    ("on", "due"),
    [
        ("02-12", "02-13"),
        ("02-13", "02-14"),  # the Saturday before the Spring Festival is worked
        ("02-14", "02-24"),
        ("02-18", "02-24"),
        ("04-03", "04-07"),
        ("04-30", "05-06"),
        ("05-08", "05-09"),
        ("09-18", "09-20"),
        ("09-30", "10-08"),
        ("10-09", "10-10"),
        ("10-10", "10-12"),
    ],
)
def test_one_working_day_to_accept(on: str, due: str) -> None:
    cast, _issue = issue_of_2026("submitted")
    with clock.fixed(day(on)):
        issue = open_issue(
            actor=cast.people["officer"],
            enterprise=cast.enterprise,
            title="夜班津贴无标准",
            category=build.category(),
            client_uuid=uuid.uuid4(),
        )
        assert issue.due_on == day(due)
        assert cast.move("chief", issue, "accept", kind="request") == "done"
        assert issue.due_on == day(due)  # one working day to assign it


@pytest.mark.parametrize(
    ("on", "urgency", "due"),
    [
        ("03-02", "normal", "03-11"),
        ("02-09", "normal", "02-25"),  # 10–14 February, the make-up Saturday in it, then 24 and 25
        ("09-16", "normal", "09-24"),  # over the worked Sunday
        ("09-18", "normal", "09-29"),
        ("09-28", "normal", "10-13"),
        ("09-18", "urgent", "09-20"),
        ("09-30", "very_urgent", "10-08"),
    ],
)
def test_seven_working_days_to_handle_one_when_urgent(on: str, urgency: str, due: str) -> None:
    cast, issue = issue_of_2026("accepted", urgency=urgency)
    with clock.fixed(day(on)):
        assert cast.move("chief", issue, "assign", handler="officer") == "done"
    assert issue.due_on == day(due)
    assert IssueEvent.objects.get().data["due_on"] == f"2026-{due}"


def test_which_moves_begin_a_new_deadline() -> None:
    cast, issue = issue_of_2026("assigned")
    seen = []
    for on, who, move in (
        ("03-02", "officer", "start"),
        ("03-03", "officer", "progress"),
        ("03-03", "officer", "submit"),
        ("03-04", "chief", "send_back"),
        ("03-04", "officer", "submit"),
        ("03-05", "chief", "pass_review"),
        ("03-06", "chief", "try_call"),
        ("03-06", "chief", "redo"),
        ("03-09", "officer", "submit"),
        ("03-10", "chief", "pass_review"),
        ("03-11", "chief", "sign_off"),
    ):
        with clock.fixed(day(on)):
            before = issue.due_on
            assert cast.move(who, issue, move, **GOOD[move]) == "done"
            seen.append((move, issue.due_on != before and f"{issue.due_on:%m-%d}"))
    changed = [(move, due) for move, due in seen if due]
    assert changed == [("pass_review", "03-09"), ("redo", "03-17"), ("pass_review", "03-12")]


def test_a_station_s_own_rule_and_an_entered_holiday_decide() -> None:
    cast, issue = issue_of_2026("accepted")
    station = cast.world.station.pk
    Rule.objects.create(
        code=defaults.HANDLE_DAYS, scope=f"station:{station}", value=2, unit="workday", valid_from=day("03-01")
    )
    CalendarDay.objects.create(day=day("03-03"), kind=DayKind.HOLIDAY, name="停水停电")
    with clock.fixed(day("03-02")):
        assert cast.move("chief", issue, "assign", handler="officer") == "done"
    assert issue.due_on == day("03-05")


@pytest.mark.parametrize(
    ("on", "light", "left", "late"),
    [
        ("09-21", Light.GREEN, 3, 0),
        ("09-22", Light.GREEN, 2, 0),
        ("09-23", Light.YELLOW, 1, 0),
        ("09-24", Light.YELLOW, 0, 0),  # the deadline's own day is not late
        ("09-25", Light.RED, 0, 0),  # a holiday: late, but by no working day yet
        ("09-28", Light.RED, 0, 1),
        ("10-12", Light.RED, 0, 7),
    ],
)
def test_how_it_stands(on: str, light: Light, left: int, late: int) -> None:
    _cast, issue = issue_of_2026("in_progress", due_on=day("09-24"))
    found = deadline(issue, day(on))
    assert found is not None
    assert (found.light, found.days_left, found.days_late) == (light, left, late)


@pytest.mark.parametrize("state", ["closed", "on_the_spot"])
def test_what_has_ended_has_no_deadline(state: str) -> None:
    _cast, issue = issue_of_2026(state, due_on=day("01-05"))
    assert deadline(issue, day("09-01")) is None


def test_the_late_queue_is_what_one_may_see_the_longest_late_first(
    cast: Cast, django_assert_num_queries: Callable[..., object]
) -> None:
    today = clock.today()
    late = [cast.issue("assigned", due_on=build.days_ago(n)) for n in (1, 30, 7)]
    cast.issue("assigned", due_on=today)
    cast.issue("closed", due_on=build.days_ago(40))
    elsewhere = build.enterprise(at=cast.world.other)
    build.issue(elsewhere, cast.posts["foreign_chief"], "submitted", due_on=build.days_ago(3))
    for who in ("chief", "officer", "leader", "staff"):
        assert list(late_queue(cast.people[who])) == [late[1], late[2], late[0]]
    assert late_queue(cast.people["chief"], today + dt.timedelta(1)).first() == late[1]
    assert late_queue(cast.people["chief"], today + dt.timedelta(1)).count() == 4
    assert not late_queue(cast.people["outsider"]).exists()
    assert [row.enterprise for row in late_queue(cast.people["foreign_chief"])] == [elsewhere]
    rows = late_queue(cast.people["chief"])
    with django_assert_num_queries(1):
        assert [str(row.handler) + str(row.enterprise) + str(row.category) for row in rows]
