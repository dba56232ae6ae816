"""Who reads what: each role's cut, the outsider's nothing, the shapes of an answer."""

from typing import Any

import pytest

from api.urls import RESOURCES
from crm.core import clock
from enterprises.models import ChainSeat, EnterpriseContact, NodeEdge
from enterprises.services import set_facts
from grids.models import ResponsibleList
from grids.services import draft_list
from stations.models import StatedFigure, TradeUnion
from stations.services import appoint
from tests import build
from tests.api.client import Api, problem
from tests.api.test_walk import LISTS, addresses, filled

pytestmark = pytest.mark.django_db


def test_an_outsider_gets_nothing_anywhere() -> None:
    world = filled()
    api = Api(world.outsider)
    said = set()
    for path in addresses(world):
        if path in ("", "schema/"):
            continue
        response = api.get(path)
        assert response.status_code in (403, 404, 405), (path, response.status_code)
        if response.status_code == 403:
            said.add(response.content)
    assert len(said) == 1  # the same words for what is there and for what is not


def test_another_stations_people_read_nothing_of_ours() -> None:
    world = filled()
    chief, _post = build.holder("chief", world.other)
    api = Api(chief)
    invisible = {
        "stations": world.station.pk,
        "enterprises": world.enterprises[0].pk,
        "visits": world.enterprises[0].visits.get().pk,
        "issues": world.enterprises[0].issues.get().pk,
        "lists": ResponsibleList.objects.get().pk,
        "posts": world.posts["chief"].pk,
        "grids": world.grids[0].pk,
    }
    for name, pk in invisible.items():
        unknown, foreign = api.get(f"{name}/999999999/"), api.get(f"{name}/{pk}/")
        assert foreign.status_code == 404
        assert foreign.content == unknown.content
    for name in LISTS:
        assert set(api.ids(f"{name}/")) & {invisible.get(name)} == set()
    # a filter on what one does not see is the same mistake as a filter on what is not there
    for parameter, pk in (("station", world.station.pk), ("enterprise", world.enterprises[0].pk)):
        foreign, unknown = api.get("visits/", **{parameter: pk}), api.get("visits/", **{parameter: 999999999})
        assert (foreign.status_code, foreign.content) == (400, unknown.content)


def test_the_grid_officers_cut() -> None:
    world = filled()
    mine, theirs, nobodys = world.enterprises[:4], world.enterprises[4], world.enterprises[7]
    build.visit(theirs, world.posts["officer1"], build.days_ago(1))
    proxy = build.visit(theirs, world.posts["officer0"], build.days_ago(2), credited_post=world.posts["officer1"])
    build.issue(theirs, world.posts["officer1"])
    api = Api(world.officers[0])
    assert set(api.ids("enterprises/")) == {row.pk for row in world.enterprises}
    # own enterprises' visits, and the 代访 that the officer's own post has written
    assert set(api.ids("visits/")) == {mine[0].visits.get().pk, proxy.pk}
    assert api.ids("issues/") == [mine[0].issues.get().pk]
    assert api.ids("obligations/") == [mine[0].obligations.get().pk]
    shown = {row["enterprise"] for row in api.get("coverage/rows/", measure="responsibility").json()["results"]}
    assert shown == {row.pk for row in mine}
    assert nobodys.pk not in shown


def test_the_liaison_officers_cut() -> None:
    world = filled()
    ChainSeat.objects.create(
        chain=world.chain, post=world.posts["liaison"], kind="contact", term=build.term_from(build.days_ago(400))
    )
    own = world.enterprises[0]
    build.responsible(own, world.posts["liaison"], chain=world.chain)
    api = Api(world.liaison)
    # the chain's enterprises on the register; of these only the own one's visits, issues and contacts
    assert set(api.ids("enterprises/")) == {row.pk for row in world.enterprises[:6]}
    assert api.ids("visits/") == [own.visits.get().pk]
    assert api.ids("issues/") == [own.issues.get().pk]
    EnterpriseContact.objects.create(enterprise=world.enterprises[1], name="林强", phone="13900000104")
    contacts = {row["id"]: row["contacts"] for row in api.get("enterprises/").json()["results"]}
    assert contacts[own.pk][0]["name"] == {"masked": True, "hint": "陈*"}
    shown = api.post(f"enterprises/{own.pk}/reveal/", {"contact": contacts[own.pk][0]["id"], "reason": "appoint"})
    assert (shown.status_code, shown.json()["name"]) == (200, "陈敏")
    assert contacts[world.enterprises[1].pk] == []
    problem(api.get("lists/"), 403, "forbidden")


