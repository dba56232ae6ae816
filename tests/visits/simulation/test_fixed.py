"""Days on which calendars are hard, written out: make-up days, a year that is not published, leap days, busy seasons.

Each window is written down here by hand and compared with the engine's; the naive simulation must agree as well.
"""

import datetime as dt
from calendar import monthrange
from typing import Any

import pytest

from crm.core import clock, workcalendar
from crm.core.models import DayKind
from crm.visits.models import Obligation
from crm.visits.services import plan_marked
from tests.visits.simulation.naive import Simulation
from tests.visits.simulation.test_simulation import differences, near, product, simulated
from tests.visits.simulation.town import DAY, PLAIN, Town

pytestmark = pytest.mark.django_db
Window = tuple[str, str, str]  # due, opens, closes


def owing(start: dt.date, *lines: dict[str, Any]) -> Town:
    """A town whose first enterprise owes by the lines, all its life."""
    town = Town()
    with clock.fixed(start):
        facts = {"tier": "general", "size": "", "risk": "", "status": "operating"}
        PLAIN["facts"](town, enterprise=0, start=-400, **facts)
        PLAIN["enter"](town, enterprise=0, station=0, start=-400)
        PLAIN["regime"](town, union=0, start=-400, length=None, draft=False, lines=[*lines])
    return town


def planned(today: dt.date, simulation: Simulation) -> dict[str, tuple[str, str]]:
    """{due: (opens, closes)} after planning on the day; the simulation has the same."""
    with clock.fixed(today):
        plan_marked(today)
        simulation.plan(today)
        assert differences(near(product(today), today), near(simulated(simulation, today), today)) == {}
    return {str(row.due): (str(row.opens), str(row.closes)) for row in Obligation._base_manager.all()}


# the six make-up days of 2026, a day of each holiday's break, and the days beside them
MAKE_UP = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
FREE = ["2026-01-02", "2026-02-16", "2026-10-07"]


@pytest.mark.parametrize("special", [*MAKE_UP, *FREE])
def test_windows_in_working_days_count_the_special_days_of_2026(special: str) -> None:
    """Windows of a week and of a month around the day, two working days early and three late."""
    day = dt.date.fromisoformat(special)
    shape = {"need": "any", "early_days": 2, "late_days": 3, "working_days": True}
    start = day - 45 * DAY
    owing(start, {**shape, "every": "week"}, {**shape, "every": "month", "need": "phone"})
    windows = planned(start, Simulation())
    sunday = day + (6 - day.weekday()) * DAY
    works = workcalendar.load().works
    assert works(day) == (special in MAKE_UP)
    before = [sunday - n * DAY for n in range(1, 30) if works(sunday - n * DAY)]
    after = [sunday + n * DAY for n in range(1, 30) if works(sunday + n * DAY)]
    assert windows[str(sunday)] == (str(before[1]), str(after[2]))


def test_the_weeks_around_the_spring_festival_of_2026() -> None:
    """15 to 23 February are free, Saturdays 14 and 28 February are worked."""
    shape = {"need": "any", "every": "week", "early_days": 2, "late_days": 3, "working_days": True}
    owing(dt.date(2026, 1, 26), shape)
    windows = planned(dt.date(2026, 1, 26), Simulation())
    assert windows["2026-02-15"] == ("2026-02-13", "2026-02-26")
    assert windows["2026-02-22"] == ("2026-02-13", "2026-02-26")
    assert windows["2026-03-01"] == ("2026-02-27", "2026-03-04")


def test_a_year_that_is_not_published_is_planned_again_when_it_is() -> None:
    """2027: New Year's Day is foreseen; what the State Council says later moves the windows that have not begun."""
    today, simulation = dt.date(2026, 11, 2), Simulation()
    owing(today, {"need": "any", "every": "month", "early_days": 0, "late_days": 1, "working_days": True})
    assert planned(today, simulation)["2026-12-31"] == ("2026-12-31", "2027-01-04")  # Friday is foreseen as free
    with clock.fixed(today):
        assert workcalendar.load().info(dt.date(2027, 1, 1)).provisional
        free = {dt.date(2027, 1, n): (DayKind.HOLIDAY, "元旦") for n in (1, 2, 3, 4)}
        workcalendar.publish_year(year=2027, days={**free, dt.date(2027, 2, 27): (DayKind.MAKEUP, "春节")})
    windows = planned(today, simulation)
    assert windows["2026-12-31"] == ("2026-12-31", "2027-01-05")
    assert windows["2027-01-31"] == ("2027-01-31", "2027-02-01")
    with clock.fixed(today):
        workcalendar.publish_year(year=2027, days={dt.date(2027, 1, 2): (DayKind.MAKEUP, "元旦")})
    assert planned(today, simulation)["2026-12-31"] == ("2026-12-31", "2027-01-01")


def test_a_window_that_has_begun_closes_by_what_is_published_since() -> None:
    """It keeps its first day; one that has closed is left as it closed."""
    simulation = Simulation()
    owing(
        dt.date(2026, 12, 1), {"need": "any", "every": "month", "early_days": 0, "late_days": 1, "working_days": True}
    )
    assert planned(dt.date(2026, 12, 31), simulation)["2026-12-31"] == ("2026-12-31", "2027-01-04")
    with clock.fixed(dt.date(2026, 12, 31)):
        free = {dt.date(2027, 1, n): (DayKind.HOLIDAY, "元旦") for n in (1, 2, 3, 4)}
        workcalendar.publish_year(year=2027, days=free)
    assert planned(dt.date(2027, 1, 1), simulation)["2026-12-31"] == ("2026-12-31", "2027-01-05")
    with clock.fixed(dt.date(2027, 1, 6)):
        workcalendar.publish_year(year=2027, days={dt.date(2027, 1, 1): (DayKind.HOLIDAY, "元旦")})
    assert planned(dt.date(2027, 1, 6), simulation)["2026-12-31"] == ("2026-12-31", "2027-01-05")


