"""包保责任清单: 拟定, 报审, 审定, 印发; numbers without gaps; what is released stays."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.core import clock
from crm.core.models import JournalEntry
from enterprises.enums import Tier
from enterprises.models import ChainLeader, EnterpriseContact
from grids.enums import LIST_MOVES, ListState
from grids.models import ResponsibleList, ResponsibleListLine
from grids.selectors import diff_lists
from grids.services import (
    approve_list,
    assign_enterprises,
    discard_draft,
    draft_list,
    release_enterprises,
    release_list,
    return_list,
    submit_list,
)
from tests import build
from tests.queries import queries_of

DAY = dt.timedelta(days=1)

# the move that leads from a list in one state to the next, and who makes it
WAY: dict[str, tuple[str, Callable[..., Any]]] = {
    "submitted": ("chief", submit_list),
    "approved": ("leader", approve_list),
    "released": ("chief", release_list),
}


def draft(world: build.World, **said: Any) -> ResponsibleList:
    return draft_list(**{"actor": world.chief, "station": world.station} | said)


def brought_to(world: build.World, state: str) -> ResponsibleList:
    row = draft(world)
    for step, (who, move) in WAY.items():
        if row.state == state:
            break
        row = move(actor=getattr(world, who), responsible_list=row, version=row.version)
        assert row.state == step
    return row


def lines(row: ResponsibleList) -> list[ResponsibleListLine]:
    return list(row.lines.all())


# --- The way of a list ------------------------------------------------------------------------------------------------


def test_a_list_goes_from_draft_to_release(world: build.World) -> None:
    row = brought_to(world, "released")
    assert (row.state, row.version) == (ListState.RELEASED, 4)
    assert (row.drafted_by, row.approved_by, row.released_by) == (str(world.chief), str(world.leader), str(world.chief))
    assert row.released_on == clock.today()
    assert row.submitted_at
    assert row.approved_at
    verbs = list(JournalEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["draft_list", "submit_list", "approve_list", "release_list"]


def test_a_returned_list_is_a_draft_again_with_the_reason(world: build.World) -> None:
    row = brought_to(world, "approved")
    row = return_list(actor=world.leader, responsible_list=row, version=row.version, reason=" 第5户已迁出 ")
    assert (row.state, row.return_reason, row.approved_by, row.approved_at) == ("draft", "第5户已迁出", "", None)
    assert JournalEntry.objects.latest("pk").verb == "return_list"
    row = submit_list(actor=world.chief, responsible_list=row, version=row.version)
    assert approve_list(actor=world.leader, responsible_list=row, version=row.version).return_reason == ""


MOVES: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "submit": ("chief", "submitted", submit_list),
    "approve": ("leader", "approved", approve_list),
    "return": ("leader", "draft", lambda **said: return_list(reason="改", **said)),
    "release": ("chief", "released", release_list),
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", ListState.values)
def test_each_move_from_each_state_is_done_or_told(world: build.World, state: str, move: str) -> None:
    row = brought_to(world, state)
    who, after, call = MOVES[move]
    if after in LIST_MOVES[state]:
        assert call(actor=getattr(world, who), responsible_list=row, version=row.version).state == after
        return
    with pytest.raises(ValidationError) as told:
        call(actor=getattr(world, who), responsible_list=row, version=row.version)
    assert set(told.value.message_dict) == {"state"}
    assert ResponsibleList.objects.get(pk=row.pk).state == state


@pytest.mark.parametrize(
    ("state", "move", "who"),
    [
        ("draft", "submit", ("leader", "staff", "liaison", "outsider", "consumer")),
        ("submitted", "approve", ("chief", "staff", "liaison", "outsider", "consumer", "administrator")),
        ("submitted", "return", ("chief", "staff", "liaison", "outsider")),
        ("approved", "release", ("liaison", "outsider", "consumer", "administrator")),
    ],
)
def test_a_move_needs_its_right(world: build.World, state: str, move: str, who: tuple[str, ...]) -> None:
    row = brought_to(world, state)
    for name in who:
        with pytest.raises(PermissionDenied):
            MOVES[move][2](actor=getattr(world, name), responsible_list=row, version=row.version)
    assert ResponsibleList.objects.get(pk=row.pk).state == state


def test_the_district_releases_too(world: build.World) -> None:
    row = brought_to(world, "approved")
    assert release_list(actor=world.staff, responsible_list=row, version=row.version).released_by == str(world.staff)


def test_nobody_approves_their_own_draft(world: build.World) -> None:
    """Not the label decides: another person of the drafter's name may approve."""
    build.seat(build.post("district_leader", of=world.district), world.chief.person)  # type: ignore[arg-type]
    row = brought_to(world, "submitted")
    with pytest.raises(ValidationError):
        approve_list(actor=world.chief, responsible_list=row, version=row.version)
    person = world.leader.person
    assert person is not None
    person.name = str(world.chief)
    person.save()
    assert approve_list(actor=world.leader, responsible_list=row, version=row.version).state == "approved"


