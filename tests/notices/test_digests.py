"""A digest comes at most once, at its hour; an attempt that broke off is not repeated blindly."""

import datetime as dt
import smtplib
from typing import Any

import pytest
from django.core.mail import EmailMessage
from procrastinate.contrib.django.models import ProcrastinateJob

from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock, workcalendar
from crm.core.models import CalendarDay
from crm.notices import channels, digests, jobs
from crm.notices.models import Notice, Preference
from stations.models import Appointment
from tests import build

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 9, 16)


def wishes(user: User, **fields: Any) -> Preference:
    return Preference.objects.create(person=user.person, **{"email": "a@example.org", **fields})


def queued(task: str) -> list[dict[str, Any]]:
    rows = ProcrastinateJob.objects.filter(task_name=f"notices.{task}").order_by("id")
    return list(rows.values_list("args", flat=True))


def digest(user: User, day: dt.date = TODAY) -> None:
    jobs.digest(user_id=user.pk, day=str(day))


def states(user: User) -> dict[str, str]:
    return dict(Notice.objects.filter(person=user.person).values_list("channel", "state"))


def test_the_beat_sends_off_one_job_for_each_who_has_a_post(town: build.World) -> None:
    jobs.beat(timestamp=0)
    jobs.beat(timestamp=0)
    readers = [town.chief, *town.officers, town.liaison, town.leader, town.staff]
    assert queued("digest") == [
        {"user_id": user.pk, "day": "2026-09-16"} for user in sorted(readers, key=lambda u: u.pk)
    ]


def test_a_digest_is_written_once(town: build.World) -> None:
    for _ in range(3):
        digest(town.officers[0])
    (notice,) = Notice.objects.all()
    assert (notice.channel, notice.state, notice.content["contacts"]["overdue"]) == ("page", "sent", 1)
    jobs.beat(timestamp=0)
    assert town.officers[0].pk not in [args["user_id"] for args in queued("digest")]


def test_nothing_owed_is_decided_once_and_shown_nowhere(town: build.World) -> None:
    digest(town.leader)
    assert states(town.leader) == {"page": "empty"}
    assert town.leader not in digests.waiting_readers(clock.now())


@pytest.mark.parametrize(
    ("moment", "fields", "comes"),
    [
        (clock.at(TODAY, 7, 59), {}, False),
        (clock.at(TODAY, 8, 0), {}, True),
        (clock.at(TODAY, 19, 59), {}, True),
        (clock.at(TODAY, 20, 0), {}, False),
        (clock.at(TODAY, 7, 59), {"quiet_from": dt.time(0), "quiet_until": dt.time(0)}, True),
        (clock.at(dt.date(2026, 9, 19), 9), {}, False),  # Saturday
        (clock.at(dt.date(2026, 9, 19), 9), {"every_day": True}, True),
        (clock.at(dt.date(2026, 9, 20), 9), {}, True),  # a Sunday on which people work for the National Day
        (clock.at(dt.date(2026, 10, 1), 9), {}, False),
    ],
)
def test_the_hour(town: build.World, moment: dt.datetime, fields: dict[str, Any], comes: bool) -> None:
    if fields:
        wishes(town.officers[0], **fields)
    with clock.fixed(moment):
        assert (town.officers[0] in digests.waiting_readers(moment)) == comes
        digest(town.officers[0], moment.date())
        assert Notice.objects.exists() == comes


def test_the_special_day_is_one(town: build.World) -> None:
    assert workcalendar.load().works(dt.date(2026, 9, 20))
    CalendarDay.objects.create(day=TODAY, kind="holiday", name="停工")
    assert digests.waiting_readers(clock.now()) == []


def test_a_job_that_comes_too_late_says_nothing(town: build.World) -> None:
    digest(town.officers[0], TODAY - dt.timedelta(days=1))
    assert not Notice.objects.exists()


def test_a_closed_account_is_told_nothing(town: build.World, mail: list[EmailMessage]) -> None:
    officer = town.officers[0]
    wishes(officer)
    digest(officer)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    for args in queued("email"):
        jobs.email(**args)
    assert mail == []
    digest(officer, TODAY)
    assert officer not in digests.waiting_readers(clock.now())


def test_by_email(town: build.World, mail: list[EmailMessage]) -> None:
    officer = town.officers[0]
    wishes(officer)
    digest(officer)
    (args,) = queued("email")
    for _ in range(3):
        jobs.email(**args)
    (message,) = mail
    assert message.to == ["a@example.org"]
    assert message.subject == "联链：逾期未联系 1 户，待联系 1 户"
    assert town.enterprises[0].name in message.body
    assert message.extra_headers["Message-ID"] == channels.message_id(Notice.objects.get(channel="email"))
    assert states(officer) == {"page": "sent", "email": "sent"}


def test_what_was_taken_away_in_between_is_not_named(town: build.World, mail: list[EmailMessage]) -> None:
    officer = town.officers[1]
    wishes(officer)
    digest(officer)
    build.recusal(officer, town.enterprises[4])
    Notice.objects.filter(channel="email").update(
        content={
            "issues": {"waiting": 1, "late": 0, "ids": [build.issue(town.enterprises[4], town.posts["officer1"]).pk]}
        }
    )
    jobs.email(**queued("email")[0])
    assert town.enterprises[4].name not in mail[0].body


