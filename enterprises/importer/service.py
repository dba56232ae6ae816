"""`import_enterprises`: good rows in one transaction, bad rows back with row, column and reason."""

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import term_from
from crm.core.services import service
from enterprises.enums import CandidateSource
from enterprises.importer.checks import Checked, Fault, add_fault, check_row
from enterprises.importer.columns import FACT_COLUMNS
from enterprises.importer.reading import read_sheet
from enterprises.models import Candidate, Enterprise, EnterpriseFact, ImportBatch
from enterprises.services.facts import write_facts
from stations.models import Station

BATCH = 1000
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
    before = ImportBatch.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        if before.file_hash != file_hash or before.station_id != station.pk:
            words = _("Another file was sent under this number already. Open the form again.")
            raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
        return report_of(before)
    sheet = read_sheet(content)
    Station._base_manager.select_for_update(no_key=True).get(pk=station.pk)  # one import into a station at a time
    today = clock.today()
    checked = [check_row(row, today) for row in sheet.rows]
    known = _known(checked)
    _refuse_by_base(checked, known, station)
    good = [row for row in checked if not row.faults]
    faults = [fault for row in checked for fault in row.faults]
    with transaction.atomic():
        counts, rows = _write(good, known, station)
        batch = ImportBatch(
            client_uuid=client_uuid,
            station=station,
            file_name=file_name[:200],
            file_hash=file_hash,
            actor_label=str(actor)[:120],
            refused=len({fault.row for fault in faults}),
            unknown_columns=sheet.unknown,
            faults=[fault.as_dict() for fault in faults],
            **counts,
        )
        if not dry_run:
            batch.save()
            Candidate.objects.bulk_create(
                [
                    Candidate(enterprise=row, station=station, source=CandidateSource.IMPORT, batch=batch)
                    for row in rows
                    if row.station_id is None
                ],
                batch_size=BATCH,
                ignore_conflicts=True,
            )
            journal.record(
                actor=actor,
                verb="import_enterprises",
                obj=batch,
                station_id=station.pk,
                changes={name: [None, count] for name, count in counts.items()} | {"refused": [None, batch.refused]},
            )
        transaction.set_rollback(dry_run)
    return ImportReport(**counts, faults=faults, unknown_columns=sheet.unknown, batch=None if dry_run else batch, dry_run=dry_run)


def report_of(batch: ImportBatch) -> ImportReport:
    """The report of an import that was done."""
    faults = [Fault(**fault) for fault in batch.faults]
    return ImportReport(
        batch.created, batch.updated, batch.unchanged, faults, batch.unknown_columns, batch=batch, repeated=True
    )


def _known(checked: list[Checked]) -> dict[str, Enterprise]:
    """{code: enterprise} of the codes in the file that the base has."""
    codes = [row.values["uscc"] for row in checked if "uscc" in row.values]
    rows = Enterprise._base_manager.filter(uscc__in=codes, merged_into=None).order_by("pk").select_for_update(no_key=True)
    return {row.uscc: row for row in rows}


def _refuse_by_base(checked: list[Checked], known: dict[str, Enterprise], station: Station) -> None:
    """Faults that one row cannot know: a code twice in the file, a code of another station's register."""
    first: dict[str, int] = {}
    for row in checked:
        code = row.values.get("uscc")
        if code is None:
            continue
        if code in first:
            add_fault(row, "uscc", "twice", _("The code stands in row %(row)d already.") % {"row": first[code]})
        else:
            first[code] = row.row.number
        enterprise = known.get(code)
        if enterprise is not None and enterprise.station_id not in (None, station.pk):
            add_fault(row, "uscc", "elsewhere", _("The enterprise is on another station's register."))


def _write(good: list[Checked], known: dict[str, Enterprise], station: Station) -> tuple[dict[str, int], list[Enterprise]]:
    """Create and update; (counts, all enterprises of the good rows)."""
    created: list[Enterprise] = []
    changed: list[Enterprise] = []
    touched: set[int] = set()
    rows: list[Enterprise] = []
    first_facts: list[tuple[Enterprise, dict[str, Any]]] = []
    facts: dict[Enterprise, dict[str, Any]] = {}
    linked = set(
        Candidate.objects.filter(station=station, enterprise__in=known.values()).values_list("enterprise_id", flat=True)
    )
    fields: set[str] = set()
    for row in good:
        values = {name: value for name, value in row.values.items() if name not in FACT_COLUMNS}
        dated = {name: value for name, value in row.values.items() if name in FACT_COLUMNS}
        enterprise = known.get(values["uscc"])
        if enterprise is None:
            enterprise = Enterprise(**values)
            enterprise.set_keys()
            created.append(enterprise)
            first_facts.append((enterprise, dated))
        else:
            new = {name: value for name, value in values.items() if getattr(enterprise, name) != value}
            for name, value in new.items():
                setattr(enterprise, name, value)
            if new:
                enterprise.set_keys()
                enterprise.version += 1
                fields |= set(new)
                changed.append(enterprise)
                touched.add(enterprise.pk)
            if enterprise.station_id is None and enterprise.pk not in linked:
                touched.add(enterprise.pk)  # new to this station
            if dated:
                facts[enterprise] = dated
        rows.append(enterprise)
    Enterprise._base_manager.bulk_create(created, batch_size=BATCH)
    if changed:
        Enterprise._base_manager.bulk_update(changed, [*fields, "name_key", "initials", "version"], batch_size=BATCH)
    today = clock.today()
    EnterpriseFact.objects.bulk_create(
        [EnterpriseFact(enterprise=row, term=term_from(today), **dated) for row, dated in first_facts], batch_size=BATCH
    )
    touched |= write_facts(facts, today)
    return (
        {"created": len(created), "updated": len(touched), "unchanged": len(rows) - len(created) - len(touched)},
        rows,
    )
