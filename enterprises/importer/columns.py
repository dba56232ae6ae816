"""Which column of a file is which field: by the words that people put into heads."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.core.text import half_width


@dataclass(frozen=True)
class Column:
    """A field that a file may bring: `code`, its label, the words under which files name it, how its cells are read."""

    code: str
    label: Any
    words: tuple[str, ...]
    reader: str = "text"  # text, name, code, date, number, tier, place


COLUMNS: tuple[Column, ...] = (
    Column("name", _("enterprise name"), ("企业名称", "名称", "单位名称", "公司名称", "企业名", "name"), "name"),
    Column(
        "uscc",
        _("credit code"),
        ("统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码", "代码", "uscc"),
        "code",
    ),
    Column("short_name", _("short name"), ("简称", "企业简称", "short_name"), "name"),
    Column("old_number", _("old registration number"), ("注册号", "工商注册号", "old_number")),
    Column("registered_on", _("registered on"), ("成立日期", "注册日期", "登记日期", "成立时间", "reg_date"), "date"),
    Column("ownership", _("kind of enterprise"), ("企业类型", "类型", "经济类型", "ent_type")),
    Column("registered_capital", _("registered capital"), ("注册资本", "注册资金", "reg_capital")),
    Column("business_scope", _("business scope"), ("经营范围", "主营业务", "business_scope"), "long"),
    Column("province", _("province"), ("省份", "省", "所属省份", "province"), "place"),
    Column("city", _("city"), ("城市", "市", "州市", "所属城市", "city"), "place"),
    Column("division_code", _("division"), ("行政区划", "行政区划代码", "区划代码", "division_code"), "division"),
    Column("address", _("address"), ("地址", "注册地址", "住所", "经营地址", "企业地址", "address")),
    Column("building", _("building"), ("楼栋", "楼栋门牌", "房号", "building")),
    Column("workers", _("workers"), ("职工数", "职工人数", "员工数", "从业人数", "workers"), "number"),
    Column("industrial_workers", _("industrial workers"), ("产业工人", "产业工人数", "industrial_workers"), "number"),
    Column("tier", _("tier"), ("企业类别", "类别", "包保类别", "tier"), "tier"),
)
BY_CODE = {column.code: column for column in COLUMNS}
_WORDS = {word: column for column in COLUMNS for word in column.words}
FACT_COLUMNS = ("workers", "industrial_workers", "tier")


def column_of(head: Any) -> Column | None:
    """The column that a head's text names; spaces, brackets with units and full-width letters do not matter."""
    text = half_width(str(head or "")).lower().split("(")[0].strip("*：: ")
    return _WORDS.get("".join(text.split()))