def test_a_return_needs_a_reason(world: build.World) -> None:
    row = brought_to(world, "submitted")
    with pytest.raises(ValidationError) as told:
        return_list(actor=world.leader, responsible_list=row, version=row.version, reason=" ")
    assert set(told.value.message_dict) == {"reason"}


@pytest.mark.parametrize("move", MOVES)
def test_a_move_on_an_old_version_is_a_conflict(world: build.World, move: str) -> None:
    state = {"submit": "draft", "approve": "submitted", "return": "submitted", "release": "approved"}[move]
    row = brought_to(world, state)
    with pytest.raises(ValidationError) as told:
        MOVES[move][2](actor=getattr(world, MOVES[move][0]), responsible_list=row, version=row.version - 1)
    assert told.value.error_dict["version"][0].code == "conflict"


# --- Numbers, the same form twice, drafts thrown away -----------------------------------------------------------------


def test_numbers_follow_each_other_per_station(world: build.World) -> None:
    first = brought_to(world, "released")
    second = draft(world)
    assert (first.number, second.number, second.previous) == (1, 2, first)
    assert str(second) == f"{world.station.paper_code}〔{clock.today().year}〕2号"
    for move in (submit_list, approve_list, release_list):
        actor = world.leader if move is approve_list else world.chief
        second = move(actor=actor, responsible_list=second, version=second.version)
    third = draft(world)
    assert (third.number, third.previous) == (3, second)
    neighbour, _post = build.holder("chief", at=world.other)
    assert draft_list(actor=neighbour, station=world.other).number == 1


def test_a_draft_thrown_away_gives_its_number_back(world: build.World) -> None:
    row = draft(world)
    discard_draft(actor=world.chief, responsible_list=row, version=row.version)
    assert draft(world).number == 1
    assert ResponsibleListLine.objects.values("responsible_list").distinct().count() == 1


@pytest.mark.parametrize("state", ["submitted", "approved", "released"])
def test_only_a_draft_is_thrown_away(world: build.World, state: str) -> None:
    row = brought_to(world, state)
    with pytest.raises(ValidationError) as told:
        discard_draft(actor=world.chief, responsible_list=row, version=row.version)
    assert set(told.value.message_dict) == {"state"}


def test_one_open_list_at_a_time(world: build.World) -> None:
    draft(world)
    with pytest.raises(ValidationError) as told:
        draft(world)
    assert set(told.value.message_dict) == {"station"}


def test_the_same_form_sent_twice_gives_the_same_list(world: build.World) -> None:
    number = uuid.uuid4()
    assert draft(world, client_uuid=number) == draft(world, client_uuid=number)
    neighbour, _post = build.holder("chief", at=world.other)
    with pytest.raises(ValidationError) as told:
        draft_list(actor=neighbour, station=world.other, client_uuid=number)
    assert told.value.error_dict["client_uuid"][0].code == "conflict"


def test_a_draft_speaks_of_no_future_day_and_ends_after_it(world: build.World) -> None:
    for field, said in (("day", {"day": clock.today() + DAY}), ("valid_until", {"valid_until": clock.today()})):
        with pytest.raises(ValidationError) as told:
            draft(world, **said)
        assert set(told.value.message_dict) == {field}


def test_only_the_chief_drafts(world: build.World) -> None:
    neighbour, _post = build.holder("chief", at=world.other)
    for actor in (world.leader, world.staff, world.officers[0], world.outsider, neighbour):
        with pytest.raises(PermissionDenied):
            draft(world, actor=actor)


# --- Lines ------------------------------------------------------------------------------------------------------------


def test_a_line_per_enterprise_for_which_an_officer_answers(world: build.World) -> None:
    found = lines(draft(world))
    assert {line.enterprise_id for line in found} == {row.pk for row in world.enterprises[:6]}
    assert [line.position for line in found] == [1, 2, 3, 4, 5, 6]
    assert [line.grid_name for line in found] == ["第1网格"] * 4 + ["第2网格"] * 2


