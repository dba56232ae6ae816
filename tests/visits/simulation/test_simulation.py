"""The engine of obligations against the naive simulation of decision 7, over random courses of events.

LIANLIAN_SIMULATIONS says how many (8 by default), LIANLIAN_SIMULATED_DAYS how long, LIANLIAN_SEED which.
"""

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, seed, settings

from crm.core import clock
from crm.visits.models import Obligation
from crm.visits.services import plan_marked, plan_obligations
from tests.visits.simulation.naive import Key, Simulation
from tests.visits.simulation.town import COURSES, DAY, KNOWN, PLAIN, TOLD, Town, approve, refused

pytestmark = pytest.mark.django_db
SIMULATIONS = int(os.environ.get("LIANLIAN_SIMULATIONS", "8"))
SEED = int(os.environ.get("LIANLIAN_SEED", "20261123"))
HAPPENED: Counter[str] = Counter()  # how often each event was tried, or took effect where that is known
STATES: Counter[str] = Counter()  # of the obligations compared
Event = tuple[str, dict[str, Any]]
Course = tuple[dt.date, list[Event], list[tuple[int, list[Event], str]]]


def product(today: dt.date) -> dict[Key, tuple[Any, ...]]:
    """{identity: (opens, closes, met, cancelled, exempt, state on the day)} of what stands."""
    rows = Obligation.objects.with_state(today)
    return {
        (row.enterprise_id, row.station_id, row.rule_id, row.due): (
            row.opens,
            row.closes,
            row.met_on,
            row.cancelled_on,
            bool(row.exempt_reason),
            row.state_today,
        )
        for row in rows
    }


def simulated(simulation: Simulation, today: dt.date) -> dict[Key, tuple[Any, ...]]:
    states = simulation.states(today)
    return {
        key: (row.opens, row.closes, row.met_on, row.cancelled_on, row.exempt, states[key])
        for key, row in simulation.owed.items()
    }


def near(rows: dict[Key, tuple[Any, ...]], today: dt.date) -> dict[Key, tuple[Any, ...]]:
    return {key: row for key, row in sorted(rows.items()) if row[0] <= today + KNOWN * DAY}


def differences(stands: dict[Key, Any], owed: dict[Key, Any]) -> dict[Key, tuple[Any, Any]]:
    """{identity: (of the product, of the simulation)} where they differ."""
    return {
        key: (stands.get(key), owed.get(key))
        for key in sorted(stands.keys() | owed.keys())
        if stands.get(key) != owed.get(key)
    }


def assert_the_past_stays(
    before: dict[Key, tuple[Any, ...]], after: dict[Key, tuple[Any, ...]], today: dt.date
) -> None:
    """What had closed stands as it stood, but for a contact that met it since."""
    for key, (opens, closes, met, cancelled, exempt, _state) in before.items():
        if closes < today:
            assert key in after, f"{key} is gone"
            now = after[key]
            assert now[:2] == (opens, closes), key
            assert now[3] in (cancelled, today), key  # somebody may cancel what is late
            assert now[4] == exempt, key
            assert now[2] == met or met is None or (met > closes and now[2] <= closes), key


def play(town: Town, course: Course) -> None:
    """Let the days pass and compare after each."""
    today, first, later = course
    simulation = Simulation()
    stood: dict[Key, tuple[Any, ...]] = {}
    for ahead, happenings, manner in [(0, first, "once"), *later]:
        today += ahead * DAY
        with clock.fixed(today):
            town.place()
            for name, fields in happenings:
                if name in TOLD:
                    TOLD[name](town, simulation, **fields)
                    HAPPENED[name] += 1
                elif name != "approve":
                    HAPPENED[name] += not refused(PLAIN[name], town, **fields)
            approvals = [fields for name, fields in happenings if name == "approve"]
            if approvals:  # an approval finds what the day has left
                plan(town, today, "once")
                simulation.plan(today)
                for fields in approvals:
                    HAPPENED["approve"] += approve(town, **fields)
            plan(town, today, manner)
            simulation.plan(today)
            stands = product(today)
            found = differences(near(stands, today), near(simulated(simulation, today), today))
            assert not found, f"on {today}:\n" + "\n".join(f"{key}: {both}" for key, both in found.items())
            assert_the_past_stays(stood, stands, today)
            stood = stands
            STATES.update(row[-1] for row in stands.values())


def plan(town: Town, today: dt.date, manner: str) -> None:
    """The night's tick, or a way of planning that must give the same."""
    if manner == "piecemeal":
        for _ in range(len(town.enterprises) + 1):
            plan_marked(today, most=1)
    else:
        plan_marked(today)
    if manner == "twice":
        plan_marked(today)
    if manner == "stations":
        for station in town.stations:
            plan_obligations(actor=None, station=station)


@pytest.fixture
def town() -> Iterator[Town]:
    HAPPENED.clear(), STATES.clear()
    yield Town()
    print(f"states compared: {dict(sorted(STATES.items()))}")  # noqa: T201 - shown by -rP
    assert min(STATES["met"], STATES["overdue"], STATES["due"]) > 0, "courses without contacts show nothing of them"
    print(f"seed {SEED}, {SIMULATIONS} courses: {dict(sorted(HAPPENED.items()))}")  # noqa: T201 - shown by -rP


@settings(
    max_examples=SIMULATIONS,
    deadline=None,
    database=None,
    suppress_health_check=[*HealthCheck],
)
@seed(SEED)
@given(course=COURSES)
def test_the_engine_equals_the_simulation(town: Town, course: Course) -> None:
    with transaction.atomic():
        visitors = [dict(people) for people in town.visitors]
        play(town, course)
        transaction.set_rollback(True)
    town.visitors = visitors
