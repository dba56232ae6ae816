"""`manage.py bench`: the product's figures against their physical floors, as ratios."""

import io
import json
import resource
import time
import uuid
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import xlsxwriter
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from python_calamine import CalamineWorkbook
from stdnum.cn import uscc

from crm.access.roles import Role
from crm.core import clock
from crm.workflows.bench_tick import Unmeasured, tick_seconds
from crm.workflows.demo import build_demo
from enterprises.importer import import_enterprises
from enterprises.models import Enterprise
from stations.models import Appointment

HEADER = (
    "企业名称", "统一社会信用代码", "成立日期", "企业类型", "注册资本", "经营范围", "地址", "楼栋", "行业", "联系人",
    "职务", "联系电话", "职工数", "建会情况", "备注",
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One measurement: seconds of the work and of its floor, their ratio and the goal for it."""

    name: str
    rows: int
    seconds: float
    floor_seconds: float
    ratio: float
    goal: float
    peak_mb: int

    @property
    def reached(self) -> bool:
        return self.ratio <= self.goal


class Command(BaseCommand):
    help = (
        "Measures against floors; nothing that it writes stays. import: calamine + COPY of the same file. tick: the same "
        "number due among a tenth of the enterprises."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", choices=sorted(BENCHES), help="one figure; all when left out")
        parser.add_argument("--rows", type=int, help="of the large side; each figure has its own number when left out")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument("--check", action="store_true", help="exit 1 when a goal is missed")

    def handle(self, *args: Any, name: str | None, rows: int | None, check: bool, **options: Any) -> None:
        figures = []
        for each in [name] if name else sorted(BENCHES):
            if each in ON_THE_DEMO:
                call_command("migrate", verbosity=0)
                build_demo()
            bench, usual = BENCHES[each]
            figures.append(figure := bench(rows or usual))
            self.stdout.write(json.dumps(asdict(figure)) if options["json"] else in_words(figure))
        missed = [figure.name for figure in figures if not figure.reached]
        if check and missed:
            raise CommandError(f"goal missed: {', '.join(missed)}")


def in_words(figure: Figure) -> str:
    """A figure as a line for people."""
    return (
        f"{figure.name}: {figure.rows} rows in {figure.seconds:.2f} s, floor {figure.floor_seconds:.2f} s,"
        f" ratio {figure.ratio:.2f} (goal ≤ {figure.goal:g}), peak {figure.peak_mb} MB"
    )


def bench_import(rows: int) -> Figure:
    """Import an xlsx of made-up enterprises into the demo station; floor: read it and COPY its cells.

    The order is floor, import, floor; the smaller floor counts. Everything is rolled back.
    """
    content = made_up_file(rows)
    chief = Appointment.objects.on(clock.today()).filter(post__role=Role.CHIEF, person__user__isnull=False).first()
    if chief is None:
        raise CommandError("the demo station has no chief with an account today")
    with transaction.atomic():
        floors = [timed(lambda: read_and_copy(content))]
        before = Enterprise.objects.count()
        seconds = timed(
            lambda: import_enterprises(
                actor=chief.person.user,
                station=chief.post.station,
                content=content,
                file_name="bench.xlsx",
                client_uuid=uuid.uuid4(),
            )
        )
        made = Enterprise.objects.count() - before
        floors.append(timed(lambda: read_and_copy(content)))
        transaction.set_rollback(True)
    if made != rows:
        raise CommandError(f"{made} of {rows} rows were imported")
    return against("import", rows, seconds, min(floors), goal=6)


def bench_tick(rows: int) -> Figure:
    """The night among so many enterprises; floor: the same number due among a tenth of them."""
    try:
        floor, seconds = tick_seconds(rows // 10, rows)
    except Unmeasured as error:
        raise CommandError(f"tick: {error}") from error
    return against("tick", rows, seconds, floor, goal=1.3)


# {figure: (how it is measured, with how many rows when nobody says)}
BENCHES: dict[str, tuple[Callable[[int], Figure], int]] = {
    "import": (bench_import, 5000),
    "tick": (bench_tick, 100_000),
}
ON_THE_DEMO = {"import"}


def against(name: str, rows: int, seconds: float, floor: float, goal: float) -> Figure:
    """A figure with the most memory that the process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Figure(name, rows, seconds, floor, seconds / floor, goal=goal, peak_mb=peak)


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def read_and_copy(content: bytes) -> None:
    """The floor: what no import of this file into PostgreSQL can do without."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    columns = ", ".join(f"c{number} text" for number in range(len(HEADER)))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bench_floor ({columns})")
        with cursor.copy("COPY bench_floor FROM STDIN") as copy:
            for row in sheet[1:]:
                copy.write_row([str(cell) for cell in row])
        cursor.execute("DROP TABLE bench_floor")


def made_up_file(rows: int) -> bytes:
    """An xlsx of enterprises that do not exist, with valid codes of a division that no table knows."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number in range(1, rows + 1):
            sheet.write_row(number, 0, made_up_row(number))
    return buffer.getvalue()


def made_up_row(number: int) -> tuple[str, ...]:
    body = f"91530199MB{number:07d}"
    return (
        f"测速示例企业{number}有限公司", body + uscc.calc_check_digit(body), "2019-05-06", "有限责任公司", "100万元",
        "花卉种植、销售", f"示例路{number % 900}号", f"{number % 30}栋", "0143", "", "", "", str(number % 400), "未建会", "",
    )  # fmt: skip
