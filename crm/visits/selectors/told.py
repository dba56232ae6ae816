"""What a reader is told of a visit."""

from collections.abc import Iterable

from crm.access.grants import grants_of
from crm.access.roles import Right, Role
from crm.accounts.models import User
from crm.visits.models import Visit


def as_told(user: User, visits: Iterable[Visit]) -> list[Visit]:
    """The visits as the user reads them, to be shown and not saved: without the officer's notes for the enterprise itself.

    A query only for somebody who speaks for an enterprise.
    """
    rows, grants = list(visits), grants_of(user)
    if grants is not None and Role.ENTERPRISE_CADRE not in grants.roles:
        return rows
    ids = [row.pk for row in rows]
    noted = set(Visit.objects.allowing(user, Right.VIEW_NOTES).filter(pk__in=ids).values_list("pk", flat=True))
    for row in rows:
        if row.pk not in noted:
            row.notes = ""
    return rows
