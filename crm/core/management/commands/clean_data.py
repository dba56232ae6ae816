"""Delete the databases of the demo and the tests."""

import shutil
from typing import Any

from django.core.management import BaseCommand, CommandError

from crm.core.postgres import PostgresError, Server, data_folder


class Command(BaseCommand):
    help = "Deletes the project's own database servers with all their data. Refuses while a demo or test is running."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        folder = data_folder()
        if not folder.exists():
            self.stdout.write("nothing to delete")
            return
        for home in sorted(folder.iterdir()):
            try:
                Server(home, durable=True).remove()
            except PostgresError as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"deleted {home}")
        shutil.rmtree(folder)
