"""Every rule that the database keeps for the tables of core and issues: broken by hand, and through the frame."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, connection, transaction

from crm.core import clock, journal
from crm.core.services import service
from crm.issues.models import Issue, IssueEvent
from crm.issues.services import move_issue
from tests.issues.cast import Cast

ALL = NON_FIELD_ERRORS
RULE = (
    "INSERT INTO core_rule (code, scope, valid_from, value, unit, note) VALUES ('t', '', '2026-05-01', {}, 'day', '')"
)
CATEGORY = (
    "INSERT INTO issues_issuecategory (code, name, usual_handler, union_matter, position, active)"
    " VALUES ('pay', '', '', true, 1, true)"
)
EVENT = (
    "INSERT INTO issues_issueevent (issue_id, sequence, at, recorded_at, actor_label, on_behalf_of, verb, from_state,"
    " to_state, text, reason, data) SELECT issue_id, sequence, at, at, '', '', 'start', '', 'in_progress', '', '', '{}'"
    " FROM issues_issueevent"
)
DAY = "INSERT INTO core_calendarday (day, kind, name, provisional) VALUES ('2026-05-01', '{}', '', false)"
ISSUE = "UPDATE issues_issue SET {} WHERE title = '{}'"

# constraint → the field on which its words stand, statements of which the last breaks it
BROKEN: dict[str, tuple[str, list[str]]] = {
    "core_calendarday_kind": ("kind", [DAY.format("feast")]),
    "core_calendarday_pkey": (ALL, [DAY.format("holiday"), DAY.format("workday")]),
    "core_rule_one_value_per_day": ("valid_from", [RULE.format(1), RULE.format(2)]),
    "core_rule_value_not_negative": ("value", [RULE.format(-1)]),
    "core_journal_append_only": (ALL, ["UPDATE core_journalentry SET actor_label = 'nobody'"]),
    "issues_issue_state": ("state", [ISSUE.format("state = 'lost', number = 'x', handler_id = post_id", "submitted")]),
    "issues_issue_closed_when_ended": ("state", [ISSUE.format("closed_at = raised_on", "submitted")]),
    "issues_issue_handler_when_assigned": ("handler", [ISSUE.format("handler_id = NULL", "assigned")]),
    "issues_issue_closing_needs_answers": ("resolution", [ISSUE.format("satisfaction = ''", "closed")]),
    "issues_issue_number_when_accepted": ("number", [ISSUE.format("number = NULL", "accepted")]),
    "issues_issue_client_uuid_key": (
        "client_uuid",
        ["UPDATE issues_issue SET client_uuid = (SELECT client_uuid FROM issues_issue WHERE title = 'closed')"],
    ),
    "issues_issue_number_key": (ALL, ["UPDATE issues_issue SET number = 'x'"]),
    "issues_event_in_order": (ALL, [EVENT]),
    "issues_event_append_only": (ALL, ["DELETE FROM issues_issueevent"]),
    "issues_issuecategory_code_key": (ALL, [CATEGORY]),
}


def breaking(statements: list[str]) -> Callable[[], None]:
    def run() -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    return run


@pytest.fixture
def rows(cast: Cast) -> Cast:
    """An issue in each of four states (its title), an event and a row of the journal."""
    for state in ("submitted", "accepted", "assigned", "closed"):
        cast.issue(state, title=state)
    issue = Issue.objects.get(title="assigned")
    IssueEvent.objects.create(issue=issue, sequence=1, actor_label="x", verb="assign", to_state="assigned")
    journal.record(actor=None, verb="x", obj=issue)
    return cast


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses_and_the_frame_finds_words(rows: Cast, name: str) -> None:
    field, statements = BROKEN[name]
    for statement in statements[:-1]:
        breaking([statement])()
    broken = breaking(statements[-1:])
    with pytest.raises(IntegrityError) as raw, transaction.atomic():
        broken()
    assert raw.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]
    with pytest.raises(ValidationError) as told:
        service(broken)()
    assert [key for key, _words in told.value] == [field] if hasattr(told.value, "error_dict") else field == ALL
    assert all(told.value.messages)


def test_every_rule_of_the_tables_is_broken_above(db: None) -> None:
    """All checks, keys and exclusions but the surrogate primary keys and counters that Django never lets go below zero."""
    tables = [m._meta.db_table for label in ("core", "issues") for m in apps.get_app_config(label).get_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('c', 'u', 'x')",
            [tables],
        )
        found = {name for (name,) in cursor.fetchall() if not name.endswith("_check")}
        cursor.execute(
            "SELECT tgargs FROM pg_trigger WHERE tgrelid::regclass::text = ANY(%s) AND NOT tgisinternal AND tgnargs > 0",
            [tables],
        )
        found |= {bytes(args).rstrip(b"\0").decode() for (args,) in cursor.fetchall()}
    assert found | {"core_calendarday_pkey"} == set(BROKEN)


@pytest.mark.parametrize("column", ["version", "redo_count"])
def test_counters_never_go_below_zero(rows: Cast, column: str) -> None:
    with pytest.raises(ValidationError):
        service(breaking([f"UPDATE issues_issue SET {column} = -1"]))()


def test_an_issue_with_its_story_is_never_deleted(rows: Cast) -> None:
    def delete() -> Any:
        return Issue.objects.get(title="assigned").delete()

    with pytest.raises(ValidationError):
        service(delete)()
    assert IssueEvent.objects.exists()


def test_through_the_services_the_same_rules_speak_on_the_same_fields(rows: Cast) -> None:
    issues = {state: Issue.objects.get(title=state) for state in ("accepted", "assigned")}
    assert rows.move("chief", issues["accepted"], "assign") == "handler"
    callback = rows.issue("callback")
    assert rows.move("chief", callback, "sign_off", satisfaction="satisfied") == "resolution"
    assert rows.move("chief", callback, "sign_off", resolution="solved") == "satisfaction"


def test_a_number_that_is_taken_is_told(rows: Cast) -> None:
    """Numbers are counted under a lock; should one have been given by hand, the writer reads words."""
    waiting = Issue.objects.get(title="submitted")
    taken = f"{rows.world.station.pk:02d}-{clock.today().year}-0002"
    Issue.objects.filter(title="accepted").update(number=taken)
    with pytest.raises(ValidationError):
        move_issue(actor=rows.people["chief"], issue=waiting, move="accept", version=1, kind="request")
    assert not Issue.objects.get(title="submitted").number