def test_personal_fields_are_masked_for_everybody_until_revealed() -> None:
    world = filled()
    pk = world.enterprises[0].pk
    line = f"lists/{ResponsibleList.objects.get().pk}/lines/"
    contact = EnterpriseContact.objects.get(enterprise=pk).pk
    for user in (world.leader, world.staff, world.consumer):
        problem(Api(user).post(f"enterprises/{pk}/reveal/", {"contact": contact, "reason": "check"}), 403, "forbidden")
    other = EnterpriseContact.objects.create(enterprise=world.enterprises[1], name="林强", phone="13900000104").pk
    for wrong in (other, 999999999):  # of another enterprise, and of none
        answer = Api(world.chief).post(f"enterprises/{pk}/reveal/", {"contact": wrong, "reason": "check"})
        assert "contact" in problem(answer, 400, "invalid")["errors"]
    for user in (world.chief, world.officers[0], world.leader, world.staff, world.consumer):
        masked = Api(user).get(f"enterprises/{pk}/").json()["contacts"][0]
        assert masked["name"] == {"masked": True, "hint": "陈*"}
        assert masked["phone"] == {"masked": True, "hint": "138****0103"}
        text = Api(user).get(line).content.decode()
        assert "13800000103" not in text
        assert "陈敏" not in text
        officer = world.posts["officer0"].appointments.get().person
        assert (officer.phone in text) == (user in (world.chief, world.officers[0]))


def test_an_officer_sees_masked_contacts_of_a_colleagues_enterprise() -> None:
    world = filled()
    EnterpriseContact.objects.create(enterprise=world.enterprises[4], name="林强", phone="13900000104")
    contacts = Api(world.officers[0]).get(f"enterprises/{world.enterprises[4].pk}/").json()["contacts"]
    assert contacts[0]["name"] == {"masked": True, "hint": "林*"}


