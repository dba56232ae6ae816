"""Writes over the API: the services' rules, once per client UUID, versions, rights by role, nothing half-saved."""

import datetime as dt
import uuid
from typing import Any

import pytest

from api.urls import RESOURCES
from crm.accounts.models import User
from crm.core import clock
from crm.issues.models import Issue
from crm.visits.models import Obligation, Visit
from enterprises.models import Candidate, ChainMembership, Enterprise, RegisterEntry
from grids.models import Responsibility, ResponsibleList
from stations.models import Appointment
from tests import build
from tests.api.client import Api, problem
from tests.api.test_walk import LISTS, cast, reform

pytestmark = pytest.mark.django_db


def visit_body(world: build.World, **fields: Any) -> dict[str, Any]:
    return {
        "client_uuid": str(uuid.uuid4()),
        "enterprise": world.enterprises[0].pk,
        "visited_on": str(clock.today()),
        "outcome": "met",
    } | fields


def issue_body(**fields: Any) -> dict[str, Any]:
    return {"client_uuid": str(uuid.uuid4()), "title": "夜班车太少", "category": "living"} | fields


# ------------------------------------------------------------------------------------------ the API consumer's story
def test_a_consumers_story() -> None:
    """It pulls the coverage, pushes a visit twice (one row, the same answer), an issue, and sees the coverage move."""
    world = build.world()
    person = world.consumer.person
    assert person is not None
    person.is_service = True
    person.save()
    api = Api(world.consumer)
    cut = {"station": world.station.pk, "period": "month"}
    before = {rate["measure"]: rate["n"] for rate in api.get("coverage/", **cut).json()["rates"]}

    (row, *_others) = api.get("enterprises/", page_size=1).json()["results"]
    body = visit_body(world, enterprise=row["id"])
    assert set(problem(api.post("visits/", body), 400, "invalid")["errors"]) == {"post"}  # for whom does it speak?
    body["post"] = row["responsible"][0]["post"]
    first, again = api.post("visits/", body), api.post("visits/", body)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    visit = Visit.objects.get()
    officer = world.officers[0].person
    assert officer is not None
    assert (visit.post, visit.visitor) == (world.posts["officer0"], officer)
    assert first.json()["visitor"] == officer.name

    other = api.post("visits/", body | {"outcome": "nobody"})
    assert set(problem(other, 409, "conflict")["errors"]) == {"client_uuid"}

    raised = issue_body(enterprise=row["id"], visit=visit.pk, post=body["post"])
    first, again = api.post("issues/", raised), api.post("issues/", raised)
    assert first.content == again.content
    assert Issue.objects.get().visit == visit
    assert first.json()["category"] == "living"

    after = {rate["measure"]: rate["n"] for rate in api.get("coverage/", **cut).json()["rates"]}
    assert after == before | {"contact": before["contact"] + 1, "visit": before["visit"] + 1}
    since = api.get("visits/", recorded_since=visit.recorded_at.isoformat()).json()["results"]
    assert [one["id"] for one in since] == [visit.pk]
    problem(api.post("stations/1/plan/", {}), 403, "forbidden")


# ------------------------------------------------------------------------------------------------- visits and reports
def test_an_officer_logs_a_visit_and_a_colleague_stands_in() -> None:
    world = build.world()
    answer = Api(world.officers[0]).post("visits/", visit_body(world, met=["owner"], topics=["policy"])).json()
    assert (answer["post"], answer["proxy"], answer["mode"]) == (world.posts["officer0"].pk, False, "onsite")
    answer = Api(world.officers[1]).post("visits/", visit_body(world)).json()
    assert (answer["post"], answer["proxy"]) == (world.posts["officer1"].pk, True)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"visited_on": str(dt.date(2099, 1, 1))}, "visited_on"),
        ({"visited_on": "1926-11-01"}, "visited_on"),
        ({"visited_on": "2026-02-30"}, "visited_on"),
        ({"outcome": "sighted"}, "outcome"),
        ({"topics": ["policy", "union", "safety", "living"]}, "topics"),
        ({"met": "owner"}, "met"),
        ({"workers_met": -1}, "workers_met"),
        ({"enterprise": 999999999}, "enterprise"),
        ({"enterprise": "x"}, "enterprise"),
        ({"client_uuid": "7"}, "client_uuid"),
        ({"notes": "\u0007"}, "notes"),
        ({"station": 1}, "station"),
        ({"outcome": "met", "mode": "phone"}, "mode"),
    ],
)
def test_a_wrong_visit_is_refused_by_field(fields: dict[str, Any], wrong: str) -> None:
    world = build.world()
    body = problem(Api(world.officers[0]).post("visits/", visit_body(world, **fields)), 400, "invalid")
    assert set(body["errors"]) == {wrong}
    assert not Visit.objects.exists()


