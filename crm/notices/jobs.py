"""The room's jobs. procrastinate finds this module by its name."""

import datetime as dt
from typing import Any

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from crm.accounts.models import User
from crm.core import clock
from crm.notices import digests, ticks
from crm.notices.frame import as_user, framed
from crm.notices.models import Notice
from crm.notices.queue import WITH_BACKOFF, send_off
from crm.visits.models import PlanMark
from crm.visits.services import plan_marked
from stations.models import Station


@app.periodic(cron="*/5 * * * *", periodic_id="beat")
@app.task(name="notices.beat", queueing_lock="notices.beat", retry=WITH_BACKOFF)
@framed
def beat(timestamp: int) -> None:
    """Every five minutes: send off what is due now. The queue's `timestamp` is not our clock."""
    now = clock.now()
    day = str(clock.local_date(now))
    for name in ticks.to_run(now):
        send_off(tick, once=f"tick {name}", lock=f"tick {name}", name=name, day=day)
    if PlanMark.objects.filter(next_on__lte=clock.local_date(now)).exists():
        send_off(plan, once="plan", lock="plan", day=day)
    for user in digests.waiting_readers(now):
        send_off(digest, once=f"digest {user.pk}", lock=f"digest {user.pk}", user_id=user.pk, day=day)
    for station in digests.waiting_stations(now):
        send_off(station_digest, once=f"station {station.pk}", station_id=station.pk, day=day)


@app.task(name="notices.tick", retry=WITH_BACKOFF)
@framed
def tick(name: str, day: str) -> None:
    """One function of the night."""
    ticks.run(name, dt.date.fromisoformat(day))


@app.task(name="notices.plan", retry=WITH_BACKOFF)
@framed
def plan(day: str) -> None:
    """What enterprises owe, where something that decides has changed or the horizon has run out."""
    plan_marked(dt.date.fromisoformat(day))


@app.task(name="notices.digest", retry=WITH_BACKOFF)
@as_user
def digest(user: User, day: str) -> None:
    """The digest of one person: written, and by e-mail sent off, in one transaction."""
    send = lambda notice: send_off(email, lock=f"notice {notice.pk}", user_id=user.pk, notice_id=notice.pk)  # noqa: E731
    digests.write(user=user, day=dt.date.fromisoformat(day), send_off=send)


@app.task(name="notices.station_digest", retry=WITH_BACKOFF)
@framed
def station_digest(station_id: int, day: str) -> None:
    """What a station's group is told."""
    station = Station.objects.filter(pk=station_id).first()
    send = lambda notice: send_off(robot, lock=f"notice {notice.pk}", notice_id=notice.pk)  # noqa: E731
    if station is not None:
        digests.write_for_station(station=station, day=dt.date.fromisoformat(day), send_off=send)


@app.task(name="notices.email", retry=WITH_BACKOFF)
@as_user
def email(user: User, notice_id: int) -> None:
    """One e-mail; the notice must be the user's own."""
    notice = Notice.objects.filter(pk=notice_id, person=user.person_id).first()
    if notice is not None:
        digests.deliver(user, notice)


@app.task(name="notices.robot", retry=WITH_BACKOFF)
@framed
def robot(notice_id: int) -> None:
    """One message of a station's robot."""
    notice = Notice.objects.filter(pk=notice_id).first()
    if notice is not None:
        digests.deliver_by_robot(notice)


@app.periodic(cron="* * * * *", periodic_id="stalled")
@app.task(name="notices.take_over", queueing_lock="notices.take_over", pass_context=True)
async def take_over(context: JobContext, timestamp: int) -> None:
    """Every minute: give the jobs of workers that died back to the queue.

    One whose like was sent off in the meantime is broken off instead: the new one waits for its lock and does the work.
    """
    after: Any = context.additional_context.get("stalled_after", 30)
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=after):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, Status.ABORTED, delete_job=False)
