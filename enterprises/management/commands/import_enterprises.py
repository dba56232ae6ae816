"""`manage.py import_enterprises FILE --station … --user …`: a file into a station, as a named user."""

import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from crm.accounts.models import User
from crm.core.sheets import write_xlsx
from enterprises.importer import import_enterprises
from enterprises.importer.service import ImportReport, fault_table
from stations.models import Station


class Command(BaseCommand):
    help = "Import enterprises from an xlsx or csv file into a station, with the rights of a user. Good rows go in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--station", required=True, help="number, name or short name of the station")
        parser.add_argument("--user", required=True, help="user name of the one in whose name it is done")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument("--faults", type=Path, help="write the rows refused to this xlsx file")

    def handle(
        self, *args: Any, file: Path, station: str, user: str, dry_run: bool, faults: Path | None, **options: Any
    ) -> None:
        actor = User.objects.filter(username=user).first()
        if actor is None:
            raise CommandError(f"no user {user}")
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        try:
            report = import_enterprises(
                actor=actor,
                station=_station(actor, station),
                content=content,
                file_name=file.name,
                client_uuid=uuid.uuid4(),
                dry_run=dry_run,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except PermissionDenied as error:
            raise CommandError(f"{user} does not keep the register of {station}") from error
        self._tell(report)
        if faults is not None:
            faults.write_bytes(write_xlsx("faults", *fault_table(report)))

    def _tell(self, report: ImportReport) -> None:
        self.stdout.write(
            f"{report.rows} rows: {report.created} new, {report.updated} updated, {report.unchanged} unchanged,"
            f" {report.refused} refused{' (dry run: nothing was written)' if report.dry_run else ''}"
        )
        if report.unknown_columns:
            self.stdout.write("columns left aside: " + ", ".join(report.unknown_columns))
        for fault in report.faults:
            self.stdout.write(f"row {fault.row}, {fault.column}: {fault.reason}")


def _station(actor: User, said: str) -> Station:
    stations = Station.objects.visible_to(actor)
    found = stations.filter(pk=int(said)) if said.isascii() and said.isdigit() else stations.filter(name=said)
    row = found.first() or stations.filter(short_name=said).first()
    if row is None:
        raise CommandError(f"no station {said}")
    return row
