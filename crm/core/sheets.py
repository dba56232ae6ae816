"""Spreadsheets: read what people send (xlsx, csv in UTF-8 or GB18030), write what they take away."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and the like, old xls
LARGEST_UNPACKED = 200 * 1024 * 1024
Row = list[Any]


def read_rows(content: bytes) -> list[Row]:
    """All rows of the first sheet, cells as calamine or csv give them (text stays text), trailing empty rows gone.

    Raises ValidationError on file when it is no sheet or has no rows.
    """
    if not content.strip():
        raise ValidationError({"file": [_("The file is empty.")]})
    rows = _book(content) if content.startswith(BOOK_MARKS) else _text(content)
    while rows and not any(str(cell).strip() for cell in rows[-1]):
        rows.pop()
    if not rows:
        raise ValidationError({"file": [_("The file is empty.")]})
    return rows


def _book(content: bytes) -> list[Row]:
    try:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
                    raise ValidationError({"file": [_("The file is too large when unpacked: split it.")]})
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return sheet.to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError, zipfile.BadZipFile) as error:
        raise ValidationError({"file": [_("This is no spreadsheet: send xlsx or csv.")]}) from error


def _text(content: bytes) -> list[Row]:
    """Comma, semicolon or tab apart; UTF-8 (with or without mark), else GB18030. Binary files are refused."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ValidationError({"file": [_("This is no spreadsheet: send xlsx or csv.")]})
    if "\x00" in text:
        raise ValidationError({"file": [_("This is no spreadsheet: send xlsx or csv.")]})
    head = "\n".join(text.splitlines()[:10])
    delimiter = max(",\t;", key=head.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise ValidationError({"file": [_("This is no spreadsheet: send xlsx or csv.")]}) from error


@dataclass(frozen=True)
class Paper:
    """What stands above and below a sheet when it is printed (A4, landscape); on the screen it stays a plain table."""

    left: str
    title: str
    right: str
    foot: str


def write_xlsx(title: str, head: Sequence[str], lines: Iterable[Sequence[Any]], paper: Paper | None = None) -> bytes:
    """One sheet with a frozen head row; text is written as text (never as a formula), days as days."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(title[:31])
    bold = book.add_format({"bold": True, "bg_color": "#eceef1", "border": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    widths = [len(name) for name in head]
    for column, name in enumerate(head):
        sheet.write_string(0, column, str(name), bold)
    for place, line in enumerate(lines, start=1):
        for column, value in enumerate(line):
            if value is None or value == "":
                continue
            if isinstance(value, dt.date):
                sheet.write_datetime(place, column, dt.datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                sheet.write_number(place, column, value)
            else:
                sheet.write_string(place, column, str(value))
            if place < 200 and column < len(widths):
                widths[column] = max(widths[column], min(40, len(str(value))))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width * 1.6 + 2)
    sheet.freeze_panes(1, 0)
    if paper is not None:
        _for_printing(sheet, paper)
    book.close()
    return buffer.getvalue()


def _for_printing(sheet: Any, paper: Paper) -> None:
    """One page wide, the head row on each page; in a head or foot an ampersand would be a command."""

    def plain(text: str) -> str:
        return text.replace("&", "&&")[:80]

    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(f"&L{plain(paper.left)}&C&14{plain(paper.title)}&R{plain(paper.right)}", {"margin": 0.4})
    sheet.set_footer(f"&L{plain(paper.foot)}&R&P / &N")


def xlsx_response(
    title: str, head: Sequence[str], lines: Iterable[Sequence[Any]], file_name: str, paper: Paper | None = None
) -> HttpResponse:
    """A download."""
    response = HttpResponse(write_xlsx(title, head, lines, paper), content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file_name)}"
    return response
