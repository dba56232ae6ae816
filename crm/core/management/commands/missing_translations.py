"""Check that every text of code and templates has its Chinese."""

from typing import Any

from django.core.management import BaseCommand, CommandError

from crm.core.translations import compile_changed, faults


class Command(BaseCommand):
    help = "Lists texts without Chinese and catalogues' other faults; exits 1 when there are any."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        compile_changed()
        found = faults()
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} faults in the translations")
        self.stdout.write("every text has its Chinese")
