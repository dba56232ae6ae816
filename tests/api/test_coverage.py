"""Coverage over the API: the shape for machines, the same figures as the page, exactly the rows behind each."""

from typing import Any

import pytest

from crm.core import clock
from crm.coverage.cuts import Cut
from crm.coverage.measures import MEASURES
from crm.coverage.periods import Period, month_of, quarter_of
from crm.coverage.selectors import chain_coverage
from tests import build
from tests.api.client import Api, problem

pytestmark = pytest.mark.django_db


def busy() -> build.World:
    world = build.world()
    today = clock.today()
    for place in (0, 1, 4):
        build.visit(world.enterprises[place], world.posts["officer0" if place < 4 else "officer1"], today)
    rule = world.regime.rules.order_by("pk")[0]
    met = world.enterprises[0].visits.get()
    build.obligation(world.enterprises[0], rule, today.replace(day=1), today, met_by=met, met_on=today)
    build.obligation(world.enterprises[1], rule, today.replace(day=1), today)
    return world


def rates(answer: Any) -> dict[str, tuple[int, int]]:
    return {rate["measure"]: (rate["n"], rate["d"]) for rate in answer["rates"]}


def test_the_rates_of_a_station() -> None:
    world = busy()
    answer = Api(world.consumer).get("coverage/", station=world.station.pk, period="month").json()
    today = clock.today()
    assert answer["period"] == {
        "code": f"{today:%Y-%m}",
        "start": str(today.replace(day=1)),
        "end": str(month_of(today).end),
    }
    assert (answer["as_of"], answer["cut"]["station"], answer["nodes"]) == (str(today), world.station.pk, [])
    assert rates(answer) == {
        "responsibility": (6, 8),
        "contact": (3, 6),
        "visit": (3, 6),
        "on_time": (1, 2),
        "nodes": (2, 3),
    }
    contact = answer["rates"][1]
    assert set(contact) == {"measure", "measure_version", "n", "d", "value", "as_of", "known_at"}
    assert (contact["value"], contact["as_of"]) == (50.0, str(today))


def test_an_empty_rate_has_no_value() -> None:
    world = build.world()
    answer = Api(world.leader).get("coverage/", chain=build.chain(world.district).pk).json()
    assert {rate["measure"]: (rate["d"], rate["value"]) for rate in answer["rates"]}["contact"] == (0, None)


@pytest.mark.parametrize("role", ["chief", "leader", "consumer", "officer0", "liaison"])
@pytest.mark.parametrize("period", [month_of, quarter_of])
def test_a_chain_reads_as_on_its_page(role: str, period: Any) -> None:
    world = busy()
    user = world.officers[0] if role == "officer0" else getattr(world, role)
    when: Period = period(clock.today())
    answer = Api(user).get("coverage/", chain=world.chain.pk, period=when.code).json()
    page = chain_coverage(Cut(user, when, clock.today(), chain=world.chain))
    assert rates(answer) == {code: (rate.n, rate.d) for code, rate in page.total.items()}
    for node, row in zip(answer["nodes"], page.nodes, strict=True):
        assert (node["node"], node["in_scope"], node["empty"]) == (row.node.pk, row.in_scope, row.empty)
        assert rates(node) == {code: (rate.n, rate.d) for code, rate in row.rates.items()}


def test_all_chains_at_once() -> None:
    world = busy()
    build.chain(world.district)
    api = Api(world.staff)
    answer = api.get("coverage/chains/").json()
    assert len(answer["chains"]) == 2
    for one in answer["chains"]:
        assert rates(one) == rates(api.get("coverage/", chain=one["chain"]).json())
    assert {one["chain"]: one["empty_nodes"] for one in answer["chains"]}[world.chain.pk] == 1


@pytest.mark.parametrize("measure", [measure.code for measure in MEASURES])
def test_exactly_the_rows_behind_a_number(measure: str) -> None:
    world = busy()
    api = Api(world.leader)
    cut = {"chain": world.chain.pk, "period": "month"}
    n, d = rates(api.get("coverage/", **cut).json())[measure]
    for part, count in (("n", n), ("d", d), ("gap", d - n)):
        ids = api.ids("coverage/rows/", measure=measure, part=part, page_size=2, **cut)
        assert (len(ids), len(set(ids))) == (count, count)


def test_as_of_a_day_that_has_passed() -> None:
    world = busy()
    quarter = quarter_of(build.days_ago(100))
    answer = Api(world.staff).get("coverage/", period=quarter.code, as_of=quarter.last_day).json()
    assert (answer["as_of"], rates(answer)["responsibility"]) == (str(quarter.last_day), (6, 8))
    assert rates(answer)["contact"] == (0, 6)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"period": "2026-13"}, "period"),
        ({"period": "2026-Q4", "as_of": "2026-01-01"}, "as_of"),
        ({"as_of": "1999-01-01"}, "as_of"),
        ({"as_of": "yesterday"}, "as_of"),
        ({"chain": "999999999"}, "chain"),
        ({"chain": "x"}, "chain"),
        ({"node": "1e400"}, "node"),
        ({"town": "1"}, "town"),
    ],
)
def test_a_cut_that_makes_no_sense_is_refused(query: dict[str, str], field: str) -> None:
    body = problem(Api(build.world().staff).get("coverage/", **query), 400, "invalid")
    assert set(body["errors"]) == {field}


def test_a_foreign_chain_is_as_unknown_as_none() -> None:
    world = busy()
    foreign = build.chain(build.union("远方区总工会"))
    api = Api(world.staff)
    unknown, unseen = api.get("coverage/", chain=999999999), api.get("coverage/", chain=foreign.pk)
    assert (unseen.status_code, unseen.content) == (400, unknown.content)


def test_the_figures_cost_few_queries() -> None:
    world = busy()
    for user in (world.chief, world.leader, world.officers[0], world.liaison):
        api = Api(user)
        api.get("stations/")  # the first question of a day projects grants
        assert api.queries("coverage/", chain=world.chain.pk) <= 8
        assert api.queries("coverage/chains/") <= 8
        assert api.queries("coverage/rows/", measure="on_time", chain=world.chain.pk) <= 8
