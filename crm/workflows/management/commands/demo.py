"""`manage.py demo`: a filled 呈贡 on http://127.0.0.1:8000/, made once and kept."""

import datetime as dt
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from granian import Granian
from granian.constants import Interfaces

from crm.core import clock
from crm.core.ports import require_free
from crm.core.supervise import Supervised
from crm.workflows.demo import build_demo

HOST, PORT = "127.0.0.1", 8000


class Command(BaseCommand):
    help = "Make the demo (once) and serve it on 127.0.0.1. --today DATE: a demo of another day, in its own database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="make the data and stop")
        parser.add_argument("--today", help="YYYY-MM-DD: the day on which the demo lives")
        parser.add_argument("--port", type=int, default=PORT)

    def handle(self, *args: Any, no_serve: bool, today: str | None, port: int, **options: Any) -> None:
        if not settings.DEMO_MODE or (today and os.environ.get("LIANLIAN_TODAY") != today):
            self._again_as_demo(today)
        if not no_serve:
            require_free(port)
        call_command("migrate", verbosity=0)
        made = build_demo()
        self.stdout.write(
            f"Demo data of {clock.today()} written." if made else "Demo data are there already; nothing was changed."
        )
        if not no_serve:
            self.stdout.write(f"Lianlian is at http://{HOST}:{port}/ — accounts are listed there. Ctrl-C stops it.")
            self.stdout.flush()
            serve(port)

    def _again_as_demo(self, today: str | None) -> None:
        """Settings are read once per process: start over with the demo's."""
        if today:
            try:
                dt.date.fromisoformat(today)
            except ValueError as error:
                raise CommandError(f"--today {today}: not a date (YYYY-MM-DD)") from error
            os.environ["LIANLIAN_TODAY"] = today
        os.environ["LIANLIAN_DEMO"] = "1"
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606


def serve(port: int) -> None:
    """Serve until interrupted, a worker beside it; this process keeps the database alive meanwhile."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise looks there, and then asks the finders
    server = Granian(
        "crm.wsgi:application",
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        log_access=False,
    )
    with Supervised([sys.executable, str(settings.ROOT / "manage.py"), "work", "--with-parent"]):
        server.serve()
