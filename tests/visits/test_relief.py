"""Pauses, exemptions, exceptions: who may, what they change at once, what they leave alone."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.access.grants import grants_of
from crm.core import clock
from crm.core.models import JournalEntry
from crm.visits.enums import Every, Need, ObligationState, Outcome
from crm.visits.models import ContactPause, Exemption, Obligation, PlanMark
from crm.visits.selectors import contact_status, due_list
from crm.visits.services import (
    ask_exemption,
    decide_exemption,
    end_exception,
    end_pause,
    log_visit,
    make_exception,
    pause_contacts,
    plan_obligations,
)
from enterprises.enums import Tier
from enterprises.models import Enterprise
from tests import build
from tests.sessions import overtaking

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def world() -> build.World:
    """Planned on 1 March 2026; the first enterprise leads, so that it owes a visit each month."""
    with clock.fixed(MARCH):
        world = build.world()
        world.enterprises[0].facts.update(tier=Tier.LEAD)
        plan_obligations(actor=world.chief, station=world.station)
    return world


def owed(world: build.World, due: dt.date) -> Obligation:
    return Obligation._base_manager.get(enterprise=world.enterprises[0], due=due)


def state(row: Obligation, day: dt.date) -> str:
    return str(Obligation.objects.with_state(day).get(pk=row.pk).state_today)


def pause(world: build.World, who: Any = None, **fields: Any) -> ContactPause:
    usual = {"start": MARCH + 4 * DAY, "end": MARCH + 44 * DAY, "reason": "停产检修", "client_uuid": uuid.uuid4()}
    return pause_contacts(actor=who or world.chief, enterprise=world.enterprises[0], **(usual | fields))


def test_a_pause_makes_windows_good_and_holds_what_is_open(world: build.World) -> None:
    with clock.fixed(MARCH + 3 * DAY):
        row = pause(world)  # 5 March to 13 April
        assert owed(world, dt.date(2026, 3, 31)).closes == dt.date(2026, 4, 25)  # 4 days before, 12 after
        april = owed(world, dt.date(2026, 4, 30))
        assert (april.opens, april.closes) == (dt.date(2026, 4, 14), dt.date(2026, 4, 30))
        assert contact_status([row.enterprise_id], clock.today())[row.enterprise_id].state == "due"
    with clock.fixed(MARCH + 10 * DAY):
        day = clock.today()
        assert state(owed(world, dt.date(2026, 3, 31)), day) == ObligationState.PAUSED
        status = contact_status([row.enterprise_id], day)[row.enterprise_id]
        assert (status.state, status.paused) == ("no_task", True)
        assert row.enterprise not in [item.enterprise for item in due_list(world.officers[0], day)]
        end_pause(actor=world.chief, pause=row, on=day + 2 * DAY)  # 8 days
        assert owed(world, dt.date(2026, 3, 31)).closes == dt.date(2026, 3, 31)
        april.refresh_from_db()
        assert april.opens == dt.date(2026, 4, 1)
    assert state(owed(world, dt.date(2026, 3, 31)), dt.date(2026, 4, 1)) == ObligationState.OVERDUE


def test_what_was_late_before_a_pause_stays_late(world: build.World) -> None:
    with clock.fixed(dt.date(2026, 4, 3)):
        pause(world, start=dt.date(2026, 4, 3), end=dt.date(2026, 5, 1))
        late = owed(world, dt.date(2026, 3, 31))
        assert (late.closes, state(late, clock.today())) == (dt.date(2026, 3, 31), ObligationState.OVERDUE)


def test_a_pause_is_refused_with_field_and_reason(world: build.World) -> None:
    def refused(**fields: Any) -> list[str]:
        with pytest.raises(ValidationError) as caught:
            pause(world, **fields)
        return list(caught.value.message_dict)

    with clock.fixed(MARCH + 3 * DAY):
        number = uuid.uuid4()
        first = pause(world, client_uuid=number)
        assert pause(world, client_uuid=number) == first
        assert refused(client_uuid=number, reason="别的") == ["client_uuid"]
        assert refused() == ["term"]
        assert refused(start=MARCH - 40 * DAY) == ["start"]
        assert refused(end=MARCH + 4 * DAY) == ["end"]
        assert refused(end=MARCH + 500 * DAY) == ["end"]
        assert refused(start=MARCH + 60 * DAY, end=MARCH + 70 * DAY, reason=" ") == ["reason"]
        for stranger in (*world.officers, world.liaison, world.staff, world.leader, world.outsider):
            with pytest.raises(PermissionDenied):
                pause(world, stranger)
    assert JournalEntry.objects.filter(verb="pause_contacts").count() == 1


def ask(world: build.World, who: Any = None, **fields: Any) -> Exemption:
    usual = {"start": MARCH, "end": MARCH + 61 * DAY, "reason": "整体搬迁中", "client_uuid": uuid.uuid4()}
    return ask_exemption(actor=who or world.officers[0], enterprise=world.enterprises[0], **(usual | fields))


def test_an_exemption_holds_once_another_person_approves(world: build.World) -> None:
    with clock.fixed(MARCH + 3 * DAY):
        row = ask(world)
        assert state(owed(world, dt.date(2026, 3, 31)), clock.today()) == ObligationState.DUE
        with pytest.raises(PermissionDenied):
            decide_exemption(actor=world.officers[0], exemption=row, approve=True)
        decided = decide_exemption(actor=world.chief, exemption=row, approve=True)
        assert (decided.approved_on, decided.asked_post) == (clock.today(), world.posts["officer0"])
        for due in (dt.date(2026, 3, 31), dt.date(2026, 4, 30)):
            assert (owed(world, due).exempt_reason, state(owed(world, due), due)) == (
                "整体搬迁中",
                ObligationState.EXEMPT,
            )
        assert owed(world, dt.date(2026, 5, 31)).exempt_reason == ""
        with pytest.raises(ValidationError) as caught:
            decide_exemption(actor=world.leader, exemption=row, approve=False, reason="x")
        assert "approved_on" in caught.value.message_dict


def test_nobody_approves_what_they_asked(world: build.World) -> None:
    with clock.fixed(MARCH + 3 * DAY):
        row = ask(world, world.chief)
        with pytest.raises(ValidationError) as caught:
            decide_exemption(actor=world.chief, exemption=row, approve=True)
        assert "approved_by" in caught.value.message_dict
        assert decide_exemption(actor=world.leader, exemption=row, approve=True).approved_by


def test_a_declined_exemption_needs_a_reason_and_changes_nothing(world: build.World) -> None:
    with clock.fixed(MARCH + 3 * DAY):
        row = ask(world)
        with pytest.raises(ValidationError) as caught:
            decide_exemption(actor=world.chief, exemption=row, approve=False)
        assert "reason" in caught.value.message_dict
        decide_exemption(actor=world.chief, exemption=row, approve=False, reason="仍在营业")
        assert owed(world, dt.date(2026, 3, 31)).exempt_reason == ""
    for stranger in (world.officers[1], world.outsider, world.staff):
        with pytest.raises(PermissionDenied):
            ask(world, stranger)


def test_an_exception_takes_effect_with_the_next_window(world: build.World) -> None:
    firm = world.enterprises[0]
    quarter = {"tier": "", "need": Need.ONSITE, "every": Every.QUARTER, "reason": "企业要求减少走访"}
    with clock.fixed(MARCH + 3 * DAY):
        for fields in ({"start": MARCH}, {"reason": ""}, {"end": MARCH}):
            with pytest.raises(ValidationError):
                make_exception(
                    actor=world.chief, enterprise=firm, **({"start": clock.today() + DAY} | quarter | fields)
                )
        with pytest.raises(PermissionDenied):
            make_exception(actor=world.officers[0], enterprise=firm, start=clock.today() + DAY, **quarter)
        row = make_exception(actor=world.chief, enterprise=firm, start=clock.today() + DAY, **quarter)
        rows = Obligation._base_manager.filter(enterprise=firm).order_by("due")
        dues = [(one.rule_id == row.pk, one.due) for one in rows]
        assert dues[0] == (False, dt.date(2026, 3, 31))
        assert dues[1:] == [(True, dt.date(2026, 6, 30)), (True, dt.date(2026, 9, 30))]
        end_exception(actor=world.chief, exception=row, on=dt.date(2026, 6, 15))
        dues = [(one.rule_id == row.pk, one.due) for one in rows.all()]
        assert dues[1] == (True, dt.date(2026, 6, 30))
        assert not any(own for own, _due in dues[2:])


def test_a_station_may_ask_nothing_of_a_kind(world: build.World) -> None:
    with clock.fixed(MARCH + 3 * DAY):
        make_exception(
            actor=world.chief, station=world.station, start=dt.date(2026, 4, 1), reason="抗旱期间", tier=Tier.LEAD,
            need=Need.ONSITE, every=Every.NEVER, end=dt.date(2026, 6, 1),
        )  # fmt: skip
        dues = Obligation._base_manager.filter(enterprise=world.enterprises[0]).values_list("due", flat=True)
        assert sorted(due.month for due in dues) == [3, 6, 7, 8, 9]


def test_a_contact_must_record_the_levels_that_a_rule_asks_for(world: build.World) -> None:
    world.regime.rules.filter(tier=Tier.LEAD).update(levels=["team"])
    row = owed(world, dt.date(2026, 3, 31))

    def log(*levels: str) -> dt.date | None:
        log_visit(
            actor=world.officers[0], enterprise=world.enterprises[0], visited_on=clock.today(), outcome=Outcome.MET,
            client_uuid=uuid.uuid4(), levels=levels,
        )  # fmt: skip
        row.refresh_from_db()
        return row.met_on

    with clock.fixed(MARCH + 3 * DAY):
        assert log("enterprise") is None
        assert log("enterprise", "team") == clock.today()


def test_of_two_open_windows_the_one_that_closes_first_is_met(world: build.World) -> None:
    world.regime.rules.filter(tier=Tier.LEAD).update(late_days=10)
    with clock.fixed(MARCH):
        plan_obligations(actor=world.chief, station=world.station)
    march, april = owed(world, dt.date(2026, 3, 31)), owed(world, dt.date(2026, 4, 30))
    assert march.closes == dt.date(2026, 4, 10)
    for number, expected in ((1, (dt.date(2026, 4, 5), None)), (2, (dt.date(2026, 4, 5), dt.date(2026, 4, 6)))):
        with clock.fixed(dt.date(2026, 4, 4 + number)):
            log_visit(
                actor=world.officers[0], enterprise=world.enterprises[0], visited_on=clock.today(),
                outcome=Outcome.MET, client_uuid=uuid.uuid4(),
            )  # fmt: skip
        march.refresh_from_db()
        april.refresh_from_db()
        assert (march.met_on, april.met_on) == expected


@pytest.mark.parametrize("act", [pause, ask])
@pytest.mark.django_db(transaction=True)
def test_a_double_tap_gives_the_same_row(world: build.World, act: Any) -> None:
    number = uuid.uuid4()

    def tap() -> Any:
        with clock.fixed(MARCH + 3 * DAY):
            return act(world, client_uuid=number)

    with clock.fixed(MARCH + 3 * DAY):
        for user in (world.chief, world.officers[0]):
            grants_of(user)  # the first question of a day locks the user: not what keeps them apart here
    first, second = overtaking(tap, tap)
    assert first == second


@pytest.mark.django_db(transaction=True)
def test_each_takes_the_enterprise_before_what_marks_it(world: build.World) -> None:
    """Whoever writes facts or the register holds the enterprise and marks it then; the other way round is a deadlock."""
    chief, firm = world.chief, world.enterprises[0]
    usual: dict[str, Any] = {"need": Need.ONSITE, "every": Every.QUARTER, "reason": "企业要求减少走访"}
    with clock.fixed(MARCH + 3 * DAY):
        paused, asked = pause(world), ask(world)
        rule = make_exception(actor=chief, enterprise=firm, start=clock.today(), **usual)
    acts: list[Callable[[], Any]] = [
        lambda: pause(world, start=MARCH + 60 * DAY, end=MARCH + 70 * DAY),
        lambda: end_pause(actor=chief, pause=paused, on=MARCH + 9 * DAY),
        lambda: decide_exemption(actor=chief, exemption=asked, approve=True),
        lambda: make_exception(actor=chief, enterprise=firm, start=clock.today(), tier=Tier.LEAD, **usual),
        lambda: make_exception(actor=chief, station=world.station, start=clock.today(), **usual),
        lambda: end_exception(actor=chief, exception=rule, on=MARCH + 9 * DAY),
    ]

    def hold() -> None:
        Enterprise._base_manager.select_for_update(no_key=True).get(pk=firm.pk)

    def mark() -> None:
        PlanMark.objects.select_for_update(nowait=True).get(enterprise=firm)

    for act in acts:

        def later(act: Callable[[], Any] = act) -> None:
            with clock.fixed(MARCH + 3 * DAY):
                act()

        assert overtaking(hold, later, mark)[1] is None


def test_an_exception_is_made_by_who_plans_for_the_enterprise(world: build.World) -> None:
    """Naming one's own station beside it gives no right on another station's enterprise."""
    foreign = build.enterprise(at=world.other)
    with clock.fixed(MARCH + 3 * DAY), pytest.raises(PermissionDenied):
        make_exception(
            actor=world.chief, station=world.station, enterprise=foreign, start=clock.today(), reason="x",
            need=Need.ONSITE, every=Every.YEAR,
        )  # fmt: skip
