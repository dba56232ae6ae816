"""Faults planted into good files: each is found at its row and column, with a Chinese reason; no good row is refused."""

import random
import re
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.core import clock
from enterprises.importer import import_enterprises
from enterprises.importer.checks import check_row
from enterprises.importer.reading import SheetRow
from enterprises.models import Enterprise
from tests import build
from tests.enterprises.files import HEAD, PLACE, as_csv, as_xlsx, good_row

Row = list[Any]


def cell(head: str, value: Any) -> Callable[[Row], Row]:
    def plant(row: Row) -> Row:
        row[PLACE[head]] = value(row[PLACE[head]]) if callable(value) else value
        return row

    return plant


def wrong_check(code: str) -> str:
    return code[:-1] + ("0" if code[-1] != "0" else "1")


NAME, CODE, DATE, SCOPE, ADDRESS, WORKERS, INDUSTRIAL, TIER, PROVINCE, CITY, DIVISION = HEAD
TOMORROW = clock.today().replace(year=clock.today().year + 1, day=1)

# (kind, the column that is named, how it is planted)
FAULTS: list[tuple[str, str, Callable[[Row], Row]]] = [
    ("check_digit", CODE, cell(CODE, wrong_check)),
    ("old_15", CODE, cell(CODE, "530100100012345")),
    ("number_13", CODE, cell(CODE, "5301001000123")),
    ("code_form", CODE, cell(CODE, lambda code: code[:-1])),
    ("code_form", CODE, cell(CODE, lambda code: code[:8] + "I" + code[9:])),
    ("no_code", CODE, cell(CODE, "")),
    ("no_code", CODE, cell(CODE, "N/A")),
    ("no_name", NAME, cell(NAME, "　")),
    ("elsewhere", CODE, cell(CODE, lambda _: build.credit_code(9_000_000))),
    ("date", DATE, cell(DATE, "2019-02-29")),
    ("date", DATE, cell(DATE, "去年春天")),
    ("date", DATE, cell(DATE, "2019-13-01")),
    ("future", DATE, cell(DATE, f"{TOMORROW}")),
    ("markup", NAME, cell(NAME, lambda name: f"<b>{name}</b>")),
    ("markup", NAME, cell(NAME, lambda name: f"{name}&nbsp;")),
    ("mis_split", NAME, lambda row: [row[0][:4], *row]),
    ("mis_split", CODE, lambda row: [row[0], "昆明", *row[2:]]),
    ("number", WORKERS, cell(WORKERS, "约二十")),
    ("number", INDUSTRIAL, cell(INDUSTRIAL, "-3")),
    ("number", WORKERS, cell(WORKERS, "12.5")),
    ("division", PROVINCE, cell(PROVINCE, "亚特兰")),
    ("division", CITY, cell(CITY, "哥谭市")),
    ("division", DIVISION, cell(DIVISION, "539999")),
    ("too_long", NAME, cell(NAME, "花" * 121)),
    ("too_long", ADDRESS, cell(ADDRESS, "号" * 201)),
    ("control", NAME, cell(NAME, lambda name: f"{name[:3]}\x07{name[3:]}")),
    ("control", SCOPE, cell(SCOPE, "花卉\u202e种植")),
    ("too_many", INDUSTRIAL, cell(INDUSTRIAL, "9999")),
    ("tier", TIER, cell(TIER, "特大")),
]
KINDS = {kind for kind, _column, _plant in FAULTS} | {"twice"}
PLANTED = 400


def test_at_least_fifteen_kinds_are_known() -> None:
    assert len(KINDS) >= 15


@pytest.mark.parametrize("form", [as_csv, lambda lines: as_csv(lines, "gb18030"), as_xlsx], ids=["utf8", "gb", "xlsx"])
def test_four_hundred_planted_faults(db: None, form: Callable[..., bytes], capsys: Any) -> None:
    world = build.world()
    build.enterprise("别站企业", at=world.other, uscc=build.credit_code(9_000_000))
    rng = random.Random(20190429)
    rows: list[Row] = [good_row(number) for number in range(1, 1601)]
    bad = sorted(rng.sample(range(1, len(rows)), PLANTED))
    expected: set[tuple[int, str, str]] = set()
    for turn, place in enumerate(bad):
        kind, column, plant = (*FAULTS, None)[turn % (len(FAULTS) + 1)] or ("twice", CODE, None)
        if form is as_xlsx and "\x07" in str(plant and plant(list(rows[place]))):
            kind, column, plant = FAULTS[0]  # xlsx cannot hold the sign
        # the double is of the first row, which is good
        rows[place] = plant(rows[place]) if plant else [*rows[place][:1], rows[0][1], *rows[place][2:]]
        if kind == "elsewhere" and any(fault[1:] == (column, kind) for fault in expected):
            expected.add((place + 2, column, "twice"))
        expected.add((place + 2, column, kind))
    width = max(map(len, rows))
    lines = [HEAD, *rows] if form is not as_xlsx else [HEAD, *[[*row, *[""] * (width - len(row))] for row in rows]]
    report = import_enterprises(
        actor=world.chief, station=world.station, content=form(lines), file_name="x", client_uuid=uuid.uuid4()
    )
    found = {(fault.row, fault.column, fault.kind) for fault in report.faults}
    assert found == expected
    assert (report.created, report.refused) == (len(rows) - PLANTED, PLANTED)
    assert {kind for _row, _column, kind in found} == KINDS
    assert all(re.search("[\u4e00-\u9fff]", fault.reason) for fault in report.faults)
    assert not any(re.search("[A-Za-z]{4}", fault.reason) for fault in report.faults)
    codes = {row[1] for place, row in enumerate(rows) if place not in set(bad)}
    assert codes == set(Enterprise.objects.filter(uscc__in=codes).values_list("uscc", flat=True))
    with capsys.disabled():
        print(f"\nplanted {PLANTED}: {dict(sorted(Counter(kind for _r, _c, kind in found).items()))}")  # noqa: T201


texts = st.text(max_size=40)
cells = st.one_of(
    texts, st.integers(-(10**20), 10**20), st.floats(), st.booleans(), st.none(), st.dates(), st.datetimes(), st.times()
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(st.sampled_from(range(len(HEAD))), cells)
def test_whatever_a_cell_holds_it_is_read_or_told(place: int, value: Any) -> None:
    """No cell breaks the reader; what it reads fits the column of the table."""
    codes = [
        "name", "uscc", "registered_on", "business_scope", "address", "workers", "industrial_workers", "tier",
        "province", "city", "division_code",
    ]  # fmt: skip
    row = dict(zip(codes, good_row(1), strict=True)) | {codes[place]: value}
    checked = check_row(SheetRow(2, row, []), clock.today())
    assert {fault.row for fault in checked.faults} <= {2}
    for name, read in checked.values.items():
        if name in ("workers", "industrial_workers", "tier"):
            continue
        Enterprise._meta.get_field(name).clean(read, None)
