"""The real register file: in three forms the same, a second time nothing new; seconds and memory are printed."""

import csv
import io
import time
import tracemalloc
import uuid
from typing import Any

import pytest

from crm.core.sheets import write_xlsx
from crm.core.text import pinyin
from enterprises.importer import import_enterprises
from enterprises.models import Enterprise, EnterpriseFact
from tests import build
from tests.selection import real_data

FILE = "enterprises_yunnan_dev.csv"
FIELDS = (
    "uscc", "name", "name_key", "initials", "registered_on", "ownership", "registered_capital", "business_scope",
    "province", "city", "address", "former_names", "version",
)  # fmt: skip


def content(form: str) -> bytes:
    raw = (real_data() / FILE).read_bytes()  # type: ignore[operator]
    if form == "gb18030":
        return raw.decode().encode("gb18030")
    if form == "xlsx":
        head, *lines = csv.reader(io.StringIO(raw.decode(), newline=""))
        return write_xlsx("名单", head, lines)
    return raw


@pytest.mark.realdata
def test_the_real_file_in_three_forms(db: None, capsys: Any) -> None:
    from django.db import transaction

    answers: dict[str, Any] = {}
    for form in ("utf-8", "gb18030", "xlsx"):
        with transaction.atomic():
            world, file = build.world(), content(form)
            tracemalloc.start()
            trial = _bring(world, file, dry_run=True)
            peak = tracemalloc.get_traced_memory()[1] / 2**20
            tracemalloc.stop()
            pinyin.cache_clear()
            seconds, reports = [], []
            for _turn in range(2):
                start = time.monotonic()
                reports.append(_bring(world, file))
                seconds.append(time.monotonic() - start)
            first, second = reports
            for report, said in ((trial, (4909, 0, 0)), (first, (4909, 0, 0)), (second, (0, 0, 4909))):
                assert (report.created, report.updated, report.unchanged, report.refused) == (*said, 0)
            assert first.unknown_columns == ["source_year"]
            ours = Enterprise.objects.filter(candidacies__station=world.station)
            answers[form] = (
                list(ours.order_by("uscc").values_list(*FIELDS)),
                EnterpriseFact.objects.filter(enterprise__in=ours).count(),
            )
            transaction.set_rollback(True)
        with capsys.disabled():
            print(f"\n{form}: first {seconds[0]:.1f} s, second {seconds[1]:.1f} s, peak {peak:.0f} MB")  # noqa: T201
        assert max(seconds) < 30
        assert peak < 200
    assert answers["utf-8"] == answers["gb18030"] == answers["xlsx"]
    assert len(answers["utf-8"][0]) == answers["utf-8"][1] == 4909


def _bring(world: build.World, file: bytes, **fields: Any) -> Any:
    return import_enterprises(
        actor=world.chief, station=world.station, content=file, file_name=FILE, client_uuid=uuid.uuid4(), **fields
    )
