"""The demo holds its picture on any day, and is made once."""

import datetime as dt

import pytest

from crm.accounts.models import User
from crm.core import clock
from crm.core.models import JournalEntry
from crm.workflows.demo import build_demo, picture

DAYS = (None, dt.date(2026, 12, 28), dt.date(2027, 2, 15), dt.date(2028, 2, 29))


@pytest.mark.django_db
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_picture_holds_on_any_day(day: dt.date | None) -> None:
    with clock.fixed(day or clock.today()):
        assert build_demo()
        wrong = [sentence for sentence, holds in picture(clock.today()).items() if not holds]
        assert wrong == []
        entries = JournalEntry.objects.count()
        assert not build_demo()
        assert JournalEntry.objects.count() == entries
        assert User.objects.filter(is_demo=True).count() == 8
