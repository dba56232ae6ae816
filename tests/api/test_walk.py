"""Every address of the API × every role × every method: declared, never a server error, few queries whatever the length."""

import uuid
from typing import Any

import pytest

from api.urls import RESOURCES
from crm.access.declared import Open
from crm.access.roles import Right
from crm.accounts.models import User
from crm.core import clock
from crm.programs.models import Delivery, Item, Policy
from crm.programs.services import move_item
from crm.programs.template import first_checklist
from crm.visits.models import Obligation, VisitPhoto
from enterprises.models import EnterpriseContact, RegisterEntry
from grids.models import Responsibility, ResponsibleList
from grids.services import draft_list
from tests import build
from tests.api.client import Api

LISTS = [name for name, viewset in RESOURCES.items() if hasattr(viewset, "list") and name != "coverage"]
HUGE = {"version": 10**30, "post": 1e400, "enterprise": True, "start": "0001-01-01", "reason": "\ud800", "move": []}
BODIES: list[Any] = [None, [], "text", 7, {"enterprises": [10**30], "start": "9999-12-31"}, HUGE]


def filled() -> build.World:
    """The common world with a row of every resource."""
    world = build.world()
    first, officer = world.enterprises[0], world.posts["officer0"]
    EnterpriseContact.objects.create(
        enterprise=first, name="陈敏", title="办公室", phone="13800000103", is_primary=True
    )
    visit = build.visit(first, officer, build.days_ago(3))
    build.photo(visit)
    rule = world.regime.rules.order_by("pk")[0]
    build.obligation(first, rule, build.days_ago(20), build.days_ago(2))
    issue = build.issue(first, officer, visit=visit)
    issue.events.create(sequence=1, actor_label="人员", verb="open", to_state="submitted")
    build.invited(build.event(officer), first)
    build.commitment(first, officer)
    build.planned(first, officer)
    reform(world)
    draft_list(actor=world.chief, station=world.station)
    return world


def reform(world: build.World) -> Delivery:
    """The district's checklist with an item begun, and a policy handed over."""
    first, today = world.enterprises[0], clock.today()
    first_checklist(world.district, "产改清单", build.days_ago(800))
    move_item(actor=world.officers[0], enterprise=first, item=14, to="in_progress", on=today, client_uuid=uuid.uuid4())
    policy = Policy.objects.create(
        union=world.district, title="补贴通知", issuer="区人社局", issued_on=build.days_ago(9), topic="skills"
    )
    return Delivery.objects.create(
        policy=policy, enterprise=first, station=world.station, post=world.posts["officer0"], delivered_on=today
    )


def cast(world: build.World) -> dict[str, User]:
    names = ("chief", "liaison", "leader", "staff", "consumer", "administrator", "outsider")
    return {name: getattr(world, name) for name in names} | {"officer": world.officers[0]}


@pytest.mark.parametrize("name", RESOURCES)
def test_every_action_declares_its_right(name: str) -> None:
    viewset = RESOURCES[name]
    standard = ("list", "retrieve", "create", "update", "partial_update", "destroy")
    routed = {action for action in standard if hasattr(viewset, action)}
    routed |= {action.__name__ for action in viewset.get_extra_actions()}
    assert set(viewset.action_rights) == routed
    assert all(isinstance(right, (Right, Open)) for right in viewset.action_rights.values())


@pytest.mark.django_db
def test_no_address_breaks_for_anybody() -> None:
    world = filled()
    users = cast(world)
    seen: dict[int, int] = {}
    for user in [None, *users.values()]:
        api = Api(user)
        thorough = user == users["chief"]
        for path in addresses(world):
            responses = [api.get(path), api.post(path, {})]
            if thorough:
                responses += [api.post(path, body) for body in BODIES]
                responses += [api.patch(path, HUGE), *odd_requests(api, path)]
            for response in responses:
                seen[response.status_code] = seen.get(response.status_code, 0) + 1
                assert response.status_code < 500, (user, path, response.content.decode())
                if response.status_code >= 400:
                    assert response["Content-Type"] == "application/problem+json", (user, path)
                if user is None:
                    assert response.status_code in (401, 405), (path, response.status_code)
    assert {200, 400, 401, 403, 404, 405, 415} <= set(seen)


