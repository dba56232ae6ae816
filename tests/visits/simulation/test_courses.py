"""Short courses of events, one corner of decision 7 each: the engine and the simulation agree after every day."""

import datetime as dt
from typing import Any

import pytest

from crm.visits.enums import Outcome
from tests.visits.simulation.test_simulation import Course, Event, play
from tests.visits.simulation.town import Town

pytestmark = pytest.mark.django_db
Line = dict[str, Any]


def facts(**given: Any) -> Event:
    return "facts", {
        "status": "operating",
        "size": "",
        "risk": "",
        "tier": "lead",
        "start": -300,
        "enterprise": 0,
    } | given


def enters(station: int = 0, start: int = -200) -> Event:
    return "enter", {"enterprise": 0, "station": station, "start": start}


def line(**given: Any) -> Line:
    return {"need": "any", "every": "month"} | given


def regime(*lines: Line, u: int = 0, start: int = -300) -> Event:
    return "regime", {"union": u, "start": start, "length": None, "draft": False, "lines": [*lines] or [line()]}


def contact(
    ago: int = 0,
    role: str = "grid_officer",
    outcome: str = Outcome.MET,
    mode: str = "onsite",
    levels: tuple[str, ...] = (),
) -> Event:
    given = {"role": role, "ago": ago, "outcome": outcome, "mode": mode, "levels": [*levels]}
    return "contact", {"enterprise": 0, **given}


def pause(start: int, length: int) -> Event:
    return "pause", {"enterprise": 0, "start": start, "length": length}


def end_pause(start: int) -> Event:
    return "end_pause", {"enterprise": 0, "start": start}


def leaves(start: int) -> Event:
    return "leave", {"enterprise": 0, "start": start}


def season(
    festival: str,
    month: int | None,
    day: int | None,
    before: int,
    after: int,
    start: int = -300,
    length: int | None = None,
    chain: bool = False,
) -> Event:
    fields = {"festival": festival, "month": month, "day": day, "days_before": before, "days_after": after}
    return "season", {"of_chain": chain, "which": 0, "start": start, "length": length, "fields": fields}


def no_season() -> Event:
    return "no_season", {"of_chain": False, "which": 0}


def exception(rule: Line, start: int = 0, length: int | None = None, st: bool = False) -> Event:
    return "exception", {"of_station": st, "which": 0, "start": start, "length": length, "line": rule}


def value(code: str, to: int, start: int, station: int | None = None) -> Event:
    return "rule_value", {"code": code, "value": to, "start": start, "station": station}


def idle(count: int, gap: int = 1) -> list[tuple[int, list[Event], str]]:
    return [(gap, [], "once")] * count


