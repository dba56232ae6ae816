"""`manage.py found_station`: the first day of a real installation."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from crm.workflows.founding import draw_chain, found_station


class Command(BaseCommand):
    help = (
        "Open a station with its district, parks, chief, district leader, administrator and a first contact regime; "
        "prints the first accounts. --chain CODE NAME FILE draws a chain from a csv: number,name,upstream (1;2)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name in ("city", "district", "station", "short-name", "paper-code", "chief", "leader", "administrator"):
            parser.add_argument(f"--{name}", required=True)
        parser.add_argument(
            "--park", action="append", required=True, dest="parks", help="the first is the station's home"
        )
        parser.add_argument(
            "--grassroots", action="append", required=True, help="grassroots unions; the first is the chief's"
        )
        parser.add_argument("--regime", default="企业定期联系制度")
        parser.add_argument("--chain", nargs=3, action="append", default=[], metavar=("CODE", "NAME", "FILE"))

    def handle(self, *args: Any, chain: list[list[str]], **options: Any) -> None:
        fields = (
            "city", "district", "station", "short_name", "paper_code", "parks", "grassroots", "chief", "leader",
            "administrator", "regime",
        )  # fmt: skip
        try:
            with transaction.atomic():
                station, accounts = found_station(**{name: options[name] for name in fields})
                for code, name, file in chain:
                    draw_chain(union=station.union, code=code, name=name, nodes=_nodes(Path(file)))
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from error
        except (OSError, KeyError, ValueError) as error:
            raise CommandError(f"chain: {error}") from error
        self.stdout.write(f"{station} is open. First accounts (shown this once):")
        for account in accounts:
            self.stdout.write(f"{account.role.label}  {account.name}  {account.username}  {account.password}")


def _nodes(file: Path) -> list[tuple[int, str, list[int]]]:
    """Lines number,name,upstream of a csv with a head; upstream numbers apart by semicolons."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        return [
            (int(row["number"]), row["name"], [int(text) for text in (row.get("upstream") or "").split(";") if text])
            for row in rows
        ]
