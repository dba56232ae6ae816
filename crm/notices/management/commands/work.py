"""`manage.py work`: the worker, which does what the site has put in the queue. One beside the site's processes."""

import os
import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

from crm.notices.jobs import take_over
from crm.notices.queue import send_off

STALLED = 30.0  # seconds without a sign of life after which another worker takes a job over


class Command(BaseCommand):
    help = "Do the jobs in the queue: the night's work, digests, e-mail. Runs until it is stopped (SIGTERM, Ctrl-C)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is in the queue and end")
        parser.add_argument("--with-parent", action="store_true", help="end when the process that started it has ended")
        parser.add_argument(
            "--stalled-after", type=float, default=STALLED, help="seconds until a dead worker's jobs are taken over"
        )

    def handle(self, *args: Any, once: bool, with_parent: bool, stalled_after: float, **options: Any) -> None:
        if with_parent:
            threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        send_off(take_over, once="take over", timestamp=0)  # what the worker before this one has left
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            app.run_worker(
                wait=not once,
                concurrency=1,
                delete_jobs="successful",  # what failed stays, to be looked at
                update_heartbeat_interval=stalled_after / 3,
                stalled_worker_timeout=stalled_after,
                shutdown_graceful_timeout=20,
                additional_context={"stalled_after": stalled_after},
            )


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
