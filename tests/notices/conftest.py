"""A morning on a working day, mail that goes nowhere, and the common cast with something owed."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from crm.core import clock
from tests import build

MORNING = clock.at(dt.date(2026, 9, 16), 8, 30)  # a Wednesday


@pytest.fixture
def morning() -> Iterator[dt.datetime]:
    with clock.fixed(MORNING):
        yield MORNING


@pytest.fixture
def mail(settings: Any, mailoutbox: list[Any]) -> list[Any]:
    settings.MAIL_IS_SET_UP = True
    return mailoutbox


@pytest.fixture
def town(db: None, morning: dt.datetime) -> build.World:
    """`build.world`, where enterprise 0 is overdue, 1 to be contacted, 4 (of the other officer) overdue, 7 overdue too."""
    world = build.world()
    rule = world.regime.rules.order_by("pk")[0]
    today = clock.today()
    for place, opens, closes in ((0, 60, 9), (1, 5, -5), (4, 60, 2), (7, 60, 2), (2, -3, -9)):
        build.obligation(world.enterprises[place], rule, build.days_ago(opens), build.days_ago(closes))
    assert today == MORNING.date()
    return world
