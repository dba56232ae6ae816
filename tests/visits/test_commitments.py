"""承诺事项: made once, overdue by the day, kept (late), broken or withdrawn with a reason."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.core import clock
from crm.visits.enums import CommitmentState
from crm.visits.models import Commitment, Visit
from crm.visits.selectors import commitment_counts, commitments
from crm.visits.services import make_commitment, settle_commitment
from crm.workflows.timeline import timeline
from crm.workflows.visit_report import submit_visit_report
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def world() -> build.World:
    return build.world()


def promised(world: build.World, who: Any = None, **fields: Any) -> Commitment:
    given = {"enterprise": world.enterprises[0], "text": "送政策汇编", "due_on": clock.today() + 9 * DAY}
    return make_commitment(
        actor=who or world.officers[0], client_uuid=fields.pop("client_uuid", uuid.uuid4()), **(given | fields)
    )


def settled(row: Commitment, state: str, who: Any, **fields: Any) -> Commitment:
    fields = {"version": row.version, "reason": "停产"} | fields
    return settle_commitment(actor=who, commitment=row, state=state, **fields)


def test_it_is_made_once_and_belongs_to_the_post(world: build.World) -> None:
    number = uuid.uuid4()
    row = promised(world, client_uuid=number)
    assert (row.post, row.station, row.made_on, row.state) == (
        world.posts["officer0"], world.station, clock.today(), CommitmentState.OPEN,
    )  # fmt: skip
    assert promised(world, client_uuid=number).pk == row.pk
    with pytest.raises(ValidationError) as caught:
        promised(world, client_uuid=number, text="别的")
    assert caught.value.error_dict["client_uuid"][0].code == "conflict"
    for user in (world.leader, world.administrator, world.outsider):
        with pytest.raises(PermissionDenied):
            promised(world, user)


def test_bad_input_is_refused_with_its_field(world: build.World) -> None:
    elsewhere = build.visit(world.enterprises[1], world.posts["officer0"], clock.today())
    for field, fault in {
        "due_on": {"due_on": clock.today() - DAY},
        "text": {"text": "  "},
        "visit": {"visit": elsewhere},
        "post": {"post": world.posts["officer1"]},
    }.items():
        with pytest.raises(ValidationError) as caught:
            promised(world, **fault)
        assert list(caught.value.message_dict) == [field]


def test_it_comes_with_a_visit_report_or_nothing_does(world: build.World) -> None:
    visit = {"enterprise": world.enterprises[0], "visited_on": build.days_ago(2), "outcome": "met"}
    visit |= {"client_uuid": uuid.uuid4()}
    promise = {"text": "一周内答复", "due_on": clock.today(), "client_uuid": uuid.uuid4()}
    with pytest.raises(ValidationError):
        submit_visit_report(actor=world.officers[0], visit=visit, commitment=promise | {"due_on": build.days_ago(9)})
    assert not Visit._base_manager.exists()
    for _ in range(2):
        report = submit_visit_report(actor=world.officers[0], visit=visit, commitment=promise)
    row = Commitment._base_manager.get()
    assert report.repeated
    assert report.commitment == row
    assert (row.visit, row.made_on, row.post) == (report.visit, build.days_ago(2), report.visit.post)


def test_it_is_settled_once_with_the_version_seen(world: build.World) -> None:
    row = promised(world)
    with pytest.raises(ValidationError) as caught:
        settled(row, "kept", world.officers[0], version=row.version + 1)
    assert list(caught.value.message_dict) == ["version"]
    for state in ("broken", "withdrawn"):
        with pytest.raises(ValidationError) as caught:
            settled(row, state, world.officers[0], reason="")
        assert list(caught.value.message_dict) == ["reason"]
    for state, fields in (("open", {}), ("forgotten", {}), ("kept", {"on": clock.today() + DAY})):
        with pytest.raises(ValidationError):
            settled(row, state, world.officers[0], **fields)
    for user in (world.leader, world.officers[1]):  # reads but does not act; does not read
        with pytest.raises(PermissionDenied):
            settled(row, "kept", user)
    row = settled(row, "kept", world.chief, reason="")
    assert (row.state, row.settled_on, row.version, row.kept_late) == ("kept", clock.today(), 2, False)
    with pytest.raises(ValidationError):
        settled(row, "broken", world.chief)
    row = settled(row, "open", world.chief, reason="")
    assert (row.state, row.settled_on) == ("open", None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from(CommitmentState.values)), max_size=6)
)
def test_lists_and_counts_agree_with_a_naive_reading(world: build.World, rows: list[tuple[int, int, str]]) -> None:
    Commitment._base_manager.all().delete()
    today = clock.today()
    for ago, span, state in rows:
        day = None if state == "open" else today - dt.timedelta(days=ago // 2)
        build.commitment(
            world.enterprises[0], world.posts["officer0"], build.days_ago(ago), due_on=build.days_ago(ago) + span * DAY,
            state=state, settled_on=day, reason="x",
        )  # fmt: skip
    everything = list(Commitment._base_manager.all())
    late = {row.pk for row in everything if row.state == "open" and row.due_on < today}
    counts = commitment_counts(world.officers[0], today, own=True)
    assert (counts.open, counts.overdue) == (sum(row.state == "open" for row in everything), len(late))
    assert {row.pk for row in commitments(world.chief, today, "overdue")} == late
    assert {row.pk for row in everything if row.overdue_on(today)} == late
    kept_late = {row.pk for row in everything if row.kept_late}
    assert set(Commitment.objects.all().kept_late().values_list("pk", flat=True)) == kept_late
    order = [(row.state != "open", row.due_on) for row in commitments(world.chief, today)]
    assert order == sorted(order)
    assert len(order) == len(everything)
    assert not commitments(world.officers[1], today).exists()


def test_the_pages_and_the_story(world: build.World) -> None:
    client, row = Client(), world.enterprises[0]
    client.force_login(world.officers[0])
    page = reverse("visits:promise", args=[row.pk])
    assert client.get(page).status_code == 200
    said = {"client_uuid": uuid.uuid4(), "text": "送政策汇编", "due_on": clock.today() + DAY}
    assert client.post(page, said | {"due_on": "x"}).status_code == 422
    assert client.post(page, said).status_code == 302
    made = Commitment._base_manager.get()
    lists = reverse("visits:commitments")
    assert "送政策汇编" in client.get(lists, {"own": "1", "state": "open"}).content.decode()
    settle = reverse("visits:settle", args=[made.pk])
    client.post(settle, {"version": 1, "state": "broken"})
    made.refresh_from_db()
    assert made.state == "open"  # it did not say why
    client.post(settle, {"version": 1, "state": "broken", "reason": "改期"})
    made.refresh_from_db()
    assert made.state == "broken"
    verbs = [item.verb for item in timeline(world.officers[0], row, clock.today(), ["commitment"])]
    assert sorted(verbs) == ["promised", "settled"]
    assert "送政策汇编" in client.get(reverse("enterprises:story", args=[row.pk])).content.decode()
    client.force_login(world.officers[1])
    assert client.post(settle, {"version": 2, "state": "open"}).status_code == 404
