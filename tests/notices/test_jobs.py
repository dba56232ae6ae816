"""The queue: jobs belong to their transaction, run as somebody, once a night; what a dead worker leaves is taken over."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from crm.access.grants import Grants, grants_of
from crm.access.roles import Role
from crm.access.scope import holds
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core import ticks as core_ticks
from crm.notices import jobs, ticks
from crm.notices.frame import as_user, framed
from crm.notices.models import TickDone
from crm.notices.queue import send_off
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 16)


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, dt.date]]]:
    """What the night did; two functions are on its list, of which the second fails at first."""
    done: list[tuple[str, dt.date]] = []

    def shaky(day: dt.date) -> None:
        done.append(("shaky", day))
        if len([name for name, _day in done if name == "shaky"]) == 1:
            raise RuntimeError

    monkeypatch.setattr(core_ticks, "_ticks", {"first": lambda day: done.append(("first", day)), "shaky": shaky})
    return done


def waiting() -> list[str]:
    return list(ProcrastinateJob.objects.filter(status="todo").order_by("id").values_list("task_name", flat=True))


def test_a_job_disappears_with_its_transaction() -> None:
    with transaction.atomic():
        send_off(jobs.tick, name="x", day=str(DAY))
        assert waiting() == ["notices.tick"]
        transaction.set_rollback(True)
    assert waiting() == []
    send_off(jobs.tick, name="x", day=str(DAY))
    assert waiting() == ["notices.tick"]


def test_a_job_waits_once_and_the_transaction_goes_on() -> None:
    assert send_off(jobs.tick, once="a", name="x", day=str(DAY))
    assert not send_off(jobs.tick, once="a", name="x", day=str(DAY))
    assert send_off(jobs.tick, once="b", name="x", day=str(DAY))
    assert len(waiting()) == 2


def test_the_night_is_sent_off_once_a_day(night: list[tuple[str, dt.date]]) -> None:
    with clock.fixed(clock.at(DAY, 0, 5)):
        jobs.beat(timestamp=0)
        jobs.beat(timestamp=0)
    sent = list(ProcrastinateJob.objects.filter(task_name="notices.tick").order_by("id").values_list("args", flat=True))
    assert sent == [{"name": "first", "day": "2026-09-16"}, {"name": "shaky", "day": "2026-09-16"}]


def test_the_night_calls_each_once_and_again_what_failed(night: list[tuple[str, dt.date]]) -> None:
    ticks.run("first", DAY)
    with pytest.raises(RuntimeError):
        ticks.run("shaky", DAY)
    assert ticks.to_run(clock.at(DAY, 3)) == ["shaky"]
    for name in ("first", "shaky", "gone"):
        ticks.run(name, DAY)
    assert night == [("first", DAY), ("shaky", DAY), ("shaky", DAY)]
    assert ticks.to_run(clock.at(DAY, 23, 59)) == []
    assert ticks.to_run(clock.at(DAY + dt.timedelta(days=1))) == ["first", "shaky"]
    assert TickDone.objects.count() == 2


def test_the_list_of_the_night_refuses_a_name_twice(night: list[tuple[str, dt.date]]) -> None:
    def roll(day: dt.date) -> None: ...

    def other(day: dt.date) -> None: ...

    ticks.register("visits.roll", roll)
    ticks.register("visits.roll", roll)
    with pytest.raises(ValueError, match=r"visits\.roll"):
        ticks.register("visits.roll", other)


def test_a_job_has_the_rights_of_this_moment() -> None:
    here = build.station()
    somebody, _post = build.holder(Role.CHIEF, at=here)
    seen: list[tuple[User, bool, str, Grants | None]] = []

    @as_user
    def look(user: User, what: str) -> None:
        same = grants_of(user) is grants_of(user)
        seen.append((user, same and holds(user, what), journal.request_id.get(), grants_of(user)))  # type: ignore[arg-type]

    look(user_id=somebody.pk, what="plan")
    assert seen[0][:2] == (somebody, True)
    assert len(seen[0][2]) == 32
    assert journal.request_id.get() == ""
    User.objects.filter(pk=somebody.pk).update(is_active=False)
    look(user_id=somebody.pk, what="plan")
    look(user_id=somebody.pk + 10_000, what="plan")
    assert len(seen) == 1


def test_two_jobs_are_two_requests() -> None:
    seen: list[str] = []
    job = framed(lambda: seen.append(journal.request_id.get()))
    job()
    job()
    assert len(set(seen)) == 2


def test_what_the_queue_keeps_is_of_this_database() -> None:
    send_off(jobs.tick, name="x", day=str(DAY))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (1,)