def test_an_enterprise_out_of_reach_is_as_unknown_as_none() -> None:
    world = build.world()
    foreign = build.enterprise(at=world.other)
    api = Api(world.officers[0])
    sent = visit_body(world)
    unseen = api.post("visits/", sent | {"enterprise": foreign.pk})
    unknown = api.post("visits/", sent | {"enterprise": 999999999})
    assert (unseen.status_code, unseen.content) == (400, unknown.content)


def test_a_report_is_one_transaction() -> None:
    world = build.world()
    api = Api(world.officers[0])
    report = {"visit": visit_body(world), "issue": issue_body()}
    first, again = api.post("visit-reports/", report), api.post("visit-reports/", report)
    assert (first.status_code, first.content) == (201, again.content)
    assert first.json()["issue"]["visit"] == first.json()["visit"]["id"] == Visit.objects.get().pk
    used = report["issue"]["client_uuid"]
    broken = {"visit": visit_body(world), "issue": issue_body(client_uuid=used)}
    problem(api.post("visit-reports/", broken), 409, "conflict")
    assert Visit.objects.count() == 1
    assert api.post("visit-reports/", {"visit": visit_body(world), "issue": None}).json()["issue"] is None


def test_a_report_names_the_part_that_is_wrong() -> None:
    world = build.world()
    api = Api(world.officers[0])
    late = visit_body(world, next_contact_on=str(clock.today()))
    body = problem(api.post("visit-reports/", {"visit": late, "issue": issue_body()}), 400, "invalid")
    assert set(body["errors"]) == {"visit.next_contact_on"}
    body = problem(api.post("visit-reports/", {"visit": visit_body(world), "issue": {"title": ""}}), 400, "invalid")
    assert set(body["errors"]) == {"issue.client_uuid", "issue.title", "issue.category"}
    body = problem(
        api.post("visit-reports/", {"visit": visit_body(world), "issue": issue_body(title="<b>")}), 400, "invalid"
    )
    assert set(body["errors"]) == {"issue.title"}
    kept = {"visit": visit_body(world), "issue": issue_body(withheld=True)}
    assert set(problem(api.post("visit-reports/", kept), 400, "invalid")["errors"]) == {"issue.withheld"}
    assert not Visit.objects.exists()
    assert Api(world.chief).post("visit-reports/", kept).json()["issue"]["withheld"]


# ------------------------------------------------------------------------------------------------------------- issues
def test_an_issues_way() -> None:
    world = build.world()
    officer, chief = Api(world.officers[0]), Api(world.chief)
    issue = officer.post("issues/", issue_body(enterprise=world.enterprises[0].pk)).json()
    path = f"issues/{issue['id']}/move/"
    issue = officer.post(path, {"move": "accept", "version": 1, "kind": "request"}).json()
    assert (issue["state"], issue["version"]) == ("accepted", 2)
    body = problem(officer.post(path, {"move": "accept", "version": 1, "kind": "request"}), 409, "conflict")
    assert set(body["errors"]) == {"version"}
    problem(officer.post(path, {"move": "assign", "version": 2}), 403, "forbidden")
    assert set(problem(chief.post(path, {"move": "assign", "version": 2}), 400, "invalid")["errors"]) == {"handler"}
    handler = world.posts["officer1"].pk
    issue = chief.post(path, {"move": "assign", "version": 2, "handler": handler}).json()
    assert (issue["state"], issue["handler"]) == ("assigned", handler)
    assert Api(world.officers[1]).post(path, {"move": "start", "version": 3}).json()["state"] == "in_progress"


