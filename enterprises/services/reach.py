"""The enterprises of an act: locked, and which of them the actor may change."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.accounts.models import User
from crm.core.outcome import Refusal
from enterprises.models import Enterprise


def locked(ids: Iterable[int]) -> list[Enterprise]:
    """The rows as they stand now, locked in the order of their keys: two that write about the same ones follow each other.

    Whoever locks enterprises, one or many, does it here and before anything else that it locks of theirs.
    """
    return list(Enterprise._base_manager.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))


def allowed(actor: User, rows: list[Enterprise]) -> tuple[list[Enterprise], list[Refusal]]:
    """(rows whose register the actor keeps, refusals of the others); one query."""
    ids = [row.pk for row in rows]
    mine = set(
        Enterprise.objects.allowing(actor, Right.MANAGE_REGISTER).filter(pk__in=ids).values_list("pk", flat=True)
    )
    words = _("Your post does not keep this register.")
    return (
        [row for row in rows if row.pk in mine],
        [Refusal(row.pk, row.name, words) for row in rows if row.pk not in mine],
    )
