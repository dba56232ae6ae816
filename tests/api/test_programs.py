"""The reform over the API: items read and moved, policies entered, handed over and acknowledged, each once."""

import uuid
from typing import Any

import pytest

from crm.core import clock
from crm.programs.models import Delivery, ItemEvent, Policy
from crm.programs.template import first_checklist
from tests import build
from tests.api.client import Api, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> build.World:
    found = build.world()
    first_checklist(found.district, "产改清单", build.days_ago(800))
    return found


def move(world: build.World, **given: Any) -> dict[str, Any]:
    said = {"client_uuid": str(uuid.uuid4()), "enterprise": world.enterprises[0].pk, "item": 14, "to": "in_progress"}
    return said | {"on": str(clock.today())} | given


def test_an_item_is_moved_once_and_read_with_its_story(world: build.World) -> None:
    officer, chief = Api(world.officers[0]), Api(world.chief)
    sent = move(world, version=0)
    first, again = officer.post("items/", sent), officer.post("items/", sent)
    assert (first.status_code, first.content) == (201, again.content)
    problem(
        officer.post("items/", sent | {"to": "done", "evidence_kind": "document", "evidence": "协议"}), 409, "conflict"
    )
    problem(officer.post("items/", move(world, version=0)), 409, "conflict")
    done = officer.post("items/", move(world, to="done", evidence_kind="document", evidence="协议", months=6))
    assert (done.status_code, done.json()["months"]) == (201, 6)
    problem(officer.post("items/", move(world, to="verified")), 403, "forbidden")
    assert chief.post("items/", move(world, to="verified")).status_code == 201
    row = chief.get("items/", enterprise=world.enterprises[0].pk).json()["results"][0]
    assert (row["number"], row["state"], row["version"]) == (14, "verified", 3)
    story = chief.get(f"items/{row['id']}/events/").json()["results"]
    assert [event["to_state"] for event in story] == ["in_progress", "done", "verified"]
    assert officer.ids("items/") == [row["id"]]
    assert Api(world.officers[1]).ids("items/") == []
    problem(Api(world.officers[1]).get(f"items/{row['id']}/"), 404, "not-found")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"item": 31}, "item"), ({"to": "renew"}, "to"), ({"on": "2099-01-01"}, "on"), ({"state": "done"}, "state")],
)
def test_a_wrong_move_is_refused_by_field(world: build.World, fields: dict[str, Any], wrong: str) -> None:
    body = problem(Api(world.officers[0]).post("items/", move(world, **fields)), 400, "invalid")
    assert set(body["errors"]) == {wrong}
    assert not ItemEvent.objects.exists()


def test_a_policy_is_entered_handed_over_and_acknowledged_once(world: build.World) -> None:
    staff, officer = Api(world.staff), Api(world.officers[0])
    entered = {"client_uuid": str(uuid.uuid4()), "union": world.district.pk, "title": "补贴通知", "issuer": "区人社局"}
    entered |= {"issued_on": str(build.days_ago(9)), "topic": "skills"}
    first, again = staff.post("policies/", entered), staff.post("policies/", entered)
    assert (first.status_code, first.content) == (201, again.content)
    problem(officer.post("policies/", entered), 403, "forbidden")
    policy = Policy.objects.get()
    sent = {"client_uuid": str(uuid.uuid4()), "enterprise": world.enterprises[0].pk, "policy": policy.pk}
    sent |= {"on": str(clock.today())}
    first, again = officer.post("deliveries/", sent), officer.post("deliveries/", sent)
    assert (first.status_code, first.content) == (201, again.content)
    problem(officer.post("deliveries/", sent | {"on": str(build.days_ago(1))}), 409, "conflict")
    row = Delivery.objects.get()
    heard = {"by": "人事主管", "on": str(clock.today()), "version": 1}
    assert officer.post(f"deliveries/{row.pk}/acknowledge/", heard).json()["acknowledged_by"] == "人事主管"
    problem(officer.post(f"deliveries/{row.pk}/acknowledge/", heard | {"by": "厂长"}), 409, "conflict")
    assert Api(world.leader).ids("deliveries/", policy=policy.pk) == [row.pk]
    assert Api(world.officers[1]).ids("deliveries/") == []
    problem(Api(world.officers[1]).post(f"deliveries/{row.pk}/acknowledge/", heard), 404, "not-found")
