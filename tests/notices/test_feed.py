"""A calendar at a secret address: today's rights, no people in it, and nothing tells a void address from one that never was."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from crm.access.grants import grants_of
from crm.accounts.models import User
from crm.core import clock
from crm.core.models import JournalEntry
from crm.notices.models import Feed
from crm.notices.services import close_feed, open_feed
from enterprises.models import EnterpriseContact
from grids.models import Responsibility
from tests import build
from tests.sessions import overtaking

pytestmark = pytest.mark.django_db


def address(user: User) -> str:
    return reverse("notices:calendar", args=[open_feed(actor=user)])


def events(client: Client, url: str) -> list[tuple[str, dt.date, str]]:
    """(uid, day, summary) of all-day events"""
    answer = client.get(url)
    assert answer.status_code == 200
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    for one in found:
        assert one.decoded("dtend") - one.decoded("dtstart") == dt.timedelta(days=1)
    return [(str(one["uid"]), one.decoded("dtstart"), str(one["summary"])) for one in found]


def test_an_officers_own_contacts_owed(town: build.World, client: Client) -> None:
    firms, officer = town.enterprises, town.officers[0]
    owed = {row.enterprise_id: row for one in firms for row in one.obligations.all()}
    need = owed[firms[0].pk].get_need_display()
    assert events(client, address(officer)) == [
        (f"owed-{owed[firm.pk].pk}@localhost", owed[firm.pk].closes, f"截止：{firm.name}（{need}）")
        for firm in (firms[0], firms[1], firms[2])  # the third opens in three days
    ]
    assert len(events(client, address(town.chief))) == 5
    assert events(client, address(town.liaison)) == []


def test_met_cancelled_and_exempt_are_not_in_it(town: build.World, client: Client) -> None:
    rows = [town.enterprises[place].obligations.get() for place in (0, 1, 2)]
    contact = build.visit(town.enterprises[0], town.posts["officer0"], build.days_ago(1))
    rows[0].met_by, rows[0].met_on = contact, contact.visited_on
    rows[1].cancelled_on, rows[1].cancel_reason = build.days_ago(0), "停产"
    rows[2].exempt_reason = "歇业"
    for row in rows:
        row.save()
    assert events(client, address(town.officers[0])) == []


def test_the_newest_word_on_the_next_contact(town: build.World, client: Client) -> None:
    post, firm, other = town.posts["officer1"], town.enterprises[4], town.enterprises[5]
    build.visit(firm, post, build.days_ago(9), next_contact_on=build.days_ago(-2))
    put_off = build.visit(firm, post, build.days_ago(3), next_contact_on=build.days_ago(-7))
    build.visit(other, post, build.days_ago(9), next_contact_on=build.days_ago(-4))
    build.visit(other, post, build.days_ago(1))  # has been there since, and agreed nothing
    agreed = [one for one in events(client, address(town.officers[1])) if one[0].startswith("agreed")]
    assert agreed == [(f"agreed-{put_off.pk}@localhost", build.days_ago(-7), f"约定联系：{firm.name}")]


def test_no_people_and_nothing_said_in_it(town: build.World, client: Client) -> None:
    firm = town.enterprises[0]
    EnterpriseContact.objects.create(enterprise=firm, name="陈某某", phone="13800000101")
    build.visit(firm, town.posts["officer0"], build.days_ago(3), notes="欠薪", next_contact_on=build.days_ago(-7))
    text = client.get(address(town.officers[0])).content.decode()
    assert firm.name in text
    names = [user.person.name for user in (town.chief, *town.officers) if user.person]
    assert not [word for word in ("陈某某", "13800000101", "欠薪", *names) if word in text]


def test_rights_are_todays(town: build.World, client: Client) -> None:
    url = address(town.officers[1])
    assert len(events(client, url)) == 1
    recusal = build.recusal(town.officers[1], town.enterprises[4])
    assert events(client, url) == []
    recusal.delete()
    Responsibility._base_manager.filter(enterprise=town.enterprises[4]).delete()
    assert events(client, url) == []


@pytest.mark.django_db(transaction=True)
def test_opened_twice_at_once_the_later_address_holds(town: build.World, client: Client) -> None:
    grants_of(town.officers[0])  # the first question of a day locks the user: not what keeps them apart here
    first, second = overtaking(*[lambda: open_feed(actor=town.officers[0])] * 2)
    answers = [client.get(reverse("notices:calendar", args=[one])).status_code for one in (first, second)]
    assert (answers, Feed._base_manager.count()) == ([404, 200], 1)


def test_void_closed_and_never_there_look_the_same(town: build.World, client: Client) -> None:
    officer, chief = town.officers
    renewed, closed, inactive = address(officer), address(town.chief), address(chief)
    current = address(officer)
    close_feed(actor=town.chief)
    User.objects.filter(pk=chief.pk).update(is_active=False)
    never = current[:-8] + "AAAA.ics"
    answers = [client.get(url) for url in (renewed, closed, inactive, never)]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    assert client.get(current).status_code == 200


def test_no_store_and_reading_alone(town: build.World, client: Client) -> None:
    url = address(town.officers[0])
    answer = client.get(url)
    assert (answer["Cache-Control"], answer["Content-Type"]) == ("no-store", "text/calendar; charset=utf-8")
    assert client.head(url).status_code == 200
    assert client.post(url).status_code == 405
    assert answer.cookies == {}


def test_the_address_is_shown_once_and_kept_nowhere(town: build.World, client: Client) -> None:
    client.force_login(town.officers[0])
    page = client.post(reverse("notices:feed"), {"open": "1"})
    assert page["Cache-Control"] == "no-store"
    url = page.context["address"]
    shown = url.rpartition("/")[2].removesuffix(".ics")
    assert len(shown) >= 43
    assert url in page.content.decode()
    assert client.get(url).status_code == 200
    assert shown not in client.get(reverse("notices:settings")).content.decode()
    kept = [*Feed.objects.values_list("kept", flat=True), *map(repr, JournalEntry.objects.values())]
    assert not [row for row in kept if shown in row]
    client.post(reverse("notices:feed"), {"close": "1"})
    assert client.get(url).status_code == 404
    assert not Feed.objects.exists()


@pytest.mark.parametrize("who", ["leader", "staff", "consumer", "administrator", "outsider"])
def test_whoever_owes_no_contacts_has_no_calendar(town: build.World, client: Client, who: str) -> None:
    with pytest.raises(PermissionDenied):
        open_feed(actor=getattr(town, who))
    client.force_login(getattr(town, who))
    assert client.post(reverse("notices:feed"), {"open": "1"}).status_code == 403


def test_a_calendar_asks_no_more_for_more_rows(town: build.World, client: Client) -> None:
    url = address(town.officers[0])
    client.get(url)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(url)
        counts.append(len(asked))
        for firm in town.enterprises[:4]:
            build.visit(firm, town.posts["officer0"], build.days_ago(2), next_contact_on=clock.today())
    assert counts[0] == counts[1] <= 12
