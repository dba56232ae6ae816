"""Compile the Chinese texts."""

from typing import Any

from django.core.management import BaseCommand

from crm.core.translations import ROOT, compile_changed


class Command(BaseCommand):
    help = "Compiles the catalogues that have changed. manage.py and the tests do so by themselves."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for path in compile_changed():
            self.stdout.write(f"compiled {path.relative_to(ROOT)}")
