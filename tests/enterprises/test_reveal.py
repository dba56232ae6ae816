"""Reveal a contact: with a reason, on record, so many a day; who has looked."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse

from crm.core import clock
from crm.core.models import JournalEntry, Rule
from enterprises.defaults import REVEALS_PER_DAY
from enterprises.models import EnterpriseContact
from enterprises.selectors import contact_cards, reveals, reveals_of
from enterprises.services import reveal_contact
from tests import build
from tests.sessions import at_once
from tests.test_stories import signed_in


def contacts(world: build.World, number: int) -> list[EnterpriseContact]:
    row = world.enterprises[0]
    return [
        EnterpriseContact.objects.create(enterprise=row, name=f"陈{n}", phone=f"000-{n:08d}") for n in range(number)
    ]


def shown(user: Any, contact: EnterpriseContact) -> bool:
    cards = contact_cards(user, [contact.enterprise_id])[contact.enterprise_id]
    return next(not card.phone.masked for card in cards if card.id == contact.pk)


@pytest.mark.django_db
def test_a_look_is_one_persons_for_one_day_and_on_record() -> None:
    world = build.world()
    one, other = contacts(world, 2)
    officer = world.officers[0]
    reveal_contact(actor=officer, contact=one, reason="other", note="核对")
    assert (shown(officer, one), shown(officer, other), shown(world.chief, one)) == (True, False, False)
    reveal_contact(actor=officer, contact=one, reason="appoint")  # once a day is enough
    entry = reveals_of([one.pk]).get()
    assert (entry.actor_id, entry.post_id) == (officer.pk, world.posts["officer0"].pk)
    assert entry.changes == {"reason": [None, "other"], "note": [None, "核对"]}
    assert "陈" not in f"{entry.object_label}"
    assert not reveals(clock.today() - dt.timedelta(days=1)).exists()
    with clock.fixed(clock.at(clock.today() + dt.timedelta(days=1), 9)):
        assert not shown(officer, one)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "note", "field"),
    [("", "", "reason"), ("whim", "", "reason"), ("other", " ", "note"), ("check", "长" * 61, "note")],
)
def test_no_look_without_a_reason(reason: str, note: str, field: str) -> None:
    world = build.world()
    with pytest.raises(ValidationError) as told:
        reveal_contact(actor=world.chief, contact=contacts(world, 1)[0], reason=reason, note=note)
    assert set(told.value.message_dict) == {field}
    assert not reveals(clock.today()).exists()


@pytest.mark.django_db
def test_so_many_a_day() -> None:
    world = build.world()
    Rule.objects.create(code=REVEALS_PER_DAY, valid_from=build.days_ago(2), value=2, unit="contact")
    first, second, third = contacts(world, 3)
    for contact in (first, second):
        reveal_contact(actor=world.chief, contact=contact, reason="check")
    with pytest.raises(ValidationError) as told:
        reveal_contact(actor=world.chief, contact=third, reason="check")
    assert set(told.value.message_dict) == {"contact"}
    reveal_contact(actor=world.chief, contact=first, reason="check")
    reveal_contact(actor=world.officers[0], contact=third, reason="check")  # everybody's own number
    with clock.fixed(clock.at(clock.today() + dt.timedelta(days=1), 9)):
        reveal_contact(actor=world.chief, contact=third, reason="check")


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_count_each_other() -> None:
    world = build.world()
    Rule.objects.create(code=REVEALS_PER_DAY, valid_from=build.days_ago(2), value=1, unit="contact")
    both = contacts(world, 2)
    told = at_once(
        *(lambda c=contact: reveal_contact(actor=world.chief, contact=c, reason="check") for contact in both)
    )
    assert sorted(type(one).__name__ for one in told) == ["EnterpriseContact", "ValidationError"]
    connection.close()


@pytest.mark.django_db
def test_who_has_looked_is_told_to_those_who_may_look() -> None:
    world = build.world()
    contact = contacts(world, 1)[0]
    page = reverse("enterprises:seen", args=[contact.enterprise_id])
    reveal_contact(actor=world.chief, contact=contact, reason="follow_up")
    for user in (world.chief, world.officers[0]):
        text = signed_in(user).get(page).content.decode()
        assert str(world.chief) in text
        assert "跟进问题" in text
        assert ("陈0" in text) is (user == world.chief)
    for user in (world.officers[1], world.leader, world.staff):
        assert signed_in(user).get(page).status_code == 403
    assert signed_in(world.outsider).get(page).status_code == 403
    away = reverse("enterprises:reveal", args=[contact.pk])
    assert signed_in(world.officers[1]).post(away, {"reason": "check"}).status_code == 403
    assert JournalEntry.objects.filter(verb="reveal_contact").count() == 1
    with pytest.raises(PermissionDenied):
        reveal_contact(actor=world.leader, contact=contact, reason="check")
    assert uuid.UUID(str(contact.enterprise.client_uuid))
