"""Words of notices."""

from enum import nonmember

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from crm.access.roles import OFFICER_ROLES, STATION_ROLES, Role

DISTRICT = (Role.DISTRICT_LEADER, Role.DISTRICT_STAFF)


class Kind(TextChoices):
    """A kind is told to one reader at most once a day on each channel."""

    DIGEST = "digest", _("Digest")


class Topic(TextChoices):
    """What a digest speaks of; each can be silenced on each channel."""

    CONTACTS = "contacts", _("Contacts owed")
    ISSUES = "issues", _("Issues that wait for you")
    VACANCIES = "vacancies", _("Vacant posts")


class Channel(TextChoices):
    PAGE = "page", _("On the site")
    EMAIL = "email", _("By e-mail")
    ROBOT = "robot", _("By the station's robot")

    PERSONAL = nonmember(("page", "email"))


class State(TextChoices):
    """Where a notice stands. Only `pending` is ever sent; `claimed` means: being sent, or its worker died in between."""

    EMPTY = "empty", _("Nothing to say")
    PENDING = "pending", _("Waiting to be sent")
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent")
    UNSURE = "unsure", _("Not known whether it went out")
    DROPPED = "dropped", _("Not sent in time")


class RobotKind(TextChoices):
    WECOM = "wecom", _("WeCom")
    DINGTALK = "dingtalk", _("DingTalk")
    FEISHU = "feishu", _("Feishu")


# which topics a role is told of; who has none of these roles gets no digest
TOPICS_OF_ROLE: dict[str, tuple[Topic, ...]] = {
    Role.CHIEF: (Topic.CONTACTS, Topic.ISSUES, Topic.VACANCIES),
    **dict.fromkeys(OFFICER_ROLES, (Topic.CONTACTS, Topic.ISSUES)),
    **dict.fromkeys(DISTRICT, (Topic.ISSUES,)),
}
assert set(STATION_ROLES) <= set(TOPICS_OF_ROLE)
