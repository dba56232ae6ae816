"""The worker as a process: it does what was committed, is started again when it is killed, ends with whoever started it."""

import os
import signal
import sys
import time
from collections.abc import Callable

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from crm.core.supervise import Supervised
from crm.notices import jobs
from crm.notices.queue import send_off
from tests.notices import worker


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_what_is_in_the_queue() -> None:
    send_off(jobs.tick, name="nobody's", day="2026-09-16")
    send_off(jobs.tick, name="broken", day="no day")
    worker.once()
    (left,) = ProcrastinateJob.objects.filter(task_name="notices.tick")
    assert (left.status, left.attempts, left.args["name"]) == ("todo", 1, "broken")  # to be tried again
    assert left.scheduled_at is not None


@pytest.mark.django_db(transaction=True)
def test_what_a_dead_worker_held_is_done_though_one_of_it_was_sent_off_anew() -> None:
    held = {"once": "same", "lock": "same", "name": "nobody's", "day": "2026-09-16"}
    send_off(jobs.tick, **held)
    send_off(jobs.tick, name="another", day="2026-09-16")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'notices.tick'")
    send_off(jobs.tick, **held)
    send_off(jobs.take_over, timestamp=0)
    worker.once()
    assert list(ProcrastinateJob.objects.filter(task_name="notices.tick").values_list("status", flat=True)) == [
        "aborted"
    ]


def test_a_killed_process_is_started_again_and_stopped_at_the_end() -> None:
    with Supervised([sys.executable, "-c", "import time; time.sleep(600)"], pause=0.05) as beside:
        for count in (1, 2, 3):
            wait_for(lambda count=count: beside.starts == count and beside.process.poll() is None)
            last = beside.process
            assert last is not None
            os.kill(last.pid, signal.SIGKILL)
            wait_for(lambda last=last: last.poll() is not None)
        wait_for(lambda: beside.starts == 4 and beside.process.poll() is None)
    assert beside.process is not None
    assert beside.process.returncode == -signal.SIGTERM


def test_a_process_that_will_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.core.supervise.PATIENCE", 0.5)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    with Supervised([sys.executable, "-c", deaf]) as beside:
        wait_for(lambda: beside.process is not None)
        time.sleep(0.5)
    assert beside.process is not None
    assert beside.process.returncode == -signal.SIGKILL
