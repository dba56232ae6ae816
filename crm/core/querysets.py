"""Small pieces of queries that the rooms share."""

from typing import Any, TypeVar

from django.db.models import Choices, Count, IntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

Rows = TypeVar("Rows", bound=QuerySet[Any])


def having(rows: Rows, field: str, value: str, choices: type[Choices]) -> Rows:
    """The rows with the value that a filter asks for: all when it asks for none, no row when it is none of the choices."""
    if not value:
        return rows
    return rows.filter(**{field: value}) if value in choices.values else rows.none()


def count_of(rows: QuerySet[Any]) -> Coalesce:
    """The number of rows of a correlated queryset, as an annotation."""
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
