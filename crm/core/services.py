"""The frame of every write: one transaction, constraints that speak, deadlocks that are tried again."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

P = ParamSpec("P")
R = TypeVar("R")
_TRIES = 4
_TRY_AGAIN = {"40P01", "40001"}  # deadlock detected, serialization failure


@cache
def _constraints() -> dict[str, models.BaseConstraint]:
    """Every named constraint of our models, by its name in the database."""
    return {c.name: c for model in apps.get_models() for c in model._meta.constraints}


_guards: dict[str, tuple[str, Any]] = {
    "core_journal_append_only": (NON_FIELD_ERRORS, gettext_lazy("What is written in the journal stays.")),
}


def guard_words(name: str, message: Any, field: str = NON_FIELD_ERRORS) -> None:
    """Give the words for a guard of the database that no model names (a trigger, a composite key)."""
    _guards[name] = (field, message)


def as_message(error: IntegrityError) -> ValidationError:
    """The words for a broken constraint, on the field it names (`violation_error_code`).

    A constraint without words of its own gets a general sentence: the user is told, never shown a server error.
    """
    diag = getattr(error.__cause__, "diag", None)
    name = getattr(diag, "constraint_name", None) or ""
    constraint = _constraints().get(name)
    if constraint is not None:
        return ValidationError(
            {constraint.violation_error_code or NON_FIELD_ERRORS: [constraint.violation_error_message]}
        )
    if name in _guards:
        field, words = _guards[name]
        return ValidationError({field: [words]})
    column = getattr(diag, "column_name", None)
    if column:
        return ValidationError({column.removesuffix("_id"): [_("This field is required.")]})
    state = getattr(error.__cause__, "sqlstate", "")
    if state == "23503":
        return ValidationError([_("Something that this entry refers to does not exist.")])
    if state == "23505":
        return ValidationError([_("The same entry exists already.")])
    return ValidationError([_("The entry breaks a rule of the database (%(name)s).") % {"name": name}])


def service(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function the one way of a write: atomic, keyword-only by custom, errors as ValidationError.

    Inside another transaction it takes a savepoint; outermost, a deadlock is tried again up to three times.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = not connection.in_atomic_block
        for attempt in range(_TRIES):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except IntegrityError as error:
                raise as_message(error) from error
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", "")
                if not outermost or state not in _TRY_AGAIN:
                    raise
                if attempt == _TRIES - 1:
                    raise ValidationError([_("Somebody else is changing the same entry. Try again.")]) from error
        raise AssertionError("unreachable")

    return call


def cleaned(row: Any) -> Any:
    """Check a row's own fields (length, choices, type) without a query; keys and constraints speak when it is saved.

    Raises ValidationError by field.
    """
    fields = row._meta.concrete_fields
    values = {f: getattr(row, f.attname) for f in fields}
    skipped = {
        f.name for f, value in values.items() if f.is_relation or (f.null and value is None) or value in ({}, [])
    }
    row.full_clean(exclude=skipped, validate_unique=False, validate_constraints=False)
    overlooked = {field.name: words for field, value in values.items() if (words := _overlooked(field, value))}
    if overlooked:
        raise ValidationError(overlooked)
    return row


def _overlooked(field: Any, value: Any) -> list[Any]:
    """What Django checks in forms only: the choices of a field that is not editable, the length of a long text."""
    if value in field.empty_values:
        return []
    if field.choices and not field.editable and value not in dict(field.flatchoices):
        return [field.error_messages["invalid_choice"] % {"value": value}]
    if isinstance(field, models.TextField) and field.max_length and len(value) > field.max_length:
        return [_("At most %(most)d characters, please.") % {"most": field.max_length}]
    return []
