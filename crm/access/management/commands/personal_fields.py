"""`manage.py personal_fields`: the register of personal fields as a table."""

from typing import Any

from django.core.management.base import BaseCommand

from crm.access.personal import table


class Command(BaseCommand):
    help = "Prints what is kept of people, what for, who sees it and how long."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(table())