# ------------------------------------------------------------------------------------------------ register and grids
def test_a_chief_sets_a_station_up() -> None:
    world = build.world()
    api, today = Api(world.chief), str(clock.today())
    sent = {"station": world.station.pk, "client_uuid": str(uuid.uuid4()), "name": "斗南示例花卉有限公司"}
    first, again = api.post("enterprises/", sent), api.post("enterprises/", sent)
    assert (first.status_code, first.content) == (201, again.content)
    new = first.json()["id"]
    assert Candidate.objects.get().enterprise_id == new

    entered = api.post("register/", {"station": world.station.pk, "enterprises": [new, new], "start": today}).json()
    assert entered == {"done": 1, "unchanged": 0, "refused": []}
    assert RegisterEntry.objects.get(enterprise=new).station == world.station
    put = api.post(f"nodes/{world.nodes[2].pk}/put/", {"enterprises": [new], "start": today}).json()
    assert (put["done"], ChainMembership.objects.get(enterprise=new).node) == (1, world.nodes[2])
    assign = {"post": world.posts["officer1"].pk, "enterprises": [new, world.enterprises[4].pk], "start": today}
    assert api.post("responsibilities/", assign).json() == {"done": 1, "unchanged": 1, "refused": []}
    assert Responsibility.objects.get(enterprise=new).post == world.posts["officer1"]

    planned = api.post(f"stations/{world.station.pk}/plan/", {"months": 6}).json()
    assert planned["created"] == Obligation.objects.count() > 0
    assert api.post(f"stations/{world.station.pk}/plan/", {"months": 6}).json()["created"] == 0
    pk = Obligation.objects.order_by("pk")[0].pk
    cancelled = api.post(f"obligations/{pk}/cancel/", {"reason": "停产检修"}).json()
    assert (cancelled["state"], cancelled["cancel_reason"]) == ("cancelled", "停产检修")


def test_bulk_acts_name_the_ids_that_are_unknown() -> None:
    world = build.world()
    foreign = build.enterprise(at=world.other)
    sent = {"post": world.posts["officer1"].pk, "enterprises": [world.enterprises[0].pk, foreign.pk, 999999999]}
    body = problem(Api(world.chief).post("responsibilities/", sent | {"start": str(clock.today())}), 400, "invalid")
    assert body["errors"] == {"enterprises": [f"不存在，或不在管辖范围内。 ({foreign.pk}, 999999999)"]}
    assert Responsibility.objects.filter(enterprise=world.enterprises[0]).get().post == world.posts["officer0"]


def test_an_enterprise_is_corrected_in_the_version_that_was_read() -> None:
    world = build.world()
    api, pk = Api(world.chief), world.enterprises[0].pk
    changed = api.patch(f"enterprises/{pk}/", {"version": 1, "building": "3 号楼"}).json()
    assert (changed["version"], changed["building"]) == (2, "3 号楼")
    body = problem(api.patch(f"enterprises/{pk}/", {"version": 1, "building": "4 号楼"}), 409, "conflict")
    assert set(body["errors"]) == {"version"}
    assert Enterprise.objects.get(pk=pk).building == "3 号楼"
    assert set(problem(api.patch(f"enterprises/{pk}/", {"building": "4"}), 400, "invalid")["errors"]) == {"version"}
    body = problem(api.patch(f"enterprises/{pk}/", {"version": 2, "uscc": "91530199MA0000000X"}), 400, "invalid")
    assert set(body["errors"]) == {"uscc"}


def test_the_way_of_a_list() -> None:
    world = build.world()
    chief, leader = Api(world.chief), Api(world.leader)
    sent = {"station": world.station.pk, "client_uuid": str(uuid.uuid4())}
    first, again = chief.post("lists/", sent), chief.post("lists/", sent)
    assert (first.status_code, first.content) == (201, again.content)
    path = f"lists/{first.json()['id']}"
    assert chief.post(f"{path}/submit/", {"version": 1}).json()["state"] == "submitted"
    problem(chief.post(f"{path}/approve/", {"version": 2}), 403, "forbidden")
    assert leader.post(f"{path}/return/", {"version": 2, "reason": "缺联络员"}).json()["return_reason"] == "缺联络员"
    chief.post(f"{path}/submit/", {"version": 3})
    problem(leader.post(f"{path}/approve/", {"version": 3}), 409, "conflict")
    leader.post(f"{path}/approve/", {"version": 4})
    released = chief.post(f"{path}/release/", {"version": 5}).json()
    assert (released["state"], released["released_on"]) == ("released", str(clock.today()))
    body = problem(chief.post(f"{path}/discard/", {"version": 6}), 400, "invalid")
    assert set(body["errors"]) == {"state"}
    draft = chief.post("lists/", sent | {"client_uuid": str(uuid.uuid4())}).json()
    assert chief.post(f"lists/{draft['id']}/discard/", {"version": 1}).status_code == 204
    assert ResponsibleList.objects.count() == 1


