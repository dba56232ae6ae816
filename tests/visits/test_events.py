"""集中活动: one entry gives each enterprise that signed in its contact; taken back, it goes with what it met."""

import datetime as dt
import random
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from crm.access.roles import Role
from crm.core import clock
from crm.coverage.cuts import Cut
from crm.coverage.periods import quarter_of
from crm.coverage.selectors import coverage
from crm.visits.enums import EVENT_MODES, Need, Outcome
from crm.visits.models import ContactEvent, Invitation, Obligation, Visit
from crm.visits.selectors import events_seen, invitable, sign_in_list
from crm.visits.services import confirm_visit, hold_event, invite_to_event, log_visit, sign_in
from enterprises.models import Enterprise, EnterpriseSeat
from tests import build
from tests.sessions import at_once

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def world() -> build.World:
    return build.world()


def held(world: build.World, rows: list[Enterprise] | None = None, who: Any = None, **fields: Any) -> ContactEvent:
    given = {"held_on": clock.today(), "title": "集中宣讲", "place": "会议室", "mode": "lecture"}
    given |= {"client_uuid": uuid.uuid4()} | fields
    event = hold_event(actor=who or world.chief, station=world.station, **given)
    if rows:
        invite_to_event(actor=who or world.chief, event=event, enterprises=rows)
    return event


def owed(world: build.World, row: Enterprise, need: str, opens: int = 20, closes: int = -20) -> Obligation:
    rule = world.regime.rules.filter(need=need).order_by("pk")[0]
    return build.obligation(row, rule, build.days_ago(opens), build.days_ago(closes))


def signed(event: ContactEvent) -> set[int]:
    return set(Invitation.objects.filter(event=event, signed=True).values_list("enterprise_id", flat=True))


def test_who_signs_in_has_a_contact_that_counts_but_not_on_site(world: build.World) -> None:
    rows = world.enterprises[:3]
    any_, phone, onsite = (owed(world, rows[0], need) for need in (Need.ANY, Need.PHONE, Need.ONSITE))
    event = held(world, rows, topics=["reform"], service_kinds=["publicity"])
    outcome = sign_in(actor=world.chief, event=event, present={rows[0].pk: 3, rows[1].pk: None})
    assert (outcome.done, outcome.unchanged, outcome.refused) == (2, 0, [])
    visits = {visit.enterprise_id: visit for visit in Visit._base_manager.all()}
    assert set(visits) == {rows[0].pk, rows[1].pk}
    one = visits[rows[0].pk]
    assert (one.event_id, one.mode, one.outcome, one.topics) == (event.pk, "lecture", Outcome.MET, ["reform"])
    assert (one.post, one.visitor, one.proxy) == (world.posts["chief"], world.chief.person, True)
    for duty in (any_, phone, onsite):
        duty.refresh_from_db()
    assert (any_.met_by_id, any_.met_on) == (one.pk, event.held_on)
    assert phone.met_by_id is onsite.met_by_id is None
    rates = coverage(Cut(world.chief, quarter_of(clock.today()), clock.today()))
    assert (rates["contact"].n, rates["visit"].n) == (2, 0)


def test_signing_in_twice_gives_one_contact_and_two_phones_do_not_hinder_each_other(world: build.World) -> None:
    rows = world.enterprises[:3]
    event = held(world, rows)
    assert sign_in(actor=world.chief, event=event, present={rows[0].pk: 2}, version=event.version).done == 1
    again = sign_in(actor=world.chief, event=event, present={rows[0].pk: 2, rows[1].pk: 1}, version=event.version)
    assert (again.done, again.unchanged) == (1, 1)
    assert Visit._base_manager.count() == 2 == len(signed(event))


