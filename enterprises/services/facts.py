"""Dated facts: status, tier, size, workers."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.accounts.models import User
from crm.core import journal
from crm.core.dated import term_from
from crm.core.outcome import Outcome, Refusal
from crm.core.services import cleaned, service
from enterprises.models import Enterprise, EnterpriseFact

FACTS = ("status", "tier", "size", "workers", "industrial_workers")


@service
def set_facts(*, actor: User, enterprises: Sequence[Enterprise], start: dt.date, **changes: Any) -> Outcome:
    """Let facts hold from `start` on: the row of that day is closed and a new one opened; the past stays.

    `changes` are some of status, tier, size, workers, industrial_workers; what is not named is carried over. Later rows
    give way. One in which nothing changes is unchanged, one without the right refused. A constant number of queries.
    """
    ids = [row.pk for row in enterprises]
    rows = list(Enterprise._base_manager.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
    mine = set(Enterprise.objects.allowing(actor, Right.MANAGE_REGISTER).filter(pk__in=ids).values_list("pk", flat=True))
    refused = [Refusal(row.pk, row.name, _("Your post does not keep this register.")) for row in rows if row.pk not in mine]
    changed = write_facts({row: changes for row in rows if row.pk in mine}, start)
    unchanged = len(mine) - len(changed)
    if rows:
        journal.record(
            actor=actor,
            verb="set_facts",
            obj=rows[0],
            station_id=rows[0].station_id,
            enterprise_id=rows[0].pk if len(rows) == 1 else None,
            changes={name: [None, value] for name, value in changes.items()} | {"enterprises": [None, sorted(changed)]},
        )
    return Outcome(len(changed), unchanged, refused)


def write_facts(changes_of: Mapping[Enterprise, Mapping[str, Any]], start: dt.date) -> set[int]:
    """{enterprise: {fact: value}} from `start` on; the ids of those in which something changed. Asks for no right."""
    for changes in changes_of.values():
        unknown = set(changes) - set(FACTS)
        if unknown:
            raise TypeError(f"unknown facts: {sorted(unknown)}")
    standing: dict[int, EnterpriseFact] = {}
    later: list[int] = []
    ids = [row.pk for row in changes_of]
    for fact in EnterpriseFact.objects.filter(enterprise__in=ids).ending_after(start).order_by("term"):
        if fact.holds_on(start):
            standing[fact.enterprise_id] = fact
        else:
            later.append(fact.pk)
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
    EnterpriseFact.objects.filter(pk__in=replaced).delete()
    EnterpriseFact.objects.filter(pk__in=later, enterprise__in=changed).delete()
    EnterpriseFact.objects.bulk_update(closed, ["term"], batch_size=1000)
    EnterpriseFact.objects.bulk_create(opened, batch_size=1000)
    return changed
