"""What officers' posts are kept from: 回避, 对驻站员不公开, figures of rivals. A whole reach is not cut."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from crm.access.roles import Right, Role
from crm.access.scope import can, holds_at
from crm.core import clock
from crm.issues.models import Issue, IssueEvent
from crm.issues.selectors import possible_handlers
from crm.issues.services import open_issue, withhold_issue
from crm.visits.models import Obligation, Visit
from crm.visits.services import log_visit
from enterprises.enums import CandidateSource, SeatKind
from enterprises.models import Candidate, ChainSeat, Enterprise, EnterpriseContact, EnterpriseFact, FigureConsent
from enterprises.selectors import contact_cards, kept_back_among
from grids.enums import RecusalKind
from grids.models import Recusal
from grids.services import assign_enterprises, end_recusal, record_consent, record_recusal, withdraw_consent
from tests import build
from tests.api.client import Api
from tests.test_stories import signed_in

pytestmark = pytest.mark.django_db
KEPT = (RecusalKind.OWN_UNIT, RecusalKind.COMPETITOR, RecusalKind.COUNTERPARTY)
WORK = (Right.VIEW_CONTACTS, Right.VIEW_VISITS, Right.VIEW_ISSUES, Right.VIEW_COVERAGE, Right.LOG_VISIT, Right.OPEN_ISSUE,
        Right.ACCEPT_ISSUE, Right.HANDLE_ISSUE, Right.CALL_BACK)  # fmt: skip


@pytest.fixture
def world() -> build.World:
    """The common cast; officer 0 has visited the first enterprise and opened an issue there, the liaison answers too."""
    made = build.world()
    row, post = made.enterprises[0], made.posts["officer0"]
    EnterpriseContact.objects.create(enterprise=row, name="陈某", phone="000-00000001")
    visit = build.visit(row, post, build.days_ago(3))
    build.issue(row, post, visit=visit, number="T-0", state="assigned", handler=post)
    build.obligation(row, made.regime.rules.first(), build.days_ago(5), clock.today())  # type: ignore[arg-type]
    build.responsible(row, made.posts["liaison"], chain=made.chain)
    return made


def records(user: Any, row: Enterprise) -> list[int]:
    """How many visits, obligations, issues and events of the enterprise the user sees."""
    shown = (model.objects.visible_to(user).filter(enterprise=row) for model in (Visit, Obligation, Issue))
    return [rows.count() for rows in shown]


@pytest.mark.parametrize("kind", KEPT)
@pytest.mark.parametrize("who", ["officer", "liaison"])
def test_a_recusal_takes_the_work_and_leaves_the_register(world: build.World, kind: str, who: str) -> None:
    row = world.enterprises[0]
    user = world.officers[0] if who == "officer" else world.liaison
    assert records(user, row) == [1, 1, 1]
    build.recusal(user, row, kind)
    assert records(user, row) == [0, 0, 0]
    assert Enterprise.objects.visible_to(user).filter(pk=row.pk).exists()
    for right in WORK:
        assert not can(user, right, row), right
    assert not holds_at(user, Right.LOG_VISIT, world.station.pk, row.pk)
    assert holds_at(user, Right.LOG_VISIT, world.station.pk, world.enterprises[1].pk)
    for whole in (world.chief, world.leader, world.staff, world.consumer):
        assert records(whole, row) == [1, 1, 1]
    assert can(world.officers[0], Right.VIEW_VISITS, world.enterprises[1])


def test_a_recusal_of_another_day_or_a_wish_takes_nothing(world: build.World) -> None:
    row, user = world.enterprises[0], world.officers[0]
    build.recusal(user, row, RecusalKind.WISH)
    build.recusal(user, row, start=build.days_ago(9), end=clock.today())
    build.recusal(user, row, start=build.days_ago(-1))
    build.recusal(world.officers[1], row)
    assert records(user, row) == [1, 1, 1]
    build.recusal(user, row, RecusalKind.OWN_UNIT, start=clock.today())
    assert records(user, row) == [0, 0, 0]


def test_the_acts_are_refused_and_the_forms_not_offered(world: build.World) -> None:
    row, user = world.enterprises[0], world.officers[0]
    client = signed_in(user)
    page = reverse("enterprises:detail", args=[row.pk])
    offers = reverse("visits:log", args=[row.pk])
    assert offers in client.get(page).content.decode()
    build.recusal(user, row)
    shown = client.get(page).content.decode()
    assert offers not in shown
    assert client.get(offers).status_code == 404
    assert contact_cards(user, [row.pk])[row.pk][0].may_reveal is False
    with pytest.raises(PermissionDenied):
        log_visit(actor=user, enterprise=row, visited_on=clock.today(), outcome="met", client_uuid=row.client_uuid)


def test_whoever_is_also_the_stations_chief_keeps_the_whole_reach(world: build.World) -> None:
    row = world.enterprises[0]
    person = world.officers[0].person
    assert person is not None
    build.recusal(world.officers[0], row)
    build.seat(world.posts["chief"], person, clock.today(), build.days_ago(-9), acting=True)
    assert records(world.officers[0], row) == [1, 1, 1]
    assert holds_at(world.officers[0], Right.LOG_VISIT, world.station.pk, row.pk)
    # at another station the same person stays an officer alone
    there, post = build.holder(Role.GRID_OFFICER, at=world.other)
    theirs = build.enterprise(at=world.other)
    build.visit(theirs, post, build.days_ago(2))
    build.seat(post, person, clock.today(), build.days_ago(-9), acting=True)
    build.responsible(theirs, post)
    assert records(world.officers[0], theirs)[0] == 1
    build.recusal(world.officers[0], theirs)
    assert records(world.officers[0], theirs)[0] == 0
    assert records(there, theirs)[0] == 1


def test_recusals_are_recorded_by_the_chief_and_read_by_chief_and_district(world: build.World) -> None:
    person, row = world.officers[0].person, world.enterprises[0]
    assert person is not None
    for user in (world.officers[0], world.liaison, world.leader, world.staff, world.consumer, world.outsider):
        with pytest.raises(PermissionDenied):
            record_recusal(actor=user, person=person, enterprise=row, kind="competitor", start=clock.today())
    made = record_recusal(actor=world.chief, person=person, enterprise=row, kind="competitor", start=clock.today())
    for user in (world.chief, world.leader, world.staff):
        assert list(Recusal.objects.visible_to(user)) == [made]
    for user in (*world.officers, world.liaison, world.consumer, world.administrator, world.outsider):
        assert not Recusal.objects.visible_to(user).exists()
    with pytest.raises(ValidationError) as twice:
        record_recusal(actor=world.chief, person=person, enterprise=row, kind="competitor", start=clock.today())
    assert set(twice.value.message_dict) == {"person"}
    for who, at in ((build.person(), row), (world.chief.person, row)):
        with pytest.raises(ValidationError) as none:
            record_recusal(actor=world.chief, person=who, enterprise=at, kind="wish", start=clock.today())  # type: ignore[arg-type]
        assert set(none.value.message_dict) == {"person"}
    assert records(world.officers[0], row) == [0, 0, 0]
    end_recusal(actor=world.chief, recusal=made, on=clock.today())
    assert records(world.officers[0], row) == [1, 1, 1]
    assert not Recusal.objects.exists()  # it never held


@pytest.mark.parametrize("kind", RecusalKind.values)
def test_nothing_is_assigned_to_an_officer_who_keeps_away(world: build.World, kind: str) -> None:
    build.recusal(world.officers[1], world.enterprises[6], kind)
    told = assign_enterprises(
        actor=world.chief, post=world.posts["officer1"], enterprises=world.enterprises[6:8], start=clock.today()
    )
    assert (told.done, [refusal.id for refusal in told.refused]) == (1, [world.enterprises[6].pk])
    told = assign_enterprises(
        actor=world.chief, post=world.posts["officer0"], enterprises=world.enterprises[6:8], start=clock.today()
    )
    assert (told.done, told.refused) == (2, [])


# ------------------------------------------------------------------------------------------------------ 对驻站员不公开
def test_a_withheld_issue_is_not_there_for_grid_officers(world: build.World) -> None:
    row = world.enterprises[0]
    post = world.posts["officer0"]
    issue = build.issue(
        row, post, withheld=True, visit=Visit.objects.get(), number="T-1", state="assigned", handler=post
    )
    IssueEvent.objects.create(issue=issue, sequence=1, actor_label="x", verb="open", to_state="submitted")
    for user in (world.chief, world.liaison, world.leader, world.staff, world.consumer):
        assert issue in Issue.objects.visible_to(user), user
        assert issue.events.get() in IssueEvent.objects.visible_to(user)
    for user in world.officers:
        assert issue not in Issue.objects.visible_to(user)
        assert not IssueEvent.objects.visible_to(user).filter(issue=issue).exists()
    client = signed_in(world.officers[0])
    assert client.get(reverse("issues:detail", args=[issue.pk])).status_code == 404
    ledger = client.get(reverse("visits:list")).content.decode()
    assert "1 件" in ledger  # the open one alone is counted
    assert "2 件" not in ledger


def test_who_withholds_and_who_does_not(world: build.World) -> None:
    row, category = world.enterprises[0], build.category()
    given = {"enterprise": row, "title": "夜班用餐", "category": category, "withheld": True}

    def opened(user: Any) -> Issue:
        return open_issue(actor=user, client_uuid=build.uuid.uuid4(), **given)  # type: ignore[arg-type]

    for user in (world.chief, world.liaison):
        assert opened(user).withheld
    with pytest.raises(ValidationError) as told:
        opened(world.officers[0])
    assert set(told.value.message_dict) == {"withheld"}
    assert Issue.objects.filter(title="夜班用餐").count() == 2
    mine = Issue.objects.filter(title="夜班用餐")[0]
    for user in (world.officers[0], world.officers[1], world.staff, world.consumer, world.outsider):
        with pytest.raises(PermissionDenied):
            withhold_issue(actor=user, issue=mine, withheld=False, version=mine.version)
    for user, value in ((world.leader, False), (world.liaison, True), (world.chief, False)):
        assert withhold_issue(actor=user, issue=mine, withheld=value, version=mine.version).withheld is value
    with pytest.raises(ValidationError) as stale:
        withhold_issue(actor=world.chief, issue=mine, withheld=True, version=1)
    assert set(stale.value.message_dict) == {"version"}
    handled = Issue.objects.get(number="T-0")
    with pytest.raises(ValidationError) as busy:
        withhold_issue(actor=world.chief, issue=handled, withheld=True, version=handled.version)
    assert set(busy.value.message_dict) == {"withheld"}


def test_a_withheld_issue_or_a_recused_officer_is_no_choice_of_handler(world: build.World) -> None:
    today = clock.today()
    issue = Issue.objects.select_related("station__union").get()
    officers = {world.posts["officer0"], world.posts["officer1"]}
    assert officers <= set(possible_handlers(issue, today))
    build.recusal(world.officers[1], issue.enterprise)
    assert world.posts["officer1"] not in possible_handlers(issue, today)
    assert world.posts["officer0"] in possible_handlers(issue, today)
    issue.withheld = True
    assert not officers & set(possible_handlers(issue, today))
    assert world.posts["liaison"] in possible_handlers(issue, today)


def test_the_visit_form_keeps_what_was_heard_from_grid_officers_for_those_who_may(world: build.World) -> None:
    row = world.enterprises[0]
    page = reverse("visits:log", args=[row.pk])
    sent = {
        "visited_on": clock.today().isoformat(), "outcome": "met", "has_issue": "yes", "issue_title": "夜班用餐",
        "issue_category": build.category().pk, "issue_withheld": "on",
    }  # fmt: skip
    for number, (user, may) in enumerate(((world.chief, True), (world.liaison, True), (world.officers[0], False))):
        client = signed_in(user)
        assert ('name="issue_withheld"' in client.get(page).content.decode()) == may
        number_of_form = f"00000000-0000-4000-8000-00000000000{number}"
        assert client.post(page, sent | {"client_uuid": number_of_form}).status_code == 302
        assert Issue.objects.order_by("pk").last().withheld == may  # type: ignore[union-attr]


# -------------------------------------------------------------------------------------------------- figures of rivals
def figures_shown(user: Any, row: Enterprise) -> Any:
    api = Api(user).get(f"enterprises/{row.pk}/").json()["facts"]["workers"]
    listed = signed_in(user).get(reverse("enterprises:list"), {"q": row.name}).content.decode()
    page = signed_in(user).get(reverse("enterprises:detail", args=[row.pk])).content.decode()
    assert ("777" in listed, "777" in page) == (api.get("value") == 777,) * 2
    return api


def test_figures_of_a_rival_are_masked_without_its_consent(world: build.World) -> None:
    unit, rival, stranger = world.enterprises[5], world.enterprises[0], world.enterprises[6]
    EnterpriseFact.objects.filter(enterprise__in=(unit, rival, stranger)).update(workers=777, industrial_workers=7)
    ChainSeat.objects.create(
        chain=world.chain, post=world.posts["liaison"], kind=SeatKind.CONTACT, term=build.term_from(build.days_ago(50))
    )
    open_figure = {"value": 777, "unit": "人", "qualifier": ""}
    for user in (world.officers[0], world.liaison):
        assert figures_shown(user, rival) == open_figure
        build.recusal(user, unit, RecusalKind.OWN_UNIT)
        assert figures_shown(user, rival) == {"masked": True, "hint": ""}
        assert kept_back_among(user, [rival.pk, unit.pk]) == {rival.pk}
        assert figures_shown(user, unit) == open_figure
    assert figures_shown(world.officers[0], stranger) == open_figure  # on no chain of theirs
    for user in (world.officers[1], world.chief, world.leader, world.consumer):
        assert figures_shown(user, rival) == open_figure
    with pytest.raises(PermissionDenied):
        record_consent(actor=world.officers[0], enterprise=rival, given_by="王经理", start=clock.today())
    record_consent(actor=world.chief, enterprise=rival, given_by="王经理", start=clock.today())
    assert figures_shown(world.officers[0], rival) == open_figure
    withdraw_consent(actor=world.chief, enterprise=rival, on=clock.today())
    assert not FigureConsent.objects.exists()
    assert figures_shown(world.officers[0], rival) == {"masked": True, "hint": ""}
    with pytest.raises(ValidationError):
        withdraw_consent(actor=world.chief, enterprise=rival, on=clock.today())


def test_wages_and_disputes_of_a_rival_are_not_there(world: build.World) -> None:
    row, user, post = world.enterprises[0], world.officers[0], world.posts["officer0"]
    kept = [build.issue(row, post, category=build.category(code)) for code in ("pay", "disputes")]
    others = build.issue(row, post, category=build.category("skills"))
    build.recusal(user, world.enterprises[5], RecusalKind.OWN_UNIT)
    found = set(Issue.objects.visible_to(user))
    assert others in found
    assert not found & set(kept)
    assert set(kept) <= set(Issue.objects.visible_to(world.chief))
    FigureConsent.objects.create(
        enterprise=row, given_by="王经理", term=build.term_from(clock.today() - dt.timedelta(1))
    )
    assert set(kept) <= set(Issue.objects.visible_to(user))


def test_a_rival_that_one_reaches_as_a_whole_keeps_nothing_back(world: build.World) -> None:
    """Officer at one station and chief at another, of which the rival is a candidate only."""
    row, user, post = world.enterprises[0], world.officers[0], world.posts["officer0"]
    kept = build.issue(row, post, category=build.category("pay"))
    build.recusal(user, world.enterprises[5], RecusalKind.OWN_UNIT)
    row.register_entries.all().delete()
    Enterprise.objects.filter(pk=row.pk).update(station=None)
    assert user.person is not None
    build.seat(build.post(Role.CHIEF, at=world.other), user.person)
    assert kept not in Issue.objects.visible_to(user)
    Candidate.objects.create(enterprise=row, station=world.other, source=CandidateSource.ENTERED)
    assert kept in Issue.objects.visible_to(user)
    on_the_chain = {one.pk for one in world.enterprises[1:5]}  # and not one's own unit, nor on no chain at all
    assert kept_back_among(user, [one.pk for one in world.enterprises]) == on_the_chain
    assert IssueEvent.objects.visible_to(user).filter(issue=kept).count() == kept.events.count()


def test_the_page_of_recusals(world: build.World) -> None:
    page = reverse("grids:recusals", args=[world.station.pk])
    client = signed_in(world.chief)
    person = world.officers[0].person
    assert person is not None
    sent = {
        "person": person.pk,
        "enterprise": world.enterprises[0].name,
        "kind": "wish",
        "start": clock.today().isoformat(),
    }
    assert client.post(page, sent | {"enterprise": "无此企业"}).status_code == 422
    assert client.post(page, sent | {"person": 999}).status_code == 422
    assert client.post(page, sent).status_code == 302
    for user in (world.chief, world.leader, world.staff):
        assert world.enterprises[0].name in signed_in(user).get(page).content.decode()
    assert signed_in(world.officers[0]).get(page).status_code == 403
    row = Recusal.objects.get()
    assert signed_in(world.leader).post(reverse("grids:recusal_end", args=[row.pk])).status_code == 403
    assert client.post(reverse("grids:recusal_end", args=[row.pk])).status_code == 302
    assert not Recusal.objects.exists()