def test_a_correction_needs_the_version_that_was_seen(world: build.World) -> None:
    row, other = world.enterprises[:2]
    event = held(world, [row, other])
    sign_in(actor=world.chief, event=event, present={row.pk: 2})
    for wrong in ({"present": {row.pk: 5}}, {"present": {}, "absent": [row.pk]}):
        for version in (None, event.version):
            with pytest.raises(ValidationError) as caught:
                sign_in(actor=world.chief, event=event, version=version, **wrong)  # type: ignore[arg-type]
            assert list(caught.value.message_dict) == ["version"]
    event.refresh_from_db()
    sign_in(actor=world.chief, event=event, present={row.pk: 5}, version=event.version)
    assert Invitation.objects.get(event=event, enterprise=row).persons == 5
    event.refresh_from_db()
    sign_in(actor=world.chief, event=event, present={}, absent=[row.pk], version=event.version)
    assert signed(event) == set()
    assert not Visit._base_manager.exists()
    event.refresh_from_db()
    sign_in(actor=world.chief, event=event, present={row.pk: 1}, version=event.version)  # and in again
    assert Visit._base_manager.get().enterprise_id == row.pk


def test_taken_back_what_it_met_is_owed_again_or_met_by_the_next_contact(world: build.World) -> None:
    row, other = world.enterprises[:2]
    duty, second = owed(world, row, Need.ANY), owed(world, other, Need.ANY)
    event = held(world, [row, other], held_on=clock.today() - 3 * DAY)
    sign_in(actor=world.chief, event=event, present={row.pk: 2, other.pk: 1})
    later = log_visit(
        actor=world.officers[0], enterprise=row, visited_on=clock.today(), outcome="met", client_uuid=uuid.uuid4()
    )
    event.refresh_from_db()
    sign_in(actor=world.chief, event=event, present={}, absent=[row.pk, other.pk], version=event.version)
    duty.refresh_from_db(), second.refresh_from_db()
    assert (duty.met_by_id, duty.met_on) == (later.pk, clock.today())
    assert second.met_by_id is None


def test_a_contact_on_which_an_issue_hangs_stays(world: build.World) -> None:
    row = world.enterprises[0]
    event = held(world, [row])
    sign_in(actor=world.chief, event=event, present={row.pk: 2})
    build.issue(row, world.posts["officer0"], visit=Visit._base_manager.get())
    event.refresh_from_db()
    with pytest.raises(ValidationError) as caught:
        sign_in(actor=world.chief, event=event, present={}, absent=[row.pk], version=event.version)
    assert list(caught.value.message_dict) == ["absent"]
    assert signed(event) == {row.pk}


def test_a_contact_that_the_enterprise_has_answered_for_from_its_account_stays(world: build.World) -> None:
    row = world.enterprises[0]
    event = held(world, [row])
    sign_in(actor=world.chief, event=event, present={row.pk: 2})
    visit = Visit._base_manager.get()
    cadre, post = build.holder(Role.ENTERPRISE_CADRE, world.station)
    EnterpriseSeat.objects.create(enterprise=row, post=post, term=build.term_from(build.days_ago(9)))
    confirm_visit(visit=visit, by=cadre, answer="true")
    event.refresh_from_db()
    with pytest.raises(ValidationError) as caught:
        sign_in(actor=world.chief, event=event, present={}, absent=[row.pk], version=event.version)
    assert list(caught.value.message_dict) == ["absent"]


def test_bad_input_is_refused_with_its_field(world: build.World) -> None:
    for field, fault in {
        "held_on": {"held_on": clock.today() + 400 * DAY},
        "mode": {"mode": "onsite"},
        "topics": {"topics": ["reform", "union", "skills", "safety"]},
        "title": {"title": "<b>x</b>"},
        "post": {"post": world.posts["officer1"]},
    }.items():
        with pytest.raises(ValidationError) as caught:
            held(world, **fault)
        assert list(caught.value.message_dict) == [field]
    ahead = held(world, world.enterprises[:1], held_on=clock.today() + DAY)
    with pytest.raises(ValidationError) as caught:
        sign_in(actor=world.chief, event=ahead, present={world.enterprises[0].pk: 1})
    assert list(caught.value.message_dict) == ["held_on"]
    with pytest.raises(ValidationError) as caught:
        sign_in(actor=world.chief, event=held(world), present={world.enterprises[0].pk: 0})
    assert list(caught.value.message_dict) == ["persons"]


