"""Dated facts: status, tier, size, workers."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from crm.accounts.models import User
from crm.core import journal
from crm.core.dated import term_from
from crm.core.outcome import Outcome, Refusal
from crm.core.services import cleaned, service
from enterprises.models import Enterprise, EnterpriseFact
from enterprises.services.reach import allowed, locked

FACTS = ("status", "tier", "size", "risk", "workers", "industrial_workers")
BATCH = 1000


@service
def set_facts(*, actor: User, enterprises: Sequence[Enterprise], start: dt.date, **changes: Any) -> Outcome:
    """Let facts hold from `start` on: the row of that day is closed and a new one opened; the past stays.

    `changes` are some of status, tier, size, risk, workers, industrial_workers; what is not named is carried over. Later rows
    give way. One in which nothing changes is unchanged; one without the right, or in which there would be more
    industrial workers than workers, is refused. A constant number of queries. Raises ValidationError by fact.
    """
    rows = locked(row.pk for row in enterprises)
    mine, refused = allowed(actor, rows)
    standing = facts_standing([row.pk for row in mine], start)
    clashing = {row.pk for row in mine if too_many_industrial(standing.get(row.pk), changes)}
    words = _("There cannot be more industrial workers than workers.")
    refused += [Refusal(row.pk, row.name, words) for row in mine if row.pk in clashing]
    good = [row for row in mine if row.pk not in clashing]
    changed = write_facts(dict.fromkeys(good, changes), start)
    if changed:
        journal.record(
            actor=actor,
            verb="set_facts",
            obj=good[0],
            station_id=good[0].station_id,
            enterprise_id=good[0].pk if len(good) == 1 else None,
            changes={name: [None, value] for name, value in changes.items()}
            | {"enterprises": [None, sorted(changed)], "from": [None, str(start)]},
        )
    return Outcome(len(changed), len(good) - len(changed), refused)


def facts_standing(enterprise_ids: Iterable[int], day: dt.date) -> dict[int, EnterpriseFact]:
    """{enterprise id: the facts that hold on the day}; one query."""
    rows = EnterpriseFact._base_manager.filter(enterprise__in=list(enterprise_ids), term__contains=day)
    return {row.enterprise_id: row for row in rows}


def too_many_industrial(standing: EnterpriseFact | None, changes: Mapping[str, Any]) -> bool:
    """Whether the facts, so changed, would count more industrial workers than workers."""
    workers, industrial = (
        changes.get(name, getattr(standing, name, None)) for name in ("workers", "industrial_workers")
    )
    return workers is not None and industrial is not None and industrial > workers


def write_facts(changes_of: Mapping[Enterprise, Mapping[str, Any]], start: dt.date) -> set[int]:
    """{enterprise: {fact: value}} from `start` on; the ids of those in which something changed. Asks for no right."""
    for changes in changes_of.values():
        unknown = set(changes) - set(FACTS)
        if unknown:
            raise TypeError(f"unknown facts: {sorted(unknown)}")
    standing: dict[int, EnterpriseFact] = {}
    later: list[EnterpriseFact] = []
    ids = [row.pk for row in changes_of]
    for fact in EnterpriseFact._base_manager.filter(enterprise__in=ids, term__overlap=(start, None)).order_by("term"):
        if fact.holds_on(start):
            standing[fact.enterprise_id] = fact
        else:
            later.append(fact)
    opened, closed, replaced = [], [], []
    for row, changes in changes_of.items():
        before = standing.get(row.pk)
        values = {name: getattr(before, name) for name in FACTS} if before else {}
        if before is not None and all(values[name] == value for name, value in changes.items()):
            continue
        opened.append(cleaned(EnterpriseFact(enterprise=row, term=term_from(start), **(values | dict(changes)))))
        if before is not None and before.start < start:
            before.term = term_from(before.start, start)
            closed.append(before)
        elif before is not None:
            replaced.append(before.pk)
    changed = {fact.enterprise_id for fact in opened}
    replaced += [fact.pk for fact in later if fact.enterprise_id in changed]
    if replaced:
        EnterpriseFact._base_manager.filter(pk__in=replaced).delete()
    EnterpriseFact._base_manager.bulk_update(closed, ["term"], batch_size=BATCH)
    EnterpriseFact._base_manager.bulk_create(opened, batch_size=BATCH)
    return changed


def reach_back(enterprises: Iterable[Enterprise], start: dt.date) -> None:
    """See that facts hold from `start` on: the first row known is taken to have held since then. Two queries and a write."""
    rows = list(enterprises)
    first: dict[int, EnterpriseFact] = {}
    known = EnterpriseFact._base_manager.filter(enterprise__in=rows, term__overlap=(start, None))
    for fact in known.order_by("term"):
        first.setdefault(fact.enterprise_id, fact)
    late = [fact for fact in first.values() if fact.start > start]
    for fact in late:
        fact.term = term_from(start, fact.end)
    EnterpriseFact._base_manager.bulk_update(late, ["term"], batch_size=BATCH)
    EnterpriseFact._base_manager.bulk_create(
        [EnterpriseFact(enterprise=row, term=term_from(start)) for row in rows if row.pk not in first], batch_size=BATCH
    )
