"""`manage.py generate`: valid rows, the same for the same seed, as unevenly spread as they are meant to be."""

import datetime as dt
import hashlib
import itertools
from collections import defaultdict
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import Count, F, Model
from stdnum.cn import uscc

from crm.access.roles import Right
from crm.access.scope import can
from crm.accounts.models import Person, User
from crm.core import clock
from crm.core.services import cleaned
from crm.core.text import pinyin
from crm.issues.enums import STEPS, IssueState, Move
from crm.issues.models import Issue, IssueEvent
from crm.visits.models import Obligation, Visit
from crm.visits.services import plan_obligations
from crm.visits.services.log import meet, needs_met
from crm.visits.services.plan import _Known
from crm.visits.windows import month_after
from crm.workflows.generate import Refused, generate, people, records, trade
from crm.workflows.generate.shape import shape
from crm.workflows.generate.words import credit_code
from enterprises.models import Enterprise, RegisterEntry
from grids.models import Responsibility
from stations.models import Station, StationGrant, TradeUnion, UnionGrant
from tests import build

pytestmark = pytest.mark.django_db
FIRMS, VISITS, SEED = 300, 5, 7
OURS = ("accounts", "stations", "enterprises", "grids", "visits", "issues")
A_FIFTH = 0.2
GRANTS = (StationGrant, UnionGrant)  # the stations' own projection, in no order


@pytest.fixture
def country() -> None:
    generate(FIRMS, VISITS, SEED)


@pytest.fixture
def eventful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A country in which what is rare happens often: people change, records come late, enterprises leave."""
    monkeypatch.setattr(records, "DELAYS", (*[0] * 60, *[3] * 8, *[50] * 60))
    monkeypatch.setattr(trade, "REASSIGNED", 0.6)
    monkeypatch.setattr(trade, "LEFT", 0.2)
    monkeypatch.setattr(people, "HANDOVERS", 0.8)
    generate(FIRMS, VISITS, SEED)


def our_models() -> list[type[Model]]:
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in OURS]
    return [model for model in found if model not in GRANTS]


def rows(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def content() -> dict[str, str]:
    """{table: hash of its rows}; `grants_day` and keys of grants apart, every column of every row."""
    return {
        model._meta.db_table: hashlib.sha256(
            repr(sorted(model._base_manager.values_list(), key=repr)).encode()
        ).hexdigest()
        for model in our_models()
    }


def in_a_new_database(seed: int) -> dict[str, str]:
    """What is generated when the sequences stand where they stood, taken back afterwards."""
    sequences = rows("SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), last_value FROM pg_sequences")
    with transaction.atomic():
        generate(FIRMS, VISITS, seed)
        found = content()
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        for name, last in sequences:
            cursor.execute("SELECT setval(%s, %s, %s)", [name, last or 1, last is not None])
    return found


def schema() -> list[tuple[object, ...]]:
    """Every constraint and index of the database by its definition."""
    return rows(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint UNION ALL"
        " SELECT tablename, indexname, indexdef, true FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2, 3"
    )


# -------------------------------------------------------------------------------------------------------- rows are valid
def test_every_field_of_every_row_is_valid_and_the_schema_is_as_before() -> None:
    before = schema()
    generate(FIRMS, VISITS, SEED)
    assert schema() == before
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for model in our_models():
        for row in model._base_manager.all():
            cleaned(row)
    assert Enterprise.objects.count() == Enterprise.objects.filter(is_sample=True).count() == FIRMS
    assert Visit.objects.count() == FIRMS * VISITS


def test_keys_go_on_after_the_generated_ones(country: None) -> None:
    last = Enterprise.objects.latest("pk").pk
    assert build.enterprise(at=build.station()).pk == last + 1


def test_the_union_tree_is_whole(country: None) -> None:
    assert TradeUnion.objects.find_problems() == ([], [], [], [], [])


def test_sort_keys_are_those_of_the_names(country: None) -> None:
    for row in Enterprise.objects.all()[:50]:
        assert (row.name_key, row.initials) == pinyin(row.name)
    for person in Person.objects.all()[:50]:
        assert person.name_key == pinyin(person.name)[0]


def test_credit_codes_are_valid_and_differ() -> None:
    codes = [uscc.validate(credit_code(number)) for number in (*range(1, 400), *range(9_999_600, 10_000_000))]
    assert len(set(codes)) == 799


# ----------------------------------------------------------------------------------------- rows agree with one another
def test_the_station_of_an_enterprise_is_that_of_its_register_entry(country: None) -> None:
    on_register = dict(RegisterEntry.objects.on(clock.today()).values_list("enterprise_id", "station_id"))
    stamped = dict(Enterprise.objects.values_list("pk", "station_id"))
    assert {pk: on_register.get(pk) for pk in stamped} == stamped
    assert 0 < Enterprise.objects.filter(station=None).count() < FIRMS / 10


def test_no_enterprise_has_two_grid_officers_on_a_day(country: None) -> None:
    twice = (
        Responsibility.objects.on(clock.today())
        .filter(role="grid_officer")
        .values("enterprise")
        .annotate(n=Count("pk"))
    )
    assert twice.count() > FIRMS * 0.9
    assert not twice.filter(n__gt=1).exists()


WRONG_VISITS = """
SELECT v.id FROM visits_visit v
LEFT JOIN enterprises_registerentry r ON r.enterprise_id = v.enterprise_id AND r.term @> v.visited_on
LEFT JOIN stations_appointment a ON a.post_id = v.post_id AND a.person_id = v.visitor_id AND a.term @> v.visited_on
LEFT JOIN grids_responsibility g
    ON g.enterprise_id = v.enterprise_id AND g.role = 'grid_officer' AND g.term @> v.visited_on