def test_a_leader_appoints_from_the_right_source_only() -> None:
    world = build.world()
    vacant = build.post("grid_officer", world.station)
    grassroots = build.union("某企业工会", world.district, level="grassroots")
    person = world.liaison.person
    assert person is not None
    api = Api(world.leader)
    sent = {
        "post": vacant.pk,
        "person": person.pk,
        "start": str(clock.today()),
        "source_kind": "task_force",
        "source_union": grassroots.pk,
    }
    assert set(problem(api.post("appointments/", sent), 400, "invalid")["errors"]) == {"source_kind"}
    made = api.post("appointments/", sent | {"source_kind": "key_enterprise"})
    assert made.status_code == 201, made.content
    assert made.json()["person"] == {"id": person.pk, "name": person.name}
    assert Appointment.objects.get(post=vacant).source_union == grassroots
    stranger = api.post("appointments/", sent | {"person": build.person().pk})
    nobody = api.post("appointments/", sent | {"person": 999999999})
    assert (stranger.status_code, stranger.content) == (400, nobody.content)


# ------------------------------------------------------------------------------------------- who may write what at all
#                            chief officer liaison leader staff consumer administrator outsider
WRITES: list[tuple[str, tuple[int, ...]]] = [
    ("enterprises/", (400, 403, 403, 403, 403, 403, 403, 403)),
    ("register/", (400, 403, 403, 403, 403, 403, 403, 403)),
    ("nodes/{node}/put/", (400, 403, 403, 403, 403, 403, 403, 403)),
    ("responsibilities/", (400, 403, 403, 403, 403, 403, 403, 403)),
    ("appointments/", (400, 403, 403, 400, 403, 403, 403, 403)),
    ("lists/", (400, 403, 403, 403, 403, 403, 403, 403)),
    ("lists/{list}/submit/", (400, 403, 403, 403, 403, 403, 403, 403)),
    ("lists/{list}/return/", (403, 403, 403, 400, 403, 403, 403, 403)),
    ("lists/{list}/approve/", (403, 403, 403, 400, 403, 403, 403, 403)),
    ("lists/{list}/release/", (400, 403, 403, 400, 400, 403, 403, 403)),
    ("lists/{list}/discard/", (400, 403, 403, 403, 403, 403, 403, 403)),
    ("stations/{station}/plan/", (200, 403, 403, 403, 403, 403, 403, 403)),
    ("obligations/{obligation}/cancel/", (400, 403, 403, 403, 403, 403, 403, 403)),
    ("visits/", (400, 400, 400, 403, 403, 400, 403, 403)),
    ("visits/{visit}/confirm/", (403, 403, 403, 403, 403, 403, 403, 403)),
    ("visit-reports/", (400, 400, 400, 403, 403, 400, 403, 403)),
    ("issues/", (400, 400, 400, 403, 403, 400, 403, 403)),
    ("issues/{issue}/move/", (400, 400, 404, 400, 400, 400, 403, 403)),
    ("issues/{issue}/withhold/", (400, 403, 404, 400, 403, 403, 403, 403)),
    ("enterprises/{enterprise}/reveal/", (400, 400, 404, 403, 403, 403, 403, 403)),
    ("recusals/", (400, 403, 403, 403, 403, 403, 403, 403)),
    ("recusals/{recusal}/end/", (400, 403, 403, 403, 403, 403, 403, 403)),
    ("photos/", (400, 400, 400, 403, 403, 400, 403, 403)),
    ("contact-events/", (400, 400, 400, 403, 403, 400, 403, 403)),
    ("contact-events/{event}/invite/", (400, 400, 400, 403, 403, 400, 403, 403)),
    ("contact-events/{event}/sign-in/", (200, 200, 200, 403, 403, 200, 403, 403)),
    ("commitments/", (400, 400, 400, 403, 403, 400, 403, 403)),
    ("commitments/{commitment}/settle/", (400, 400, 404, 403, 403, 400, 403, 403)),
    ("policies/", (403, 403, 403, 400, 400, 403, 403, 403)),
    ("items/", (400, 400, 400, 400, 400, 400, 403, 403)),
    ("deliveries/", (400, 400, 400, 403, 403, 400, 403, 403)),
    ("deliveries/{delivery}/acknowledge/", (400, 400, 404, 400, 400, 400, 403, 403)),
]
WHO = ("chief", "officer", "liaison", "leader", "staff", "consumer", "administrator", "outsider")


@pytest.mark.parametrize(("path", "statuses"), WRITES)
def test_who_may_write_what(path: str, statuses: tuple[int, ...]) -> None:
    """An empty body is a mistake (400) for those who may, and a refusal for the others before it is read."""
    world = build.world()
    first, post = world.enterprises[0], world.posts["officer0"]
    row = ResponsibleList.objects.create(station=world.station, number=1, year=2026, as_of=clock.today())
    rule = world.regime.rules.order_by("pk")[0]
    ids = {
        "node": world.nodes[0].pk,
        "list": row.pk,
        "station": world.station.pk,
        "obligation": build.obligation(first, rule, build.days_ago(9), clock.today()).pk,
        "issue": build.issue(first, post).pk,
        "enterprise": first.pk,
        "recusal": build.recusal(world.officers[0], world.enterprises[7]).pk,
        "event": build.event(post).pk,
        "commitment": build.commitment(first, post).pk,
        "delivery": reform(world).pk,
        "visit": build.visit(first, post, clock.today()).pk,
    }
    users: dict[str, User] = cast(world)
    found = tuple(Api(users[who]).post(path.format(**ids), {}).status_code for who in WHO)
    assert found == statuses