START = dt.date(2026, 3, 2)
base: list[Event] = [facts(), enters(), regime()]
CASES: dict[str, Course] = {
    "exempt_move": (
        START,
        base,
        [
            (5, [("ask", {"enterprise": 0, "start": -5, "until": 99}), ("approve", {"which": 0})], "once"),
            (2, [enters(2, 0)], "once"),
        ],
    ),
    "contact_after_move": (
        START,
        base,
        [(35, [enters(1, 0)], "once"), (1, [contact()], "once"), (1, [contact()], "once")],
    ),
    "contact_after_move_before": (
        START,
        base,
        [
            (35, [enters(2, 0)], "once"),
            (1, [contact()], "once"),
            (1, [contact()], "once"),
            (1, [contact(ago=20)], "once"),
        ],
    ),
    "move_mid_window_contact_old": (
        START,
        base,
        [(20, [enters(2, 0)], "once"), (1, [contact(ago=10)], "once"), (1, [contact()], "once")],
    ),
    "future_entry": (START, [facts(), regime(), enters(0, 40)], idle(8, 7)),
    "future_entry_mid": (
        START,
        [facts(), regime(line(every="quarter"), line(every="month", need="phone")), enters(0, 10)],
        idle(14, 1),
    ),
    "future_leave": (START, base, [(1, [leaves(10)], "once"), *idle(14)]),
    "future_move": (START, base, [(1, [enters(2, 10)], "once"), *idle(14)]),
    "future_move_regime_changes": (
        START,
        base,
        [(1, [enters(2, 30)], "once"), (1, [regime(line(every="week"), u=3)], "once"), *idle(4, 10)],
    ),
    "future_entry_regime_changes": (
        START,
        [facts(), regime(), enters(0, 30)],
        [(1, [regime(line(every="week"), u=1, start=0)], "once"), *idle(4, 10)],
    ),
    "future_entry_station_exception": (
        START,
        [facts(), regime(), enters(0, 30)],
        [(1, [exception(line(every="week"), st=True)], "once"), *idle(4, 10)],
    ),
    "future_facts": (
        START,
        [facts(), enters(), regime(line(tier="lead"), line(tier="key", every="week"))],
        [(1, [facts(tier="key", start=40)], "once"), *idle(6, 9)],
    ),
    "withdraw": (START, base, [(3, [("withdraw", {"union": 0})], "once"), (40, [], "once")]),
    "withdraw_uncovers": (
        START,
        [*base, regime(line(every="week"), u=1)],
        [(3, [("withdraw", {"union": 1})], "once"), (3, [("put_in_force", {"union": 1, "start": 0})], "once")],
    ),
    "empty_regime_below": (
        START,
        [facts(), enters(), regime(), ("regime", {"union": 1, "start": 30, "length": 60, "draft": False, "lines": []})],
        idle(5, 20),
    ),
    "season_removed_now_begun": (
        START,
        [facts(), enters(), regime(), season("fixed", 4, 1, 0, 10)],
        [(34, [no_season()], "once"), *idle(2)],
    ),
    "season_removed_now_closed": (
        START,
        [facts(), enters(), regime(line(every="week")), season("fixed", 3, 9, 0, 30)],
        [(20, [no_season()], "once"), *idle(3)],
    ),
    "season_added_over_begun": (START, base, [(5, [season("fixed", 3, 5, 2, 25)], "once"), *idle(3, 10)]),
    "pause_shortened": (START, [*base, pause(3, 60)], [(20, [], "once"), (30, [end_pause(-25)], "once"), *idle(3)]),
    "pause_shortened_closes_before": (START, [*base, pause(3, 60)], [(35, [end_pause(-28)], "once"), *idle(3)]),
    "pause_now_cover": (START, base, [(10, [pause(0, 45)], "once"), *idle(3, 20)]),
    "pause_after_overdue": (START, base, [(35, [pause(-20, 60)], "once"), *idle(3, 10)]),
    "pause_year": (
        START,
        [facts(), enters(), regime(line(every="year"), line(every="week", need="phone"))],
        [(10, [pause(0, 360)], "once"), (50, [end_pause(0)], "once"), *idle(3, 20)],
    ),
    "overlap_contacts": (
        START,
        [facts(), enters(), regime(line(every="week", early_days=30, late_days=20))],
        [
            (3, [contact(), contact(), contact()], "once"),
            (3, [contact(4), contact()], "once"),
            (30, [contact(20), contact(9), contact(25), contact()], "once"),
        ],
    ),
    "tie": (
        START,
        [facts(), enters(), regime(line(every="week")), season("fixed", 3, 10, 1, 30)],
        [(42, [contact()], "once"), (1, [contact()], "once"), (4, [contact(), contact(2)], "once")],
    ),
    "late_replaced": (START, base, [(33, [contact()], "once"), (1, [contact(10)], "once"), (1, [contact(12)], "once")]),
    "calendar_begun": (
        START,
        [facts(), enters(), regime(line(late_days=3, working_days=True, early_days=10))],
        [(25, [("calendar_day", {"start": 6, "kind": "holiday"})], "once"), *idle(3, 3)],
    ),
    "calendar_begun_opens": (
        START,
        [facts(), enters(), regime(line(late_days=3, working_days=True, early_days=10))],
        [
            (
                12,
                [("calendar_day", {"start": 2, "kind": "holiday"}), ("calendar_day", {"start": 3, "kind": "holiday"})],
                "once",
            ),
            *idle(12, 1),
        ],
    ),
    "never_exception": (
        START,
        base,
        [(5, [exception({"need": "any", "every": "never"}, start=0, length=60)], "once"), *idle(4, 20)],
    ),
    "never_then_join": (
        START,
        [facts(), enters(), regime(), exception({"need": "any", "every": "never"}, start=-10, length=25)],
        idle(4, 15),
    ),
    "exception_other_period": (
        START,
        base,
        [(5, [exception(line(every="week", early_days=40), start=0, length=60)], "once"), *idle(4, 20)],
    ),
    "station_share": (
        START,
        [facts(), enters(0, 5), regime(), value("visits.join_share", 90, 0, 0), value("visits.join_share", 30, 60)],
        idle(8, 15),
    ),
    "share_changes_later": (
        START,
        [facts(), enters(0, 0), regime(line(every="quarter"))],
        [
            (1, [value("visits.join_share", 20, -10)], "once"),
            (1, [value("visits.join_share", 90, -9)], "once"),
            *idle(2),
        ],
    ),
    "kept_changes": (
        START,
        [*base, season("fixed", 4, 10, 5, 12)],
        [
            (5, [value("visits.window_kept", 90, 0)], "once"),
            (30, [value("visits.window_kept", 30, -31)], "once"),
            *idle(2, 10),
        ],
    ),
    "horizon": (
        START,
        [*base, value("visits.horizon_days", 300, 0)],
        [
            (5, [value("visits.horizon_days", 120, 3)], "once"),
            *idle(9, 20),
            (1, [value("visits.horizon_days", 400, 0)], "once"),
            *idle(3, 60),
        ],
    ),
    "idle_long": (
        START,
        [facts(), enters(), regime(line(every="week"), line(every="year", need="onsite"))],
        idle(12, 31),
    ),
    "suspended": (
        START,
        base,
        [(5, [facts(status="suspended", start=0)], "once"), (20, [facts(start=0)], "once"), *idle(3, 10)],
    ),
    "chain_on_first_day": (
        START,
        [
            *base,
            ("on_chain", {"enterprise": 0, "chain": 0, "start": 20, "length": 15}),
            season("fixed", 4, 1, 5, 10, chain=True),
        ],
        [
            (10, [("off_chain", {"enterprise": 0, "start": 5})], "once"),
            (15, [("on_chain", {"enterprise": 0, "chain": 0, "start": 0, "length": None})], "once"),
            *idle(2, 10),
        ],
    ),
    "season_term_cuts": (
        START,
        [
            *base,
            season("fixed", 4, 1, 5, 10, start=25, length=300),
            season("spring", None, None, 10, 10, start=-300, length=340),
        ],
        idle(4, 100),
    ),
    "backdated_entry": (
        START,
        [facts(), regime(line(every="quarter"))],
        [(20, [enters(0, -60)], "once"), (30, [leaves(-20)], "once"), (3, [enters(0, -15)], "once"), *idle(2, 10)],
    ),
    "re_enter_same_window": (START, base, [(5, [leaves(0)], "once"), (3, [enters(0, 0)], "once"), *idle(2, 10)]),
    "leave_and_back_between_ticks": (START, base, [(5, [leaves(-2), enters(0, 0)], "once"), *idle(2, 10)]),
    "drop_line": (START, base, [(5, [("drop_line", {"which": 0})], "once"), *idle(2, 10)]),
    "cancel_future": (
        START,
        base,
        [
            (5, [("cancel", {"which": 2})], "once"),
            (3, [season("fixed", 5, 1, 0, 20)], "once"),
            (2, [leaves(0)], "once"),
            (2, [enters(0, 0)], "once"),
            *idle(2, 30),
        ],
    ),
    "levels": (
        START,
        [facts(), enters(), regime(line(levels=["team", "worker"]))],
        [(1, [contact(levels=["team"])], "once"), (1, [contact(levels=["worker", "team", "enterprise"])], "once")],
    ),
    "roles": (
        START,
        [facts(), enters(), regime(line(role="chief"), line(role="liaison"), line())],
        [(1, [contact(role="liaison")], "once"), (1, [contact()], "once"), (1, [contact(role="chief")], "once")],
    ),
    "join_mode": (
        START,
        [facts(), enters(), regime(line(need="onsite"), line(need="phone"), line())],
        [
            (1, [contact(mode="joint")], "once"),
            (1, [contact(mode="meeting")], "once"),
            (1, [contact(outcome="contacted", mode="onsite")], "once"),
        ],
    ),
    "early_over_register": (START, [facts(), enters(0, 0), regime(line(every="month", early_days=45))], idle(3, 20)),
    "tie_break_rules": (
        START,
        [
            facts(size="small", risk="calm"),
            enters(),
            regime(
                line(tier="lead"),
                line(size="small", risk="calm", every="week"),
                line(size="small", every="quarter"),
                line(every="year"),
            ),
        ],
        [
            (3, [facts(tier="key", size="small", risk="calm", start=3)], "once"),
            (3, [facts(tier="key", size="large", risk="calm", start=3)], "once"),
            *idle(2, 20),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_course(name: str) -> None:
    play(Town(), CASES[name])
