"""Files such as people send: a head and rows, as csv or xlsx; rows that are good."""

import csv
import io
import random
from collections.abc import Sequence
from typing import Any

from crm.core.sheets import write_xlsx
from tests import build

HEAD = [
    "企业名称",
    "统一社会信用代码",
    "成立日期",
    "经营范围",
    "地址",
    "职工数",
    "产业工人",
    "企业类别",
    "省份",
    "城市",
    "行政区划",
]
PLACE = {name: index for index, name in enumerate(HEAD)}
FIRST_CODE = 5_000_000  # away from the codes that the builders give


def good_row(number: int, **cells: Any) -> list[Any]:
    """A row without fault; cells by head."""
    row = [
        f"昆明斗南鲜花{number}有限公司", build.credit_code(FIRST_CODE + number), "2019-04-29", "花卉种植；花卉销售",
        f"斗南街道{number}号", str(20 + number % 50), str(number % 20), "一般", "云南", "昆明", "530114",
    ]  # fmt: skip
    for head, value in cells.items():
        row[PLACE[head]] = value
    return row


def good_rows(count: int, start: int = 1) -> list[list[Any]]:
    return [good_row(number) for number in range(start, start + count)]


def as_csv(lines: Sequence[Sequence[Any]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(lines)
    return text.getvalue().encode(encoding)


def as_xlsx(lines: Sequence[Sequence[Any]]) -> bytes:
    return write_xlsx("Sheet1", [str(cell) for cell in lines[0]], lines[1:])


def sheet(rows: Sequence[Sequence[Any]], head: Sequence[str] = HEAD) -> bytes:
    return as_csv([head, *rows])


def shuffled(rows: list[Any], seed: int) -> list[Any]:
    return random.Random(seed).sample(rows, len(rows))