def test_every_write_is_in_the_table() -> None:
    written = set()
    for name, viewset in RESOURCES.items():
        if hasattr(viewset, "create"):
            written.add(f"{name}/")
        for action in viewset.get_extra_actions():
            if "post" in action.mapping:
                written.add(f"{name}/{{}}/{action.url_path}/")
    table = {"/".join("{}" if part.startswith("{") else part for part in path.split("/")) for path, _ in WRITES}
    assert table == written


# --------------------------------------------------------------------------------------------- odd values, field by field
ODD: list[Any] = [None, "", "\x00", "\ud800", "长" * 5000, -1, 10**30, 1.5, True, {}, [[]], {"a": 1}, "9999-12-31"]


def test_no_odd_value_breaks_a_write() -> None:
    world = build.world()
    today = str(clock.today())
    row = ResponsibleList.objects.create(station=world.station, number=1, year=2026, as_of=clock.today())
    issue = build.issue(world.enterprises[0], world.posts["officer0"])
    bulk = {"enterprises": [world.enterprises[0].pk], "start": today}
    full = visit_body(world, mode="onsite", post=world.posts["chief"].pk, met=["hr"], workers_met=1, levels=["team"],
                      service_kinds=["service"], topics=["policy"], purpose="regular", notes="好", started_at="08:00",
                      next_contact_on=None)  # fmt: skip
    said = issue_body(text="早班", urgency="normal", kind="request", simple=False)
    promise = {"text": "两周内答复", "due_on": today}
    moved = {"item": 14, "to": "done", "evidence_kind": "document", "evidence": "协议", "done_on": today, "months": 12}
    bodies: dict[str, dict[str, Any]] = {
        "visits/": full,
        "visit-reports/": {"visit": full, "issue": said, "settled": [], "commitment": promise, "item": moved, "policies": []},
        "issues/": said | {"enterprise": world.enterprises[0].pk, "visit": None, "post": None, "raised_on": today},
        f"issues/{issue.pk}/move/": {"move": "accept", "version": 1, "kind": "request", "text": "", "reason": "",
                                     "handler": None, "outcome_type": "solved", "resolution": "solved",
                                     "satisfaction": "satisfied", "on_behalf_of": ""},
        "register/": bulk | {"station": world.station.pk, "reason": "operating"},
        f"nodes/{world.nodes[1].pk}/put/": bulk,
        "responsibilities/": bulk | {"post": world.posts["officer1"].pk, "chain": None},
        "appointments/": {"post": world.posts["officer1"].pk, "person": world.liaison.person_id, "start": today,
                          "end": None, "acting": True, "source_kind": "task_force", "source_union": None,
                          "source_office": "专班"},
        "lists/": {"station": world.station.pk, "client_uuid": str(uuid.uuid4()), "day": today, "valid_until": None},
        f"lists/{row.pk}/release/": {"version": 1},
        f"stations/{world.station.pk}/plan/": {"months": 1},
        "enterprises/": {"station": world.station.pk, "client_uuid": str(uuid.uuid4()), "name": "某公司", "uscc": "",
                         "registered_on": None, "park": None, "shift": "", "union_state": "own"},
    }  # fmt: skip
    api = Api(world.chief)
    for path, body in bodies.items():
        for name in body:
            for odd in ODD:
                response = api.post(path, body | {name: odd})
                assert response.status_code < 500, (path, name, odd)


@pytest.mark.parametrize("name", LISTS)
def test_no_odd_value_breaks_a_filter(name: str) -> None:
    filterset = getattr(RESOURCES[name], "filterset_class", None)
    api = Api(build.world().chief)
    for parameter in filterset.base_filters if filterset else ():
        for odd in (
            "",
            "\x00",
            "%",
            "é" * 300,
            "-1",
            "1e400",
            "9" * 40,
            "0001-01-01",
            "9999-12-31T23:59:59Z",
            "true",
            "[]",
        ):
            assert api.get(f"{name}/", **{parameter: odd}).status_code in (200, 400), (parameter, odd)
