"""Sending jobs off: procrastinate on the project's own database.

A job is sent off in the transaction of what it belongs to and disappears with it; that holds inside the worker too, whose
own connection would not know the transaction.
"""

from functools import cache
from typing import Any

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager
from procrastinate.tasks import Task, configure_task

# tried again after 4 s, 16 s, 1 min, 4 min, 17 min, 68 min; then the job stays on record as failed
WITH_BACKOFF = RetryStrategy(max_attempts=6, exponential_wait=4)


@cache
def _jobs() -> JobManager:
    return JobManager(DjangoConnector())


def send_off(task: Task[..., Any, Any], *, once: str = "", lock: str = "", **arguments: Any) -> bool:
    """Put a job in the queue; it begins after the commit. `once`: not while one of this name waits (then False).

    Jobs of one `lock` run one after the other.
    """
    options: dict[str, Any] = {"queueing_lock": once or None, "lock": lock or None, "queue": task.queue}
    try:
        with transaction.atomic():
            configure_task(name=task.name, job_manager=_jobs(), **options).defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True
