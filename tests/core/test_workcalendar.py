"""Working days: the published year 2026 day by day, years that nobody has published, what somebody entered."""

import datetime as dt
import random
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from crm.core import workcalendar
from crm.core.models import CalendarDay, DayKind, JournalEntry
from crm.core.workcalendar import add_workdays, is_workday, load, publish_year, workdays_between

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
FAR = 2041  # a year whose holidays nobody will have published for a long time

# the State Council's notice for 2026: holidays from–to, and the weekend days on which people work instead
HOLIDAYS_2026 = [
    ("01-01", "01-03", "元旦"),
    ("02-15", "02-23", "春节"),
    ("04-04", "04-06", "清明"),
    ("05-01", "05-05", "劳动节"),
    ("06-19", "06-21", "端午"),
    ("09-25", "09-27", "中秋"),
    ("10-01", "10-07", "国庆节"),
]
MAKEUP_2026 = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


def day(text: str, year: int = 2026) -> dt.date:
    return dt.date.fromisoformat(f"{year}-{text}")


def days_of(year: int) -> list[dt.date]:
    first = dt.date(year, 1, 1)
    return [first + n * DAY for n in range((dt.date(year + 1, 1, 1) - first).days)]


def test_every_day_of_2026_is_as_published() -> None:
    off = {day(a) + n * DAY: name for a, b, name in HOLIDAYS_2026 for n in range((day(b) - day(a)).days + 1)}
    calendar = load()
    for each in days_of(2026):
        info = calendar.info(each)
        if each in off:
            assert (info.kind, info.name) == (DayKind.HOLIDAY, off[each]), each
        elif f"{each:%m-%d}" in MAKEUP_2026:
            assert info.kind == DayKind.MAKEUP, each
        else:
            assert info.kind == (DayKind.WEEKEND if each.isoweekday() > 5 else DayKind.WORKDAY), each
        assert not info.provisional, each


def test_a_year_not_published_yet_is_provisional() -> None:
    calendar = load()
    assert all(calendar.info(each).provisional for each in days_of(FAR))
    national_day = calendar.info(dt.date(FAR, 10, 1))
    assert (national_day.kind, national_day.name) == (DayKind.HOLIDAY, "国庆节")
    assert {calendar.info(each).kind for each in days_of(FAR)} == {DayKind.WORKDAY, DayKind.WEEKEND, DayKind.HOLIDAY}


def test_what_somebody_entered_decides() -> None:
    monday = day("03-02")
    assert is_workday(monday)
    CalendarDay.objects.create(day=monday, kind=DayKind.HOLIDAY, name="停水")
    assert not is_workday(monday)
    assert load().info(monday).name == "停水"
    CalendarDay.objects.filter(day=monday).update(kind=DayKind.WORKDAY)
    assert is_workday(monday)
    CalendarDay.objects.all().delete()
    assert load().info(monday) == workcalendar.DayInfo(DayKind.WORKDAY)


def test_a_published_year_is_no_longer_provisional() -> None:
    CalendarDay.objects.create(day=dt.date(FAR, 3, 4), kind=DayKind.HOLIDAY, name="旧")
    saturday = next(each for each in days_of(FAR) if each.isoweekday() == 6 and each.month == 9)
    named = {dt.date(FAR, 10, 2): (DayKind.HOLIDAY, "国庆节"), saturday: (DayKind.MAKEUP, "国庆节")}
    assert publish_year(year=FAR, days=named) == 2
    calendar = load()
    assert not any(calendar.info(each).provisional for each in days_of(FAR))
    assert {each for each in days_of(FAR) if calendar.info(each).kind in (DayKind.HOLIDAY, DayKind.MAKEUP)} == set(
        named
    )
    assert calendar.works(saturday)
    assert not calendar.works(dt.date(FAR, 10, 2))
    assert calendar.info(dt.date(FAR + 1, 10, 1)).provisional
    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.actor_label, entry.changes["year"]) == ("publish_year", "system", [None, FAR])


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({}, "days"),
        ({dt.date(FAR + 1, 1, 1): (DayKind.HOLIDAY, "元旦")}, "days"),
        ({dt.date(FAR, 1, 1): ("feast", "元旦")}, "kind"),
    ],
)
def test_a_wrong_year_is_refused_whole(days: dict[dt.date, tuple[DayKind, str]], field: str) -> None:
    CalendarDay.objects.create(day=dt.date(FAR, 5, 5), kind=DayKind.HOLIDAY)
    with pytest.raises(ValidationError) as caught:
        publish_year(year=FAR, days=days)
    assert list(caught.value.message_dict) == [field]
    assert CalendarDay.objects.count() == 1


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("02-13", 1, "02-14"),  # a Saturday on which people work
        ("02-14", 1, "02-24"),  # over the Spring Festival
        ("02-14", 5, "02-28"),
        ("04-30", 2, "05-07"),
        ("05-08", 1, "05-09"),
        ("05-08", 2, "05-11"),
        ("09-18", 1, "09-20"),  # a Sunday on which people work
        ("09-30", 1, "10-08"),
        ("10-09", 1, "10-10"),
        ("03-03", 0, "03-03"),
        ("03-07", 0, "03-07"),  # the day itself, a Saturday
    ],
)
def test_counting_forward(start: str, count: int, end: str) -> None:
    assert add_workdays(day(start), count) == day(end)


def test_counting_crosses_into_a_year_that_is_not_published() -> None:
    assert add_workdays(dt.date(FAR - 1, 12, 31), 1) > dt.date(FAR, 1, 1)


@pytest.mark.parametrize("seed", range(20))
def test_counting_there_and_back_agrees_with_counting_on_fingers(seed: int) -> None:
    rng = random.Random(seed)
    calendar = load()
    start = dt.date(2025, 12, 1) + rng.randrange(700) * DAY
    count = rng.randrange(1, 40)
    end = calendar.after(start, count)
    fingers = [start + n * DAY for n in range(1, (end - start).days + 1)]
    assert sum(calendar.works(each) for each in fingers) == count
    assert calendar.works(end)
    assert calendar.between(start, end) == count
    assert calendar.between(end, start) == 0
    assert calendar.between(start, start) == 0


def test_every_question_is_one_query(django_assert_num_queries: Callable[..., object]) -> None:
    publish_year(year=FAR, days={dt.date(FAR, 10, 1): (DayKind.HOLIDAY, "国庆节")})
    with django_assert_num_queries(3):
        is_workday(day("01-04"))
        add_workdays(day("01-04"), 300)
        assert workdays_between(day("01-01"), day("12-31")) == 248