def odd_requests(api: Api, path: str) -> list[Any]:
    url = f"/api/v1/{path}"
    return [
        api.client.options(url),
        api.client.head(url),
        api.client.delete(url),
        api.client.put(url, "{}", content_type="application/json"),
        api.client.post(url, "<a/>", content_type="text/xml"),
        api.client.post(url, b"\xff{", content_type="application/json"),
        api.client.post(url, "[" * 100_000, content_type="application/json"),
        api.client.get(url, {"cursor": "x", "page_size": "0"}),
        api.client.get(url, {"cursor": "WzFd", "unheard_of": "1"}),
        api.client.get(url, headers={"Accept": "text/csv"}),
    ]


def addresses(world: build.World) -> list[str]:
    """Every routed address with ids of rows that are there, an id of nobody, and nonsense."""
    ids = {
        "unions": world.district.pk,
        "parks": world.station.home_park_id,
        "stations": world.station.pk,
        "posts": world.posts["chief"].pk,
        "appointments": world.posts["chief"].appointments.get().pk,
        "chains": world.chain.pk,
        "nodes": world.nodes[0].pk,
        "enterprises": world.enterprises[0].pk,
        "register": RegisterEntry.objects.filter(station=world.station)[0].pk,
        "grids": world.grids[0].pk,
        "responsibilities": Responsibility.objects.order_by("pk")[0].pk,
        "recusals": 999999999,
        "lists": ResponsibleList.objects.get().pk,
        "obligations": Obligation.objects.order_by("pk")[0].pk,
        "visits": world.enterprises[0].visits.get().pk,
        "contact-events": world.posts["officer0"].contact_events.get().pk,
        "commitments": world.enterprises[0].commitments.get().pk,
        "planned-visits": world.enterprises[0].planned_visits.get().pk,
        "photos": VisitPhoto.objects.get().pk,
        "issues": world.enterprises[0].issues.get().pk,
        "items": Item.objects.get().pk,
        "policies": Policy.objects.get().pk,
        "deliveries": Delivery.objects.get().pk,
    }
    found = ["", "schema/", "nonsense/", "visits/x/", "visits/99999999999999999999/"]
    for name, viewset in RESOURCES.items():
        found.append(f"{name}/")
        for action in viewset.get_extra_actions():
            found += [f"{name}/{ids[name]}/{action.url_path}/" if action.detail else f"{name}/{action.url_path}/"]
        if name in ids:
            found += [f"{name}/{ids[name]}/", f"{name}/999999999/"]
    return found


@pytest.mark.django_db
def test_a_list_costs_the_same_whatever_its_length() -> None:
    world = filled()
    users = cast(world)
    apis = {role: Api(users[role]) for role in ("chief", "officer", "liaison", "leader", "consumer")}
    for api in apis.values():
        api.get("stations/")  # the first question of a day projects grants
    for _ in range(10):
        grow(world)
    many(world, 210)
    asked = 0
    for name in LISTS:
        for role, api in apis.items():
            if api.get(f"{name}/").status_code == 403:
                continue
            counts = {api.queries(f"{name}/", page_size=size) for size in (10, 50, 200)}
            assert len(counts) == 1, (name, role, counts)
            assert counts.pop() <= 8, (name, role)
            asked += 1
    assert asked > 60


def many(world: build.World, count: int) -> None:
    """Long lists: enterprises with contacts, duties, visits, issues, obligations."""
    post, rule = world.posts["officer0"], world.regime.rules.order_by("pk")[0]
    liaison = world.posts["liaison"]
    for _ in range(count):
        row = build.enterprise(at=world.station)
        EnterpriseContact.objects.create(enterprise=row, name="赵云", phone="13800000104")
        build.responsible(row, post)
        build.responsible(row, liaison, chain=world.chain)
        build.on_node(row, world.nodes[2])
        visit = build.visit(row, post, build.days_ago(5), visitor=post.appointments.get().person)
        build.issue(row, post, visit=visit)
        build.obligation(row, rule, build.days_ago(20), clock.today())
        build.commitment(row, post)
        build.planned(row, post)
        build.invited(build.event(post), row)


def grow(world: build.World) -> None:
    """Some more of what there are few of."""
    build.chain(world.district)
    build.grid(world.station)
    build.park(world.district)
    build.union("基层工会", world.district, level="grassroots")
    build.station(world.district)
    build.holder("liaison", world.station)
