"""The worker is killed while it writes and sends forty digests, and while it plans what 120 enterprises owe: everybody gets
each digest exactly once, and each obligation stands once.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import time as hour
from pathlib import Path

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from crm.access.roles import Role
from crm.core import clock
from crm.notices import jobs
from crm.notices.models import Notice, Preference
from crm.visits.models import Obligation, PlanMark
from crm.visits.services import plan_marked
from enterprises.enums import Tier
from tests import build
from tests.notices import mailbox, worker

PEOPLE, ENTERPRISES, KILLS = 40, 120, 10
KILLS_OF_PLANNING = int(os.environ.get("LIANLIAN_KILLS", "3"))  # 10 by hand: each costs the start of a process


def owed() -> list[str]:
    """Forty officers with an overdue enterprise each; returns their addresses. They are told at any hour of any day."""
    here = build.station()
    rule = build.regime(here.union).rules.order_by("pk")[0]
    addresses = []
    for number in range(PEOPLE):
        officer, post = build.holder(Role.GRID_OFFICER, at=here)
        firm = build.enterprise(at=here)
        build.responsible(firm, post)
        build.obligation(firm, rule, build.days_ago(60), build.days_ago(9))
        addresses.append(f"officer{number}@example.org")
        Preference.objects.create(
            person=officer.person, email=addresses[-1], quiet_from=hour(0), quiet_until=hour(0), every_day=True
        )
    return addresses


def progress() -> int:
    return Notice.objects.filter(state="sent").count() + len(mailbox.messages())


def wait_for(condition: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, (
            Counter(Notice.objects.values_list("channel", "state")),
            Counter(ProcrastinateJob.objects.values_list("task_name", "status")),
        )
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_each_digest_once_though_the_worker_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses, dice, broken_off = owed(), random.Random(916), 0
    monkeypatch.setenv("MAILBOX", str(tmp_path))
    surroundings = {
        "EMAIL_BACKEND": "tests.notices.mailbox.Backend",
        "LIANLIAN_MAIL_CHECK": "tests.notices.mailbox.went_out",
        "LIANLIAN_CLAIM_SECONDS": "1",
        "MAILBOX_SLOW": "0.05",
    }
    start = lambda: worker.start("--stalled-after", "1", **surroundings)  # noqa: E731
    jobs.beat(timestamp=0)
    for _ in range(KILLS):
        process, before = start(), progress()
        wait_for(lambda before=before: progress() > before, 60)
        time.sleep(dice.uniform(0, 0.3))
        process.kill()
        process.wait()
        broken_off += ProcrastinateJob.objects.filter(status="doing").exists()
        assert Notice.objects.filter(channel="email", state="sent").count() < PEOPLE, "killed after the end"
    process = start()
    try:
        wait_for(lambda: Notice.objects.filter(channel="email", state="sent").count() == PEOPLE, 120)
    finally:
        process.terminate()
        process.wait()
    assert Counter(Notice.objects.values_list("channel", "state", "day")) == {
        ("page", "sent", clock.today()): PEOPLE,
        ("email", "sent", clock.today()): PEOPLE,
    }
    assert Counter(to for to, _name in mailbox.messages()) == Counter(addresses)
    assert broken_off >= KILLS // 2  # it did die in the middle of its work


def planned() -> Counter[tuple[object, ...]]:
    """{all of an obligation: how often it stands}"""
    names = ("enterprise", "station", "rule", "role", "need", "opens", "due", "closes", "met_by", "cancelled_on")
    return Counter(Obligation.objects.values_list(*names))


@pytest.mark.django_db(transaction=True)
def test_each_obligation_once_though_the_worker_is_killed() -> None:
    here, dice, broken_off = build.station(), random.Random(916), 0
    build.regime(here.union)
    for _ in range(ENTERPRISES):
        build.enterprise(at=here, tier=Tier.KEY)
    with transaction.atomic():
        plan_marked()
        wanted = planned()
        transaction.set_rollback(True)
    assert len(wanted) > 5 * ENTERPRISES
    assert not planned()
    start = lambda: worker.start("--stalled-after", "1", program="tests/notices/slow_manage.py")  # noqa: E731
    waiting = PlanMark.objects.filter(next_on__lte=clock.today())
    jobs.beat(timestamp=0)
    for _ in range(KILLS_OF_PLANNING):
        process, before = start(), waiting.count()
        wait_for(lambda before=before: waiting.count() < before, 60)
        time.sleep(dice.uniform(0, 0.3))
        process.kill()
        process.wait()
        broken_off += ProcrastinateJob.objects.filter(task_name="notices.plan", status="doing").exists()
        assert waiting.exists(), "killed after the end"
        assert planned() <= wanted
    process = start()
    try:
        wait_for(lambda: not waiting.exists(), 120)
    finally:
        process.terminate()
        process.wait()
    assert planned() == wanted
    assert broken_off >= KILLS_OF_PLANNING // 2
