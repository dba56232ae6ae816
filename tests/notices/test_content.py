"""What a digest counts and names: what the reader is owed to do, as far as the reader may see it."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.accounts.models import User
from crm.core import clock
from crm.issues.models import Issue
from crm.issues.selectors import moves_for
from crm.notices.content import issues_waiting, owed_at, owed_to
from crm.notices.enums import Channel, Topic
from crm.notices.models import Preference
from crm.notices.telling import counted, told
from crm.visits.selectors import due_counts, due_list
from tests import build

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 9, 16)


def ids(*rows: object) -> list[int]:
    return [row.pk for row in rows]  # type: ignore[attr-defined]


def test_an_officer_is_told_of_the_own_enterprises_a_chief_of_the_station(town: build.World) -> None:
    firms = town.enterprises
    assert owed_to(town.officers[0], TODAY)[Topic.CONTACTS] == {"overdue": 1, "due": 1, "ids": ids(firms[0], firms[1])}
    assert owed_to(town.officers[1], TODAY)[Topic.CONTACTS] == {"overdue": 1, "due": 0, "ids": ids(firms[4])}
    chief = owed_to(town.chief, TODAY)[Topic.CONTACTS]
    assert (chief["overdue"], chief["due"], len(chief["ids"])) == (3, 1, 4)
    for reader in (town.liaison, town.leader, town.staff, town.consumer, town.administrator, town.outsider):
        assert Topic.CONTACTS not in owed_to(reader, TODAY)


def test_contacts_are_counted_as_the_page_behind_them_counts(town: build.World) -> None:
    for reader, own in ((town.officers[0], True), (town.officers[1], True), (town.chief, False)):
        said, counts = owed_to(reader, TODAY)[Topic.CONTACTS], due_counts(reader, TODAY, own)
        assert (said["overdue"], said["due"]) == (counts.overdue, counts.due)
        assert said["ids"] == [item.enterprise.pk for item in due_list(reader, TODAY, own=own)]


def test_an_issue_waits_for_whoever_makes_the_next_move(town: build.World) -> None:
    posts, firm = town.posts, town.enterprises[0]
    made = {
        "submitted": build.issue(firm, posts["officer0"], due_on=build.days_ago(1)),
        "accepted": build.issue(firm, posts["officer0"], "accepted"),
        "assigned": build.issue(firm, posts["officer0"], "assigned", posts["staff"]),
        "in_progress": build.issue(firm, posts["officer0"], "in_progress", posts["officer1"]),
        "review": build.issue(firm, posts["officer0"], "review", posts["officer0"]),
        "callback": build.issue(firm, posts["officer0"], "callback", posts["officer0"]),
        "closed": build.issue(firm, posts["officer0"], "closed", posts["officer0"]),
    }
    waiting = {
        "chief": (town.chief, {"submitted", "accepted", "review", "callback"}),
        "officer0": (town.officers[0], {"submitted"}),  # whoever handled it does not call back
        "officer1": (town.officers[1], {"in_progress"}),
        "staff": (town.staff, {"assigned"}),
        "leader": (town.leader, set()),
        "consumer": (town.consumer, set()),
    }
    names = {issue.pk: name for name, issue in made.items()}
    for who, (reader, expected) in waiting.items():
        assert {names[row.pk] for row in issues_waiting(reader, TODAY)} == expected, who
    said = owed_to(town.chief, TODAY)[Topic.ISSUES]
    assert (said["waiting"], said["late"], said["ids"][0]) == (4, 1, made["submitted"].pk)


def test_what_waits_can_be_moved_by_whom_it_waits_for(town: build.World) -> None:
    for state in ("submitted", "accepted", "review", "callback"):
        handler = town.posts["officer1"] if state in ("review", "callback") else None
        build.issue(town.enterprises[0], town.posts["officer0"], state, handler)
    for state in ("assigned", "in_progress"):
        for key in ("officer1", "staff", "leader", "liaison"):
            build.issue(town.enterprises[0], town.posts["officer0"], state, town.posts[key])
    readers: list[User] = [town.chief, *town.officers, town.liaison, town.leader, town.staff]
    for reader in readers:
        for issue in issues_waiting(reader, TODAY):
            assert any(move.allowed for move in moves_for(reader, issue, TODAY)), (reader, issue)
    assert Issue.objects.count() == 12


def test_a_chief_is_told_of_vacant_posts_of_the_station(town: build.World) -> None:
    vacant = build.post("grid_officer", town.station)
    acting = build.post("grid_officer", town.station)
    build.seat(acting, build.person(), start=build.days_ago(9), end=build.days_ago(-9), acting=True)
    build.post("grid_officer", town.other)
    assert owed_to(town.chief, TODAY)[Topic.VACANCIES] == {"vacant": 1, "ids": [vacant.pk]}
    assert Topic.VACANCIES not in owed_to(town.officers[0], TODAY)
    assert owed_at(town.station, TODAY)[Topic.VACANCIES] == {"vacant": 1, "ids": []}


def test_a_group_is_told_counts_alone(town: build.World) -> None:
    build.issue(town.enterprises[0], town.posts["officer0"], due_on=build.days_ago(1))
    said = owed_at(town.station, TODAY)
    assert said == {
        "contacts": {"overdue": 3, "due": 1, "ids": []},
        "issues": {"late": 1, "waiting": 1, "ids": []},
    }
    assert counted(said) == ["逾期未联系 3 户", "待联系 1 户", "待办问题 1 件", "其中超期 1 件"]
    assert owed_at(town.other, TODAY) == {}


def test_names_are_those_that_the_reader_may_see_now(town: build.World) -> None:
    officer, firm = town.officers[0], town.enterprises[1]
    issue = build.issue(town.enterprises[0], town.posts["officer0"], title="王师傅的工资")
    content = owed_to(officer, TODAY)
    content[Topic.CONTACTS]["ids"].append(build.enterprise("外站企业", at=town.other).pk)  # as after a transfer
    parts = told(officer, content, TODAY)
    assert [[one.words for one in part.named] for part in parts] == [
        [town.enterprises[0].name, firm.name],
        [f"未编号 {town.enterprises[0].name}"],
    ]
    assert "王师傅" not in repr(parts)
    assert [one.note for one in parts[0].named] == ["逾期 7 个工作日", "待联系 至 09-21"]
    assert (parts[0].url, told(town.chief, content, TODAY)[0].url) == ("/due/?own=1", "/due/")
    Issue.objects.filter(pk=issue.pk).update(withheld=True)
    assert [part.named for part in told(officer, content, TODAY)][1] == []


def test_how_an_enterprise_stands_is_told_to_whom_it_may_be(town: build.World) -> None:
    content = owed_to(town.officers[1], TODAY)
    build.recusal(town.officers[1], town.enterprises[4])  # stays on the register that the officer reads
    ((name, note),) = [(one.words, one.note) for one in told(town.officers[1], content, TODAY)[0].named]
    assert (name, note) == (town.enterprises[4].name, "")


def test_an_officer_who_keeps_away_is_told_nothing_of_the_enterprise(town: build.World) -> None:
    build.recusal(town.officers[1], town.enterprises[4])
    assert owed_to(town.officers[1], TODAY) == {}


TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TIMES, TIMES, TIMES)
def test_quiet_hours_minute_by_minute(start: dt.time, end: dt.time, at: dt.time) -> None:
    """Walk from `start` through the day until `end`: the minutes passed are the quiet ones."""
    minute, quiet = start.hour * 60 + start.minute, False
    while minute != end.hour * 60 + end.minute:
        quiet |= minute == at.hour * 60 + at.minute
        minute = (minute + 1) % 1440
    moment = dt.datetime.combine(TODAY, at, clock.ZONE)
    assert Preference(quiet_from=start, quiet_until=end).quiet_at(moment.astimezone(dt.UTC)) == quiet


def test_what_is_silenced_is_silenced_on_its_channel_alone() -> None:
    wishes = Preference(silenced=["contacts:email"])
    told_on = {(topic, channel) for topic in Topic for channel in Channel if wishes.hears(topic, channel)}
    assert told_on == {(topic, channel) for topic in Topic for channel in Channel} - {(Topic.CONTACTS, Channel.EMAIL)}
