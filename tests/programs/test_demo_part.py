"""The demo's part of the reform, told on a small world: it works from the first day to today."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from crm.core import clock
from crm.programs.models import AreaTitle, Checklist, Delivery, Item, PracticeCase, Title
from crm.workflows.demo.firms import Firms
from crm.workflows.demo.places import Places
from crm.workflows.demo.reform import FIRMS, reform
from tests import build


@pytest.mark.django_db
def test_the_demos_reform_is_told_through_the_services() -> None:
    world, today = build.world(), clock.today()
    rows = [build.enterprise(at=world.station) for _ in range(FIRMS)]
    for row in rows:
        build.responsible(row, world.posts["officer0"])
    people = {"zhanzhang": "chief", "quzong": "leader", "ganshi": "staff"}
    users = {name: getattr(world, who) for name, who in people.items()} | {"zhuzhan": world.officers[0]}
    posts = {name: world.posts[who] for name, who in (people | {"zhuzhan": "officer0"}).items()}
    nodes = {("flower", number): world.nodes[0] for number in range(1, 12)}
    places = Places(world.district, world.station, [world.station.home_park], users, posts, nodes=nodes)
    officer_of = {row.pk: "zhuzhan" if place % 3 else "zhuzhan3" for place, row in enumerate(rows)}
    events: list[tuple[dt.date, int, Callable[[], Any]]] = []

    def on(days_ago: int, act: Callable[[], Any]) -> None:
        events.append((today - dt.timedelta(days=days_ago), len(events), act))

    with clock.fixed(today - dt.timedelta(days=190)):
        reform(places, Firms({"flower": rows}, {}), officer_of, on)
    for day, _number, act in sorted(events, key=lambda event: event[:2]):
        with clock.fixed(clock.at(day, 15)):
            act()
    shown = {str(item.state_on(today)) for item in Item.objects.all()}
    assert shown >= {"in_progress", "done", "verified", "confirmed", "returned", "not_applicable", "renew"}
    assert {row is None for row in Delivery.objects.values_list("acknowledged_on", flat=True)} == {True, False}
    assert set(PracticeCase.objects.values_list("state", flat=True)) == {"draft", "reported", "adopted"}
    assert (Checklist.objects.count(), AreaTitle.objects.count(), Title.objects.count()) == (2, 1, 2)
