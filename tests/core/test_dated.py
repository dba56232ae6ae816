"""Half-open terms: which row holds on which day, and how one ends."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from crm.access.roles import Role
from crm.core.dated import close_row, term_from
from crm.core.services import service
from stations.models import Post, Station
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MAY, JUNE, JULY = dt.date(2026, 5, 1), dt.date(2026, 6, 1), dt.date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def station() -> Station:
    return build.station()


def post(at: Station, start: dt.date, end: dt.date | None = None, role: str = Role.LIAISON) -> Post:
    return Post.objects.create(role=role, station=at, title="岗位", term=term_from(start, end))


def test_a_term_needs_at_least_one_day() -> None:
    assert term_from(MAY, MAY + DAY).upper == MAY + DAY
    for end in (MAY, MAY - DAY):
        with pytest.raises(ValidationError) as caught:
            term_from(MAY, end)
        assert list(caught.value.message_dict) == ["term"]


def test_the_end_is_the_first_day_after(station: Station) -> None:
    row = post(station, MAY, JUNE)
    assert (row.start, row.end, row.last_day) == (MAY, JUNE, JUNE - DAY)
    days = [MAY - DAY, MAY, JUNE - DAY, JUNE]
    assert [row.holds_on(on) for on in days] == [False, True, True, False]
    assert [Post.objects.on(on).filter(pk=row.pk).exists() for on in days] == [False, True, True, False]
    assert [Post.objects.ending_after(on).filter(pk=row.pk).exists() for on in days] == [True, True, True, False]


def test_an_open_term_holds_for_ever(station: Station) -> None:
    row = post(station, MAY)
    assert (row.end, row.last_day) == (None, None)
    assert row.holds_on(dt.date(2200, 1, 1))
    assert Post.objects.on(dt.date(2200, 1, 1)).get(pk=row.pk) == row
    assert Post.objects.ending_after(dt.date(2200, 1, 1)).get(pk=row.pk) == row


def test_a_row_closed_lives_until_the_day_before(station: Station) -> None:
    row = post(station, MAY)
    assert close_row(row, JUNE)
    row.refresh_from_db()
    assert row.last_day == JUNE - DAY


@pytest.mark.parametrize("on", [MAY, MAY - DAY])
def test_a_row_closed_before_it_held_is_gone(station: Station, on: dt.date) -> None:
    assert not close_row(post(station, MAY), on)
    assert not Post.objects.exists()


def test_rows_alike_may_touch_but_not_overlap(station: Station) -> None:
    post(station, MAY, JUNE, Role.CHIEF)
    post(station, JUNE, None, Role.CHIEF)
    post(build.station(), MAY, None, Role.CHIEF)
    for start, end in ((MAY - DAY, MAY + DAY), (JUNE - DAY, JUNE), (JULY, None)):
        with pytest.raises(ValidationError) as caught:
            service(post)(station, start, end, Role.CHIEF)
        assert caught.value.message_dict == {"role": ["The station has a chief's post already."]}
    assert Post.objects.count() == 3


@pytest.mark.parametrize("term", ["empty", "(,2026-05-01)"])
def test_a_term_that_is_none_is_refused_by_the_database(station: Station, term: str) -> None:
    row = post(station, MAY)

    def break_it() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE stations_post SET term = %s WHERE id = %s", [term, row.pk])

    with pytest.raises(IntegrityError, match="stations_post_term_is_a_term"), transaction.atomic():
        break_it()
    with pytest.raises(ValidationError) as caught:
        service(break_it)()
    assert list(caught.value.message_dict) == ["term"]
