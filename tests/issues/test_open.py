"""Opening an issue: by whom, in which post, once per client UUID."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.access.roles import Role
from crm.core import clock
from crm.core.models import JournalEntry
from crm.issues.categories import DEFAULTS
from crm.issues.models import Issue, IssueCategory, IssueEvent
from crm.issues.services import open_issue
from tests import build
from tests.issues.cast import Cast

DAY = dt.timedelta(days=1)


def write(cast: Cast, who: str = "officer", **fields: Any) -> Issue:
    said = {
        "enterprise": cast.enterprise,
        "title": "夜班津贴无标准",
        "category": build.category(),
        "client_uuid": uuid.uuid4(),
    }
    return open_issue(actor=cast.people[who], **{**said, **fields})


def refused(cast: Cast, who: str = "officer", **fields: Any) -> str:
    """The fields that were complained of; nothing was written."""
    before = Issue.objects.count()
    with pytest.raises(ValidationError) as caught:
        write(cast, who, **fields)
    assert (Issue.objects.count(), IssueEvent.objects.count()) == (before, before)
    return " ".join(caught.value.message_dict)


def test_an_officer_writes_down_what_was_raised(cast: Cast) -> None:
    issue = write(
        cast, title="　夜班津贴无标准 ", text="三班倒，无津贴", urgency="urgent", kind="blockage", simple=True
    )
    issue.refresh_from_db()
    assert (issue.title, issue.text, issue.state, issue.version) == ("夜班津贴无标准", "三班倒，无津贴", "submitted", 1)
    assert (issue.urgency, issue.kind, issue.simple, issue.number) == ("urgent", "blockage", True, None)
    assert (issue.station, issue.post) == (cast.world.station, cast.posts["officer"])
    assert issue.raised_on == clock.today()
    event, entry = IssueEvent.objects.get(), JournalEntry.objects.get()
    assert (event.verb, event.sequence, event.from_state, event.to_state, event.post) == (
        "open", 1, "", "submitted", issue.post,
    )  # fmt: skip
    assert (entry.verb, entry.object_id, entry.enterprise_id) == ("open_issue", issue.pk, cast.enterprise.pk)


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("chief", True), ("officer", True), ("liaison", True), ("colleague", True), ("leader", False), ("staff", False),
        ("administrator", False), ("outsider", False), ("foreign_chief", False),
    ],
)  # fmt: skip
def test_who_may_open(cast: Cast, who: str, may: bool) -> None:
    if may:
        assert write(cast, who).post == cast.posts[who]
    else:
        with pytest.raises(PermissionDenied):
            write(cast, who)
        assert not Issue.objects.exists()


def test_another_system_names_the_post_for_which_it_speaks(cast: Cast) -> None:
    person = cast.people["consumer"].person
    person.is_service = True
    person.save()
    assert refused(cast, "consumer") == "post"
    assert refused(cast, "consumer", post=cast.posts["foreign_chief"]) == "post"
    assert refused(cast, "consumer", post=cast.posts["leader"]) == "post"
    assert write(cast, "consumer", post=cast.posts["liaison"]).post == cast.posts["liaison"]


def test_a_post_that_is_not_ones_own_is_refused(cast: Cast) -> None:
    assert refused(cast, post=cast.posts["chief"]) == "post"
    assert write(cast, post=cast.posts["officer"]).post == cast.posts["officer"]


def test_of_a_day_on_which_one_held_no_post(cast: Cast) -> None:
    assert refused(cast, raised_on=build.days_ago(750)) == "post"
    assert write(cast, raised_on=build.days_ago(20)).raised_on == build.days_ago(20)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": " 　"}, "title"),
        ({"title": "长" * 81}, "title"),
        ({"title": "<b>急</b>"}, "title"),
        ({"text": "看不见\u202e的字"}, "text"),
        ({"text": "长" * 4001}, "text"),
        ({"urgency": "at once"}, "urgency"),
        ({"kind": "rumour"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"raised_on": "tomorrow"}, "raised_on"),
    ],
)
def test_what_is_wrong_is_named(cast: Cast, fields: dict[str, Any], field: str) -> None:
    if fields.get("raised_on"):
        fields = {"raised_on": clock.today() + DAY}
    assert refused(cast, **fields) == field


def test_a_category_out_of_use(cast: Cast) -> None:
    row = build.category("care")
    row.active = False
    row.save()
    assert refused(cast, category=row) == "category"


def test_an_enterprise_on_no_register(cast: Cast) -> None:
    cast.enterprise.station = None
    cast.enterprise.save()
    with pytest.raises(PermissionDenied):  # also who still answers for it: issues begin with the register
        write(cast)


def test_raised_during_a_visit(cast: Cast) -> None:
    visit = build.visit(cast.enterprise, cast.posts["officer"], build.days_ago(2))
    assert write(cast, visit=visit).visit == visit
    other = build.visit(cast.world.enterprises[1], cast.posts["officer"], build.days_ago(2))
    assert refused(cast, visit=other) == "visit"


def test_it_belongs_to_the_station_at_which_the_visit_was_made(cast: Cast) -> None:
    visit = build.visit(cast.enterprise, cast.posts["officer"], build.days_ago(2))
    person = cast.people["officer"].person
    assert person is not None
    build.seat(build.post(Role.LIAISON, at=cast.world.other), person)
    cast.enterprise.station = cast.world.other
    cast.enterprise.save()
    assert write(cast, visit=visit).station == cast.world.station


def test_the_same_form_twice_is_one_issue(cast: Cast) -> None:
    number = uuid.uuid4()
    first = write(cast, client_uuid=number, text=" 三班倒 ")
    assert write(cast, client_uuid=number, text="三班倒") == first
    with clock.fixed(clock.today() + 3 * DAY):  # sent again from the drawer
        assert write(cast, client_uuid=number, text="三班倒") == first
    cast.move("chief", first, "accept", kind="request")
    assert write(cast, client_uuid=number, text="三班倒").state == "accepted"
    assert (Issue.objects.count(), IssueEvent.objects.count(), JournalEntry.objects.count()) == (1, 2, 2)


@pytest.mark.parametrize("name", ["title", "text", "category", "urgency", "simple", "raised_on", "visit", "enterprise"])
def test_other_content_under_the_same_number_is_a_conflict(cast: Cast, name: str) -> None:
    number = uuid.uuid4()
    write(cast, client_uuid=number)
    other = {
        "title": "另一件事",
        "text": "补充",
        "category": build.category("safety"),
        "urgency": "urgent",
        "simple": True,
        "raised_on": build.days_ago(1),
        "visit": build.visit(cast.enterprise, cast.posts["officer"], build.days_ago(2)),
        "enterprise": cast.world.enterprises[1],
    }
    with pytest.raises(ValidationError) as caught:
        write(cast, client_uuid=number, **{name: other[name]})
    assert caught.value.error_dict["client_uuid"][0].code == "conflict"
    assert Issue.objects.count() == 1


def test_somebody_else_s_number_tells_nothing(cast: Cast) -> None:
    """Whoever may not open an issue there learns neither that one exists nor what it says."""
    number = uuid.uuid4()
    write(cast, client_uuid=number)
    with pytest.raises(PermissionDenied):
        write(cast, "outsider", client_uuid=number)
    elsewhere = build.enterprise(at=cast.world.other)
    with pytest.raises(ValidationError) as caught:
        write(cast, "foreign_chief", client_uuid=number, enterprise=elsewhere)
    assert caught.value.error_dict["client_uuid"][0].code == "conflict"


def test_the_categories_of_a_new_installation(db: None) -> None:
    names = list(IssueCategory.objects.values_list("code", "name", "union_matter"))
    assert names == [(code, name, own) for code, name, _handler, own in DEFAULTS]
    assert [code for code, _name, own in names if not own] == ["business"]
