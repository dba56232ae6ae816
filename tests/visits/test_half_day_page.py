"""半天安排 as a page: proposed, planned with one button, moved without scripts; who may look."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crm.core import clock
from crm.visits.models import PlannedVisit, PostCapacity, PostLeave
from enterprises.models import Enterprise, EnterpriseSeason
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def world() -> build.World:
    """Officer 0 answers for the first four: one overdue, one that closes soon, one that is a no-visit day, one later."""
    world = build.world()
    rule, today = world.regime.rules.filter(need="onsite")[0], clock.today()
    for row, closes in zip(world.enterprises[:4], (-3, 4, 5, 25), strict=True):
        build.obligation(row, rule, today - 30 * DAY, today + closes * DAY)
    EnterpriseSeason.objects.create(
        enterprise=world.enterprises[2], festival="fixed", month=today.month, day=today.day, days_before=9,
        days_after=9, term=(build.days_ago(400), None),
    )  # fmt: skip
    return world


def page(client: Client, who: Any, world: build.World, post: str = "officer0", **query: Any) -> Any:
    client.force_login(who)
    return client.get(reverse("visits:half_day_of", args=[world.posts[post].pk]), query)


def proposed(response: Any, world: build.World) -> list[int]:
    return [world.enterprises.index(one.enterprise) for one in response.context["proposed"]]


def take(client: Client, world: build.World, post: str = "officer0", **fields: Any) -> Any:
    said = {"client_uuid": uuid.uuid4(), "day": clock.today(), "half": "am", "view": "day"} | fields
    return client.post(reverse("visits:half_day_take", args=[world.posts[post].pk]), said)


def test_proposed_is_what_is_owed_worst_first_without_no_visit_days(client: Client, world: build.World) -> None:
    answer = page(client, world.officers[0], world, half="am")
    assert proposed(answer, world) == [0, 1, 3]
    assert "全部排入" in answer.content.decode()
    PostCapacity.objects.create(post=world.posts["officer0"], half_days=1, visits=2, term=(build.days_ago(9), None))
    assert proposed(page(client, world.officers[0], world, half="am"), world) == [0, 1]
    Enterprise.objects.filter(pk=world.enterprises[0].pk).update(visiting_hours="14:00-16:00")
    assert proposed(page(client, world.officers[0], world, half="am"), world) == [1, 3]
    PostLeave.objects.create(post=world.posts["officer0"], term=(clock.today(), clock.today() + DAY))
    assert proposed(page(client, world.officers[0], world, half="am"), world) == []
    assert proposed(page(client, world.officers[0], world, half="am", day=clock.today() + DAY), world) != []


def test_all_or_one_go_on_the_plan_and_are_proposed_no_more(client: Client, world: build.World) -> None:
    answer = page(client, world.officers[0], world, half="am")
    ids = [one.enterprise.pk for one in answer.context["proposed"]]
    assert take(client, world, enterprises=ids, one=ids[1]).status_code == 302
    assert [row.enterprise_id for row in PlannedVisit.objects.all()] == [ids[1]]
    assert take(client, world, enterprises=ids).status_code == 302
    assert [row.enterprise_id for row in PlannedVisit.objects.in_order()] == [ids[1], ids[0], ids[2]]
    again = page(client, world.officers[0], world, half="am")
    assert again.context["proposed"] == []
    assert [len(slot.rows) for slot in again.context["plans"].slots] == [3, 0]


def test_buttons_move_without_scripts(client: Client, world: build.World) -> None:
    rows = [build.planned(row, world.posts["officer0"], position=n) for n, row in enumerate(world.enterprises[:3], 1)]
    tomorrow = clock.today() + DAY
    html = page(client, world.officers[0], world, day=tomorrow).content.decode()
    assert html.count('data-key="up"') == 3
    assert html.count("disabled") == 2  # the first up, the last down

    def press(row: PlannedVisit, version: int, **fields: Any) -> Any:
        where = reverse("visits:planned_move", args=[row.pk])
        return client.post(where, {"version": version, "view": "day"} | fields)

    answer = press(rows[1], 1, position=1)
    assert answer.url.endswith(f"&half=am#planned-{rows[1].pk}")
    assert list(PlannedVisit.objects.in_order()) == [rows[1], rows[0], rows[2]]
    press(rows[1], 2, half="pm")
    press(rows[1], 1, half="am")  # an old page: said, not done
    assert [row.half for row in PlannedVisit.objects.order_by("pk")] == ["am", "pm", "am"]
    assert client.post(reverse("visits:planned_drop", args=[rows[0].pk]), {"version": 1}).status_code == 302
    assert PlannedVisit.objects.open().count() == 2
    assert press(rows[2], 1, day="nonsense").status_code == 302


def test_a_day_that_passed_is_told_and_moved_to_today(client: Client, world: build.World) -> None:
    row = build.planned(world.enterprises[1], world.posts["officer0"], build.days_ago(2), made_on=build.days_ago(9))
    answer = page(client, world.officers[0], world)
    assert answer.context["plans"].passed == [row]
    client.post(reverse("visits:planned_move", args=[row.pk]), {"version": 1, "day": clock.today()})
    row.refresh_from_db()
    assert row.day == clock.today()


def test_week_and_overdue(client: Client, world: build.World) -> None:
    row = build.planned(world.enterprises[3], world.posts["officer0"], clock.today())
    week = page(client, world.officers[0], world, view="week")
    assert [row] in [slot.rows for slot in week.context["plans"].slots]
    late = page(client, world.officers[0], world, view="overdue", half="pm")
    assert [firm for firm, _status in late.context["late"]] == world.enterprises[:1]
    take(client, world, one=world.enterprises[0].pk, half="pm", view="overdue")
    assert PlannedVisit.objects.get(enterprise=world.enterprises[0]).half == "pm"
    for url in ("home", "visits:due"):
        assert reverse("visits:half_day") in client.get(reverse(url)).content.decode()


def test_own_posts_and_a_chiefs_officers_alone(client: Client, world: build.World) -> None:
    seen = {
        name: [page(client, who, world, post).status_code for post in ("officer0", "officer1", "chief")]
        for name, who in (
            ("officer", world.officers[0]), ("chief", world.chief), ("outsider", world.outsider),
            ("administrator", world.administrator),
        )
    }  # fmt: skip
    assert seen == {
        "officer": [200, 404, 404],
        "chief": [200, 200, 200],
        "outsider": [403, 403, 403],
        "administrator": [403, 403, 403],
    }
    html = page(client, world.chief, world).content.decode()
    assert "data-move" not in html
    assert "全部排入" not in html
    take(client, world, one=world.enterprises[0].pk)
    assert not PlannedVisit.objects.exists(), "nobody plans for a post in which somebody else sits"
    own = page(client, world.chief, world, "chief", half="am")  # a chief goes to whomever the station owes
    assert set(proposed(own, world)) == {0, 1, 3}
    client.force_login(world.officers[0])
    assert client.get(reverse("visits:half_day")).url.startswith(
        reverse("visits:half_day_of", args=[world.posts["officer0"].pk])
    )


@pytest.mark.parametrize("view", ["day", "week", "overdue"])
def test_the_page_costs_the_same_whatever_its_length(
    client: Client, world: build.World, view: str, django_assert_max_num_queries: Any
) -> None:
    page(client, world.officers[0], world)  # the first question of a day projects grants
    address = reverse("visits:half_day_of", args=[world.posts["officer0"].pk])
    with django_assert_max_num_queries(12) as few:
        client.get(address, {"view": view, "half": "am"})
    rule = world.regime.rules.filter(need="onsite")[0]
    for place in range(5):
        row = build.enterprise(at=world.station)
        build.responsible(row, world.posts["officer0"])
        build.obligation(row, rule, build.days_ago(30), build.days_ago(2))
        build.planned(row, world.posts["officer0"], clock.today(), half="pm" if place % 2 else "am")
    with django_assert_max_num_queries(len(few)):
        client.get(address, {"view": view, "half": "am"})