@pytest.mark.parametrize("silenced", [["contacts:email"], ["contacts:page"], ["contacts:email", "contacts:page"]])
def test_each_channel_can_be_silenced(town: build.World, mail: list[EmailMessage], silenced: list[str]) -> None:
    wishes(town.officers[0], silenced=silenced)
    digest(town.officers[0])
    page = "empty" if "contacts:page" in silenced else "sent"
    expected = {"page": page} | ({} if "contacts:email" in silenced else {"email": "pending"})
    assert states(town.officers[0]) == expected


def test_silenced_after_it_was_written(town: build.World, mail: list[EmailMessage]) -> None:
    wish = wishes(town.officers[0])
    digest(town.officers[0])
    wish.silenced = ["contacts:email"]
    wish.save()
    jobs.email(**queued("email")[0])
    assert (mail, states(town.officers[0])["email"]) == ([], "dropped")


def test_a_topic_of_a_post_lost_after_it_was_written_is_not_sent(town: build.World, mail: list[EmailMessage]) -> None:
    chief = town.chief
    assert chief.person is not None
    build.seat(build.post(Role.GRID_OFFICER, town.station), chief.person)
    build.post(Role.GRID_OFFICER, town.station)  # vacant
    wishes(chief)
    digest(chief)
    assert {"contacts", "vacancies"} <= set(Notice.objects.get(channel="email").content)
    Appointment.objects.filter(post=town.posts["chief"]).delete()
    jobs.email(**queued("email")[0])
    assert len(mail) == 1
    assert "空缺" not in mail[0].subject + mail[0].body
    assert states(chief)["email"] == "sent"


def test_who_lost_every_post_after_it_was_written_is_sent_nothing(town: build.World, mail: list[EmailMessage]) -> None:
    officer = town.officers[0]
    wishes(officer)
    digest(officer)
    Appointment.objects.filter(person=officer.person).delete()
    jobs.email(**queued("email")[0])
    assert (mail, states(officer)["email"]) == ([], "dropped")


@pytest.mark.parametrize("later", [clock.at(TODAY, 20, 30), clock.at(TODAY + dt.timedelta(days=1), 9)])
def test_an_email_that_is_late_is_dropped(town: build.World, mail: list[EmailMessage], later: dt.datetime) -> None:
    wishes(town.officers[0])
    digest(town.officers[0])
    with clock.fixed(later):
        jobs.email(**queued("email")[0])
    assert (mail, states(town.officers[0])["email"]) == ([], "dropped")


def test_without_a_mail_server_nothing_waits_to_be_sent(town: build.World) -> None:
    wishes(town.officers[0])
    digest(town.officers[0])
    assert states(town.officers[0]) == {"page": "sent"}


def test_a_refusal_is_tried_again(town: build.World, mail: list[EmailMessage], monkeypatch: pytest.MonkeyPatch) -> None:
    wishes(town.officers[0])
    digest(town.officers[0])
    (args,) = queued("email")

    def refuse(self: EmailMessage) -> None:
        raise smtplib.SMTPRecipientsRefused({"a@example.org": (451, b"later")})

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", refuse)
        with pytest.raises(channels.NotTakenError) as raised:
            jobs.email(**args)
    assert "example" not in str(raised.value)
    assert states(town.officers[0])["email"] == "pending"
    jobs.email(**args)
    assert len(mail) == 1


@pytest.mark.parametrize(("known", "state", "sent"), [(True, "sent", 1), (False, "sent", 2), (None, "unsure", 1)])
def test_an_attempt_that_broke_off(
    town: build.World,
    mail: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
    known: bool | None,
    state: str,
    sent: int,
) -> None:
    """The connection is lost after the message was handed over: nobody sends it again without having asked."""
    wishes(town.officers[0])
    digest(town.officers[0])
    (args,) = queued("email")
    send = EmailMessage.send

    def lost(self: EmailMessage) -> None:
        send(self)
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", lost)
        with pytest.raises(TimeoutError):
            jobs.email(**args)
    assert states(town.officers[0])["email"] == "claimed"
    with pytest.raises(digests.StillClaimedError):
        jobs.email(**args)  # whoever claimed it may still be at work
    monkeypatch.setattr(channels, "mail_went_out", lambda _notice: known)
    with clock.fixed(clock.now() + dt.timedelta(minutes=6)):
        jobs.email(**args)
        jobs.email(**args)
    assert (states(town.officers[0])["email"], len(mail)) == (state, sent)


def test_an_email_of_somebody_else_is_not_sent(town: build.World, mail: list[EmailMessage]) -> None:
    wishes(town.officers[0])
    digest(town.officers[0])
    (args,) = queued("email")
    jobs.email(user_id=town.chief.pk, notice_id=args["notice_id"])
    assert mail == []


def test_the_check_is_what_the_installation_names(town: build.World, settings: Any) -> None:
    notice = Notice.objects.create(person=town.chief.person, day=TODAY, kind="digest", channel="email", state="claimed")
    assert channels.mail_went_out(notice) is None
    settings.MAIL_CHECK = "tests.notices.mailbox.went_out"
    assert channels.mail_went_out(notice) is False
