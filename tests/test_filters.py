"""A filter in an address that names nothing finds nothing: a slip must not show everything as if it had been asked for."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from crm.core import clock
from crm.programs.enums import PolicyTopic
from crm.programs.services import add_policy, write_case
from crm.visits.models import Visit
from tests import build


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["since=2026-02-30", "until=9999-12-31", "since=昨天&until=2026-01-01"])
def test_a_mistyped_day_of_the_ledger_finds_nothing_and_is_told(client: Client, query: str) -> None:
    world = build.world()
    build.visit(world.enterprises[0], world.posts["officer0"], clock.today())
    client.force_login(world.chief)
    assert Visit.objects.visible_to(world.chief).exists()
    response = client.get(f"{reverse('visits:list')}?{query}")
    assert list(response.context["rows"]) == []
    assert response.content.decode().count('class="err"') == 1
    assert client.get(f"{reverse('visits:paper')}?{query}").context["lines"] == []
    assert len(list(client.get(reverse("visits:list")).context["rows"])) == 1


@pytest.fixture
def town(db: None) -> build.World:
    """A row in every list."""
    world = build.world()
    row, post = world.enterprises[0], world.posts["officer0"]
    build.visit(row, post, clock.today())
    build.issue(row, post)
    build.commitment(row, post)
    told = {"title": "技能提升补贴", "issuer": "市总工会", "issued_on": clock.today(), "topic": PolicyTopic.values[0]}
    add_policy(actor=world.leader, union=world.district, client_uuid=uuid.uuid4(), **told)  # type: ignore[arg-type]
    given = {"title": "老带新结对", "text": "按周评比。", "client_uuid": uuid.uuid4()}
    write_case(actor=world.chief, station=world.station, **given)  # type: ignore[arg-type]
    return world


@pytest.mark.parametrize(
    ("page", "queries"),
    [
        ("visits:list", ("outcome=x", "mode=x", "flag=x", "station=x", "post=x")),
        ("visits:commitments", ("state=x",)),
        ("issues:list", ("state=x", "category=x", "category=999999")),
        ("programs:policies", ("topic=x",)),
        ("programs:cases", ("state=x",)),
    ],
)
def test_a_filter_that_names_nothing_finds_nothing(
    client: Client, town: build.World, page: str, queries: tuple[str, ...]
) -> None:
    client.force_login(town.chief)
    assert len(client.get(reverse(page)).context["rows"]) == 1
    for query in queries:
        assert list(client.get(f"{reverse(page)}?{query}").context["rows"]) == [], query
