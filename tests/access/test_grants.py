"""What follows from several posts at once, and from one request to the next day."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.access.grants import grants_of, one_request
from crm.access.roles import Right, Role
from crm.access.scope import figures_kept_back, holds_at, holds_there
from crm.accounts.models import User
from crm.core import clock
from crm.issues.models import Issue
from crm.visits.models import Visit
from enterprises.enums import SeatKind
from enterprises.models import Chain, ChainSeat, Enterprise, EnterpriseContact
from stations.enums import UnionLevel
from stations.models import Post, TradeUnion
from stations.services import end_appointment
from tests import build

pytestmark = pytest.mark.django_db
DAY = build.days_ago(0) - build.days_ago(1)


@pytest.fixture
def world() -> build.World:
    return build.world()


def test_a_station_is_an_officers_only_where_that_officer_sits(world: build.World) -> None:
    """Grid officer here, liaison officer and acting chief at the neighbour's."""
    user = world.officers[0]
    assert user.person is not None
    build.seat(build.post(Role.LIAISON, at=world.other), user.person)
    acting = build.post(Role.CHIEF, at=world.other)
    build.seat(acting, user.person, end=build.days_ago(-9), acting=True)
    grants = grants_of(user)
    assert grants is not None
    here, there = frozenset({world.station.pk}), frozenset({world.other.pk})
    assert grants.station_ids(Right.LOG_VISIT) == here | there
    assert grants.officer_station_ids(Role.GRID_OFFICER, Right.LOG_VISIT) == here
    assert grants.officer_station_ids(Role.LIAISON, Right.LOG_VISIT) == there
    assert grants.whole_station_ids(Right.LOG_VISIT) == there
    # what the chief may do there, the officer's post does not do with
    assert grants.station_ids(Right.MANAGE_REGISTER) == there
    for role in (Role.GRID_OFFICER, Role.LIAISON):
        assert grants.officer_station_ids(role, Right.MANAGE_REGISTER) == frozenset()


def test_what_one_keeps_away_from_is_ones_own_for_the_register_alone(world: build.World) -> None:
    user, rows = world.officers[0], world.enterprises[:4]
    build.recusal(user, rows[0])
    grants = grants_of(user)
    assert grants is not None
    assert grants.own_enterprise_ids(Right.VIEW_VISITS) == {row.pk for row in rows[1:]}
    assert grants.kept_from(Right.VIEW_VISITS) == {rows[0].pk}
    for right in (Right.VIEW_STATION, Right.VIEW_REGISTER):
        assert grants.kept_from(right) == frozenset()


def test_within_a_request_grants_are_asked_for_once(world: build.World) -> None:
    grants_of(world.liaison)
    user = User.objects.get(pk=world.liaison.pk)  # as the next request reads it
    with one_request():
        first = grants_of(user)
        assert first is not None
        first.own_enterprise_ids(Right.VIEW_VISITS)
        first.chain_enterprise_ids(Right.VIEW_REGISTER)
        with CaptureQueriesContext(connection) as queries:
            again = grants_of(user)
            assert again is first
            again.own_enterprise_ids(Right.VIEW_ISSUES)
            again.chain_enterprise_ids(Right.VIEW_REGISTER)
        assert len(queries) == 0
        with clock.fixed(clock.today() + DAY):
            assert grants_of(user) is not first
    assert grants_of(user) is not first


def test_a_chain_reaches_no_further_than_its_liaison_officer(world: build.World) -> None:
    for user in (world.officers[0], world.chief, world.leader):
        grants = grants_of(user)
        assert grants is not None
        assert grants.chain_enterprise_ids(Right.VIEW_REGISTER) == frozenset()


