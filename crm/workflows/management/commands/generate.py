"""`manage.py generate`: sample data of any size in an empty database, at the speed of COPY."""

import datetime as dt
from argparse import ArgumentParser
from contextlib import nullcontext
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from crm.core import clock
from crm.workflows.generate import Refused, generate


class Command(BaseCommand):
    help = (
        "Fill a database without enterprises with sample data of a whole country, the same for the same seed, numbers "
        "and day. Accounts gen-officer, gen-liaison, gen-chief, gen-district, gen-province show what a role sees; no "
        "password opens them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--enterprises", type=int, required=True)
        parser.add_argument("--visits-per-enterprise", type=float, default=20, help="on average")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--today", type=dt.date.fromisoformat, help="YYYY-MM-DD: the day on which the history ends")

    def handle(
        self,
        *args: Any,
        enterprises: int,
        visits_per_enterprise: float,
        seed: int,
        today: dt.date | None,
        **options: Any,
    ) -> None:
        call_command("migrate", verbosity=0)
        with clock.fixed(today) if today else nullcontext():
            try:
                report = generate(enterprises, visits_per_enterprise, seed)
            except Refused as error:
                raise CommandError(f"Nothing was written: {error}.") from error
        if not connection.in_atomic_block:
            with report.step("vacuum"), connection.cursor() as cursor:
                cursor.execute(
                    "VACUUM (ANALYZE)"
                )  # plans and index-only scans as on a database that has run for a while
        for table, (rows, writing, indexes) in report.tables.items():
            self.stdout.write(
                f"{table:<34}{rows:>12,} rows  written {writing:7.1f} s  indexes and keys {indexes:7.1f} s"
            )
        for step, seconds in report.steps.items():
            self.stdout.write(f"{step:<34}{seconds:>20.1f} s")
        self.stdout.write(f"{'all':<34}{sum(report.steps.values()):>20.1f} s")
