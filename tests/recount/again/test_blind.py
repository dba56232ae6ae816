"""Coverage counted a second time from the base tables, written independently from the definitions alone."""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from crm.access.grants import one_request
from crm.core import clock
from crm.coverage.cuts import Cut
from crm.coverage.periods import Period, month_of, quarter_of
from crm.coverage.selectors import coverage
from tests import build
from tests.worlds import RandomWorld, random_world

pytestmark = pytest.mark.django_db

CODES = ("responsibility", "contact", "visit", "on_time", "nodes")
SEEDS = (11, 23, 58, 97)
HERE = Path(__file__).parent

Counts = dict[str, tuple[int, int]]


@cache
def question(code: str) -> str:
    return (HERE / f"{code}.sql").read_text(encoding="utf-8")


def recounted(cut: Cut) -> Counts:
    """(n, d) of each measure as the SQL counts it."""
    asked = {
        "start": cut.period.start,
        "end": cut.period.end,
        "as_of": cut.as_of,
        "chain": cut.chain and cut.chain.pk,
        "node": cut.node and cut.node.pk,
        "station": cut.station and cut.station.pk,
        "union_path": cut.union and cut.union.path,
    }
    found: Counts = {}
    with connection.cursor() as cursor:
        for code in CODES:
            cursor.execute(question(code), asked)
            found[code] = cursor.fetchone()
    return found


def counted(cut: Cut) -> Counts:
    """(n, d) of each measure as the product counts it."""
    with one_request():
        return {code: (int(rate.n), int(rate.d)) for code, rate in coverage(cut).items() if code in CODES}


def moments() -> Iterator[tuple[dt.date, Period]]:
    """Today and three months ago; periods that run, and one that is over."""
    today, ago = clock.today(), build.days_ago(91)
    yield today, month_of(today)
    yield today, quarter_of(today)
    yield today, quarter_of(ago)
    yield ago, month_of(ago)
    yield ago, quarter_of(ago)


def places(world: RandomWorld) -> Iterator[dict[str, Any]]:
    yield {}
    yield from ({"station": row} for row in world.stations)
    yield from ({"union": row} for row in (world.city, *world.districts))
    yield from ({"chain": row} for row in world.chains)
    yield from ({"node": row} for row in world.nodes)
    yield from ({"chain": world.chains[0], "station": row} for row in world.stations)
    yield from ({"chain": world.chains[1], "union": row} for row in world.districts)


@pytest.mark.parametrize("seed", SEEDS)
def test_product_and_recount_agree_in_a_random_world(seed: int) -> None:
    world = random_world(seed)
    differences, seen = [], dict.fromkeys(CODES, 0)
    corner = world.days[1]
    for as_of, period in (*moments(), (corner, month_of(corner)), (corner, quarter_of(corner))):
        whole = Cut(world.leader, period, as_of)
        for place in places(world):
            ours, theirs = recounted(whole.at(**place)), counted(whole.at(**place))
            where = ", ".join(f"{key} {row.pk}" for key, row in place.items()) or "all"
            for code in CODES:
                seen[code] += 0 < ours[code][0] < ours[code][1]
                if ours[code] != theirs[code]:
                    differences.append(f"{code} {period.start} as of {as_of} {where}: {ours[code]} ≠ {theirs[code]}")
    assert not differences, f"{len(differences)} differ:\n" + "\n".join(differences)
    assert min(seen.values()) > 5, f"hardly anything to compare: {seen}"