def test_nobody_without_an_active_account_has_grants(world: build.World) -> None:
    user = world.officers[0]
    assert grants_of(user) is not None
    user.is_active = False
    assert grants_of(user) is None
    for nobody in (user, AnonymousUser()):
        assert grants_of(nobody) is None
        assert not Enterprise.objects.filter(figures_kept_back(nobody)).exists()
        assert holds_at(nobody, Right.LOG_VISIT, world.station.pk) is False
        assert holds_there(nobody, Right.VIEW_VISITS, world.station.pk) is False


def test_what_changes_within_a_request_holds_within_it(world: build.World) -> None:
    user = world.officers[0]
    assert user.person is not None
    with one_request():
        before = grants_of(user)
        assert before is not None
        assert before.station_ids(Right.LOG_VISIT)
        end_appointment(actor=None, appointment=user.person.appointments.get(), on=clock.today())
        after = grants_of(User.objects.get(pk=user.pk))
        assert after is not None
        assert not after.station_ids(Right.LOG_VISIT)


def test_an_officer_holds_what_is_their_own_at_their_own_station_alone(world: build.World) -> None:
    user = world.officers[0]
    assert holds_there(user, Right.VIEW_VISITS, world.station.pk)
    assert not holds_there(user, Right.VIEW_VISITS, world.other.pk)
    assert not holds_there(user, Right.MANAGE_REGISTER, world.station.pk)
    assert holds_there(world.leader, Right.VIEW_VISITS, world.station.pk)


def test_a_union_grant_reaches_the_subtree_and_nothing_beside_it(world: build.World) -> None:
    """Rows that hang on unions: below the leader's own all, above what one belongs to, beside nothing."""
    below = build.union("街道工会", world.district, level=UnionLevel.TOWNSHIP)
    beside = TradeUnion.objects.get(name="邻区总工会")
    rows = {of: (build.post(Role.DISTRICT_STAFF, of=of), build.chain(of)) for of in (world.district, below, beside)}
    shown = (Post.objects.visible_to(world.leader), Chain.objects.visible_to(world.leader))
    for of, (post, chain) in rows.items():
        assert (post in shown[0], chain in shown[1]) == (of != beside,) * 2, of
    assert {below, world.district} <= set(TradeUnion.objects.visible_to(world.leader))
    assert beside not in TradeUnion.objects.visible_to(world.leader)
    # an officer sees to whom the station belongs, and no posts there
    city = TradeUnion.objects.get(name="市总工会")
    assert set(TradeUnion.objects.visible_to(world.officers[0])) == {city, world.district}
    assert not Post.objects.visible_to(world.officers[0]).filter(union__isnull=False).exists()


def test_a_seat_in_a_chain_opens_the_register_and_not_the_people(world: build.World) -> None:
    term = build.term_from(build.days_ago(50))
    ChainSeat.objects.create(chain=world.chain, post=world.posts["liaison"], kind=SeatKind.CONTACT, term=term)
    mine, chained = world.enterprises[7], world.enterprises[0]
    build.responsible(mine, world.posts["liaison"], chain=world.chain)
    for row in (mine, chained):
        EnterpriseContact.objects.create(enterprise=row, name="陈某", phone="000-1")
        build.visit(row, world.posts["officer0"], build.days_ago(2))
    assert {mine, chained} <= set(Enterprise.objects.visible_to(world.liaison))
    for model in (EnterpriseContact, Visit):
        assert {row.enterprise for row in model.objects.visible_to(world.liaison)} == {mine}


def test_what_ones_own_post_has_written_stays_in_sight(world: build.World) -> None:
    """A 代访 at a colleague's enterprise, and the issue heard there."""
    user, post, row = world.officers[1], world.posts["officer1"], world.enterprises[0]
    own, foreign = (
        build.visit(row, post, build.days_ago(2)),
        build.visit(row, world.posts["officer0"], build.days_ago(2)),
    )
    issue = build.issue(row, post, visit=own)
    assert set(Visit.objects.visible_to(user)) == {own}
    assert set(Issue.objects.visible_to(user)) == {issue}
    assert set(Visit.objects.visible_to(world.officers[0])) == {own, foreign}
