"""`import_enterprises`: good rows in one transaction, bad rows back with row, column and reason."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.services import service
from enterprises.importer.checks import Checked, Fault, add_fault, check_row
from enterprises.importer.reading import Sheet, read_sheet
from enterprises.importer.writing import dated_values, make_candidates, write_rows
from enterprises.models import Enterprise, ImportBatch
from enterprises.services.facts import facts_standing, too_many_industrial
from stations.models import Station

LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True)
class ImportReport:
    """What an import did (or, as a dry run, would do). Counts are rows; `repeated`: the file had been sent before."""

    created: int
    updated: int
    unchanged: int
    faults: list[Fault] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    batch: ImportBatch | None = None
    dry_run: bool = False
    repeated: bool = False

    @property
    def refused(self) -> int:
        """Rows refused (a row may have several faults)."""
        return len({fault.row for fault in self.faults})

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.refused


@service
def import_enterprises(
    *, actor: User, station: Station, content: bytes, file_name: str, client_uuid: uuid.UUID, dry_run: bool = False
) -> ImportReport:
    """Bring a file's enterprises to a station: new ones become candidates, known ones (by code) are updated.

    Blanks never overwrite; a row in which nothing changes counts as unchanged. A row with a fault is left out, the
    others go in together. The same UUID and file again gives the first report. A dry run writes nothing and says the
    same. Raises ValidationError on file (no sheet, empty, no name or code column, too large) and client_uuid (code
    "conflict": another file under this UUID), PermissionDenied.
    """
    require(actor, Right.MANAGE_REGISTER, station)
    if len(content) > LARGEST:
        raise ValidationError({"file": [_("The file is larger than 20 MB: split it.")]})
    file_hash = hashlib.sha256(content).hexdigest()
    Station._base_manager.select_for_update(no_key=True).get(pk=station.pk)  # one import into a station at a time
    before = ImportBatch._base_manager.filter(client_uuid=client_uuid).first()
    if before is not None:
        if before.file_hash != file_hash or before.station_id != station.pk:
            words = _("Another file was sent under this number already. Open the form again.")
            raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
        return report_of(before)
    sheet = read_sheet(content)
    good, known, faults = _sorted_out(sheet, station)
    with transaction.atomic():
        written = write_rows(good, known, station)
        counts = written.counts
        report = ImportReport(
            counts["created"], counts["updated"], counts["unchanged"], faults, sheet.unknown, dry_run=dry_run
        )
        if dry_run:
            transaction.set_rollback(True)
            return report
        batch = ImportBatch(
            client_uuid=client_uuid,
            station=station,
            file_name=file_name[:200],
            file_hash=file_hash,
            actor_label=str(actor)[:120],
            refused=report.refused,
            unknown_columns=sheet.unknown,
            faults=[fault.as_dict() for fault in faults],
            **counts,
        )
        batch.save(force_insert=True)
        make_candidates(written.rows, station, batch)
        journal.record(
            actor=actor,
            verb="import_enterprises",
            obj=batch,
            station_id=station.pk,
            changes={name: [None, count] for name, count in counts.items()} | {"refused": [None, batch.refused]},
        )
    return replace(report, batch=batch)


def report_of(batch: ImportBatch) -> ImportReport:
    """The report of an import that was done."""
    faults = [Fault(**fault) for fault in batch.faults]
    return ImportReport(
        batch.created, batch.updated, batch.unchanged, faults, batch.unknown_columns, batch=batch, repeated=True
    )


def fault_table(report: ImportReport) -> tuple[list[str], Iterator[list[Any]]]:
    """(head, lines) of the sheet that goes back: row, column, reason, and by what to find the row again."""
    head = [_("Row"), _("Column"), _("Reason"), _("enterprise name"), _("credit code")]
    return head, ([fault.row, fault.column, fault.reason, fault.name, fault.uscc] for fault in report.faults)


def _sorted_out(sheet: Sheet, station: Station) -> tuple[list[Checked], dict[str, Enterprise], list[Fault]]:
    """(rows without a fault, {code: enterprise of the base}, all faults in the order of the file)."""
    today = clock.today()
    checked = [check_row(row, today) for row in sheet.rows]
    known = _known(checked)
    _refuse_by_file(checked)
    _refuse_by_base(checked, known, station)
    good = [row for row in checked if not row.faults]
    return good, known, [fault for row in checked for fault in row.faults]


def _known(checked: list[Checked]) -> dict[str, Enterprise]:
    """{code: enterprise} of the codes in the file that the base has."""
    codes = [row.values["uscc"] for row in checked if "uscc" in row.values]
    rows = Enterprise._base_manager.filter(uscc__in=codes, merged_into=None).order_by("pk")
    return {row.uscc: row for row in rows.select_for_update(no_key=True)}


def _refuse_by_file(checked: list[Checked]) -> None:
    """A code twice in the file: the first row stands, the others are refused."""
    first: dict[str, int] = {}
    for row in checked:
        code = row.values.get("uscc")
        if code is None:
            continue
        if code in first:
            add_fault(row, "uscc", "twice", _("The code stands in row %(row)d already.") % {"row": first[code]})
        first.setdefault(code, row.row.number)


def _refuse_by_base(checked: list[Checked], known: dict[str, Enterprise], station: Station) -> None:
    """What does not fit the base: an enterprise of another station's register (nothing of it is told), its workers."""
    standing = facts_standing([enterprise.pk for enterprise in known.values()], clock.today())
    for row in checked:
        enterprise = known.get(row.values.get("uscc", ""))
        if enterprise is None:
            continue
        if enterprise.station_id not in (None, station.pk):
            add_fault(row, "uscc", "elsewhere", _("The enterprise is on another station's register."))
        elif not row.faults and too_many_industrial(standing.get(enterprise.pk), dated_values(row)):
            column = "industrial_workers" if "industrial_workers" in row.values else "workers"
            add_fault(row, column, "too_many", _("There cannot be more industrial workers than workers."))
