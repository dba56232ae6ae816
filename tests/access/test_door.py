"""The door: no view without a declared right, no view without the right."""

from typing import Any

import pytest
from django.test import Client

from crm.access.declared import PUBLIC, SIGNED_IN, declared_right, needs
from crm.access.roles import Right
from crm.core import clock, journal
from stations.services import end_appointment
from tests import build
from tests.access import urls

UNDECLARED = ("/undeclared/", "/undeclared-class/")
APPROVERS = ("/approvers/", "/approvers-class/")


@pytest.fixture(autouse=True)
def _addresses(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.access.urls"


def status(client: Client, *addresses: str) -> set[int]:
    return {client.get(address).status_code for address in addresses}


def test_a_view_that_declares_nothing_does_not_exist_for_anybody(client: Client, world: build.World) -> None:
    assert status(client, *UNDECLARED) == {404}
    for user in (world.chief, world.leader, world.administrator):
        client.force_login(user)
        assert status(client, *UNDECLARED) == {404}


def test_without_an_account_only_public_views_open(client: Client, world: build.World) -> None:
    assert status(client, "/public/") == {200}
    for address in ("/signed-in/", *APPROVERS):
        answer = client.get(address, {"page": "2"})
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith(f"?next={address}%3Fpage%3D2")


def test_a_declared_right_is_asked_for(client: Client, world: build.World) -> None:
    for user, expected in ((world.leader, 200), (world.chief, 403), (world.outsider, 403), (world.administrator, 403)):
        client.force_login(user)
        assert status(client, *APPROVERS) == {expected}
        assert status(client, "/signed-in/", "/public/") == {200}


def test_a_closed_account_is_led_to_the_sign_in_page(client: Client, world: build.World) -> None:
    client.force_login(world.leader)
    assert status(client, "/approvers/") == {200}
    world.leader.is_active = False
    world.leader.save()
    assert status(client, "/approvers/", "/signed-in/") == {302}


def test_a_right_that_ends_is_gone_at_the_next_request(client: Client, world: build.World) -> None:
    client.force_login(world.leader)
    assert status(client, "/approvers/") == {200}
    end_appointment(actor=None, appointment=world.posts["leader"].appointments.get(), on=clock.today())
    assert status(client, "/approvers/") == {403}


def test_rights_are_resolved_once_per_request_and_each_request_has_its_number(
    client: Client, world: build.World
) -> None:
    client.force_login(world.chief)
    assert client.get("/signed-in/").content == b"resolved once"
    first, second = (client.get("/public/").content for _ in range(2))
    assert first
    assert first != second
    assert journal.request_id.get() == ""


@pytest.mark.parametrize(
    ("view", "right"),
    [
        (urls.undeclared, None),
        (urls.Undeclared.as_view(), None),
        (urls.public, PUBLIC),
        (urls.signed_in, SIGNED_IN),
        (urls.approvers, Right.APPROVE_LIST),
        (urls.Approvers.as_view(), Right.APPROVE_LIST),
    ],
)
def test_a_declaration_is_found_on_functions_and_classes(view: object, right: object) -> None:
    assert declared_right(view) == right


def test_a_declaration_leaves_the_view_as_it_is() -> None:
    def view() -> str:
        return "x"

    assert needs(Right.PLAN)(view) is view