def test_sent_twice_it_is_one_event_and_other_content_is_a_conflict(world: build.World) -> None:
    number = uuid.uuid4()
    first = held(world, client_uuid=number)
    assert held(world, client_uuid=number).pk == first.pk
    with pytest.raises(ValidationError) as caught:
        held(world, client_uuid=number, title="座谈")
    assert caught.value.error_dict["client_uuid"][0].code == "conflict"


def test_who_may_and_whom(world: build.World) -> None:
    for user in (world.leader, world.staff, world.administrator, world.outsider):
        with pytest.raises(PermissionDenied):
            held(world, who=user)
    stranger = build.enterprise(at=world.other)
    late = build.enterprise(at=world.station, since=clock.today())
    event = held(world, held_on=clock.today() - DAY)
    outcome = invite_to_event(actor=world.chief, event=event, enterprises=[stranger, late, world.enterprises[0]])
    assert (outcome.done, [one.id for one in outcome.refused]) == (1 + 1, [stranger.pk])
    outcome = sign_in(actor=world.chief, event=event, present={late.pk: 1, stranger.pk: 1, world.enterprises[0].pk: 1})
    assert (outcome.done, [one.id for one in outcome.refused]) == (1, [late.pk])  # not yet on the register that day


def test_an_officer_reads_and_signs_in_own_enterprises_and_all_of_an_event_of_ones_own(world: build.World) -> None:
    rows = world.enterprises
    event = held(world, rows[:6])
    assert {line.enterprise_id for line in sign_in_list(world.officers[0], event)} == {row.pk for row in rows[:4]}
    sign_in(actor=world.officers[0], event=event, present={row.pk: 1 for row in rows[:6]})
    assert signed(event) == {row.pk for row in rows[:4]}
    mine = held(world, rows[:6], who=world.officers[1])
    assert len(sign_in_list(world.officers[1], mine)) == 6
    build.recusal(world.officers[1], rows[0])
    assert {line.enterprise_id for line in sign_in_list(world.officers[1], mine)} == {row.pk for row in rows[1:6]}
    seen = {one.pk: (one.invited, one.came) for one in events_seen(world.officers[0])}
    assert seen[event.pk] == (4, 4)
    assert not events_seen(world.outsider).exists()


def test_those_owed_a_group_contact_stand_first(world: build.World) -> None:
    rows = world.enterprises
    owed(world, rows[5], Need.ANY, closes=-5)
    owed(world, rows[6], Need.ANY, closes=5)
    owed(world, rows[4], Need.ONSITE)
    event = held(world, rows[:1])
    found = invitable(world.chief, event)
    assert [row.pk for row in found.rows[:2]] == [rows[6].pk, rows[5].pk]
    assert {row.pk for row in found.rows} == {row.pk for row in rows[1:]}
    assert found.total == 7
    assert [row.pk for row in invitable(world.chief, event, owed=True).rows] == [rows[6].pk, rows[5].pk]
    assert {row.until for row in invitable(world.officers[0], event).rows} == {None}  # not of one's own enterprises


