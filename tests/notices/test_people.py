"""What people do with notices: read them, say how they want to be told, give the group's robot."""

import datetime as dt
import sys
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.accounts.backends import AccountBackend
from crm.accounts.models import User
from crm.core import clock
from crm.core.models import JournalEntry
from crm.notices import channels, digests, jobs
from crm.notices.enums import Channel, Topic
from crm.notices.models import Notice, Preference, Robot
from crm.notices.services import read_notices, remove_robot, save_preference, set_robot
from tests import build
from tests.attack.oracle import Oracle

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 9, 16)
KEY = "8f3c9a52-0d7e-4c11-9b43-5b1d2e6fa7c4"
HEX = "0a1b2c3d" * 8
ALL = {(topic, channel) for topic in Topic for channel in Channel.PERSONAL}


def told(*users: User) -> None:
    for user in users:
        digests.write(user=user, day=TODAY, send_off=lambda _notice: None)


def wish(user: User, **fields: Any) -> Preference:
    said: dict[str, Any] = {"email": "", "quiet_from": dt.time(20), "quiet_until": dt.time(8), "every_day": False}
    return save_preference(actor=user, **{**said, "heard": ALL, **fields})


# ---- whose they are
def test_notices_are_ones_own_as_the_oracle_says(town: build.World) -> None:
    readers = [town.chief, *town.officers, town.liaison, town.leader, town.consumer, town.administrator, town.outsider]
    told(town.chief, *town.officers, town.leader)
    Notice.objects.create(
        person=town.outsider.person, day=TODAY, kind="digest", channel="page", state="sent", sent_at=clock.now()
    )
    with connection.cursor() as cursor:
        oracle = Oracle.load(cursor, TODAY)
    seen = {user.pk: set(Notice.objects.visible_to(user).values_list("pk", flat=True)) for user in readers}
    assert seen == {user.pk: oracle.visible(user.pk, "notices") for user in readers}
    assert [len(seen[user.pk]) for user in readers] == [1, 1, 1, 0, 1, 0, 0, 0]


