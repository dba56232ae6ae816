"""The frame of every write: all or nothing, words for broken constraints, deadlocks tried again."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import translation

from crm.access.roles import Role
from crm.core import services
from crm.core.models import CalendarDay, DayKind, Rule
from crm.core.services import cleaned, service
from crm.issues.models import Issue
from enterprises.models import Enterprise
from stations.enums import UnionLevel
from stations.models import Post, TradeUnion
from tests import build
from tests.sessions import at_once

MAY = build.dt.date(2026, 5, 1)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def rule(code: str, value: int = 1) -> Rule:
    return Rule.objects.create(code=code, value=value, unit="day", valid_from=MAY)


@pytest.mark.django_db(transaction=True)
def test_a_service_is_all_or_nothing() -> None:
    @service
    def half(*, then: Exception) -> None:
        rule("test.half")
        assert connection.in_atomic_block
        raise then

    for error in (ValidationError("no"), KeyError("a slip")):
        with pytest.raises(type(error)):
            half(then=error)
        assert not Rule.objects.filter(code="test.half").exists()


@pytest.mark.django_db(transaction=True)
def test_what_a_service_did_within_another_goes_with_it() -> None:
    inner = service(rule)

    @service
    def outer() -> None:
        inner("test.kept")
        with pytest.raises(ValidationError):
            inner("test.kept")  # a savepoint: the outer one goes on
        inner("test.also")
        raise ValidationError("in the end, no")

    with pytest.raises(ValidationError, match="in the end"):
        outer()
    assert not Rule.objects.filter(code__in=["test.kept", "test.also"]).exists()


@pytest.mark.django_db
def test_its_name_and_answer_stay() -> None:
    @service
    def add(a: int, *, b: int) -> int:
        """Adds."""
        return a + b

    assert (add(1, b=2), add.__name__, add.__doc__) == (3, "add", "Adds.")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "words", "broken"),
    [
        ("value", "must not be negative", lambda: rule("test.a", -1)),
        ("valid_from", "has a value from that day", lambda: [rule("test.a"), rule("test.a")]),
        ("kind", "Unknown kind of day", lambda: CalendarDay.objects.create(day=MAY, kind="feast")),
        ("level", "Unknown level", lambda: TradeUnion.objects.create(path="9999", depth=1, name="x", level="moon")),
        ("role", "chief's post already", lambda: [build.post(Role.CHIEF, at) for at in [build.station()] * 2]),
        ("term", "end must lie after", lambda: sql("INSERT INTO stations_stationpark (station_id, park_id, term)"
            " SELECT s.id, s.home_park_id, 'empty' FROM stations_station s WHERE s.id = %s", build.station().pk)),
        ("unit", "required", lambda: Rule.objects.create(code="test.a", value=1, unit=None, valid_from=MAY)),
        ("union", "required", lambda: sql("INSERT INTO stations_park (name, short_name, profile) VALUES ('a', '', '')")),
    ],
)  # fmt: skip
def test_a_broken_constraint_speaks(field: str, words: str, broken: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        service(broken)()
    assert list(dict(caught.value)) == [field]
    assert words in caught.value.messages[0]


@pytest.mark.django_db
def test_a_key_without_words_speaks() -> None:
    with pytest.raises(ValidationError, match="exists already"):
        service(lambda: [build.park(build.union(), "同名") for _ in range(2)])()


@pytest.mark.django_db
def test_a_reference_to_nothing_speaks() -> None:
    def dangling() -> None:
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        Post.objects.create(role=Role.CHIEF, station_id=987654, title="x", term=build.term_from(MAY))

    with pytest.raises(ValidationError, match="does not exist"):
        service(dangling)()


@pytest.mark.django_db(transaction=True)
def test_a_reference_to_nothing_that_shows_at_commit_speaks() -> None:
    with pytest.raises(ValidationError, match="does not exist"):
        service(lambda: Post.objects.create(role=Role.CHIEF, station_id=987654, title="x", term=build.term_from(MAY)))()


@pytest.mark.django_db
def test_a_constraint_without_words_gets_a_general_sentence() -> None:
    with pytest.raises(ValidationError, match="a_nameless_rule"):
        service(sql)(
            "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a_nameless_rule'; END $$"
        )


@pytest.mark.django_db
def test_every_rule_of_our_tables_has_words_and_a_field() -> None:
    from django.apps import apps

    rooms = {"core", "accounts", "stations", "enterprises", "grids", "visits", "issues"}
    spoken = {name: getattr(rule, "violation_error_message", "") for name, rule in services._constraints().items()}
    for model in (model for model in apps.get_models() if model._meta.app_label in rooms):
        for constraint in model._meta.constraints:
            field = constraint.violation_error_code
            targets = {f.name for f in model._meta.get_fields()} | {NON_FIELD_ERRORS}
            if "id" in getattr(constraint, "fields", ()):
                continue  # the target of a composite key: nobody can break it
            assert spoken[constraint.name] != constraint.default_violation_error_message, constraint.name
            assert field in targets, constraint.name


def locked_pair() -> tuple[Enterprise, Enterprise]:
    union = build.union(level=UnionLevel.DISTRICT)
    assert union.pk
    return build.enterprise(), build.enterprise()


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_is_tried_again() -> None:
    """Two sessions lock two rows crosswise: PostgreSQL ends one of them, and the frame runs it anew."""
    rows = locked_pair()
    both_hold_one = threading.Barrier(2)
    tries: list[int] = []

    @service
    def rename(order: tuple[int, int]) -> None:
        first, second = (rows[place] for place in order)
        first_time = order[0] not in tries
        tries.append(order[0])
        Enterprise.objects.select_for_update().get(pk=first.pk)
        if first_time:
            both_hold_one.wait(30)
        Enterprise.objects.select_for_update().get(pk=second.pk)
        for row in (first, second):
            Enterprise.objects.filter(pk=row.pk).update(name=f"{Enterprise.objects.get(pk=row.pk).name}+")

    assert at_once(lambda: rename((0, 1)), lambda: rename((1, 0))) == [None, None]
    assert len(tries) >= 3  # on a slow machine a new try may meet another one
    assert [Enterprise.objects.get(pk=row.pk).name for row in rows] == [f"{row.name}++" for row in rows]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_a_deadlock_for_ever_ends_in_words(state: str) -> None:
    tries = []

    @service
    def doomed() -> None:
        tries.append(1)
        sql(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")

    with pytest.raises(ValidationError, match="Try again"):
        doomed()
    assert len(tries) == 4


@pytest.mark.django_db(transaction=True)
def test_only_the_outermost_service_tries_again() -> None:
    tries = []

    @service
    def inner() -> None:
        tries.append("inner")
        if len(tries) < 4:
            sql("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$")

    @service
    def outer() -> None:
        tries.append("outer")
        inner()

    outer()
    assert tries == ["outer", "inner", "outer", "inner"]
    tries.clear()
    with pytest.raises(OperationalError), transaction.atomic():
        inner()
    assert tries == ["inner"]


@pytest.mark.django_db(transaction=True)
def test_another_fault_of_the_server_is_not_tried_again() -> None:
    tries = []

    @service
    def slow() -> None:
        tries.append(1)
        sql("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57014'; END $$")

    with pytest.raises(OperationalError):
        slow()
    assert len(tries) == 1


@pytest.mark.django_db(transaction=True)
def test_two_sessions_write_the_same_entry_and_one_is_told() -> None:
    answers = at_once(*[lambda: service(rule)("test.race")] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["Rule", "ValidationError"]
    (error,) = (answer for answer in answers if isinstance(answer, ValidationError))
    assert list(error.message_dict) == ["valid_from"]


@pytest.mark.django_db
def test_cleaned_names_the_field_and_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    at = build.station()
    row = Post(role="king", station=at, title="<b>站长</b>" + "长" * 60, term=build.term_from(MAY))
    with django_assert_num_queries(0), pytest.raises(ValidationError) as caught:
        cleaned(row)
    assert set(caught.value.message_dict) == {"role", "title"}
    good = Post(role=Role.CHIEF, station=at, title="站长", term=build.term_from(MAY))
    with django_assert_num_queries(0):
        assert cleaned(good) is good


@pytest.mark.parametrize(
    ("field", "value"),
    [("text", "长" * 4001), ("state", "lost"), ("outcome_type", "magic"), ("title", "长" * 81), ("kind", "rumour")],
)
def test_cleaned_sees_what_django_checks_in_forms_only(field: str, value: str) -> None:
    row = Issue(title="夜班津贴", raised_on=MAY)
    assert cleaned(row) is row
    setattr(row, field, value)
    with pytest.raises(ValidationError) as caught:
        cleaned(row)
    assert list(caught.value.message_dict) == [field]


@pytest.mark.django_db
def test_an_integrity_error_keeps_its_cause() -> None:
    with pytest.raises(ValidationError) as caught:
        service(rule)("test.a", -1)
    assert isinstance(caught.value.__cause__, IntegrityError)


def test_kinds_of_day_that_work() -> None:
    assert [kind for kind in DayKind if kind.works] == [DayKind.WORKDAY, DayKind.MAKEUP]
