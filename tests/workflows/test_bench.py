"""`manage.py bench` measures real work and leaves nothing behind."""

from typing import Any

import pytest
from django.db import connection
from stdnum.cn import uscc

from crm.access.roles import Role
from crm.core import clock
from crm.visits.models import ContactPause, Exemption, Obligation, PlanMark, Visit
from crm.workflows.bench_tick import Unmeasured, mark, statements_of, tick, tick_seconds, whole_reads
from crm.workflows.management.commands.bench import Figure, bench_import, made_up_row
from enterprises.enums import Tier
from enterprises.models import ChainMembership, Enterprise, EnterpriseFact, EnterpriseSeason, RegisterEntry
from tests import build

pytestmark = pytest.mark.django_db


def test_it_imports_every_row_and_takes_them_all_back() -> None:
    build.holder(Role.CHIEF, at=build.station())
    figure = bench_import(20)
    assert (figure.name, figure.rows) == ("import", 20)
    assert figure.ratio == figure.seconds / figure.floor_seconds
    assert not Enterprise.objects.exists()


def test_made_up_codes_are_valid_and_differ() -> None:
    codes = [uscc.validate(made_up_row(number)[1]) for number in range(500)]
    assert len(set(codes)) == 500


@pytest.mark.parametrize(("ratio", "reached"), [(5.9, True), (6, True), (6.1, False)])
def test_a_goal_is_reached_up_to_its_figure(ratio: float, reached: bool) -> None:
    assert Figure("import", 1, ratio, 1, ratio, goal=6, peak_mb=1).reached is reached


GROW_WITH_THE_COUNTRY: list[Any] = [
    Enterprise, EnterpriseFact, RegisterEntry, ChainMembership, EnterpriseSeason, Obligation, PlanMark, ContactPause,
    Exemption, Visit,
]  # fmt: skip
TABLES = {model._meta.db_table for model in GROW_WITH_THE_COUNTRY}


def test_the_nightly_tick_finds_every_row_by_an_index() -> None:
    """Where a condition has an index, the planner takes it when it may not read a table by itself."""
    here = build.station()
    build.regime(here.union)
    for _ in range(6):
        build.enterprise(at=here, tier=Tier.KEY)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    statements = statements_of(tick)
    assert Obligation.objects.exists()
    assert {name for sql, _plan in statements for name in TABLES if name in sql} >= TABLES - {Visit._meta.db_table}
    assert whole_reads(statements, TABLES) == set()
    seen = statements_of(lambda: list(Obligation.objects.filter(need="phone")))
    assert whole_reads(seen, TABLES) == {Obligation._meta.db_table}  # it would be noticed
    seen = statements_of(lambda: list(PlanMark.objects.order_by("next_on")))
    assert whole_reads(seen, TABLES) == {PlanMark._meta.db_table}


def test_the_same_number_is_due_and_others_in_each_turn() -> None:
    here = build.station()
    for _ in range(20):
        build.enterprise(at=here)
    turns = []
    for turn in range(5):
        PlanMark.objects.update(next_on=build.days_ago(-1))
        mark(4, 20, turn)
        turns.append(set(PlanMark.objects.filter(next_on=clock.today()).values_list("pk", flat=True)))
    assert [len(due) for due in turns] == [4] * 5
    assert len(set.union(*turns)) == 20


def test_it_is_not_measured_on_a_server_that_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(connection.settings_dict, "SERVER")
    with pytest.raises(Unmeasured):
        tick_seconds(1000, 10_000)
