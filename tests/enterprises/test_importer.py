"""The importer on files as people send them: what is tolerated, what is told, what is written."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.core import clock
from crm.core.models import JournalEntry
from crm.core.sheets import read_rows, write_xlsx
from enterprises.importer import ImportReport, import_enterprises, service
from enterprises.importer.service import fault_table
from enterprises.models import Candidate, Enterprise, EnterpriseFact, ImportBatch
from enterprises.services import enter_register, set_facts
from tests import build
from tests.enterprises.files import HEAD, PLACE, as_csv, as_xlsx, good_row, good_rows, sheet

World = build.World


def bring(world: World, content: bytes, **fields: Any) -> ImportReport:
    said = {"actor": world.chief, "station": world.station, "file_name": "企业.csv", "client_uuid": uuid.uuid4()}
    return import_enterprises(content=content, **{**said, **fields})


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.refused


def written() -> tuple[int, ...]:
    tables = (Enterprise, EnterpriseFact, Candidate, ImportBatch, JournalEntry)
    return tuple(table._base_manager.count() for table in tables)


def refused_whole(world: World, content: bytes, **fields: Any) -> str:
    before = written()
    with pytest.raises(ValidationError) as told:
        bring(world, content, **fields)
    assert written() == before
    ((field, words),) = told.value.message_dict.items()
    return f"{field}: {' '.join(words)}"


def test_new_ones_become_candidates_with_their_facts(world: World) -> None:
    report = bring(world, sheet([good_row(1, 职工数="1,200人", 企业类别="重点企业")]))
    assert (counts(report), report.unknown_columns, report.faults) == ((1, 0, 0, 0), [], [])
    row = Enterprise.objects.get(uscc=good_row(1)[1])
    assert (row.name, row.registered_on, row.division_code, row.city, row.station) == (
        "昆明斗南鲜花1有限公司", dt.date(2019, 4, 29), "530114", "昆明", None,
    )  # fmt: skip
    assert (row.initials, row.name_key[:7]) == ("kmdnxh1yxgs", "kunming")
    fact = row.facts.get()
    assert (fact.workers, fact.industrial_workers, fact.tier, fact.start) == (1200, 1, "key", clock.today())
    assert (row.candidacies.get().station, row.candidacies.get().batch) == (world.station, report.batch)
    assert Enterprise.objects.visible_to(world.chief).filter(pk=row.pk).exists()
    assert JournalEntry.objects.latest("pk").verb == "import_enterprises"


ROWS = good_rows(30)


@pytest.mark.parametrize(
    "content",
    [
        as_csv([HEAD, *ROWS], "gb18030"),
        as_csv([HEAD, *ROWS], "utf-8-sig", "\t"),
        as_xlsx([HEAD, *ROWS]),
        as_csv([["呈贡区企业名单"], [], ["填表单位：", "区总工会"], *[[""]] * 6, HEAD, *ROWS]),
        as_csv([HEAD, *ROWS, [], ["", "　"]]),
        as_csv([[f" {name}（必填）" if name in HEAD[:2] else f"{name}*" for name in HEAD], *ROWS]),
        as_csv([HEAD, *[[f"{cell}　" for cell in row] for row in ROWS]]),
        as_csv([HEAD, *[[*row[:2], "2019年4月29日", *row[3:]] for row in ROWS]]),
        as_csv([HEAD, *[[*row[:2], "2019/4/29 0:00:00", *row[3:]] for row in ROWS]]),
        as_csv([HEAD, *[[*row[:2], "20190429", *row[3:]] for row in ROWS]]),
        as_xlsx([HEAD, *[[*row[:2], dt.date(2019, 4, 29), *row[3:]] for row in ROWS]]),
        as_xlsx([HEAD, *[[*row[:2], 43584, *row[3:5], int(row[5]), *row[6:]] for row in ROWS]]),
        as_csv([HEAD, *[[row[0], f" {row[1][:8]}-{row[1][8:].lower()}", *row[2:]] for row in ROWS]]),
        # merged cells: 职工情况 above 职工数 and 产业工人
        as_csv(
            [
                ["名单"], [*HEAD[:5], "职工情况", "", *HEAD[7:]],
                ["", "", "", "", "", "职工数", "产业工人", "", "", "", ""], *ROWS,
            ]
        ),
    ],
)  # fmt: skip
def test_every_usual_form_gives_the_same(world: World, content: bytes) -> None:
    assert counts(bring(world, content)) == (30, 0, 0, 0)
    row = Enterprise.objects.get(uscc=ROWS[9][1])
    assert (row.name, row.registered_on, row.facts.get().workers) == (ROWS[9][0], dt.date(2019, 4, 29), 30)
    assert counts(bring(world, sheet(ROWS))) == (0, 0, 30, 0)


def test_unknown_columns_are_listed_and_left_aside(world: World) -> None:
    twice = sheet([[*good_row(1), "x", "昆明另写有限公司"]], [*HEAD, "数据年份", "名称"])
    assert bring(world, twice).unknown_columns == ["数据年份", "名称"]
    assert Enterprise.objects.get(uscc=good_row(1)[1]).name == good_row(1)[0]
    content = sheet([[*good_row(2), "x"]], [*HEAD, "数据年份"])
    assert bring(world, content).unknown_columns == ["数据年份"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"), (b"\x89PNG\x00", "不是表格"), (b"PK\x03\x04xx", "不是表格"), (sheet([]), "没有数据行"),
        (as_csv([["名录"], ["甲"]]), "企业名称"), (as_csv([["企业名称"], ["甲"]]), "统一社会信用代码"),
        (as_csv([["统一社会信用代码"], ["甲"]]), "企业名称"), (as_csv([*[["x"]] * 10, HEAD, *ROWS]), "企业名称"),
        (sheet(ROWS).decode().encode("utf-16"), "不是表格"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_a_list_of_enterprises_is_refused_whole(world: World, content: bytes, words: str) -> None:
    told = refused_whole(world, content)
    assert told.startswith("file: ")
    assert words in told


def test_a_file_too_long_or_too_large_is_refused_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from enterprises.importer import reading

    monkeypatch.setattr(reading, "MOST_ROWS", 20)
    assert "20 行" in refused_whole(world, sheet(ROWS))
    monkeypatch.setattr(service, "LARGEST", 100)
    assert "20 MB" in refused_whole(world, sheet(ROWS))


def test_a_known_code_is_updated_and_blanks_never_overwrite(world: World) -> None:
    bring(world, sheet([good_row(1), good_row(2)]))
    blank = dict.fromkeys(HEAD[2:], "")
    said = [good_row(1, **blank), good_row(2, **{**blank, "地址": "斗南街道新址", "成立日期": "N/A", "职工数": "99"})]
    assert counts(bring(world, sheet(said))) == (0, 1, 1, 0)
    row = Enterprise.objects.get(uscc=said[1][1])
    assert (row.address, row.registered_on, row.business_scope, row.version) == (
        "斗南街道新址", dt.date(2019, 4, 29), "花卉种植；花卉销售", 2,
    )  # fmt: skip
    assert (row.facts.get().workers, row.facts.get().industrial_workers) == (99, 2)
    assert Enterprise.objects.get(uscc=said[0][1]).version == 1


def test_facts_said_later_begin_later(world: World) -> None:
    yesterday = clock.at(clock.today() - dt.timedelta(days=1), 12)
    with clock.fixed(yesterday):
        bring(world, sheet([good_row(1)]))
    assert counts(bring(world, sheet([good_row(1, 职工数="50")]))) == (0, 1, 0, 0)
    facts = Enterprise.objects.get(uscc=good_row(1)[1]).facts.order_by("term")
    assert [(fact.start, fact.end, fact.workers) for fact in facts] == [
        (yesterday.date(), clock.today(), 21), (clock.today(), None, 50),
    ]  # fmt: skip


def test_a_new_name_keeps_the_former_one(world: World) -> None:
    bring(world, sheet([good_row(1)]))
    assert counts(bring(world, sheet([good_row(1, 企业名称="昆明新名有限公司")]))) == (0, 1, 0, 0)
    row = Enterprise.objects.get(uscc=good_row(1)[1])
    assert (row.name, row.former_names, row.initials) == ("昆明新名有限公司", ["昆明斗南鲜花1有限公司"], "kmxmyxgs")


def test_on_ones_own_register_it_is_updated_and_no_candidate(world: World) -> None:
    own = world.enterprises[0]
    report = bring(world, sheet([good_row(1, 企业名称=own.name, 统一社会信用代码=own.uscc)]))
    assert counts(report) == (0, 1, 0, 0)
    assert not Candidate.objects.filter(enterprise=own).exists()
    own.refresh_from_db()
    assert (own.address, own.station) == ("斗南街道1号", world.station)


def test_a_code_of_another_register_is_a_fault_that_tells_nothing(world: World) -> None:
    foreign = build.enterprise("昆明邻区秘密有限公司", at=world.other, address="秘密地址")
    row = good_row(1, 企业名称="昆明我报有限公司", 统一社会信用代码=foreign.uscc)
    report = bring(world, sheet([row, good_row(2)]))
    assert counts(report) == (1, 0, 0, 1)
    (fault,) = report.faults
    assert (fault.row, fault.column, fault.kind) == (2, "统一社会信用代码", "elsewhere")
    assert "秘密" not in str(fault)
    foreign.refresh_from_db()
    assert (foreign.name, foreign.address) == ("昆明邻区秘密有限公司", "秘密地址")
    assert not Candidate.objects.filter(enterprise=foreign).exists()
    assert not Enterprise.objects.visible_to(world.chief).filter(pk=foreign.pk).exists()


def test_one_on_no_register_that_another_station_knows_becomes_known_here_too(world: World) -> None:
    row = build.enterprise()
    Candidate.objects.create(enterprise=row, station=world.other, source="import")
    said = sheet([good_row(1, 企业名称="昆明另名园艺有限公司", 统一社会信用代码=row.uscc)])
    assert counts(bring(world, said)) == (0, 1, 0, 0)
    assert row.candidacies.count() == 2
    assert Enterprise.objects.get(pk=row.pk).name == row.name  # it was out of reach until now: known, not changed
    assert counts(bring(world, said)) == (0, 1, 0, 0)
    assert Enterprise.objects.get(pk=row.pk).name == "昆明另名园艺有限公司"
    assert counts(bring(world, said)) == (0, 0, 1, 0)


def test_figures_that_clash_with_the_base_are_a_fault_of_their_row_alone(world: World) -> None:
    bring(world, sheet([good_row(1, 职工数="20", 产业工人="10")]))
    report = bring(world, sheet([good_row(1, 职工数="", 产业工人="21"), good_row(2)]))
    assert counts(report) == (1, 0, 0, 1)
    assert (report.faults[0].column, report.faults[0].kind) == ("产业工人", "too_many")
    assert bring(world, sheet([good_row(1, 职工数="5", 产业工人="")])).faults[0].column == "职工数"


def test_a_dry_run_says_the_same_and_writes_nothing(world: World) -> None:
    bring(world, sheet(good_rows(3)))
    content = sheet(
        [
            good_row(1),
            good_row(2, 地址="新址"),
            good_row(4),
            good_row(5, 成立日期="2019-02-30"),
            good_row(6),
            good_row(6),
        ]
    )
    before = written()
    trial = bring(world, content, dry_run=True)
    assert written() == before
    assert Enterprise.objects.get(uscc=good_row(2)[1]).address == "斗南街道2号"
    real = bring(world, content)
    assert counts(trial) == counts(real) == (2, 1, 1, 2)
    assert (trial.faults, trial.unknown_columns) == (real.faults, real.unknown_columns)
    assert (trial.batch, trial.dry_run, real.dry_run) == (None, True, False)


def test_sent_twice_it_is_done_once(world: World) -> None:
    number, content = uuid.uuid4(), sheet([*good_rows(3), good_row(4, 成立日期="昨天")])
    assert counts(bring(world, content, client_uuid=number, dry_run=True)) == (3, 0, 0, 1)
    first = bring(world, content, client_uuid=number)
    before = written()
    again = bring(world, content, client_uuid=number)
    assert written() == before
    assert (counts(again), again.faults, again.batch) == (counts(first), first.faults, first.batch)
    assert (first.repeated, again.repeated) == (False, True)
    assert refused_whole(world, sheet(good_rows(2)), client_uuid=number).startswith("client_uuid")


@pytest.mark.parametrize("who", ["officers", "liaison", "leader", "staff", "consumer", "administrator", "outsider"])
def test_only_the_chief_imports(world: World, who: str) -> None:
    actor = getattr(world, who)
    before = written()
    with pytest.raises(PermissionDenied):
        bring(world, sheet(ROWS), actor=actor[0] if isinstance(actor, list) else actor)
    with pytest.raises(PermissionDenied):
        bring(world, sheet(ROWS), station=world.other)
    assert written() == before


def test_faults_come_back_as_a_sheet(world: World) -> None:
    report = bring(world, sheet([good_row(1, 成立日期="2019-02-30", 城市="亚特兰蒂斯"), good_row(2)]))
    rows = read_rows(write_xlsx("x", *fault_table(report)))
    assert rows[0][:3] == ["行", "列", "原因"]
    assert [row[:2] for row in rows[1:]] == [[2.0, "成立日期"], [2.0, "城市"]]
    assert [row[3] for row in rows[1:]] == ["昆明斗南鲜花1有限公司"] * 2


def test_the_number_of_queries_does_not_follow_the_rows(
    world: World, queries: Callable[[Any, Callable[[], Any]], int]
) -> None:
    few, many = good_rows(5, 1000), good_rows(600, 2000)
    changed = [
        [[*row[: PLACE["地址"]], "新址", "77", *row[PLACE["产业工人"] :]] for row in rows] for rows in (few, many)
    ]
    for one, other in ((few, many), changed):
        costs = [queries(world.chief, lambda rows=rows: bring(world, sheet(rows))) for rows in (one, other)]
        assert costs[0] == costs[1] <= 40


def test_what_came_in_can_enter_the_register(world: World) -> None:
    bring(world, sheet(ROWS))
    rows = list(Enterprise.objects.filter(candidacies__station=world.station))
    start = clock.today() - dt.timedelta(days=20)
    outcome = enter_register(
        actor=world.chief, station=world.station, enterprises=rows, start=start, reason="operating"
    )
    assert (outcome.done, outcome.refused) == (30, [])
    assert set_facts(actor=world.chief, enterprises=rows, start=start, tier="key").done == 30
