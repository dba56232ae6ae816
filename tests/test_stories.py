"""Stories told through the pages: a liaison officer's, an outsider's, an administrator's, somebody's whose term has ended."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from crm.core import clock
from crm.issues.models import Issue, IssueCategory
from crm.visits.models import Visit
from enterprises.models import ChainSeat, Enterprise, EnterpriseContact
from grids.models import Responsibility
from grids.services import draft_list
from stations.models import Appointment
from stations.services import end_appointment
from tests import build
from tests.test_pages import patterns

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> build.World:
    """The common cast; the liaison officer sits in the chain and answers for enterprise 0 there."""
    world = build.world()
    ChainSeat.objects.create(
        chain=world.chain, post=world.posts["liaison"], kind="contact", term=build.term_from(build.days_ago(100))
    )
    build.responsible(world.enterprises[0], world.posts["liaison"], chain=world.chain)
    for row in world.enterprises:
        EnterpriseContact.objects.create(enterprise=row, name="示例联系人", phone="000-12345678", is_primary=True)
    return world


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def visit_form(**more: Any) -> dict[str, Any]:
    usual = {
        "client_uuid": str(uuid.uuid4()),
        "visited_on": clock.today().isoformat(),
        "outcome": "met",
        "has_issue": "no",
    }
    return usual | more


def test_a_liaison_officers_story(world: build.World) -> None:
    own, chain_member, stranger = world.enterprises[0], world.enterprises[1], world.enterprises[7]
    client = signed_in(world.liaison)
    assert client.get("/").status_code == 200
    listed = client.get(reverse("enterprises:list")).content.decode()
    assert own.name in listed
    assert chain_member.name in listed
    assert stranger.name not in listed
    assert client.get(reverse("enterprises:detail", args=[stranger.pk])).status_code == 404
    mine = reverse("enterprises:detail", args=[own.pk])
    assert "000-12345678" not in client.get(mine).content.decode()
    assert (
        client.post(reverse("enterprises:reveal", args=[own.contacts.get().pk]), {"reason": "appoint"}).status_code
        == 302
    )
    assert "000-12345678" in client.get(mine).content.decode()
    theirs = client.get(reverse("enterprises:detail", args=[chain_member.pk])).content.decode()
    assert "000-12345678" not in theirs  # a chain's member: seen, its people not
    category = IssueCategory.objects.filter(active=True)[0]
    sent = visit_form(has_issue="yes", issue_title="夜班用餐", issue_category=category.pk)
    for _ in range(2):  # a double tap
        assert client.post(reverse("visits:log", args=[own.pk]), sent).status_code == 302
    visit = Visit._base_manager.get()
    assert (visit.post, visit.proxy) == (world.posts["liaison"], True)
    issue = Issue._base_manager.get()
    page = client.get(reverse("issues:detail", args=[issue.pk])).content.decode()
    assert issue.title in page
    accepted = {"move": "accept", "version": 1, "kind": "request"}
    assert client.post(reverse("issues:move", args=[issue.pk]), accepted).status_code == 302
    issue.refresh_from_db()
    assert issue.state == "accepted"
    for url in (reverse("enterprises:import"), reverse("grids:sheet", args=[world.station.pk])):
        assert client.get(url).status_code == 403
    assert client.post(reverse("enterprises:bulk"), {"act": "tier", "ids": [own.pk], "tier": "key"}).status_code in (
        302,
        403,
    )
    assert own.facts.get().tier == "general"


def every_address(world: build.World) -> Iterator[str]:
    """Each page of the product, with numbers that exist."""
    for entry in patterns():
        if entry.name is None or "api" in str(entry.pattern):
            continue
        route = entry.pattern._route if hasattr(entry.pattern, "_route") else ""
        if route.startswith(("login", "logout", "schema", "docs")):
            continue
        if "<int:pk>" in route or "<" not in route:
            yield "/" + route.replace("<int:pk>", str(world.enterprises[0].pk))


@pytest.mark.parametrize("who", ["outsider", "administrator"])
def test_an_outsider_gets_nothing_anywhere(world: build.World, who: str) -> None:
    build.visit(world.enterprises[0], world.posts["officer0"], clock.today(), notes="密语")
    client = signed_in(getattr(world, who))
    secrets = [row.name for row in world.enterprises] + ["密语", "000-12345678", world.station.name, world.chain.name]
    for url in every_address(world):
        for response in (client.get(url), client.post(url, visit_form())):
            assert response.status_code in (200, 302, 403, 404, 405), url
            text = response.content.decode(errors="replace")
            assert not [secret for secret in secrets if secret in text], url
    assert not Visit._base_manager.exclude(notes="密语").exists()


def test_a_term_that_has_ended_ends_on_the_next_request(world: build.World) -> None:
    client = signed_in(world.officers[0])
    page = reverse("enterprises:detail", args=[world.enterprises[0].pk])
    assert client.get(page).status_code == 200
    appointment = Appointment._base_manager.get(post=world.posts["officer0"])
    end_appointment(actor=world.chief, appointment=appointment, on=clock.today())
    assert client.get(page).status_code in (403, 404)
    world.officers[1].is_active = False
    world.officers[1].save()
    assert signed_in(world.officers[1]).get("/").status_code == 302


def test_a_grid_officer_sees_the_register_but_only_their_own_visits_and_people(world: build.World) -> None:
    theirs = world.enterprises[4]
    build.visit(theirs, world.posts["officer1"], clock.today(), notes="密语")
    client = signed_in(world.officers[0])
    page = client.get(reverse("enterprises:detail", args=[theirs.pk])).content.decode()
    assert theirs.name in page
    assert "000-12345678" not in page
    assert "密语" not in client.get(reverse("enterprises:story", args=[theirs.pk])).content.decode()
    assert "密语" not in client.get(reverse("visits:list")).content.decode()


def test_the_chief_works_the_loop_by_forms(world: build.World) -> None:
    client = signed_in(world.chief)
    newcomer = build.enterprise("昆明新来园艺有限公司")
    newcomer.candidacies.create(station=world.station, source="entered")
    bulk = reverse("enterprises:bulk")
    client.post(bulk, {"act": "enter", "ids": [newcomer.pk], "query": "register=candidate"})
    client.post(bulk, {"act": "node", "ids": [newcomer.pk], "node": world.nodes[2].pk})
    client.post(bulk, {"act": "tier", "ids": [newcomer.pk], "tier": "key"})
    client.post(bulk, {"act": "assign", "ids": [newcomer.pk], "post": world.posts["officer1"].pk})
    row = Enterprise._base_manager.get(pk=newcomer.pk)
    assert row.station == world.station
    assert row.memberships.get().node == world.nodes[2]
    assert row.facts.on(clock.today()).get().tier == "key"
    assert Responsibility._base_manager.get(enterprise=row).post == world.posts["officer1"]
    elsewhere = build.enterprise(at=world.other)
    answer = client.post(
        bulk, {"act": "assign", "ids": [elsewhere.pk], "post": world.posts["officer1"].pk}, follow=True
    )
    assert answer.status_code == 200
    assert not Responsibility._base_manager.filter(enterprise=elsewhere).exists()
    bad = client.post(reverse("visits:log", args=[row.pk]), visit_form(visited_on="2099-01-01"))
    assert bad.status_code == 422
    assert "走访日期晚于今天" in bad.content.decode()


def test_the_chief_enters_an_enterprise_by_hand_and_gives_it_a_liaison_officer(world: build.World) -> None:
    client = signed_in(world.chief)
    page = reverse("enterprises:new")
    assert client.get(page).status_code == 200
    sent = {"station": world.station.pk, "client_uuid": str(uuid.uuid4()), "name": "昆明手录园艺有限公司"}
    wrong = client.post(page, sent | {"uscc": "91530199MA0000001X"})
    assert wrong.status_code == 422
    assert not Enterprise._base_manager.filter(name=sent["name"]).exists()
    right = sent | {"uscc": build.credit_code(4711)}
    for _ in range(2):
        assert client.post(page, right).status_code == 302
    row = Enterprise._base_manager.get(name=sent["name"])
    bulk = reverse("enterprises:bulk")
    client.post(bulk, {"act": "enter", "ids": [row.pk]})
    client.post(bulk, {"act": "assign", "ids": [row.pk], "post": f"{world.posts['liaison'].pk}:{world.chain.pk}"})
    assert Responsibility._base_manager.get(enterprise=row).chain == world.chain
    for nonsense in ("", "x", "7:", "999999999999999999"):
        assert client.post(bulk, {"act": "assign", "ids": [row.pk], "post": nonsense}).status_code in (302, 404)
    assert Responsibility._base_manager.filter(enterprise=row).count() == 1


ODD = ("", "abc", "²", "-1", "9" * 5000, "\x00", "2026-02-30", "0001-01-01", "9999-12-31", "2026-Q9", "'; --", "🙂")


def names_read(client: Client, path: str, sent: dict[str, str]) -> set[str]:
    """The names that a page looks for in its query."""
    read: set[str] = set()

    def noting(of: str) -> Any:
        look = getattr(MultiValueDict, of)

        def note(query: QueryDict, name: str, *rest: Any, **more: Any) -> Any:
            read.add(name)
            return look(query, name, *rest, **more)

        return note

    with pytest.MonkeyPatch.context() as patch:
        for of in ("__getitem__", "getlist"):
            patch.setattr(QueryDict, of, noting(of), raising=False)
        assert client.get(path, sent).status_code == 200
    return read


def test_odd_input_is_never_a_server_error(world: build.World) -> None:
    client = signed_in(world.chief)
    chain = reverse("coverage:chain", args=[world.chain.pk])
    rows = reverse("coverage:rows")
    pages = [
        reverse(name) for name in ("enterprises:list", "visits:list", "visits:start", "issues:list", "issues:export")
    ]
    asked = [(client, page) for page in (*pages, chain, f"{rows}?measure=visit")]
    for reader, page in (*asked, (signed_in(world.administrator), reverse("accounts:list"))):
        path, _mark, query = page.partition("?")
        sent = dict([query.split("=")]) if query else {}
        for name in sorted(names_read(reader, path, sent)):
            for odd in ODD:
                assert reader.get(path, sent | {name: odd}).status_code < 500, (path, name, odd[:9])
    for odd in ODD:
        for act in ("enter", "node", "tier", "assign"):
            sent = {"act": act, "ids": odd, "node": odd, "post": odd, "start": odd, "tier": odd}
            assert client.post(reverse("enterprises:bulk"), sent).status_code < 500
        sheet = {
            "start": odd,
            "number": [odd],
            "name": [odd],
            "officer": [odd],
            "phone": [odd],
            "union": [odd],
            "nodes": [odd],
        }
        for url, sent in (
            (reverse("grids:sheet", args=[world.station.pk]), sheet),
            (reverse("grids:lists", args=[world.station.pk]), {"valid_until": odd}),
            (reverse("visits:plan", args=[world.station.pk]), {"start": odd, "months": odd}),
            (
                reverse("visits:log", args=[world.enterprises[0].pk]),
                visit_form(next_contact_on=odd, notes=odd, started_at=odd),
            ),
            (reverse("issues:open", args=[world.enterprises[0].pk]), {"title": odd, "category": odd}),
        ):
            assert client.post(url, sent).status_code < 500, (url, odd[:9])


def test_what_an_officer_may_not_know_is_in_no_column_filter_or_list(world: build.World) -> None:
    """The contact state of another grid's enterprise, its line of a list, and a visit behind a number sent again."""
    theirs = world.enterprises[4]
    visit = build.visit(theirs, world.posts["officer1"], clock.today())
    client = signed_in(world.officers[0])
    listed = client.get(reverse("enterprises:list")).context["rows"]
    told = {row.pk: row.contact is not None for row in listed}
    assert told == {row.pk: row in world.enterprises[:4] for row in world.enterprises}
    found = client.get(reverse("enterprises:list"), {"contact": "no_task"}).context["rows"]
    assert {row.pk for row in found} <= {row.pk for row in world.enterprises[:4]}
    assert client.get(reverse("enterprises:detail", args=[theirs.pk])).context["status"] is None
    again = visit_form(client_uuid=str(visit.client_uuid))
    answer = client.post(reverse("visits:log", args=[theirs.pk]), again)
    assert answer.status_code == 409
    assert str(visit) not in answer.content.decode()
    first = draft_list(actor=world.chief, station=world.station)
    page = client.get(reverse("grids:list", args=[first.pk]))
    assert theirs.name not in page.content.decode()
    assert len(page.context["diff"].added) == 4
