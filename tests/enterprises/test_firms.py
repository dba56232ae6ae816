"""One enterprise entered, corrected, with its contacts; and what others see of those."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.core import clock
from crm.core.models import JournalEntry
from enterprises.models import Candidate, Enterprise, EnterpriseContact
from enterprises.selectors import contact_cards, masked_name, masked_phone
from enterprises.services import enter_register, register_enterprise, reveal_contact, save_contact, save_enterprise
from tests import build

World = build.World
Count = Callable[[Any, Callable[[], Any]], int]


def entered(world: World, **fields: Any) -> Enterprise:
    said = {"client_uuid": uuid.uuid4(), "name": "昆明滇花园艺有限公司", "uscc": build.credit_code(7_000_001)}
    return register_enterprise(actor=world.chief, station=world.station, **{**said, **fields})


def test_entered_by_hand_it_is_a_candidate(world: World) -> None:
    number = uuid.uuid4()
    code = build.credit_code(7_000_001)
    row = entered(world, client_uuid=number, name="　昆明滇花园艺有限公司 ", uscc=f" {code.lower()}　")
    row.refresh_from_db()
    assert (row.name, row.uscc, row.initials, row.station) == ("昆明滇花园艺有限公司", code, "kmdhyyyxgs", None)
    assert Candidate.objects.get(enterprise=row).source == "entered"
    assert row.facts.get().start == clock.today()
    assert entered(world, client_uuid=number) == row
    enter_register(actor=world.chief, station=world.station, enterprises=[row], start=clock.today(), reason="operating")
    assert entered(world, client_uuid=number) == row
    with pytest.raises(ValidationError) as told:
        entered(world, client_uuid=number, name="昆明另一家有限公司")
    assert told.value.error_dict["client_uuid"][0].code == "conflict"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uscc", "91530100MA0000000X"), ("uscc", "12345"), ("name", ""), ("name", "<b>公司</b>"), ("name", "长" * 121),
        ("registered_on", dt.date(2999, 1, 1)), ("registered_on", dt.date(1, 1, 1)),
        ("business_scope", "种" * 8001), ("address", "\x07"),
        ("shift", "always"), ("union_state", "?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_field(world: World, field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as told:
        entered(world, **{field: value})
    assert set(told.value.message_dict) == {field}
    row = world.enterprises[0]
    with pytest.raises(ValidationError) as told:
        save_enterprise(actor=world.chief, enterprise=row, version=1, **{field: value})
    assert set(told.value.message_dict) == {field}


def test_a_code_in_use_is_told_on_the_code(world: World) -> None:
    for act in (
        lambda: entered(world, uscc=world.enterprises[0].uscc),
        lambda: save_enterprise(
            actor=world.chief, enterprise=world.enterprises[1], version=1, uscc=world.enterprises[0].uscc
        ),
    ):
        with pytest.raises(ValidationError) as told:
            act()
        assert set(told.value.message_dict) == {"uscc"}


def test_a_correction_needs_the_version_that_was_read(world: World) -> None:
    row = save_enterprise(actor=world.chief, enterprise=world.enterprises[0], version=1, address="斗南街道1号")
    assert (row.version, row.address) == (2, "斗南街道1号")
    assert JournalEntry.objects.latest("pk").changes == {"address": ["", "斗南街道1号"]}
    with pytest.raises(ValidationError) as told:
        save_enterprise(actor=world.chief, enterprise=row, version=1, address="斗南街道2号")
    assert told.value.error_dict["version"][0].code == "conflict"
    assert save_enterprise(actor=world.chief, enterprise=row, version=2, address="斗南街道1号").version == 2


def test_contacts_have_one_first_choice_and_the_journal_names_nobody(world: World) -> None:
    row = world.enterprises[0]
    first = save_contact(actor=world.chief, enterprise=row, name="陈某", phone="000-00000103", is_primary=True)
    save_contact(actor=world.chief, enterprise=row, name="李某", title="厂长", is_primary=True)
    assert list(EnterpriseContact.objects.filter(is_primary=True).values_list("name", flat=True)) == ["李某"]
    save_contact(actor=world.chief, enterprise=row, contact=first, phone="000-00000104")
    for entry in JournalEntry.objects.filter(verb="save_contact"):
        said = f"{entry.changes}{entry.object_label}"
        assert "陈" not in said
        assert "0000010" not in said
    with pytest.raises(ValidationError) as told:
        save_contact(actor=world.chief, enterprise=world.enterprises[1], contact=first, name="王某")
    assert set(told.value.message_dict) == {"contact"}
    with pytest.raises(PermissionDenied):
        save_contact(actor=world.staff, enterprise=row, name="王某")


def test_contacts_are_masked_until_those_who_may_reveal_them(world: World) -> None:
    mine, colleagues = world.enterprises[0], world.enterprises[4]
    for row in (mine, colleagues):
        save_contact(actor=world.chief, enterprise=row, name="陈大花", phone="000-00000103", is_primary=True)
    whole = ("陈大花", "000-00000103")
    masked = ({"masked": True, "hint": "陈*"}, {"masked": True, "hint": "000-****0103"})

    def seen(who: Any, row: Enterprise) -> Any:
        cards = contact_cards(who, [mine.pk, colleagues.pk]).get(row.pk, [])
        return [(card.name.as_dict(), card.phone.as_dict()) for card in cards]

    for who, row in ((world.chief, mine), (world.chief, colleagues), (world.officers[0], mine)):
        assert seen(who, row) == [masked]
        reveal_contact(actor=who, contact=row.contacts.get(), reason="appoint")
        assert seen(who, row) == [whole]
    assert seen(world.officers[0], colleagues) == [masked]
    assert seen(world.officers[1], mine) == [masked]
    with pytest.raises(PermissionDenied):
        reveal_contact(actor=world.officers[0], contact=colleagues.contacts.get(), reason="appoint")
    for who in (world.leader, world.staff, world.consumer):
        assert seen(who, mine) == [masked]
    for who in (world.outsider, world.administrator):
        assert seen(who, mine) == []
    card = contact_cards(world.staff, [mine.pk])[mine.pk][0]
    assert "大花" not in f"{card}"
    assert "0000" not in f"{card.phone}"


def test_cards_of_many_cost_what_cards_of_one_cost(world: World, queries: Count) -> None:
    for row in world.enterprises:
        save_contact(actor=world.chief, enterprise=row, name="陈某")
    ids = [row.pk for row in world.enterprises]
    user = world.officers[0]
    one, all_ = (queries(user, lambda few=few: contact_cards(user, few)) for few in (ids[:1], ids))
    assert one == all_


@pytest.mark.parametrize(
    ("phone", "hint"),
    [
        ("000-00000103", "000-****0103"), ("13800000103", "138****0103"), ("65120103", "****0103"),
        ("120103", "****"), ("", ""), ("0871-65120103", "0871-****0103"), ("138-0000-0103", "138-****0103"),
        ("13800000-103", "138****-103"),
    ],
)  # fmt: skip
def test_a_phone_keeps_its_area_and_last_four(phone: str, hint: str) -> None:
    assert masked_phone(phone) == hint
    assert masked_name("陈大花") == "陈*"
    assert masked_name("") == ""
