"""Files that people send, and sheets that they take away."""

import datetime as dt
import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from crm.core import sheets
from crm.core.sheets import read_rows, write_xlsx, xlsx_response

LINES = [["企业名称", "代码"], ["昆明斗南鲜花　有限公司", "915301"], ["“双引号”, 逗号", "a\nb"]]


def as_csv(delimiter: str = ",") -> str:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in line] for line in LINES]
    return "\r\n".join(delimiter.join(line) for line in quoted)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_in_any_usual_form_reads_alike(encoding: str, delimiter: str) -> None:
    assert read_rows(as_csv(delimiter).encode(encoding)) == LINES


def test_a_workbook_reads_back_as_it_was_written() -> None:
    day = dt.date(2026, 2, 28)
    lines = [["=1+1", 7, day, None], ["http://x", 2.5, dt.date(1993, 7, 20), "0012"]]
    rows = read_rows(write_xlsx("表", ["甲", "乙", "丙", "丁"], lines))
    assert rows == [["甲", "乙", "丙", "丁"], ["=1+1", 7.0, day, ""], ["http://x", 2.5, dt.date(1993, 7, 20), "0012"]]


def test_what_looks_like_a_formula_or_a_link_is_text_in_the_sheet() -> None:
    content = write_xlsx("表", ["=甲()"], [["=HYPERLINK(1)"], ["+1"], ["http://x"]])
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def _bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", b" " * 1024)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"  \r\n ", b",,\n,,\n", b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0 no xls", b"\x89PNG\r\n\x1a\n\x00\x00",
        b"\xff\xfe\x00\x00a", _bomb(), write_xlsx("", [], []),
    ],
)  # fmt: skip
def test_what_is_no_sheet_is_refused_on_the_file(content: bytes) -> None:
    with pytest.raises(ValidationError) as told:
        read_rows(content)
    assert set(told.value.message_dict) == {"file"}


def test_a_book_that_grows_too_large_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    content = write_xlsx("表", ["甲"], [["乙"]])
    assert read_rows(content)
    monkeypatch.setattr(sheets, "LARGEST_UNPACKED", 100)
    with pytest.raises(ValidationError):
        read_rows(content)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        rows = read_rows(content)
    except ValidationError as error:
        rows, told = [["."]], error.message_dict
    else:
        told = {"file": []}
    assert any(str(cell).strip() for cell in rows[-1])
    assert set(told) == {"file"}


def test_a_download_has_its_name() -> None:
    response = xlsx_response("表", ["甲"], [], "企业.xlsx")
    assert response["Content-Disposition"] == "attachment; filename*=UTF-8''%E4%BC%81%E4%B8%9A.xlsx"
    assert response["Content-Type"] == sheets.XLSX
