"""Dated rules: what holds on which day, for everybody and for one station."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from crm.core import rules
from crm.core.models import Rule
from crm.core.services import service
from crm.issues.defaults import HANDLE_DAYS

pytestmark = pytest.mark.django_db
CODE = "test.days"
MAY, JUNE, JULY = dt.date(2026, 5, 1), dt.date(2026, 6, 1), dt.date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(rules, "_declared", dict(rules._declared))
    rules.declare(CODE, 7, "workday", "for tests")
    return


def row(value: int, since: dt.date, scope: str = "") -> Rule:
    return Rule.objects.create(code=CODE, value=value, unit="workday", valid_from=since, scope=scope)


def test_without_a_row_the_declared_default_holds() -> None:
    assert rules.value(CODE, MAY) == 7
    row(9, JUNE)
    assert rules.value(CODE, MAY) == 7


def test_the_newest_row_valid_on_the_day_holds() -> None:
    row(5, MAY)
    row(3, JULY)
    on_days = [rules.value(CODE, on) for on in (MAY - dt.timedelta(1), MAY, JUNE, JULY - dt.timedelta(1), JULY)]
    assert on_days == [7, 5, 5, 5, 3]


def test_a_station_of_its_own_rule_keeps_it_whatever_everybody_gets_later() -> None:
    row(5, MAY)
    row(2, JUNE, "station:7")
    row(3, JULY)
    assert [rules.value(CODE, on, "station:7") for on in (MAY, JUNE, JULY)] == [5, 2, 2]
    assert [rules.value(CODE, on, "station:8") for on in (MAY, JUNE, JULY)] == [5, 5, 3]


def test_zero_is_a_value() -> None:
    row(0, MAY)
    assert rules.value(CODE, MAY) == 0


def test_nobody_declared_it() -> None:
    with pytest.raises(KeyError):
        rules.value("test.unheard_of", MAY)


def test_defaults_are_written_on_migrate_and_never_overwritten() -> None:
    assert Rule.objects.get(code=HANDLE_DAYS).value == 7
    Rule.objects.filter(code=HANDLE_DAYS).update(value=8)
    before = Rule.objects.count()
    call_command("migrate", verbosity=0)
    assert Rule.objects.get(code=HANDLE_DAYS).value == 8
    assert Rule.objects.get(code=CODE).value == 7
    assert Rule.objects.count() == before + 1


def test_a_question_is_one_query(django_assert_num_queries: Callable[..., object]) -> None:
    for month in range(1, 13):
        row(month, dt.date(2026, month, 1))
        row(month, dt.date(2026, month, 1), "station:7")
    with django_assert_num_queries(1):
        assert rules.value(CODE, JULY, "station:7") == 7


@pytest.mark.parametrize(("value", "since", "field"), [(4, MAY, "valid_from"), (-1, JUNE, "value")])
def test_a_broken_rule_is_refused_in_words(value: int, since: dt.date, field: str) -> None:
    row(5, MAY)
    with pytest.raises(ValidationError) as caught:
        service(row)(value, since)
    assert list(caught.value.message_dict) == [field]
    assert Rule.objects.filter(code=CODE).count() == 1