def test_a_notice_of_somebody_else_is_not_found(town: build.World, client: Client) -> None:
    told(town.chief, town.officers[0])
    client.force_login(town.officers[0])
    own, foreign = (Notice.objects.get(person=user.person).pk for user in (town.officers[0], town.chief))
    assert client.get(reverse("notices:detail", args=[own])).status_code == 200
    answers = [
        getattr(client, method)(reverse(name, args=[pk]))
        for pk in (foreign, 10**9)
        for name, method in (("notices:detail", "get"), ("notices:read", "post"))
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert answers[0].content == answers[2].content
    with pytest.raises(PermissionDenied):
        read_notices(actor=town.officers[0], notice=Notice.objects.get(pk=foreign))


# ---- reading
def test_the_bell_counts_in_no_query_of_its_own(town: build.World, client: Client) -> None:
    client.force_login(town.officers[0])
    client.get(reverse("notices:list"))
    with CaptureQueriesContext(connection) as before:
        page = client.get(reverse("notices:settings")).content.decode()
    assert "条未读提醒" not in page
    told(town.officers[0], town.chief)
    with CaptureQueriesContext(connection) as after:
        page = client.get(reverse("notices:settings")).content.decode()
    assert "1 条未读提醒" in page
    assert len(after) == len(before)
    backend = AccountBackend()
    assert [getattr(backend.get_user(user.pk), "unread_notices", None) for user in (town.chief, town.leader)] == [1, 0]


def test_whoever_has_no_notices_has_no_bell(town: build.World, client: Client) -> None:
    client.force_login(town.administrator)
    assert reverse("notices:list") not in client.get("/").content.decode()
    assert client.get(reverse("notices:list")).status_code == 403


def test_read_one_read_all(town: build.World, client: Client) -> None:
    officer = town.officers[0]
    told(officer, town.chief)
    for age in (1, 2):
        Notice.objects.create(
            person=officer.person, day=build.days_ago(age), kind="digest", channel="page", state="sent",
            content={"contacts": {"overdue": 1, "due": 0, "ids": []}}, sent_at=clock.now(),
        )  # fmt: skip
    client.force_login(officer)
    newest = Notice.objects.get(person=officer.person, day=TODAY)
    assert "标为已读" in client.get(reverse("notices:detail", args=[newest.pk])).content.decode()
    client.post(reverse("notices:read", args=[newest.pk]))
    client.post(reverse("notices:read", args=[newest.pk]))
    assert Notice.objects.filter(read_at=None, person=officer.person).count() == 2
    page = client.post(reverse("notices:read_all"), follow=True).content.decode()
    assert "全部标为已读" not in page
    assert page.count("已读") == 3
    assert Notice.objects.filter(read_at=None).count() == 1  # the chief's
    assert [row.changes for row in JournalEntry.objects.filter(verb="read_notices").order_by("pk")] == [
        {"count": [0, 1]},
        {"count": [0, 2]},
    ]


def test_few_queries_however_much_is_told(town: build.World, client: Client) -> None:
    build.post("grid_officer", town.station)
    build.issue(town.enterprises[0], town.posts["officer0"], due_on=build.days_ago(1))
    told(town.chief, *town.officers)
    for reader in (town.chief, town.officers[0]):
        client.force_login(reader)
        client.get("/")
        notice = Notice.objects.get(person=reader.person)
        for url in (reverse("notices:list"), reverse("notices:settings"), reverse("notices:detail", args=[notice.pk])):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(url).status_code == 200
            assert len(asked) <= 12, (reader, url)


# ---- wishes
def test_wishes_are_kept_and_the_address_is_in_no_journal(town: build.World, client: Client) -> None:
    client.force_login(town.officers[0])
    sent = {"email": "wang@example.org", "quiet_from": "18:00", "quiet_until": "9:00", "issues:page": "on"}
    assert client.post(reverse("notices:settings"), sent).status_code == 302
    row = Preference.objects.get()
    assert (row.person, row.email, row.quiet_until) == (town.officers[0].person, "wang@example.org", dt.time(9))
    assert row.silenced == ["contacts:email", "contacts:page", "issues:email"]
    assert "wang@" not in repr(list(JournalEntry.objects.values()))
    assert "wang@example.org" in client.get(reverse("notices:settings")).content.decode()
    client.force_login(town.officers[1])
    assert "wang@" not in client.get(reverse("notices:settings")).content.decode()


@pytest.mark.parametrize("fault", [{"email": "no address"}, {"quiet_from": "25:00"}, {"quiet_until": ""}])
def test_wishes_of_a_wrong_shape(town: build.World, client: Client, fault: dict[str, str]) -> None:
    client.force_login(town.officers[0])
    sent = {"email": "", "quiet_from": "18:00", "quiet_until": "9:00", **fault}
    assert client.post(reverse("notices:settings"), sent).status_code == 422
    assert not Preference.objects.exists()


def test_an_address_that_is_none_is_refused_by_the_service_too(town: build.World) -> None:
    with pytest.raises(ValidationError) as refused:
        wish(town.chief, email="no address")
    assert set(refused.value.message_dict) == {"email"}


def test_what_other_posts_silence_stays(town: build.World) -> None:
    officer = town.officers[0]
    assert officer.person is not None
    Preference.objects.create(person=officer.person, silenced=["contacts:page", "vacancies:email"])
    assert wish(officer).silenced == ["vacancies:email"]


@pytest.mark.parametrize("who", ["consumer", "administrator", "outsider"])
def test_whoever_is_told_nothing_has_no_wishes(town: build.World, client: Client, who: str) -> None:
    user = getattr(town, who)
    with pytest.raises(PermissionDenied):
        wish(user)
    client.force_login(user)
    assert client.post(reverse("notices:settings"), {}).status_code in (200, 403)


# ---- the robot
@pytest.mark.parametrize(
    ("kind", "address", "key"),
    [
        ("wecom", f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}", KEY),
        ("dingtalk", f" https://oapi.dingtalk.com/robot/send?access_token={HEX} ", HEX),
        ("dingtalk", KEY, None),
        ("feishu", f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}", KEY),
        ("wecom", KEY, KEY),
        ("wecom", f"https://elsewhere.example.org/{KEY}", None),
        ("wecom", f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}", None),
        ("wecom", f"{KEY}@10.0.0.1/x", None),
        ("wecom", "short", None),
        ("json", KEY, None),
    ],
)
def test_a_robot_is_one_of_three_and_nothing_else(town: build.World, kind: str, address: str, key: str | None) -> None:
    if key is None:
        with pytest.raises(ValidationError):
            set_robot(actor=town.chief, station=town.station, kind=kind, address=address)
        assert not Robot.objects.exists()
    else:
        assert set_robot(actor=town.chief, station=town.station, kind=kind, address=address).key == key


def test_the_key_is_never_shown_again(town: build.World, client: Client) -> None:
    client.force_login(town.chief)
    url = reverse("notices:robot", args=[town.station.pk])
    page = client.post(url, {"kind": "wecom", "address": KEY}, follow=True).content.decode()
    assert KEY not in page
    assert "企业微信 …a7c4" in page
    assert KEY not in repr(list(JournalEntry.objects.values()))
    assert KEY not in client.post(url, {"kind": "wecom", "address": f"https://elsewhere/{KEY[:8]}"}).content.decode()
    assert "没有机器人" in client.post(url, {"remove": "1"}, follow=True).content.decode()
    assert not Robot.objects.exists()


@pytest.mark.parametrize("who", ["leader", "staff", "liaison", "consumer", "administrator"])
def test_the_robot_is_the_chiefs(town: build.World, client: Client, who: str) -> None:
    with pytest.raises(PermissionDenied):
        set_robot(actor=getattr(town, who), station=town.station, kind="wecom", address=KEY)
    with pytest.raises(PermissionDenied):
        remove_robot(actor=getattr(town, who), station=town.station)
    client.force_login(getattr(town, who))
    assert client.get(reverse("notices:robot", args=[town.station.pk])).status_code == 403
    client.force_login(town.chief)
    assert client.get(reverse("notices:robot", args=[town.other.pk])).status_code == 404


class Group:
    """As much of apprise as is used; keeps what was said to whom."""

    said: list[tuple[str, str]] = []
    takes = True

    def add(self, address: str) -> bool:
        self.address = address
        return True

    def notify(self, body: str) -> bool:
        if self.takes:
            self.said.append((self.address, body))
        return self.takes


@pytest.fixture
def apprise(monkeypatch: pytest.MonkeyPatch) -> type[Group]:
    module = ModuleType("apprise")
    module.Apprise = Group  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "apprise", module)
    monkeypatch.setattr(Group, "said", [])
    monkeypatch.setattr(Group, "takes", True)
    return Group


