"""The ways out of the house: e-mail, and the robots of group chats."""

import importlib
import smtplib
import socket
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from crm.accounts.models import User
from crm.notices.enums import RobotKind
from crm.notices.models import Notice, Robot
from crm.notices.telling import counted, told

# what says for certain that a message was not taken; all else (a lost connection, a time-out) leaves it open
NOT_TAKEN = (
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    ConnectionRefusedError,
    socket.gaierror,
)
# addresses in the words of apprise: the key alone varies, so that nobody can make the server call an address of their own
ROBOT_ADDRESS = {
    RobotKind.WECOM: "wecombot://{}/",
    RobotKind.DINGTALK: "dingtalk://{}/",
    RobotKind.FEISHU: "feishu://{}/",
}


class NotTakenError(Exception):
    """For certain not sent: may be tried again."""


def mail_is_set_up() -> bool:
    """Whether the installation has told by which server mail goes out (EMAIL_URL)."""
    return bool(settings.MAIL_IS_SET_UP)


def message_id(notice: Notice) -> str:
    """The same for every attempt: a mail server's log can be asked for it, and mail programs show one message once."""
    return f"<notice-{notice.pk}-{notice.day}@{settings.MAIL_DOMAIN}>"


def send_mail(user: User, notice: Notice, to: str) -> None:
    """Hand the digest to the mail server. Raises NotTakenError when it was refused; any other error leaves it open."""
    lines = [_("Digest of %(day)s") % {"day": notice.day}, ""]
    for part in told(user, notice.content, notice.day):
        lines.append(f"【{part.topic.label}】{'，'.join(part.counts)}")
        lines += [f"  {one.words}{'　' + one.note if one.note else ''}" for one in part.named]
        if part.more:
            lines.append("  " + _("and %(n)d more") % {"n": part.more})
        lines.append("")
    lines += [settings.SITE_URL, _("Change or silence these notices: Notices → Settings, on the site.")]
    subject = _("Lianlian: %(what)s") % {"what": "，".join(counted(notice.content))}
    message = EmailMessage(subject[:150], "\n".join(lines), to=[to], headers={"Message-ID": message_id(notice)})
    try:
        message.send()
    except NOT_TAKEN as error:
        raise NotTakenError(type(error).__name__) from error  # not its text: it may hold the address


def mail_went_out(notice: Notice) -> bool | None:
    """What the installation's check (LIANLIAN_MAIL_CHECK: a function of the message's id) knows; None: nobody can tell."""
    if not settings.MAIL_CHECK:
        return None
    answer: bool | None = import_string(settings.MAIL_CHECK)(message_id(notice))
    return answer


def robots_are_installed() -> bool:
    """Whether the extra `channels` (apprise) is there."""
    return _apprise() is not None


def _apprise() -> Any:
    try:
        return importlib.import_module("apprise")
    except ImportError:
        return None


def send_by_robot(robot: Robot, notice: Notice) -> None:
    """Counts of the station, no names. Raises NotTakenError when the robot did not take it or apprise is not installed."""
    apprise = _apprise()
    if apprise is None:
        raise NotTakenError("the extra `channels` is not installed: pip install apprise")
    group = apprise.Apprise()
    known = group.add(ROBOT_ADDRESS[RobotKind(robot.kind)].format(robot.key))
    words = _("%(station)s on %(day)s: %(what)s.") % {
        "station": robot.station.short_name,
        "day": notice.day,
        "what": "，".join(counted(notice.content)),
    }
    if not known or not group.notify(body=f"{words}\n{settings.SITE_URL}"):
        raise NotTakenError("the robot did not take it")