TURNS = [*MAKE_UP, *FREE, "2026-02-28", "2026-04-30", "2026-12-31", "2027-01-01", "2028-02-29", "2028-03-01"]


@pytest.mark.parametrize("turn", TURNS)
def test_states_change_with_the_day(turn: str) -> None:
    """Planned on the evening before, on the day and after: not yet, due up to the window's last day, late from the next."""
    day, simulation = dt.date.fromisoformat(turn), Simulation()
    owing(
        day - 40 * DAY,
        {"need": "any", "every": "month", "early_days": 0},
        {"need": "phone", "every": "week", "early_days": 1, "late_days": 1, "working_days": True},
    )
    for today in (day - 40 * DAY, day - DAY, day, day + DAY):
        planned(today, simulation)
        states = {}
        for row in Obligation.objects.with_state(today):
            states[str(row.due), row.need] = row.state_today
            expected = "not_yet" if today < row.opens else "overdue" if today > row.closes else "due"
            assert row.state_today == expected, (today, row)
        month = str(today.replace(day=monthrange(today.year, today.month)[1]))
        assert states[month, "any"] == ("due" if str(today) == month else "not_yet")
        last_month = str(today.replace(day=1) - DAY)
        assert states.get((last_month, "any"), "overdue") == "overdue"


@pytest.mark.parametrize(
    ("early", "late", "opens", "closes"),
    [
        (None, 0, "2028-02-01", "2028-02-29"),
        (0, 0, "2028-02-29", "2028-02-29"),
        (29, 1, "2028-01-31", "2028-03-01"),
        (60, 60, "2027-12-31", "2028-04-29"),
    ],
)
def test_february_of_a_leap_year_is_due_on_its_29th(early: int | None, late: int, opens: str, closes: str) -> None:
    start = dt.date(2027, 12, 1)
    owing(start, {"need": "any", "every": "month", "early_days": early, "late_days": late})
    assert planned(start, Simulation())["2028-02-29"] == (opens, closes)


def test_a_leap_day_is_a_day_of_planning_like_another() -> None:
    town, simulation = owing(dt.date(2028, 2, 1), {"need": "any", "every": "month"}), Simulation()
    planned(dt.date(2028, 2, 1), simulation)
    with clock.fixed(dt.date(2028, 2, 29)):
        PLAIN["leave"](town, enterprise=0, start=0)
    planned(dt.date(2028, 2, 29), simulation)
    row = Obligation._base_manager.get()  # what was to come is taken back
    assert (row.due, row.cancelled_on) == (dt.date(2028, 2, 29), dt.date(2028, 2, 29))


@pytest.mark.parametrize(
    ("every", "dues"),
    [
        ("month", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("two_months", ["2026-02-28", "2026-04-30", "2026-06-30"]),
        ("quarter", ["2026-03-31", "2026-06-30"]),
        ("half_year", ["2026-06-30", "2026-12-31"]),
        ("year", ["2026-12-31"]),
        ("week", ["2026-01-04", "2026-01-11"]),
        ("two_weeks", ["2026-01-11", "2026-01-25"]),
        ("three_weeks", ["2026-01-04", "2026-01-25"]),
    ],
)
def test_periods_end_where_the_calendar_does(every: str, dues: list[str]) -> None:
    owing(dt.date(2026, 1, 1), {"need": "any", "every": every})
    windows = planned(dt.date(2026, 1, 1), Simulation())
    assert sorted(windows)[: len(dues)] == dues
    ends = [dt.date.fromisoformat(due) for due in sorted(windows)]
    firsts = [dt.date.fromisoformat(windows[str(due)][0]) for due in ends]
    assert all(first == end + DAY for first, end in zip(firsts[1:], ends, strict=False))


# a chain's season, and the month's window as it follows (half of the month's days must be free, rounded up);
# Spring Festival: 2026-02-17, 2027-02-06; Qixi: 2026-08-19, 2027-08-08
SEASONS = [
    ("spring", 15, 6, 2026, ("2026-02-28", "2026-02-01", "2026-03-08")),  # 2 to 23 February: the 1st is free
    ("spring", 20, 10, 2027, ("2027-02-28", "2027-02-17", "2027-03-02")),  # 17 January to 16 February
    ("valentine", 13, 1, 2026, ("2026-02-28", "2026-02-16", "2026-03-01")),  # 1 to 15 February
    ("valentine", 10, 2, 2027, ("2027-02-28", "2027-02-01", "2027-02-28")),  # 4 to 16 February: 15 days are free
    ("qixi", 18, 3, 2026, ("2026-08-31", "2026-08-23", "2026-09-07")),  # 1 to 22 August
    ("qixi", 10, 5, 2027, ("2027-08-31", "2027-08-14", "2027-08-31")),  # 29 July to 13 August: 18 days are free
]


@pytest.mark.parametrize(("festival", "before", "after", "year", "window"), SEASONS)
def test_chain_seasons_move_a_months_window(festival: str, before: int, after: int, year: int, window: Window) -> None:
    due, opens, closes = window
    start = dt.date.fromisoformat(due) - 100 * DAY
    town = owing(start, {"need": "any", "every": "month"})
    with clock.fixed(start):
        PLAIN["on_chain"](town, enterprise=0, chain=0, start=-10, length=None)
        fields = {"festival": festival, "days_before": before, "days_after": after}
        PLAIN["season"](town, of_chain=True, which=0, start=-200, length=None, fields=fields)
    assert planned(start, Simulation())[due] == (opens, closes)
