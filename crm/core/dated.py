"""Rows that hold from a day to a day: half-open terms `[start, end)`, nothing overwritten."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _


def term_from(start: dt.date, end: dt.date | None = None) -> DateRange:
    """The term `[start, end)`; open when `end` is None. Raises ValidationError on `term` when it would be empty."""
    if end is not None and end <= start:
        raise ValidationError({"term": [_("The end must lie after the start.")]})
    return DateRange(start, end, "[)")


class DatedQuerySet(models.QuerySet[Any]):
    """Adjectives of dated rows; mixed into the querysets of models that have a `term`."""

    def on(self, day: dt.date) -> Self:
        """Rows that hold on the day."""
        return self.filter(term__contains=day)

    def ending_after(self, day: dt.date) -> Self:
        """Rows that hold on the day or begin later."""
        return self.filter(models.Q(term__endswith__gt=day) | models.Q(term__endswith__isnull=True))


class Dated(models.Model):
    """Abstract: one row holds during `term`."""

    term = DateRangeField(_("term"))

    class Meta:
        abstract = True
        constraints = (
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_term_is_a_term",
                condition=models.Q(term__isempty=False, term__startswith__isnull=False),
                violation_error_code="term",
                violation_error_message=_("The end must lie after the start."),
            ),
        )

    @property
    def start(self) -> dt.date:
        """First day of the term."""
        return self.term.lower

    @property
    def end(self) -> dt.date | None:
        """First day on which the term no longer holds; None while open."""
        return self.term.upper

    @property
    def last_day(self) -> dt.date | None:
        """Last day of the term; None while open."""
        return self.term.upper - dt.timedelta(days=1) if self.term.upper else None

    def holds_on(self, day: dt.date) -> bool:
        """Whether the row holds on the day."""
        return self.start <= day and (self.end is None or day < self.end)


def no_overlap(
    *fields: str,
    name: str,
    message: Any,
    field: str = "term",
    condition: models.Q | None = None,
    or_zero: tuple[str, ...] = (),
) -> ExclusionConstraint:
    """An exclusion constraint: rows alike in `fields` may not overlap in `term`.

    `or_zero` names nullable fields in which two NULLs count as alike; `field` is where a form shows the message.
    """
    expressions: list[Any] = [(name_, RangeOperators.EQUAL) for name_ in fields]
    expressions += [(Coalesce(name_, 0), RangeOperators.EQUAL) for name_ in or_zero]
    return ExclusionConstraint(
        name=name,
        expressions=[*expressions, ("term", RangeOperators.OVERLAPS)],
        condition=condition,
        violation_error_code=field,
        violation_error_message=message,
    )


def close_row(row: Any, on: dt.date) -> bool:
    """End a dated row on a day: its last day is the one before. A row that began that day or later is deleted.

    Returns whether the row lives on. The caller runs inside a service and opens the next row itself.
    """
    if on <= row.start:
        row.delete()
        return False
    row.term = DateRange(row.start, on, "[)")
    row.save(update_fields=["term"])
    return True


def close_rows(rows: Sequence[Any], on: dt.date) -> None:
    """`close_row` for any number of rows of one model, in two queries at most."""
    if not rows:
        return
    model = type(rows[0])
    model._base_manager.filter(pk__in=[row.pk for row in rows if row.start >= on]).delete()
    begun = [row for row in rows if row.start < on]
    for row in begun:
        row.term = DateRange(row.start, on, "[)")
    model._base_manager.bulk_update(begun, ["term"])
