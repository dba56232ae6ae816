"""From a sheet to rows of named cells: find the head, map the columns."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.core.sheets import Row, read_rows
from enterprises.importer.columns import Column, column_of

HEAD_WITHIN = 10  # rows in which the head must stand
MOST_ROWS = 50_000


@dataclass(frozen=True)
class SheetRow:
    """A line of the file: its number as a spreadsheet counts (from 1), cells by column, cells beyond the head."""

    number: int
    cells: dict[str, Any]
    beyond: list[Any]


@dataclass(frozen=True)
class Sheet:
    """A file that can be imported: its known columns, the heads nobody knows, its rows."""

    columns: list[Column]
    unknown: list[str]
    rows: list[SheetRow]


def read_sheet(content: bytes) -> Sheet:
    """Read a file. Raises ValidationError on file: no sheet, empty, too long, no name or code column in ten rows."""
    lines = read_rows(content)
    if len(lines) > MOST_ROWS:
        raise ValidationError({"file": [_("The file has more than %(most)d rows: split it.") % {"most": MOST_ROWS}]})
    head, first = _head(lines)
    columns, unknown = _columns(head)
    found = {column.code for column in columns.values()}
    for code, words in (
        ("name", _("The file has no column “企业名称”.")),
        ("uscc", _("The file has no column “统一社会信用代码”.")),
    ):
        if code not in found:
            raise ValidationError({"file": [words]})
    width = max(index for index, text in enumerate(head) if _said(text)) + 1
    rows = []
    for number, line in enumerate(lines[first:], start=first + 1):
        if any(map(_said, line)):
            cells = {column.code: line[index] if index < len(line) else "" for index, column in columns.items()}
            rows.append(SheetRow(number, cells, [cell for cell in line[width:] if _said(cell)]))
    if not rows:
        raise ValidationError({"file": [_("The file has a head but no row.")]})
    return Sheet(list(columns.values()), unknown, rows)


def _head(lines: list[Row]) -> tuple[Row, int]:
    """(the head, index of the first row below it): of the first ten rows the one that knows most columns.

    A head of two rows, as merged cells make it, is read as one where that names more: what stands below goes before.
    """
    choices = []
    for index, line in enumerate(lines[:HEAD_WITHIN]):
        choices.append((_known(line), -index, -1, line))
        if index + 1 < min(HEAD_WITHIN, len(lines)):
            below = lines[index + 1]
            both = [low if _said(low) else high for high, low in zip_longest(line, below, fillvalue="")]
            choices.append((_known(both), -index, -2, both))
    _count, index, height, head = max(choices, key=lambda choice: (choice[0], choice[2], choice[1]))
    return head, -index - height


def _columns(head: Row) -> tuple[dict[int, Column], list[str]]:
    """({place: column}, heads that nobody knows); a column named twice is taken where it stands first."""
    columns: dict[int, Column] = {}
    unknown = []
    for index, text in enumerate(head):
        column = column_of(text)
        if column is not None and column not in columns.values():
            columns[index] = column
        elif _said(text):
            unknown.append(str(text).strip()[:60])
    return columns, unknown


def _said(cell: Any) -> bool:
    return cell is not None and bool(str(cell).strip())


def _known(line: Row) -> int:
    return len({column.code for column in map(column_of, line) if column is not None})