JOIN stations_post p ON p.id = v.post_id
WHERE r.station_id IS DISTINCT FROM v.station_id OR p.station_id <> v.station_id OR a.id IS NULL
   OR g.post_id IS DISTINCT FROM v.credited_post_id
   OR v.proxy <> (g.post_id IS NOT NULL AND g.post_id <> v.post_id)
   OR (v.recorded_at AT TIME ZONE 'Asia/Shanghai')::date >= upper(r.term)
   OR v.late_record <> ((v.recorded_at AT TIME ZONE 'Asia/Shanghai')::date - v.visited_on > 3)
"""


def test_visits_are_stamped_as_their_day_says(eventful: None) -> None:
    assert rows(WRONG_VISITS) == []
    assert not Visit.objects.filter(visited_on__gte=clock.today()).exists()
    assert Visit.objects.filter(proxy=True).exists()
    assert Visit.objects.filter(late_record=True).exists()


def test_obligations_are_met_as_the_log_would_have_met_them(eventful: None) -> None:
    found = list(Obligation.objects.order_by("pk").values_list("pk", "met_by", "met_on"))
    assert 0 < sum(met_by is not None for _, met_by, _ in found) < len(found)
    Obligation.objects.update(met_by=None, met_on=None)
    for visit in Visit.objects.order_by("pk"):
        meet([visit], needs_met(visit))
    assert list(Obligation.objects.order_by("pk").values_list("pk", "met_by", "met_on")) == found


def test_exactly_that_is_owed_which_the_stations_own_plan_finds(eventful: None) -> None:
    today = clock.today()
    first = dt.date(today.year - 1, 1, 1)
    for station in Station.objects.all():
        owed = {(row.enterprise_id, row.rule_id, row.opens, row.closes) for row in station.obligations.all()}
        entered: dict[dt.date, set[int]] = defaultdict(set)  # a plan is made anew on the day on which somebody joins
        for entry in station.register_entries.all():
            entered[max(entry.start, first)].add(entry.enterprise_id)
        last = month_after(today, 6) - dt.timedelta(days=1)
        wanted = {
            (row.enterprise_id, row.rule_id, row.opens, row.closes)
            for day, firms in entered.items()
            for row in _Known(firms, day, last).owed()
            if row.station_id == station.pk
        }
        assert owed == wanted
        report = plan_obligations(actor=None, station=station, months=6)
        assert (report.created, report.taken_back, report.cancelled) == (0, 0, 0)
    cancelled = Obligation.objects.exclude(cancelled_on=None)
    assert cancelled.exists()
    assert not cancelled.exclude(enterprise__register_entries__term__endswith=F("cancelled_on")).exists()


def test_whoever_has_an_account_sits_in_a_post(eventful: None) -> None:
    seated = User.objects.filter(person__appointments__term__contains=clock.today())
    assert seated.count() == User.objects.count() < Person.objects.count()
    assert not User.objects.exclude(grants_day=clock.today()).exists()


def test_events_tell_how_an_issue_came_to_its_state(country: None) -> None:
    issues = list(Issue.objects.prefetch_related("events"))
    assert len(issues) > 5
    for issue in issues:
        events: list[IssueEvent] = sorted(issue.events.all(), key=lambda event: event.sequence)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        assert (events[0].verb, events[0].to_state) == ("open", IssueState.SUBMITTED)
        assert (issue.state, issue.version) == (events[-1].to_state, len(events))
        for before, event in itertools.pairwise(events):
            step = STEPS[Move(event.verb)]
            assert event.from_state == before.to_state
            assert event.from_state in step.source
            assert event.to_state == (step.target or event.from_state)
            assert before.at < event.at < clock.now()
        assert issue.closed_at == (events[-1].at if issue.state in IssueState.ENDED else None)
        assert issue.due_on is not None


# ------------------------------------------------------------------------------------------------------- what it is like
def test_the_same_seed_gives_the_same_rows_and_another_one_others() -> None:
    first = in_a_new_database(SEED)
    assert in_a_new_database(SEED) == first
    assert in_a_new_database(SEED + 1)["visits_visit"] != first["visits_visit"]


def test_the_hot_district_holds_a_fifth(country: None) -> None:
    hot = User.objects.get(username=people.DISTRICT).person.appointments.get().post.union
    within = {"station__union__path__startswith": hot.path}
    assert Enterprise.objects.filter(**within).count() == pytest.approx(FIRMS * A_FIFTH, rel=0.1)
    assert Visit.objects.filter(**within).count() == pytest.approx(FIRMS * VISITS * A_FIFTH, rel=0.5)


def test_visits_are_unevenly_spread(country: None) -> None:
    counts = sorted(Enterprise.objects.annotate(n=Count("visits")).values_list("n", flat=True))
    assert counts.count(0) > FIRMS / 5
    assert sum(counts[-FIRMS // 10 :]) > FIRMS * VISITS / 3


@pytest.mark.parametrize("number", [100, FIRMS, 12_345, 1_000_000])
def test_the_plan_adds_up(number: int) -> None:
    plan = shape(number)
    assert sum(station.enterprises for station in plan.stations) == number
    by_district = [0] * len(plan.city_of)
    for station in plan.stations:
        by_district[station.district] += station.enterprises
    assert by_district[0] == pytest.approx(number * A_FIFTH, abs=1)
    whole = sum(n for district, n in enumerate(by_district) if plan.province_of[plan.city_of[district]] == 1)
    assert whole == pytest.approx(number * A_FIFTH, abs=2)
    assert plan.stations[0].enterprises == max(row.enterprises for row in plan.stations if row.district == 0)


def test_most_issues_are_ended(country: None) -> None:
    assert Issue.objects.filter(state__in=IssueState.ENDED).count() > Issue.objects.count() * 0.6


@pytest.mark.parametrize("username", [people.OFFICER, people.CHIEF, people.DISTRICT, people.PROVINCE])
def test_a_known_account_sees_its_part(country: None, username: str) -> None:
    user = User.objects.get(username=username)
    assert not user.has_usable_password()
    for model in (Enterprise, Visit, Obligation, Station):
        assert 0 < model.objects.visible_to(user).count() < model._base_manager.count(), model
    assert can(user, Right.VIEW_VISITS, Visit.objects.visible_to(user)[0])


def test_the_known_officer_answers_for_a_grids_worth() -> None:
    generate(3000, 1, SEED)
    post = User.objects.get(username=people.OFFICER).person.appointments.get().post
    assert 50 <= Responsibility.objects.on(clock.today()).filter(post=post).count() <= 70
    biggest = Station.objects.filter(union=post.station.union).annotate(n=Count("enterprises")).order_by("-n")[0]
    assert post.station == biggest


# ----------------------------------------------------------------------------------------------------------- the command
def test_it_refuses_a_database_with_enterprises() -> None:
    build.enterprise()
    with pytest.raises(CommandError, match="there are enterprises in this database"):
        call_command("generate", enterprises=FIRMS, stdout=StringIO())
    assert Enterprise.objects.count() == 1


@pytest.mark.parametrize("number", [99, 10_000_000])
def test_it_refuses_numbers_out_of_reach(number: int) -> None:
    with pytest.raises(Refused):
        generate(number, 1, SEED)


@pytest.mark.parametrize("today", ["2026-01-01", "2027-02-15", "2028-02-29"])
def test_the_history_ends_on_the_day_before(today: str) -> None:
    out = StringIO()
    call_command("generate", enterprises=120, visits_per_enterprise=3, today=dt.date.fromisoformat(today), stdout=out)
    assert "visits_visit" in out.getvalue()
    days = Visit.objects.values_list("visited_on", flat=True)
    assert max(days) < dt.date.fromisoformat(today)
    assert max(days) > dt.date.fromisoformat(today) - dt.timedelta(days=20)