def test_the_group_is_told_once_without_names(town: build.World, apprise: type[Group]) -> None:
    build.issue(town.enterprises[0], town.posts["officer0"], due_on=build.days_ago(1))
    set_robot(actor=town.chief, station=town.station, kind="feishu", address=KEY)
    for _ in range(2):
        for station in digests.waiting_stations(clock.now()):
            jobs.station_digest(station_id=station.pk, day=str(TODAY))
        for notice in Notice.objects.filter(channel="robot"):
            jobs.robot(notice_id=notice.pk)
    ((address, body),) = apprise.said
    assert address == f"feishu://{KEY}/"
    head, link = body.split("\n")
    words = "逾期未联系 3 户，待联系 1 户，待办问题 1 件，其中超期 1 件。"
    assert (head, link) == (f"{town.station.short_name} 2026-09-16：{words}", "http://127.0.0.1:8000/")
    assert Notice.objects.get().state == "sent"


def test_a_robot_that_does_not_take_it_is_asked_again(town: build.World, apprise: type[Group]) -> None:
    set_robot(actor=town.chief, station=town.station, kind="wecom", address=KEY)
    jobs.station_digest(station_id=town.station.pk, day=str(TODAY))
    notice = Notice.objects.get()
    apprise.takes = False
    with pytest.raises(channels.NotTakenError):
        jobs.robot(notice_id=notice.pk)
    apprise.takes = True
    jobs.robot(notice_id=notice.pk)
    jobs.robot(notice_id=notice.pk)
    assert len(apprise.said) == 1


def test_a_robot_removed_in_between_says_nothing(town: build.World, apprise: type[Group]) -> None:
    set_robot(actor=town.chief, station=town.station, kind="wecom", address=KEY)
    jobs.station_digest(station_id=town.station.pk, day=str(TODAY))
    remove_robot(actor=town.chief, station=town.station)
    jobs.robot(notice_id=Notice.objects.get().pk)
    assert (apprise.said, Notice.objects.get().state) == ([], "dropped")


def test_without_the_extra_it_is_said_clearly(
    town: build.World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    client.force_login(town.chief)
    assert "apprise" in client.get(reverse("notices:robot", args=[town.station.pk])).content.decode()
    set_robot(actor=town.chief, station=town.station, kind="wecom", address=KEY)
    jobs.station_digest(station_id=town.station.pk, day=str(TODAY))
    with pytest.raises(channels.NotTakenError, match="channels"):
        jobs.robot(notice_id=Notice.objects.get().pk)
    assert Notice.objects.get().state == "pending"
