"""What may be wrong with a row, one small reader per kind of cell; a fault names row, column and reason."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from stdnum.cn import uscc as uscc_number

from crm.core.text import half_width, has_control, has_markup, squeezed
from enterprises.enums import Tier
from enterprises.importer.columns import BY_CODE
from enterprises.importer.divisions import is_code, is_place, is_province
from enterprises.importer.reading import SheetRow
from enterprises.models import Enterprise
from enterprises.models.enterprises import OLDEST

BLANKS = {"", "N/A", "n/a", "NULL", "null", "无", "-", "—", "/"}
TIERS = {"链主": Tier.LEAD, "重点": Tier.KEY, "一般": Tier.GENERAL, "小微": Tier.MICRO} | {
    tier.value: tier for tier in Tier
}
EXCEL_EPOCH = dt.date(1899, 12, 30)
MOST_WORKERS = 1_000_000


@dataclass(frozen=True)
class Fault:
    """Why a row was refused: the spreadsheet's row number, the column's label, a kind for machines, the reason in words."""

    row: int
    column: str
    kind: str
    reason: str
    name: str = ""
    uscc: str = ""

    def as_dict(self) -> dict[str, Any]:
        return self.__dict__.copy()


class CellFault(Exception):
    """A cell that cannot be read: kind and reason."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(kind)
        self.kind, self.reason = kind, reason


@dataclass
class Checked:
    """A row as read: its values (blanks left out), and its faults."""

    row: SheetRow
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    """One cell on its way to a value: its column's code, what the file holds, that as squeezed text, the day."""

    code: str
    raw: Any
    text: str
    today: dt.date


def check_row(row: SheetRow, today: dt.date) -> Checked:
    """Read every cell of a row."""
    checked = Checked(row)
    if row.beyond:
        add_fault(checked, "name", "mis_split", _("The row has more cells than the head: a comma split it."))
        return checked
    for code, raw in row.cells.items():
        text = _plain(raw)
        cell = Cell(code, raw, squeezed(text), today)
        if has_control(text):
            add_fault(checked, code, "control", _("Contains invisible control characters."))
        elif cell.text not in BLANKS:
            _read(checked, cell)
    for code, kind, reason in (
        ("name", "no_name", _("The name is missing.")),
        ("uscc", "no_code", _("The credit code is missing.")),
    ):
        if code not in checked.values and not any(fault.column == str(BY_CODE[code].label) for fault in checked.faults):
            add_fault(checked, code, kind, reason)
    workers, industrial = checked.values.get("workers"), checked.values.get("industrial_workers")
    if workers is not None and industrial is not None and industrial > workers:
        add_fault(checked, "industrial_workers", "too_many", _("There cannot be more industrial workers than workers."))
    return checked


def _read(checked: Checked, cell: Cell) -> None:
    try:
        checked.values[cell.code] = READERS[BY_CODE[cell.code].reader](cell)
    except CellFault as fault:
        add_fault(checked, cell.code, fault.kind, fault.reason)


def add_fault(checked: Checked, code: str, kind: str, reason: str) -> None:
    """Note a fault of a row; also one that only the whole file or the base knows of."""
    name, uscc = (_plain(checked.row.cells.get(key, ""))[:60] for key in ("name", "uscc"))
    shown = "".join(sign for sign in name if sign.isprintable())
    checked.faults.append(
        Fault(checked.row.number, str(BY_CODE[code].label), kind, reason, shown, uscc if uscc.isprintable() else "")
    )


def _plain(cell: Any) -> str:
    """A cell's text as a person reads it: whole numbers without `.0`."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _text(cell: Cell) -> str:
    most: int = getattr(Enterprise._meta.get_field(cell.code), "max_length", 0) or 0
    if len(cell.text) > most:
        raise CellFault("too_long", _("Longer than %(most)d characters.") % {"most": most})
    return cell.text


def _name(cell: Cell) -> str:
    if has_markup(cell.text):
        raise CellFault("markup", _("Contains mark-up."))
    if re.fullmatch(r"[0-9A-Za-z.]{10,}", half_width(cell.text)):
        raise CellFault("mis_split", _("A number stands where the name should: the columns have slipped."))
    return _text(cell)


def _code(cell: Cell) -> str:
    value = half_width(cell.text).replace(" ", "").replace("-", "").upper()
    if re.search(r"[\u4e00-\u9fff]", value):
        raise CellFault("mis_split", _("A text stands where the credit code should: the columns have slipped."))
    if len(value) == 15 and value.isdigit():
        raise CellFault("old_15", _("A registration number of 15 digits is no credit code: it has 18 characters."))
    if len(value) == 13 and value.isdigit():
        raise CellFault("number_13", _("A number of 13 digits is no credit code: it has 18 characters."))
    if len(value) != 18 or not re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{18}", value):
        raise CellFault("code_form", _("A credit code has 18 figures and capital letters (without I, O, S, V, Z)."))
    if not uscc_number.is_valid(value):
        raise CellFault("check_digit", _("The last character does not fit: check the code against the licence."))
    return value


_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")


def _date(cell: Cell) -> dt.date:
    value: dt.date | None = None
    if isinstance(cell.raw, dt.datetime):
        value = cell.raw.date()
    elif isinstance(cell.raw, dt.date):
        value = cell.raw
    elif isinstance(cell.raw, (int, float)) and 1 < cell.raw < 80000:
        value = EXCEL_EPOCH + dt.timedelta(days=int(cell.raw))
    else:
        plain = half_width(cell.text)
        found = _DATE.fullmatch(plain) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", plain)
        try:
            value = dt.date(*map(int, found.groups())) if found else None
        except ValueError:
            value = None
    if value is None or value < OLDEST:
        raise CellFault("date", _("Not a day of the calendar: write 2019-04-29."))
    if value > cell.today:
        raise CellFault("future", _("The day of registration lies in the future."))
    return value


def _number(cell: Cell) -> int:
    plain = half_width(cell.text).replace(",", "").removesuffix("人")
    if not re.fullmatch(r"\d{1,9}", plain) or int(plain) > MOST_WORKERS:
        raise CellFault("number", _("Not a whole number."))
    return int(plain)


def _tier(cell: Cell) -> str:
    value = TIERS.get(cell.text.removesuffix("企业"))
    if value is None:
        raise CellFault("tier", _("Unknown tier: 链主, 重点, 一般 or 小微."))
    return value.value


def _place(cell: Cell) -> str:
    if cell.code == "province" and not is_province(cell.text):
        raise CellFault("division", _("Unknown province."))
    if cell.code == "city" and not is_place(cell.text):
        raise CellFault("division", _("Unknown city."))
    return _text(cell)


def _division(cell: Cell) -> str:
    value = half_width(cell.text)
    if not re.fullmatch(r"\d{6}|\d{9}|\d{12}", value) or not is_code(value):
        raise CellFault("division", _("Unknown division code."))
    return value


READERS: dict[str, Callable[[Cell], Any]] = {
    "text": _text,
    "long": _text,
    "name": _name,
    "code": _code,
    "date": _date,
    "number": _number,
    "tier": _tier,
    "place": _place,
    "division": _division,
}
