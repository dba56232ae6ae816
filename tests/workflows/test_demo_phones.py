"""The demo as each role, page by page, sheet by sheet, answer by answer: no phone that the role may not see."""

import html
import json
import os
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve

from api.urls import RESOURCES
from crm.accounts.models import Person, User
from crm.workflows.demo import build_demo
from enterprises.models import EnterpriseContact
from tests.attack.asking import text_of

OF_A_NAME = int(os.environ.get("LIANLIAN_CRAWL", "2"))  # addresses that are opened of one kind
AT_THE_STATION = {"chief", "grid_officer", "liaison"}
LINK = re.compile(r'(?:href|action|hx-get)="(/[^"#]*)')


def addresses(client: Client) -> Iterator[tuple[str, HttpResponseBase]]:
    """Every kind of address that can be reached by links, some of each, and all lists of the API."""
    waiting, seen, names = ["/", "/accounts/", "/api/v1/"], set(), Counter[str]()
    while waiting:
        address = waiting.pop(0)
        try:
            name = resolve(address.partition("?")[0]).view_name
        except Resolver404:
            continue
        kind = f"{name} {bool(address.partition('?')[2])}"
        if address in seen or names[kind] >= OF_A_NAME or name == "accounts:logout":
            continue
        seen.add(address)
        names[kind] += 1
        response = client.get(address)
        yield address, response
        if "html" in response.get("Content-Type", "") and not response.streaming:
            waiting += [html.unescape(found) for found in LINK.findall(response.content.decode())]
    for name in RESOURCES:
        response = client.get(f"/api/v1/{name}/", {"page_size": 200})
        yield f"/api/v1/{name}/", response
        for row in json.loads(response.content).get("results", [])[:OF_A_NAME] if response.status_code == 200 else ():
            for tail in ("", "lines/", "events/"):
                if "id" in row:
                    yield f"/api/v1/{name}/{row['id']}/{tail}", client.get(f"/api/v1/{name}/{row['id']}/{tail}")


@pytest.mark.django_db
def test_no_role_is_shown_a_phone_without_the_right() -> None:
    build_demo()
    contacts = set(EnterpriseContact.objects.exclude(phone="").values_list("phone", flat=True))
    officers = set(Person.objects.exclude(phone="").values_list("phone", flat=True))
    assert len(contacts) > 100
    assert len(officers) > 5
    opened = Counter[str]()
    for user in User.objects.filter(is_demo=True).order_by("pk"):
        assert user.person is not None
        roles = set(user.person.appointments.values_list("role", flat=True))
        client = Client(headers={"Accept-Language": "zh-hans"})
        client.force_login(user)
        kept = contacts if roles & AT_THE_STATION else contacts | officers
        for address, response in addresses(client):
            text = text_of(response)
            assert not [phone for phone in kept if phone in text], (roles, address)
            opened["/".join(sorted(roles))] += response.status_code == 200
    print(dict(opened), len(contacts), len(officers))  # noqa: T201 - how many answers of each role were read
    assert len(opened) == 8
    assert min(opened.values()) >= 3  # the administrator has few pages
