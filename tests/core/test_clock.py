"""The one source of time."""

import datetime as dt
import os
import subprocess
import sys
import threading
from zoneinfo import ZoneInfo

import pytest

from crm.core import clock


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    evening = dt.datetime(2026, 3, 1, 15, 59, 59, tzinfo=dt.UTC)
    assert clock.local_date(evening) == dt.date(2026, 3, 1)
    assert clock.local_date(evening + dt.timedelta(seconds=1)) == dt.date(2026, 3, 2)
    assert clock.start_of(dt.date(2026, 3, 2)) == evening + dt.timedelta(seconds=1)


def test_the_clock_is_aware_and_agrees_with_itself() -> None:
    moment = clock.now()
    assert moment.utcoffset() == dt.timedelta(hours=8)
    assert clock.today() in (moment.date(), moment.date() + dt.timedelta(days=1))


def test_a_moment_can_be_held_still_and_let_go() -> None:
    with clock.fixed(dt.date(2016, 2, 29)):
        assert clock.now() == clock.at(dt.date(2016, 2, 29), 12)
        with clock.fixed(dt.datetime(2026, 12, 31, 23, 30, tzinfo=ZoneInfo("Europe/Paris"))):
            assert clock.today() == dt.date(2027, 1, 1)
        assert clock.today() == dt.date(2016, 2, 29)
    assert clock.today() != dt.date(2016, 2, 29)


def test_it_is_let_go_after_an_error() -> None:
    with pytest.raises(ValueError, match="no"), clock.fixed(dt.date(2020, 1, 1)):
        raise ValueError("no")
    assert clock.today().year > 2020


def test_another_thread_keeps_its_own_time() -> None:
    seen = []
    with clock.fixed(dt.date(2020, 1, 1)):
        thread = threading.Thread(target=lambda: seen.append(clock.today()))
        thread.start()
        thread.join()
    assert seen[0].year > 2020


@pytest.mark.parametrize("wanted", ["2027-02-15", "2028-02-29", "2025-12-31"])
def test_a_process_may_live_on_another_day(wanted: str) -> None:
    program = "from crm.core import clock; print(clock.today(), clock.now().date(), clock.now().utcoffset())"
    environment = {**os.environ, "LIANLIAN_TODAY": wanted}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [wanted, wanted, "8:00:00"]