def test_an_enterprise_as_it_stands_today() -> None:
    world = filled()
    row = world.enterprises[0]
    set_facts(actor=world.chief, enterprises=[row], start=clock.today(), tier="key", workers=120)
    answer = Api(world.chief).get(f"enterprises/{row.pk}/").json()
    assert answer["facts"] == {
        "since": str(clock.today()),
        "status": "operating",
        "tier": "key",
        "size": "",
        "workers": {"value": 120, "unit": "人", "qualifier": ""},
        "industrial_workers": None,
    }
    since = str(build.days_ago(700))
    node, post = world.nodes[0], world.posts["officer0"]
    assert answer["nodes"] == [{"chain": world.chain.pk, "node": node.pk, "name": node.name, "since": since}]
    assert answer["responsible"] == [
        {"post": post.pk, "role": "grid_officer", "title": post.title, "chain": None, "since": since}
    ]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"q": "云南"}, [6]),
        ({"registered": "true"}, [0, 1, 2, 3, 4, 5, 6, 7]),
        ({"tier": "lead"}, [7]),
        ({"node": 1}, [1, 3, 5]),
        ({"chain": 0}, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_filters_of_enterprises(query: dict[str, Any], places: list[int]) -> None:
    world = build.world()
    world.enterprises[6].name = "云南某公司"
    world.enterprises[6].save()
    set_facts(actor=world.chief, enterprises=[world.enterprises[7]], start=clock.today(), tier="lead")
    if "node" in query:
        query = {"node": world.nodes[query["node"]].pk}
    if "chain" in query:
        query = {"chain": world.chain.pk}
    assert Api(world.chief).ids("enterprises/", **query) == [world.enterprises[place].pk for place in places]


def test_a_post_shows_who_sits_there_today() -> None:
    world = build.world()
    vacant = build.post("grid_officer", world.station)
    stand_in = build.person("顾问")
    until = clock.today() + clock.dt.timedelta(days=30)
    appoint(actor=world.chief, post=vacant, person=stand_in, start=clock.today(), end=until, acting=True)
    seats = {row["id"]: row["seat"] for row in Api(world.staff).get("posts/").json()["results"]}
    assert seats[vacant.pk] == {
        "holder": None,
        "holder_since": None,
        "acting": {"id": stand_in.pk, "name": "顾问"},
        "acting_until": str(until - clock.dt.timedelta(days=1)),
        "vacant_since": str(vacant.start),
    }
    chief = world.chief.person
    assert chief is not None
    assert seats[world.posts["chief"].pk]["holder"] == {"id": chief.pk, "name": chief.name}


def test_a_chain_with_its_nodes_edges_leader_and_seats() -> None:
    world = build.world()
    elsewhere = build.chain(build.union("远方区总工会"))
    NodeEdge.objects.create(upstream=world.nodes[0], downstream=world.nodes[1])
    NodeEdge.objects.create(upstream=elsewhere.nodes.all()[0], downstream=world.nodes[1])
    lead = world.enterprises[0]
    world.chain.leaders.create(enterprise=lead, node=world.nodes[0], term=build.term_from(build.days_ago(9)))
    ChainSeat.objects.create(
        chain=world.chain, post=world.posts["liaison"], kind="team", term=build.term_from(build.days_ago(9))
    )
    answer = Api(world.chief).get(f"chains/{world.chain.pk}/").json()
    assert [node["number"] for node in answer["nodes"]] == [1, 2, 3]
    assert [node["upstream"] for node in answer["nodes"]] == [[], [world.nodes[0].pk], []]
    assert answer["leader"] == {"enterprise": lead.pk, "name": lead.name, "node": world.nodes[0].pk}
    assert answer["seats"] == [{"kind": "team", "post": world.posts["liaison"].pk}]


def test_a_station_gives_its_figures_with_unit_and_qualifier() -> None:
    world = build.world()
    StatedFigure.objects.create(
        station=world.station, code="workers", label="产业工人", value=4000, unit="人", qualifier="余", source="报纸"
    )
    answer = Api(world.staff).get(f"stations/{world.station.pk}/").json()
    assert answer["parks"] == [world.station.home_park_id]
    assert answer["stated_figures"][0]["figure"] == {"value": 4000, "unit": "人", "qualifier": "余"}


def test_a_union_names_the_union_above_it() -> None:
    world = build.world()
    rows = {row["id"]: row["parent"] for row in Api(world.chief).get("unions/").json()["results"]}
    city = TradeUnion.objects.get(path=world.district.path[: TradeUnion.steplen])
    assert rows == {world.district.pk: city.pk, city.pk: None}


def test_dated_rows_of_a_day() -> None:
    world = build.world()
    row, api = world.enterprises[6], Api(world.chief)
    build.responsible(row, world.posts["officer0"], build.days_ago(50), build.days_ago(20))
    build.responsible(row, world.posts["officer1"], build.days_ago(20))
    found = api.get("responsibilities/", enterprise=row.pk, on=build.days_ago(20)).json()["results"]
    assert [(one["post"], one["term"]) for one in found] == [
        (world.posts["officer1"].pk, {"start": str(build.days_ago(20)), "end": None})
    ]
    assert len(api.ids("responsibilities/", enterprise=row.pk)) == 2
    assert api.ids("register/", on=build.days_ago(701)) == []


def test_an_obligation_says_how_it_stands_today() -> None:
    world = filled()
    row, rule = world.enterprises[1], world.regime.rules.order_by("pk")[0]
    due = build.obligation(row, rule, build.days_ago(5), clock.today())
    build.obligation(row, rule, clock.today() + clock.dt.timedelta(days=3), clock.today() + clock.dt.timedelta(days=9))
    api = Api(world.chief)
    states = sorted(one["state"] for one in api.get("obligations/").json()["results"])
    assert states == ["due", "not_yet", "overdue"]
    assert api.ids("obligations/", state="due") == [due.pk]
    assert {one["every"] for one in api.get("obligations/").json()["results"]} == {"month"}


def test_a_list_and_its_lines_in_order() -> None:
    world = build.world()
    row = draft_list(actor=world.chief, station=world.station)
    answer = Api(world.officers[0]).get(f"lists/{row.pk}/").json()
    assert (answer["paper_number"], answer["state"]) == (str(row), "draft")
    api = Api(world.chief)
    first = api.get(f"lists/{row.pk}/lines/", page_size=4).json()
    rest = api.client.get(first["next"]).json()
    assert [line["position"] for line in first["results"] + rest["results"]] == [1, 2, 3, 4, 5, 6]
    mine = Api(world.officers[1]).get(f"lists/{row.pk}/lines/").json()["results"]
    assert {line["enterprise"] for line in mine} == {enterprise.pk for enterprise in world.enterprises[4:6]}


def test_an_issues_story_and_moves() -> None:
    world = filled()
    pk = world.enterprises[0].issues.get().pk
    assert [event["verb"] for event in Api(world.chief).get(f"issues/{pk}/events/").json()["results"]] == ["open"]
    (move,) = Api(world.chief).get(f"issues/{pk}/moves/").json()
    assert move == {"move": "accept", "allowed": True, "why_not": "", "needs": ["kind"]}
    (move,) = Api(world.consumer).get(f"issues/{pk}/moves/").json()
    assert (move["allowed"], bool(move["why_not"])) == (False, True)


def test_every_resource_is_at_the_root() -> None:
    listed = Api(build.world().chief).get("").json()
    assert set(listed) == {name for name, viewset in RESOURCES.items() if hasattr(viewset, "list")} | {
        name for name, viewset in RESOURCES.items() if hasattr(viewset, "create")
    }