def test_two_hundred_cost_what_two_cost(world: build.World) -> None:
    rows = [build.enterprise(at=world.station) for _ in range(202)]
    for row in rows:
        build.responsible(row, world.posts["officer0"])
        owed(world, row, Need.ANY)
    counts = []
    for some in (rows[:2], rows[2:]):
        event = held(world)
        with CaptureQueriesContext(connection) as asked:
            invite_to_event(actor=world.chief, event=event, enterprises=some)
            sign_in(actor=world.chief, event=event, present={row.pk: 2 for row in some})
            event.refresh_from_db()
            sign_in(actor=world.chief, event=event, present={}, absent=[row.pk for row in some], version=event.version)
        counts.append([query["sql"][:90] for query in asked])
    assert len(counts[0]) == len(counts[1]) <= 60, counts


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_sign_ins_agrees_with_a_naive_reading(world: build.World, seed: int) -> None:
    """After random sign-ins and corrections: a contact for each that is signed in, and each duty met iff one could."""
    dice = random.Random(seed)
    rows = world.enterprises
    duties = [owed(world, row, Need.ANY, opens=dice.randint(0, 9), closes=dice.randint(-9, 0)) for row in rows]
    events = [held(world, rows, held_on=build.days_ago(dice.randint(0, 12))) for _ in range(2)]
    for _ in range(8):
        event = dice.choice(events)
        event.refresh_from_db()
        chosen = dice.sample(rows, 4)
        present = {row.pk: dice.choice((None, 1, 7)) for row in chosen[:2]}
        sign_in(
            actor=world.chief,
            event=event,
            present=present,
            absent=[row.pk for row in chosen[2:]],
            version=event.version,
        )
    for event in events:
        contacts = Visit._base_manager.filter(event=event).values_list("enterprise_id", flat=True)
        assert sorted(contacts) == sorted(signed(event))
    for duty in duties:
        duty.refresh_from_db()
        days = [one.visited_on for one in Visit._base_manager.filter(enterprise=duty.enterprise_id)]
        able = [day for day in days if day >= duty.opens]
        assert (duty.met_on in able) if able else (duty.met_on is None)


@pytest.mark.django_db(transaction=True)
def test_two_sessions_sign_the_same_in_once() -> None:
    world = build.world()
    event = held(world, world.enterprises)
    present: dict[int, int | None] = {row.pk: 1 for row in world.enterprises}
    answers = at_once(*[lambda: sign_in(actor=world.chief, event=event, present=present)] * 3)
    assert sorted(answer.done for answer in answers) == [0, 0, 8]
    assert Visit._base_manager.count() == 8


def test_the_pages_lead_from_a_new_event_to_the_sheet(world: build.World) -> None:
    owed(world, world.enterprises[0], Need.ANY)
    client = Client()
    client.force_login(world.chief)
    new = reverse("visits:event_new", args=[world.station.pk])
    assert client.get(new).status_code == 200
    assert client.post(new, {"client_uuid": uuid.uuid4(), "title": ""}).status_code == 422
    said = {
        "client_uuid": uuid.uuid4(),
        "title": "宣讲",
        "held_on": clock.today(),
        "place": "大厅",
        "mode": EVENT_MODES[0][0],
    }
    response = client.post(new, said)
    event = ContactEvent._base_manager.get()
    assert response["Location"] == (choose := reverse("visits:event_invite", args=[event.pk]))
    assert client.get(choose, {"owed": "1", "q": "春田", "tier": "general"}).status_code == 200
    ids = [row.pk for row in world.enterprises[:3]]
    assert client.post(choose, {"enterprises": [*ids, "x"]}).status_code == 302
    page = reverse("visits:event", args=[event.pk])
    assert client.get(page).content.decode().count('name="signed"') == 3
    sign = reverse("visits:event_sign", args=[event.pk])
    client.post(sign, {"signed": ids[:2], f"persons-{ids[0]}": "4", "was": "", "version": "1"})
    assert signed(event) == set(ids[:2])
    stale = client.post(sign, {"signed": ids[:1], "was": f"{ids[0]},{ids[1]}", "version": "1"})
    assert stale.status_code == 422
    client.post(sign, {"signed": ids[:1], f"persons-{ids[0]}": "4", "was": f"{ids[0]},{ids[1]}", "version": "2"})
    assert signed(event) == set(ids[:1])
    sheet = client.get(reverse("visits:event_sheet", args=[event.pk]))
    import io

    lines = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert len(lines) == 1 + 3 + 10
    assert lines[0][1:] == ["企业", "参加人数", "签名", "电话"]
    visit = Visit._base_manager.get()
    assert "宣讲" in client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    client.force_login(world.leader)
    assert client.get(page).status_code == 200
    assert client.get(choose).status_code in (403, 404)
