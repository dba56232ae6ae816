"""Writing at the speed of COPY: tables as lines of text, keys from their sequences, indexes made after the rows."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import models

BLOCK = 20_000  # lines per COPY
MEMORY = "512MB"  # for building indexes
FOREIGN_KEY = "f"
ORDER = {"": 1, FOREIGN_KEY: 2}  # indexes first, statistics, then foreign keys: they are checked by joins


class Table:
    """Rows of a model on their way into its table. The first column is the key, handed out here."""

    def __init__(self, cursor: Any, model: type[models.Model], columns: str) -> None:
        self.cursor, self.name = cursor, model._meta.db_table
        self.columns = f"id, {columns}"
        self.lines: list[str] = []
        self.rows, self.seconds = 0, 0.0
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [self.name])
        (self.next_id,) = cursor.fetchone()

    def add(self, *values: object) -> int:
        """A row by its values in the order of the columns; returns its key."""
        return self.put("\t".join("\\N" if value is None else str(value) for value in values))

    def put(self, line: str) -> int:
        """A row by its text, all but the key; returns the key."""
        key = self.next_id
        self.lines.append(f"{key}\t{line}")
        self.next_id = key + 1
        if len(self.lines) >= BLOCK:
            self.flush()
        return key

    def flush(self) -> None:
        """Send what is gathered."""
        if not self.lines:
            return
        start = time.perf_counter()
        self.lines.append("")
        with self.cursor.copy(f"COPY {self.name} ({self.columns}) FROM STDIN") as copy:
            copy.write("\n".join(self.lines))
        self.rows += len(self.lines) - 1
        self.lines.clear()
        self.seconds += time.perf_counter() - start

    def close(self) -> None:
        """Send the rest and let the sequence go on after the last key."""
        self.flush()
        if self.rows:
            self.cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [self.name, self.next_id - 1])


# (table, name, type of constraint or "i", definition) of everything that is cheaper to make after the rows; a key that
# another table refers to stays
_LOOSE = """
SELECT c.conrelid::regclass::text, quote_ident(c.conname), c.contype::text, pg_get_constraintdef(c.oid)
FROM pg_constraint c
WHERE c.conrelid = ANY(%(tables)s::regclass[]) AND c.contype IN ('f', 'u', 'x')
  AND (c.contype = 'f' OR NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid))
UNION ALL
SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, 'i', pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid = ANY(%(tables)s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = i.indrelid AND c.conindid = i.indexrelid)
ORDER BY 1, 3, 2
"""


@contextmanager
def without_indexes(cursor: Any, tables: Sequence[str]) -> Iterator[dict[str, float]]:
    """Take indexes, unique, exclusion and foreign key constraints off the tables and make them anew after the block.

    The caller's transaction holds all: whoever looks meanwhile waits, and a row that breaks a constraint undoes
    everything. Checks and primary keys stay in force throughout. Yields {table: seconds spent on making them anew}.
    """
    before = _loose(cursor, tables)
    for table, name, kind, _ in sorted(before, key=lambda row: row[2] != FOREIGN_KEY):
        cursor.execute(f"DROP INDEX {name}" if kind == "i" else f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    seconds: dict[str, float] = dict.fromkeys(tables, 0.0)
    yield seconds
    cursor.execute(f"SET LOCAL maintenance_work_mem = '{MEMORY}'")
    steps = [
        (table, definition if kind == "i" else f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}", kind)
        for table, name, kind, definition in before
    ]
    steps += [(table, f"ANALYZE {table}", "") for table in tables]
    for table, statement, _ in sorted(steps, key=lambda step: ORDER.get(step[2], 0)):
        start = time.perf_counter()
        cursor.execute(statement)
        seconds[table] += time.perf_counter() - start
    if _loose(cursor, tables) != before:
        raise RuntimeError("the indexes are not what they were")


def _loose(cursor: Any, tables: Sequence[str]) -> list[tuple[str, str, str, str]]:
    cursor.execute(_LOOSE, {"tables": list(tables)})
    return cursor.fetchall()
