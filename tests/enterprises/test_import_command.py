"""`manage.py import_enterprises`."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from crm.core.sheets import read_rows
from enterprises.models import Candidate
from tests import build
from tests.enterprises.files import good_row, sheet


def run(world: build.World, file: Path, **options: Any) -> str:
    out = io.StringIO()
    said = {"station": world.station.name, "user": world.chief.username}
    call_command("import_enterprises", str(file), stdout=out, **{**said, **options})
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "企业.csv"
    path.write_bytes(sheet([good_row(1), good_row(2, 成立日期="2019-02-30")]))
    return path


def test_a_file_goes_in_as_a_named_user(world: build.World, file: Path, tmp_path: Path) -> None:
    assert "1 new" in run(world, file, dry_run=True)
    assert not Candidate.objects.exists()
    said = run(world, file, faults=tmp_path / "faults.xlsx")
    assert "2 rows: 1 new, 0 updated, 0 unchanged, 1 refused" in said
    assert "row 3, 成立日期" in said
    assert read_rows((tmp_path / "faults.xlsx").read_bytes())[1][0] == 3
    assert Candidate.objects.get().station == world.station
    assert "1 unchanged" in run(world, file, station=str(world.station.pk))
    assert "1 unchanged" in run(world, file, station=world.station.short_name)


@pytest.mark.parametrize(
    "options", [{"user": "nobody"}, {"station": "无此站"}, {"station": "999999"}, {"as": "staff"}, {"as": "outsider"}]
)
def test_what_is_wrong_is_said(world: build.World, file: Path, options: dict[str, str]) -> None:
    if "as" in options:
        options = {"user": getattr(world, options["as"]).username}
    with pytest.raises(CommandError):
        run(world, file, **options)
    assert not Candidate.objects.exists()


def test_a_file_that_is_not_there_and_one_that_is_no_sheet(world: build.World, tmp_path: Path) -> None:
    for content in (None, b"", b"\x00"):
        path = tmp_path / "x"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(CommandError):
            run(world, path)
