"""What a reader is told of a visit, or of a contact that is owed."""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model

from crm.access.grants import grants_of
from crm.access.roles import Right, Role
from crm.access.scope import ScopedQuerySet
from crm.accounts.models import User
from crm.visits.models import Obligation, Visit

Row = TypeVar("Row", Visit, Obligation)
# what officers note for one another
NOTES: dict[type[Model], tuple[str, ...]] = {Visit: ("notes",), Obligation: ("cancel_reason", "exempt_reason")}


def as_told(user: User, rows: Iterable[Row]) -> list[Row]:
    """The rows as the user reads them, to be shown and not saved: without officers' notes for the enterprise itself.

    A query only for somebody who speaks for an enterprise.
    """
    found, grants = list(rows), grants_of(user)
    if not found or (grants is not None and Role.ENTERPRISE_CADRE not in grants.roles):
        return found
    model = type(found[0])
    known: ScopedQuerySet = model.objects.allowing(user, Right.VIEW_NOTES)
    noted = set(known.filter(pk__in=[row.pk for row in found]).values_list("pk", flat=True))
    for row in found:
        if row.pk not in noted:
            for name in NOTES[model]:
                setattr(row, name, "")
    return found
