"""Good rows into the base: new enterprises with their first facts, known ones changed where the file says otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from crm.core import clock
from crm.core.dated import term_from
from enterprises.enums import CandidateSource
from enterprises.importer.checks import Checked
from enterprises.importer.columns import FACT_COLUMNS
from enterprises.models import Candidate, Enterprise, EnterpriseFact, ImportBatch
from enterprises.services.facts import write_facts
from stations.models import Station

BATCH = 1000


@dataclass
class Written:
    """What came of the good rows: new enterprises, those changed (ids), all of them."""

    created: list[Enterprise] = field(default_factory=list)
    updated: set[int] = field(default_factory=set)
    rows: list[Enterprise] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        created, updated = len(self.created), len(self.updated)
        return {"created": created, "updated": updated, "unchanged": len(self.rows) - created - updated}


def dated_values(row: Checked) -> dict[str, Any]:
    """The facts that a row brings."""
    return {name: value for name, value in row.values.items() if name in FACT_COLUMNS}


def write_rows(good: Iterable[Checked], known: dict[str, Enterprise], station: Station) -> Written:
    """Create and update; `known` are the enterprises of the base by code, locked. A constant number of queries.

    What only another station knows as its candidate becomes this one's candidate too, but nothing of it is changed.
    """
    written = Written()
    changed: list[Enterprise] = []
    fields: set[str] = set()
    first_facts: list[tuple[Enterprise, dict[str, Any]]] = []
    facts: dict[Enterprise, dict[str, Any]] = {}
    candidates = Candidate._base_manager.filter(enterprise__in=known.values())
    linked: set[int] = set()
    elsewhere: set[int] = set()
    for enterprise_id, station_id in candidates.values_list("enterprise_id", "station_id"):
        (linked if station_id == station.pk else elsewhere).add(enterprise_id)
    theirs = elsewhere - linked
    for row in good:
        values = {name: value for name, value in row.values.items() if name not in FACT_COLUMNS}
        dated = dated_values(row)
        enterprise = known.get(values["uscc"])
        if enterprise is None:
            enterprise = Enterprise(**values)
            enterprise.set_keys()
            written.created.append(enterprise)
            first_facts.append((enterprise, dated))
        elif enterprise.station_id is None and enterprise.pk in theirs:
            written.updated.add(enterprise.pk)
        else:
            new = _change(enterprise, values)
            if new:
                fields |= new
                changed.append(enterprise)
            if new or (enterprise.station_id is None and enterprise.pk not in linked):  # or new to this station
                written.updated.add(enterprise.pk)
            if dated:
                facts[enterprise] = dated
        written.rows.append(enterprise)
    Enterprise._base_manager.bulk_create(written.created, batch_size=BATCH)
    if changed:
        Enterprise._base_manager.bulk_update(changed, sorted(fields), batch_size=BATCH)
    today = clock.today()
    EnterpriseFact._base_manager.bulk_create(
        [EnterpriseFact(enterprise=row, term=term_from(today), **dated) for row, dated in first_facts], batch_size=BATCH
    )
    written.updated |= write_facts(facts, today)
    return written


def _change(enterprise: Enterprise, values: dict[str, Any]) -> set[str]:
    """Set what the file says otherwise (a former name is kept); the fields that then have to be written."""
    new = {name for name, value in values.items() if getattr(enterprise, name) != value}
    if not new:
        return new
    if "name" in new:
        enterprise.former_names = [*enterprise.former_names, enterprise.name]
        new |= {"former_names", "name_key", "initials"}
    for name in new & set(values):
        setattr(enterprise, name, values[name])
    enterprise.set_keys()
    enterprise.version += 1
    return new | {"version"}


def make_candidates(rows: Iterable[Enterprise], station: Station, batch: ImportBatch) -> None:
    """Make the station know those that are on no register; who is a candidate already stays as it is."""
    Candidate._base_manager.bulk_create(
        [
            Candidate(enterprise=row, station=station, source=CandidateSource.IMPORT, batch=batch)
            for row in rows
            if row.station_id is None
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