def test_a_line_says_all_columns_of_the_paper(world: build.World) -> None:
    row = build.enterprise(
        "昆明列名有限公司", at=world.station, tier=Tier.KEY, workers=50, park=world.station.home_park, building="3栋"
    )
    EnterpriseContact.objects.create(enterprise=row, name="陈某", title="人事", phone="000-5", is_primary=True)
    build.on_node(row, world.nodes[1])
    assign_enterprises(actor=world.chief, post=world.posts["officer1"], enterprises=[row], start=build.days_ago(3))
    assign_enterprises(
        actor=world.chief, post=world.posts["liaison"], enterprises=[row], start=build.days_ago(3), chain=world.chain
    )
    line = draft(world, valid_until=clock.today() + 365 * DAY).lines.get(enterprise=row)
    assert (line.enterprise_name, line.uscc, line.tier, line.workers) == (row.name, row.uscc, "key", 50)
    assert line.place == f"{world.station.home_park.name} 3栋"
    assert line.nodes == f"{world.chain.name}·环节2"
    assert line.contact == {"name": "陈某", "title": "人事", "phone": "000-5"}
    assert (line.chief_name, line.officer_name) == (str(world.chief), str(world.officers[1]))
    assert (line.liaison_names, line.grid_name) == (str(world.liaison), "第2网格")
    assert line.phones == {
        key: person.phone
        for key, person in (
            ("officer", world.officers[1].person),
            ("chief", world.chief.person),
            ("liaison", world.liaison.person),
        )
        if person is not None
    }
    assert line.frequency
    assert (line.start, line.end, line.note) == (build.days_ago(3), clock.today() + 365 * DAY, "")


def test_an_acting_officer_and_a_vacancy_are_said(world: build.World) -> None:
    for place in (0, 1):
        seat = world.posts[f"officer{place}"].appointments.get()
        seat.term = build.term_from(seat.start, build.days_ago(9))
        seat.save()
    build.seat(
        world.posts["officer0"],
        world.officers[1].person,  # type: ignore[arg-type]
        build.days_ago(9),
        clock.today() + 5 * DAY,
        acting=True,
    )
    by_grid = {line.grid_name: line for line in draft(world).lines.all()}
    acting, vacant = by_grid["第1网格"], by_grid["第2网格"]
    assert (acting.officer_name, acting.acting_name) == ("", str(world.officers[1]))
    assert acting.acting_until == clock.today() + 4 * DAY
    assert str(world.officers[1]) in acting.note
    assert (vacant.officer_name, vacant.acting_name) == ("", "")
    assert "9" in vacant.note


def test_a_list_of_an_earlier_day_says_what_held_then(world: build.World) -> None:
    then = build.days_ago(20)
    assign_enterprises(
        actor=world.chief, post=world.posts["officer1"], enterprises=world.enterprises[:1], start=then + DAY
    )
    line = draft(world, day=then).lines.get(enterprise=world.enterprises[0])
    assert (line.officer_name, line.grid_name) == (str(world.officers[0]), "第1网格")
    assert line.end == then


def test_a_lead_firm_off_the_register_is_listed_when_an_officer_answers(world: build.World) -> None:
    lead = build.enterprise()
    ChainLeader.objects.create(chain=world.chain, enterprise=lead, term=build.term_from(build.days_ago(9)))
    build.responsible(lead, world.posts["officer0"])
    assert draft(world).lines.filter(enterprise=lead).exists()


def test_what_was_drafted_stays_while_the_days_go_on(world: build.World) -> None:
    row = draft(world)
    before = list(row.lines.values())
    assign_enterprises(
        actor=world.chief, post=world.posts["officer1"], enterprises=world.enterprises, start=clock.today()
    )
    assert list(row.lines.values()) == before


def test_a_list_against_the_one_before(world: build.World) -> None:
    first = brought_to(world, "released")
    rows = world.enterprises
    release_enterprises(actor=world.chief, post=world.posts["officer1"], enterprises=[rows[5]], on=clock.today())
    assign_enterprises(
        actor=world.chief, post=world.posts["officer1"], enterprises=[rows[0], rows[6]], start=clock.today()
    )
    diff = diff_lists(first, draft(world), world.chief)
    assert [line.enterprise_id for line in diff.added] == [rows[6].pk]
    assert [line.enterprise_id for line in diff.removed] == [rows[5].pk]
    (pair,) = diff.moved
    assert [line.officer_post for line in pair] == [world.posts["officer0"], world.posts["officer1"]]
    assert len(diff_lists(None, first, world.chief).added) == 6


def test_the_queries_do_not_grow_with_the_lines(world: build.World) -> None:
    def redraft() -> None:
        row = draft(world)
        discard_draft(actor=world.chief, responsible_list=row, version=row.version)

    few = queries_of(world.chief, redraft)
    for _ in range(12):
        row = build.enterprise(at=world.station)
        build.responsible(row, world.posts["officer0"])
        build.on_node(row, world.nodes[0])
    assert queries_of(world.chief, redraft) == few
