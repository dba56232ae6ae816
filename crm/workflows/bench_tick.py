"""The nightly tick in a small and in a large country with the same number due: its work grows with what is due alone.

Each is generated into a server of its own, durable as a site's, which is removed at the end.
"""

import datetime as dt
import io
import statistics
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.models import F

from crm.core import clock
from crm.core.postgres import ensure_server
from crm.core.ticks import registered
from crm.visits.models import PlanMark
from crm.visits.services import PlanReport, plan_marked
from enterprises.models import Enterprise

VISITS_EACH = 1  # the tick reads no visits
MOST_DUE, ROUNDS, WARM = 2000, 5, 50
LATER = dt.timedelta(days=60)  # since the countries were generated: windows have come into the horizon


class Unmeasured(Exception):
    """There is no figure; the message says why."""


def tick_seconds(small: int, large: int) -> tuple[float, float]:
    """Median seconds of the tick among so many enterprises each, the two taking turns.

    Raises Unmeasured when a table that grows with the country is read from end to end, or when the two did not do the
    same amount of work.
    """
    if "SERVER" not in connection.settings_dict:
        raise Unmeasured("it is measured on our own servers alone; unset DATABASE_URL")
    due = min(MOST_DUE, small // (2 * ROUNDS))
    took: dict[int, list[float]] = {small: [], large: []}
    written = Counter[int]()
    with ExitStack() as stack:
        countries = {size: stack.enter_context(country(size)) for size in (small, large)}
        for turn in range(ROUNDS):
            for size, name in countries.items():
                with using(name):
                    mark(WARM, size, 2 * turn + 1)
                    tick()
                    mark(due, size, 2 * turn)
                    start = time.perf_counter()
                    written[size] += tick().created
                    took[size].append(time.perf_counter() - start)
        with using(countries[large]):
            mark(due, large, 1)
            scanned = whole_reads(statements_of(tick), large_tables(large // 2))
    if scanned:
        raise Unmeasured(f"read from end to end: {', '.join(sorted(scanned))}")
    few, many = written[small], written[large]
    if not few or max(few, many) > 1.25 * min(few, many):  # different enterprises: a few owe more often than others
        raise Unmeasured(f"{few} and {many} contacts were planned")
    return statistics.median(took[small]), statistics.median(took[large])


def tick() -> PlanReport:
    """What a night does: the rooms' functions, and the planning of whoever is due."""
    for function in registered().values():
        function(clock.today())
    report = plan_marked()
    assert not PlanMark.objects.filter(next_on__lte=clock.today()).exists()
    return report


def mark(due: int, rows: int, turn: int) -> None:
    """Make so many enterprises due today, from all over the country; other ones in each turn."""
    first = Enterprise._base_manager.order_by("pk").values_list("pk", flat=True)[0]
    step = rows // due
    chosen = [first + number * step + turn % step for number in range(due)]
    PlanMark.objects.filter(pk__in=chosen).update(next_on=clock.today())


@contextmanager
def country(enterprises: int) -> Iterator[str]:
    """The name of a server with so many generated enterprises, which is removed at the end."""
    name = f"bench-{enterprises}"
    server = ensure_server(name)
    try:
        with using(name):
            with clock.fixed(clock.today() - LATER):
                call_command(
                    "generate", enterprises=enterprises, visits_per_enterprise=VISITS_EACH, stdout=io.StringIO()
                )
            PlanMark.objects.update(next_on=F("next_on") + LATER)  # from tomorrow on, as when it was generated
            with connection.cursor() as cursor:
                cursor.execute("VACUUM (ANALYZE) visits_planmark")
        yield name
    finally:
        server.leave()
        server.remove()


@contextmanager
def using(name: str) -> Iterator[None]:
    """Let Django's connection lead to another of our servers."""
    usual = connection.settings_dict["SERVER"]
    connection.close()
    connection.settings_dict["SERVER"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["SERVER"] = usual


def statements_of(work: Callable[[], object]) -> list[tuple[str, dict[str, Any]]]:
    """[(statement, plan)] of everything that the work asks of the database and that has a plan."""
    found: list[tuple[str, dict[str, Any]]] = []

    def explained(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")) and not many:
            with context["connection"].connection.cursor() as cursor:  # below Django, which would explain this as well
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                found.append((sql, cursor.fetchone()[0][0]["Plan"]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        work()
    return found


def large_tables(at_least: int) -> set[str]:
    """Tables of at least so many rows, as the planner knows them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [at_least])
        return {name for (name,) in cursor.fetchall()}


def whole_reads(statements: Iterable[tuple[str, dict[str, Any]]], tables: Collection[str]) -> set[str]:
    """Those of the tables that a plan reads from end to end, by themselves or by an index without a condition."""
    nodes = [node for _sql, plan in statements for node in nodes_of(plan) if node.get("Relation Name") in tables]
    found = [node for node in nodes if node["Node Type"] not in ("ModifyTable", "Bitmap Heap Scan")]
    return {node["Relation Name"] for node in found if "Index Cond" not in node and "TID Cond" not in node}


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan's nodes, itself first."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes_of(child)
