"""包保联系卡: what the card and its public page say, and to whom a code leads."""

import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from crm.core import clock
from enterprises.enums import ExitReason
from enterprises.models import Enterprise
from enterprises.services import leave_register
from grids.cards import Face, face_of, faces
from grids.models import GateCard
from grids.services import approve_list, draft_list, issue_cards, release_list, revoke_card, submit_list
from stations.services import set_supervision_phone
from tests import build
from tests.test_stories import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> build.World:
    """The common cast with a released list: enterprises 0–3 of officer 0, 4–5 of officer 1."""
    made = build.world()
    release(made)
    return made


def release(world: build.World) -> None:
    row = submit_list(
        actor=world.chief, responsible_list=draft_list(actor=world.chief, station=world.station), version=1
    )
    row = approve_list(actor=world.leader, responsible_list=row, version=row.version)
    release_list(actor=world.leader, responsible_list=row, version=row.version)


def issued(world: build.World) -> list[Face]:
    found = faces(world.station, clock.today())
    issue_cards(actor=world.chief, station=world.station, enterprise_ids=[face.enterprise_id for face in found])
    return faces(world.station, clock.today())


def scan(token: str, client: Client | None = None) -> Any:
    return (client or Client()).get(reverse("grids:gate_card"), {"c": token})


def test_the_face_is_the_released_lists(world: build.World) -> None:
    found = faces(world.station, clock.today())
    assert [face.enterprise_id for face in found] == [
        row.pk for row in sorted(world.enterprises[:6], key=by_list(world))
    ]
    face = next(face for face in found if face.enterprise_id == world.enterprises[0].pk)
    people = {person.role: (person.name, person.phone) for person in face.people}
    assert people["站长"] == (world.chief.person.name, world.chief.person.phone)  # type: ignore[union-attr]
    assert people["驻站员"] == (world.officers[0].person.name, world.officers[0].person.phone)  # type: ignore[union-attr]
    assert people["联络员"] == ("—", "")
    assert face.card is None


def by_list(world: build.World) -> Any:
    """The list's order: by grid, then by name."""
    return lambda row: (world.enterprises.index(row) >= 4, row.name_key, row.pk)


def test_a_card_of_a_grid_or_of_one_enterprise(world: build.World) -> None:
    day, post = clock.today(), world.posts["officer1"]
    assert {face.enterprise_id for face in faces(world.station, day, post)} == {
        row.pk for row in world.enterprises[4:6]
    }
    (one,) = faces(world.station, day, enterprise_ids=[world.enterprises[2].pk])
    assert one.enterprise == world.enterprises[2].name
    assert faces(world.other, day) == []


def test_a_code_shows_the_card_to_anybody_and_nothing_else(world: build.World) -> None:
    set_supervision_phone(actor=world.chief, station=world.station, phone="000-12351")
    face = issued(world)[0]
    assert face.card is not None
    page = scan(face.card.token).content.decode()
    for words in (face.enterprise, world.station.name, "000-12351", *(person.phone for person in face.people)):
        assert words in page
    row = Enterprise.objects.get(pk=face.enterprise_id)
    others = [other.name for other in world.enterprises if other != row]
    assert not [words for words in (row.uscc, *others) if words in page]
    assert "csrf" not in page
    assert "revoke" not in page


def test_unknown_revoked_and_left_are_alike_not_there(world: build.World) -> None:
    first, second, third = issued(world)[:3]
    assert first.card
    assert second.card
    assert third.card
    revoke_card(actor=world.chief, card=first.card)
    row = Enterprise.objects.get(pk=second.enterprise_id)
    leave_register(actor=world.chief, enterprise=row, on=clock.today(), reason=ExitReason.MOVED_OUT)
    answers = [scan(token) for token in (first.card.token, second.card.token, "nothing", "")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert scan(third.card.token).status_code == 200
    with pytest.raises(ValidationError):
        revoke_card(actor=world.chief, card=first.card)


def test_a_revoked_card_gets_another_number_and_one_in_use_keeps_its_own(world: build.World) -> None:
    before = {face.enterprise_id: face.card.token for face in issued(world) if face.card}
    gone = GateCard.objects.get(token=before[world.enterprises[0].pk])
    revoke_card(actor=world.chief, card=gone)
    after = {face.enterprise_id: face.card.token for face in issued(world) if face.card}
    assert {pk for pk in before if before[pk] != after[pk]} == {world.enterprises[0].pk}
    assert face_of(after[world.enterprises[0].pk], clock.today()) is not None


@pytest.mark.parametrize("who", ["leader", "staff", "liaison", "consumer", "administrator", "outsider"])
def test_only_the_chief_makes_and_revokes(world: build.World, who: str) -> None:
    actor, card = getattr(world, who), issued(world)[0].card
    assert card is not None
    with pytest.raises(PermissionDenied):
        issue_cards(actor=actor, station=world.station, enterprise_ids=[])
    with pytest.raises(PermissionDenied):
        revoke_card(actor=actor, card=card)
    with pytest.raises(PermissionDenied):
        set_supervision_phone(actor=actor, station=world.station, phone="1")
    for path in (reverse("grids:cards", args=[world.station.pk]), reverse("grids:card_qr", args=[card.pk])):
        assert signed_in(actor).get(path).status_code in (403, 404)


def test_the_page_prints_makes_and_revokes(world: build.World) -> None:
    chief, path = signed_in(world.chief), reverse("grids:cards", args=[world.station.pk])
    page = chief.get(path).content.decode()
    assert "未设监督电话" in page
    assert page.count('class="gate"') == 6
    chief.post(path, {"act": "issue"})
    page = chief.get(path).content.decode()
    codes = re.findall(r'src="(/cards/\d+/code\.svg)"', page)
    assert len(codes) == 6
    picture = chief.get(codes[0])
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<svg" in picture.content
    chief.post(path, {"act": "revoke", "card": str(GateCard.objects.order_by("pk")[0].pk)})
    assert GateCard.objects.filter(revoked_at=None).count() == 5
    chief.post(path, {"act": "phone", "supervision_phone": "000-12351"})
    assert "000-12351" in chief.get(path).content.decode()
    grid = world.grids[1].pk
    assert chief.get(path, {"grid": grid}).content.decode().count('class="gate"') == 2
    assert "还没有印发清单" not in page


def test_a_station_without_a_released_list_has_no_cards() -> None:
    world = build.world()
    path = reverse("grids:cards", args=[world.station.pk])
    assert "还没有印发清单" in signed_in(world.chief).get(path).content.decode()
