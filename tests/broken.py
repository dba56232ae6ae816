"""Rules that the database keeps, broken by raw SQL: refused under their name, and with words in the user's language."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from crm.core.services import service


def raw(statement: str) -> Callable[[], None]:
    """The statement as a call, deferred constraints checked at once."""

    def call() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(statement)

    return call


def again(table: str, columns: str) -> str:
    """SQL for one more row like the table's first one."""
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} ORDER BY id LIMIT 1"


def assert_refused(name: str, field: str, statement: str) -> None:
    """The statement breaks the rule of this name; the services' frame says so in Chinese on the field ("": any)."""
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        raw(statement)()
    assert broken.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]
    with translation.override("zh-hans"), pytest.raises(ValidationError) as told:
        service(raw(statement))()
    words = told.value.messages
    assert words
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in line) for line in words), words
    if field:
        assert set(told.value.message_dict) == {field}


def rules_of(app_label: str) -> set[str]:
    """Names of the room's checks, unique keys and exclusions; Django's own checks of counters at zero or more left out."""
    tables = [model._meta.db_table for model in apps.get_app_config(app_label).get_models(include_auto_created=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('c', 'u', 'x')",
            [tables],
        )
        found = {name for (name,) in cursor.fetchall() if not name.endswith("_check")}
        cursor.execute(  # conditional unique constraints are indexes
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid::regclass::text = ANY(%s) AND indisunique"
            " AND indpred IS NOT NULL",
            [tables],
        )
        return found | {name for (name,) in cursor.fetchall()}


def messages_among(answers: list[Any]) -> list[ValidationError]:
    """The messages among the answers of several sessions; anything else that was raised fails."""
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(error, ValidationError) for error in errors), errors
    return errors
