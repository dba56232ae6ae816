"""The common world with a checklist of its district and names for its people."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock
from crm.programs.models import Checklist, Item, ItemEvent
from crm.programs.services import move_item
from crm.programs.template import first_checklist
from enterprises.models import Enterprise
from tests import build


@dataclass
class Reform:
    """`officer` and `liaison` answer for the enterprise, `colleague` does not."""

    world: build.World
    enterprise: Enterprise
    checklist: Checklist
    people: dict[str, User]

    def move(self, who: str, to: str, item: int = 14, **given: Any) -> str:
        """Make a move; done, denied, or the fields that were complained of."""
        try:
            self.event(who, to, item, **given)
        except PermissionDenied:
            return "denied"
        except ValidationError as error:
            return " ".join(error.message_dict)
        return "done"

    def event(self, who: str, to: str, item: int = 14, **given: Any) -> ItemEvent:
        said = {"on": clock.today(), "client_uuid": uuid.uuid4(), **given}
        return move_item(
            actor=self.people[who], enterprise=said.pop("enterprise", self.enterprise), item=item, to=to, **said
        )

    def done(self, who: str = "officer", item: int = 14, done_on: dt.date | None = None, **given: Any) -> ItemEvent:
        kind = {"evidence_kind": "document", "evidence": "师徒协议 6 份"}
        return self.event(who, "done", item, done_on=done_on, **kind, **given)

    def state(self, item: int = 14, day: dt.date | None = None) -> str:
        row = Item.objects.filter(enterprise=self.enterprise, number=item).first()
        return str(row.state_on(day or clock.today())) if row else "not_started"


@pytest.fixture
def reform(db: None) -> Reform:
    world = build.world()
    build.responsible(world.enterprises[0], world.posts["liaison"], chain=world.chain)
    foreign_chief, _post = build.holder(Role.CHIEF, world.other)
    people = {
        "chief": world.chief,
        "officer": world.officers[0],
        "colleague": world.officers[1],
        "liaison": world.liaison,
        "leader": world.leader,
        "staff": world.staff,
        "consumer": world.consumer,
        "administrator": world.administrator,
        "outsider": world.outsider,
        "foreign_chief": foreign_chief,
    }
    checklist = first_checklist(world.district, "产改清单", build.days_ago(800))
    return Reform(world, world.enterprises[0], checklist, people)
