"""From a sheet to rows of named cells: find the head, map the columns."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.core.sheets import read_rows
from enterprises.importer.columns import Column, column_of

HEAD_WITHIN = 10  # rows in which the head must stand


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
    """Read a file. Raises ValidationError on file: no sheet, empty, or no name or code column in the first ten rows."""
    lines = read_rows(content)
    place = max(range(min(HEAD_WITHIN, len(lines))), key=lambda index: (_known(lines[index]), -index))
    head = lines[place]
    columns: dict[int, Column] = {}
    unknown = []
    for index, text in enumerate(head):
        column = column_of(text)
        if column is not None and column not in columns.values():
            columns[index] = column
        elif str(text or "").strip():
            unknown.append(str(text).strip()[:60])
    found = {column.code for column in columns.values()}
    for code, words in (("name", _("The file has no column “企业名称”.")), ("uscc", _("The file has no column “统一社会信用代码”."))):
        if code not in found:
            raise ValidationError({"file": [words]})
    width = max(index for index, text in enumerate(head) if str(text or "").strip()) + 1
    rows = []
    for number, line in enumerate(lines[place + 1 :], start=place + 2):
        if any(str(cell if cell is not None else "").strip() for cell in line):
            cells = {column.code: line[index] if index < len(line) else "" for index, column in columns.items()}
            rows.append(SheetRow(number, cells, [cell for cell in line[width:] if str(cell or "").strip()]))
    if not rows:
        raise ValidationError({"file": [_("The file has a head but no row.")]})
    return Sheet(list(columns.values()), unknown, rows)


def _known(line: list[Any]) -> int:
    return len({column.code for column in map(column_of, line) if column is not None})
