"""What the database itself refuses."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from crm.core import clock
from crm.notices.models import Notice
from tests import build

pytestmark = pytest.mark.django_db


def make(**fields: Any) -> Notice:
    said = {"day": dt.date(2026, 9, 16), "kind": "digest", "channel": "page", "state": "empty", **fields}
    with transaction.atomic():
        return Notice.objects.create(**said)


def test_once_for_each_person_day_and_channel() -> None:
    one, other, here = build.person(), build.person(), build.station()
    made: tuple[dict[str, Any], ...] = (
        {"person": one}, {"person": other}, {"person": one, "channel": "email"},
        {"person": one, "day": dt.date(2026, 9, 17)}, {"station": here, "channel": "robot"},
    )  # fmt: skip
    for fields in made:
        make(**fields)
        with pytest.raises(IntegrityError, match="notices_once_a_day"):
            make(**fields)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "notices_one_addressee"),
        ({"person": True, "station": True}, "notices_one_addressee"),
        ({"person": True, "channel": "robot"}, "notices_one_addressee"),
        ({"station": True, "channel": "email"}, "notices_one_addressee"),
        ({"person": True, "state": "sent"}, "notices_sent_says_when"),
        ({"person": True, "state": "claimed", "sent_at": clock.now()}, "notices_sent_says_when"),
        ({"person": True, "state": "unknown"}, "notices_sent_says_when"),
    ],
)
def test_what_a_row_must_say(fields: dict[str, Any], name: str) -> None:
    made = {"person": build.person, "station": build.station}
    said = {key: made[key]() if key in made else value for key, value in fields.items()}
    with pytest.raises(IntegrityError, match=name):
        make(**said)
