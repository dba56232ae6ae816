"""Who takes part in an issue, by name, and one way to make a move in a test."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError

from crm.access.roles import Role
from crm.accounts.models import User
from crm.issues.models import Issue
from crm.issues.services import move_issue
from enterprises.models import Enterprise
from stations.models import Post
from tests import build


@dataclass
class Cast:
    """The common world with names for its people; `officer` and `liaison` answer for the enterprise."""

    world: build.World
    enterprise: Enterprise
    people: dict[str, User]
    posts: dict[str, Post]

    def issue(self, state: str = "submitted", handler: str = "", **fields: Any) -> Issue:
        """An issue of the enterprise in a state; from `assigned` on the officer handles it unless another is named."""
        if not handler and state not in ("submitted", "accepted", "on_the_spot"):
            handler = "officer"
        return build.issue(
            self.enterprise, self.posts["officer"], state, handler=self.posts[handler] if handler else None, **fields
        )

    def move(self, who: str, issue: Issue, move: str, **given: Any) -> str:
        """Make a move with the issue's version of the moment; done, denied, or the fields that were complained of."""
        if given.get("handler"):
            given["handler"] = self.posts[given["handler"]]
        version = given.pop("version", None) or Issue.objects.values_list("version", flat=True).get(pk=issue.pk)
        try:
            move_issue(actor=self.people[who], issue=issue, move=move, version=version, **given)
        except PermissionDenied:
            return "denied"
        except ValidationError as error:
            return " ".join(error.message_dict)
        return "done"


def cast() -> Cast:
    """A new world with its cast."""
    world = build.world()
    row = world.enterprises[0]
    build.responsible(row, world.posts["liaison"], chain=world.chain)
    foreign_chief, foreign_post = build.holder(Role.CHIEF, world.other)
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
    posts = {
        "officer": world.posts["officer0"],
        "colleague": world.posts["officer1"],
        "foreign_chief": foreign_post,
        **{name: world.posts[name] for name in ("chief", "liaison", "leader", "staff", "consumer", "administrator")},
    }
    return Cast(world, row, people, posts)


GOOD = {
    "accept": {"kind": "difficulty"},
    "close_on_spot": {"text": "当场说明了办理地点"},
    "assign": {"handler": "officer"},
    "start": {},
    "progress": {"text": "已约企业面谈"},
    "submit": {"outcome_type": "coordinated", "text": "已与企业商定"},
    "send_back": {"reason": "未附企业意见"},
    "pass_review": {},
    "try_call": {},
    "sign_off": {"resolution": "solved", "satisfaction": "satisfied"},
    "redo": {"resolution": "not_solved", "reason": "问题还在"},
}
