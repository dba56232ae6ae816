"""企业工会干部: what somebody who speaks for an enterprise reads of it, and that it is all."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from crm.access.grants import grants_of
from crm.access.roles import Right, Role
from crm.access.scope import can
from crm.accounts.models import User
from crm.core import clock
from crm.core.dated import term_from
from crm.coverage.cuts import Cut
from crm.coverage.periods import quarter_of
from crm.coverage.selectors import coverage
from crm.issues.models import Issue, IssueEvent
from crm.issues.services import open_issue
from crm.visits.enums import Every, Need
from crm.visits.models import ContactPause, Exemption, Obligation, RegimeRule, Visit
from crm.visits.services import ask_exemption, log_visit, make_exception
from enterprises.enums import ExitReason
from enterprises.models import ChainNode, Enterprise, EnterpriseContact, EnterpriseSeat, RegisterEntry
from enterprises.selectors import contact_cards, kept_back_among
from enterprises.services import end_cadre, leave_register, seat_cadre
from grids.enums import RecusalKind
from grids.models import Recusal, Responsibility, ResponsibleList
from stations.models import Appointment, Park, Post, Station, TradeUnion
from tests import build
from tests.api.client import Api
from tests.test_stories import signed_in

pytestmark = pytest.mark.django_db
DAY = build.days_ago(9)


@pytest.fixture
def world() -> build.World:
    """The common cast; enterprise 0 has a contact, a visit, an issue and something owed; so has enterprise 1."""
    made = build.world()
    for row in made.enterprises[:2]:
        EnterpriseContact.objects.create(enterprise=row, name="陈某", phone="000-00000001")
        visit = build.visit(row, made.posts["officer0"], build.days_ago(3), notes="职工反映加班多")
        issue = build.issue(row, made.posts["officer0"], visit=visit, category=build.category("living"))
        IssueEvent.objects.create(issue=issue, sequence=1, actor_label="x", verb="open", to_state="submitted")
        build.obligation(row, made.regime.rules.first(), build.days_ago(5), clock.today())  # type: ignore[arg-type]
    return made


def seated(world: build.World, row: Enterprise, who: User | None = None) -> User:
    """Somebody who speaks for the enterprise."""
    user = who or build.user()
    post = build.post(Role.ENTERPRISE_CADRE, world.station)
    assert user.person is not None
    build.seat(post, user.person)
    EnterpriseSeat.objects.create(enterprise=row, post=post, term=build.term_from(DAY))
    return user


def post_of(user: User) -> Post:
    return Post.objects.get(role=Role.ENTERPRISE_CADRE, appointments__person=user.person)


def test_a_cadre_reads_its_own_enterprise_and_nothing_else(world: build.World) -> None:
    row = world.enterprises[0]
    cadre = seated(world, row)
    assert list(Enterprise.objects.visible_to(cadre)) == [row]
    for model in (RegisterEntry, Responsibility, Visit, Obligation, Issue, EnterpriseContact, EnterpriseSeat):
        rows = model.objects.visible_to(cadre)
        assert rows.exists(), model
        assert {one.enterprise_id for one in rows} == {row.pk}, model
    assert IssueEvent.objects.visible_to(cadre).count() == 1
    for model in (TradeUnion, Park, Station, Post, Appointment, ChainNode, ResponsibleList, Recusal):
        assert not model.objects.visible_to(cadre).exists(), model
    grants = grants_of(cadre)
    assert grants is not None
    assert {right for right in Right if grants.station_ids(right) or grants.union_paths(right)} == set()


def test_a_cadre_does_what_its_role_says_on_its_own_enterprise_alone(world: build.World) -> None:
    cadre = seated(world, world.enterprises[0])
    held = {right for right in Right if can(cadre, right, world.enterprises[0])}
    assert held == {
        Right.VIEW_REGISTER, Right.VIEW_VISITS, Right.VIEW_ISSUES, Right.VIEW_COVERAGE, Right.OPEN_ISSUE, Right.CONFIRM_VISIT,
    }  # fmt: skip
    assert not any(can(cadre, right, world.enterprises[1]) for right in Right)


def test_what_was_said_in_confidence_is_not_told_to_the_enterprise(world: build.World) -> None:
    row, officer = world.enterprises[0], world.posts["officer0"]
    cadre = seated(world, row)
    told = Issue.objects.visible_to(cadre).get()
    build.issue(row, officer, category=build.category("living"), withheld=True)
    build.issue(row, officer, category=build.category("pay"))
    raised = build.issue(row, post_of(cadre), category=build.category("pay"), withheld=True)
    elsewhere = build.issue(world.enterprises[1], post_of(cadre), category=build.category("living"))
    assert set(Issue.objects.visible_to(cadre)) == {told, raised}
    assert not can(cadre, Right.VIEW_ISSUES, elsewhere)


def test_the_notes_of_a_visit_are_the_officers(world: build.World) -> None:
    row = world.enterprises[0]
    cadre, visit = seated(world, row), Visit.objects.get(enterprise=row)
    paths = [reverse("visits:detail", args=[visit.pk]), reverse("visits:list"), reverse("visits:export"),
             reverse("enterprises:story", args=[row.pk]), f"/api/v1/visits/{visit.pk}/", "/api/v1/visits/"]  # fmt: skip
    for reader, told in ((cadre, False), (world.officers[0], True)):
        browser = signed_in(reader)
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 200, path
            if "export" not in path:
                assert ("职工反映加班多" in answer.content.decode()) == told, (path, reader)


def test_why_an_enterprise_is_left_alone_is_not_told_to_it(world: build.World) -> None:
    row, day, why = world.enterprises[0], clock.today(), "职工情绪不稳"
    cadre, usual = seated(world, row), {"enterprise": row, "start": day, "reason": why}
    terms = {"term": term_from(day, day + dt.timedelta(20))}
    ContactPause.objects.create(enterprise=row, station=world.station, reason=why, **terms)
    ask_exemption(actor=world.officers[0], end=day + dt.timedelta(60), client_uuid=uuid.uuid4(), **usual)
    make_exception(actor=world.chief, need=Need.PHONE, every=Every.MONTH, **usual)
    owed = build.obligation(
        row, world.regime.rules.first(), day, day + dt.timedelta(9), cancelled_on=day, cancel_reason=why
    )  # type: ignore[arg-type]
    page, detail = reverse("visits:arrange", args=[row.pk]), reverse("enterprises:detail", args=[row.pk])
    asked = {row.pk for model in (ContactPause, Exemption, RegimeRule) for row in model.objects.visible_to(cadre)}
    assert asked == set()
    for reader, told in ((cadre, False), (world.officers[0], True)):
        browser = signed_in(reader)
        assert browser.get(page).status_code == (200 if told else 403)
        assert (page in browser.get(detail).content.decode()) == told
        assert Api(reader).get(f"obligations/{owed.pk}/").json()["cancel_reason"] == (why if told else "")
        for path in (detail, reverse("enterprises:story", args=[row.pk]), "/api/v1/obligations/"):
            answer = browser.get(path)
            assert answer.status_code == 200
            assert told or why not in answer.content.decode(), path


def test_an_officer_who_also_speaks_for_an_enterprise_reads_notes_where_the_officer_does(world: build.World) -> None:
    both = seated(world, world.enterprises[7], world.officers[0])
    build.visit(world.enterprises[7], world.posts["officer1"], DAY, notes="别人的记录")
    answer = Api(both).get("visits/", enterprise=world.enterprises[7].pk).json()
    assert [row["notes"] for row in answer["results"]] == [""]
    answer = Api(both).get("visits/", enterprise=world.enterprises[0].pk).json()
    assert [row["notes"] for row in answer["results"]] == ["职工反映加班多"]


def test_an_officer_keeps_away_from_the_own_unit_and_speaks_for_it(world: build.World) -> None:
    row, officer = world.enterprises[0], world.officers[0]
    build.recusal(officer, row, RecusalKind.OWN_UNIT)
    build.recusal(officer, world.enterprises[2], RecusalKind.OWN_UNIT)  # another own unit makes the first a rival of it
    assert not Visit.objects.visible_to(officer).filter(enterprise=row).exists()
    seated(world, row, officer)
    assert Visit.objects.visible_to(officer).filter(enterprise=row).exists()
    assert can(officer, Right.OPEN_ISSUE, row)
    assert not can(officer, Right.LOG_VISIT, row)
    assert not kept_back_among(officer, [row.pk])


def test_contacts_stay_masked(world: build.World) -> None:
    row = world.enterprises[0]
    (card,) = contact_cards(seated(world, row), [row.pk])[row.pk]
    assert card.phone.masked
    assert card.name.masked
    assert not card.may_reveal


def test_a_seat_is_no_responsibility_and_changes_no_figure(world: build.World) -> None:
    before = {code: (rate.n, rate.d) for code, rate in coverage(cut(world.chief)).items()}
    cadre = seated(world, world.enterprises[6])
    assert {code: (rate.n, rate.d) for code, rate in coverage(cut(world.chief)).items()} == before
    own = coverage(cut(cadre))
    assert (own["responsibility"].n, own["responsibility"].d) == (0, 1)


def test_the_own_figures_count_what_anybody_did(world: build.World) -> None:
    cadre = seated(world, world.enterprises[0])
    rate = coverage(cut(cadre))["contact"]
    assert (rate.n, rate.d) == (1, 1)


def cut(user: User) -> Cut:
    return Cut(user, quarter_of(clock.today()), clock.today())


def test_the_chief_seats_and_ends(world: build.World) -> None:
    row = world.enterprises[0]
    seat = seat_cadre(actor=world.chief, enterprise=row, name="罗某", phone="000-1", start=DAY)
    cadre = build.user(Appointment.objects.get(post=seat.post).person)
    assert list(Enterprise.objects.visible_to(cadre)) == [row]
    assert row.name not in seat.post.title
    with pytest.raises(ValidationError):
        seat_cadre(actor=world.chief, enterprise=row, name="别人", start=clock.today())
    again = seat_cadre(actor=world.chief, enterprise=world.enterprises[1], name="罗某", phone="000-1", start=DAY)
    assert Appointment.objects.get(post=again.post).person == cadre.person  # a joint union's chair
    end_cadre(actor=world.chief, seat=seat, on=clock.today())
    assert list(Enterprise.objects.visible_to(cadre)) == [world.enterprises[1]]
    with pytest.raises(ValidationError):
        end_cadre(actor=world.chief, seat=seat, on=clock.today())


@pytest.mark.parametrize("who", ["staff", "administrator", "outsider", "liaison", "consumer"])
def test_nobody_else_seats_or_ends(world: build.World, who: str) -> None:
    row, actor = world.enterprises[0], getattr(world, who)
    with pytest.raises(PermissionDenied):
        seat_cadre(actor=actor, enterprise=row, name="罗某", start=DAY)
    seat = seat_cadre(actor=world.leader, enterprise=row, name="罗某", start=DAY)
    with pytest.raises(PermissionDenied):
        end_cadre(actor=actor, seat=seat, on=clock.today())


def test_a_seat_ends_with_the_register_and_reaches_at_no_other_station(world: build.World) -> None:
    row = world.enterprises[0]
    cadre = seated(world, row)
    Enterprise.objects.filter(pk=row.pk).update(station=world.other)
    assert not Enterprise.objects.visible_to(cadre).exists()
    Enterprise.objects.filter(pk=row.pk).update(station=world.station)
    leave_register(actor=world.chief, enterprise=row, on=clock.today(), reason=ExitReason.MOVED_OUT)
    assert not EnterpriseSeat.objects.on(clock.today()).exists()
    assert not Enterprise.objects.visible_to(cadre).exists()
    assert not Appointment.objects.on(clock.today()).filter(person=cadre.person).exists()


def test_who_sits_in_another_post_too_keeps_it_when_the_enterprise_leaves(world: build.World) -> None:
    row, officer = world.enterprises[6], world.officers[0]
    seated(world, row, officer)
    leave_register(actor=world.chief, enterprise=row, on=clock.today(), reason=ExitReason.MOVED_OUT)
    sitting = Appointment.objects.ending_after(clock.today()).get(person=officer.person)
    assert sitting.post == world.posts["officer0"]


def test_only_a_cadres_post_speaks(world: build.World) -> None:
    from crm.core.services import service

    @service
    def wrong(**fields: Any) -> None:
        EnterpriseSeat.objects.create(enterprise=world.enterprises[0], term=build.term_from(DAY), **fields)

    for fields in ({"post": world.posts["officer0"]}, {"post": world.posts["officer0"], "role": "grid_officer"}):
        with pytest.raises(ValidationError) as told:
            wrong(**fields)
        assert set(told.value.message_dict) == {"post"}


def test_an_issue_is_raised_in_the_post_that_speaks(world: build.World) -> None:
    row = world.enterprises[0]
    cadre = seated(world, row)
    raised = raise_issue(cadre, row)
    assert raised.post == post_of(cadre)
    with pytest.raises(PermissionDenied):
        raise_issue(cadre, world.enterprises[1])
    both = seated(world, world.enterprises[7], world.officers[1])
    assert (
        raise_issue(both, world.enterprises[1]).post == world.posts["officer1"]
    )  # not in the post of another enterprise
    with pytest.raises(ValidationError):
        raise_issue(both, world.enterprises[1], post=post_of(both))


def test_another_system_speaks_for_no_enterprise(world: build.World) -> None:
    row = world.enterprises[0]
    post = post_of(seated(world, row))
    world.consumer.person.is_service = True  # type: ignore[union-attr]
    world.consumer.person.save()  # type: ignore[union-attr]
    with pytest.raises(ValidationError):
        raise_issue(world.consumer, row, post=post)
    with pytest.raises(ValidationError):
        log_visit(
            actor=world.consumer,
            enterprise=row,
            visited_on=clock.today(),
            outcome="met",
            client_uuid=uuid.uuid4(),
            post=post,
        )


def raise_issue(user: User, row: Enterprise, **fields: Any) -> Issue:
    category = build.category("living")
    return open_issue(
        actor=user, enterprise=row, title="夜班用餐", category=category, client_uuid=uuid.uuid4(), **fields
    )


def test_the_enterprises_page_names_and_ends_a_cadre(world: build.World) -> None:
    row = world.enterprises[0]
    path = reverse("enterprises:cadre", args=[row.pk])
    chief = signed_in(world.chief)
    chief.post(path, {"name": "罗春燕", "phone": "000-1"})
    assert "罗春燕" in chief.get(reverse("enterprises:detail", args=[row.pk])).content.decode()
    chief.post(path, {"name": ""})
    assert not EnterpriseSeat.objects.on(clock.today()).exists()
    assert signed_in(world.officers[0]).post(path, {"name": "罗"}).status_code in (403, 404)


def test_the_home_page_of_a_cadre(world: build.World) -> None:
    browser = signed_in(seated(world, world.enterprises[0]))
    page = browser.get("/").content.decode()
    assert world.enterprises[0].name in page
    assert reverse("visits:detail", args=[Visit.objects.get(enterprise=world.enterprises[0]).pk]) in page
    assert world.posts["officer0"].title in page
    assert world.enterprises[1].name not in page
    EnterpriseSeat.objects.all().delete()
    assert "没有对应的企业" in browser.get("/").content.decode()
