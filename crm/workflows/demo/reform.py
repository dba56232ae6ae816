"""What the demo's firms have of the reform: a checklist that the district revised, items, stages, titles."""

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from crm.core import clock
from crm.programs.enums import ItemState
from crm.programs.models import ChecklistLine, Policy, PracticeCase
from crm.programs.services import (
    acknowledge_policy,
    add_policy,
    adopt_case,
    deliver_policy,
    give_area_title,
    give_title,
    move_item,
    report_case,
    revise_checklist,
    set_stage,
    write_case,
)
from crm.programs.services.checklist import LineChange
from crm.programs.template import first_checklist
from crm.workflows.demo import tables
from crm.workflows.demo.firms import Firms
from crm.workflows.demo.places import Places
from enterprises.enums import Size
from enterprises.models import Enterprise

SEED = 20240712
FIRMS = 18  # so many firms have begun
SOME = [number for number in range(1, 31) if number not in (11, 16, 30)]  # 11 and 16 are off for micro firms later
# how an item has gone so far: states in order, with the days between them
WAYS: tuple[tuple[str, ...], ...] = (
    ("in_progress",),
    ("in_progress", "done"),
    ("in_progress", "done", "verified"),
    ("done", "verified"),
    ("done", "verified"),
    ("done", "returned"),
    ("not_applicable",),
)
# title, number, days ago, topic, summary; how many firms of the first grids were handed it, how many acknowledged
POLICIES = (
    (
        "关于落实技能提升补贴的通知",
        "示例〔补贴〕1号",
        160,
        "skills",
        "取得职业技能等级证书的职工，可按级别申领补贴。",
        14,
        9,
    ),
    (
        "工资专项集体协商要约行动方案",
        "示例〔协商〕2号",
        90,
        "bargaining",
        "旺季前发出要约，重点谈计件单价和加班待遇。",
        9,
        4,
    ),
    ("夜班职工服务保障措施", "示例〔服务〕3号", 40, "care", "夜班用餐、通勤和休息点由园区统一安排。", 5, 1),
)
On = Callable[[int, Callable[[], Any]], None]


def reform(places: Places, firms: Firms, officer_of: dict[int, str], on: On) -> None:
    """Told on the first day: what holds from then on; `on(days_ago, act)` tells what comes later."""
    checklist = first_checklist(places.district, tables.CHECKLIST, clock.today())
    checklist.is_sample = True
    checklist.save(update_fields=["is_sample"])
    on(150, lambda: _revise(places))
    dice = Random(SEED)  # noqa: S311  (sample data, not secrets)
    rows = [row for row in firms.by_chain["flower"] if row.pk in officer_of][:FIRMS]
    for place, row in enumerate(rows):
        _firm(places, row, officer_of[row.pk], place, dice, on)
    _policies(places, rows, officer_of, on)
    _cases(places, rows, on)


def _policies(places: Places, rows: list[Enterprise], officer_of: dict[int, str], on: On) -> None:
    """The district's library, and what of it was handed over."""
    for place, (title, number, ago, topic, summary, handed, heard) in enumerate(POLICIES):
        said = {"title": title + "（示例）", "number": number, "topic": topic, "summary": summary, "is_sample": True}
        on(ago, partial(_enter, places, place, said))
        for spot, row in enumerate(rows[:handed]):
            who = officer_of[row.pk] if officer_of[row.pk] in STEADY else "zhanzhang"
            on(ago - 5 - spot, partial(_hand, places, row, who, place, spot < heard))


def _enter(places: Places, place: int, said: dict[str, Any]) -> None:
    add_policy(
        actor=places.users["ganshi"],
        union=places.district,
        client_uuid=_uuid(f"policy {place}"),
        issuer="呈贡区总工会（示例）",
        issued_on=clock.today(),
        **said,
    )


# title, what was done, days ago; how far it went
CASES = (
    ("冷链夜班“一站三员”送岗上门（示例）", "旺季夜班前到车间摸底，分批送培训、送体检，缺岗由园区统一补。", 70, 2),
    ("班组长带教鲜切花分级（示例）", "老带新结对，按周评比，三个月内全部达到分级标准。", 40, 1),
    ("小微企业联合要约（示例）", "同一环节的小微企业由行业工会一并要约，正在整理。", 6, 0),
)


def _cases(places: Places, rows: list[Enterprise], on: On) -> None:
    """Three practice cases, one in each state; the park of the first is a demonstration area."""
    for place, (title, text, ago, steps) in enumerate(CASES):
        on(ago, partial(_write, places, rows[place], place, title, text))
        if steps > 0:
            on(ago - 1, partial(_report, places, place))
        if steps > 1:
            on(ago - 2, partial(_adopt, places, place))
    on(30, partial(_name_area, places))


def _name_area(places: Places) -> None:
    give_area_title(
        actor=places.users["quzong"],
        park=places.parks[0],
        level="district",
        number=f"示例〔{clock.today().year}〕21号",
        start=clock.today(),
    )


def _write(places: Places, row: Enterprise, place: int, title: str, text: str) -> None:
    write_case(
        actor=places.users["zhanzhang"],
        station=places.station,
        client_uuid=_uuid(f"case {place}"),
        title=title,
        text=text,
        node=places.nodes["flower", 4 + place],
        enterprise=Enterprise.objects.get(pk=row.pk),
    )


def _report(places: Places, place: int) -> None:
    report_case(actor=places.users["zhanzhang"], case=_case(place), version=1)


def _adopt(places: Places, place: int) -> None:
    adopt_case(actor=places.users["quzong"], case=_case(place), union=places.district, version=2)


def _case(place: int) -> PracticeCase:
    return PracticeCase.objects.get(client_uuid=_uuid(f"case {place}"))


def _hand(places: Places, row: Enterprise, who: str, place: int, heard: bool) -> None:
    policy = Policy.objects.get(client_uuid=_uuid(f"policy {place}"))
    delivery = deliver_policy(
        actor=places.users[who],
        enterprise=row,
        policy=policy,
        post=places.posts[who],
        on=clock.today(),
        client_uuid=_uuid(f"delivery {place} {row.pk}"),
    )
    if heard:
        acknowledge_policy(actor=places.users[who], delivery=delivery, by="人事主管", on=clock.today())


def _uuid(words: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"demo {words}")


def _revise(places: Places) -> None:
    """Second version: two items are no matter of micro firms, skills are looked at every half year."""
    lines = {line.number: line for line in ChecklistLine.objects.filter(checklist__union=places.district)}
    changes = {number: _change(lines[number], off_sizes=(Size.MICRO,)) for number in (11, 16)}
    changes[17] = _change(lines[17], months=6)
    revise_checklist(
        actor=places.users["ganshi"], union=places.district, start=clock.today() + dt.timedelta(days=5), changes=changes
    )


def _change(line: ChecklistLine, **changes: Any) -> LineChange:
    told = {name: getattr(line, name) for name in ("title", "asks", "evidence_kind", "months")}
    return LineChange(**(told | changes))


def _firm(places: Places, row: Enterprise, officer: str, place: int, dice: Random, on: On) -> None:
    chief = places.users["zhanzhang"]
    stage = "deepening" if place % 3 == 0 else "introduction"
    on(120, lambda: set_stage(actor=chief, enterprise=row, stage=stage, start=clock.today()))
    for number in sorted(dice.sample(SOME, 12 if place % 3 == 0 else 5)):
        way = ("done", "verified") if number == 2 else dice.choice(WAYS)
        first = 130 if number == 2 else dice.randint(15, 110)  # the quarter's roster has run out since
        for step, to in enumerate(way):
            on(first - 4 * step, _move(places, row, officer, number, to))
    if place % 9 == 0:
        _shows(places, row, place, on)


def _shows(places: Places, row: Enterprise, place: int, on: On) -> None:
    """A firm that shows others: the district confirms an item and gives the title."""
    for step, to in enumerate(("done", "verified", "confirmed")):
        on(95 - 3 * step, _move(places, row, "zhanzhang", 30, to))
    on(80, lambda: give_title(
        actor=places.users["ganshi"], enterprise=row, kind="demonstration", level="district",
        number=f"示例〔{clock.today().year}〕{place + 1}号", start=clock.today(),
    ))  # fmt: skip


def _move(places: Places, row: Enterprise, officer: str, number: int, to: str) -> Callable[[], Any]:
    who = {ItemState.VERIFIED: "zhanzhang", ItemState.RETURNED: "zhanzhang", ItemState.CONFIRMED: "quzong"}
    said: dict[str, Any] = {}
    if to == ItemState.DONE:
        said = {"evidence_kind": "document", "evidence": "材料存站内产改档案（示例）"}
    elif to in (ItemState.RETURNED, ItemState.NOT_APPLICABLE):
        said = {"reason": "缺签到表，补齐再报（示例）" if to == ItemState.RETURNED else "企业无此情况（示例）"}

    def act() -> None:
        line = ChecklistLine.objects.filter(checklist__union=places.district, number=number)
        kind = line.values_list("evidence_kind", flat=True)[0]
        given = said | ({"evidence_kind": kind} if said.get("evidence") else {})
        move_item(
            actor=places.users[who.get(ItemState(to), officer if officer in STEADY else "zhanzhang")],
            enterprise=row,
            item=number,
            to=to,
            on=clock.today(),
            client_uuid=_uuid(f"{row.pk} {number} {to}"),
            **given,
        )

    return act


STEADY = ("zhuzhan", "zhuzhan2", "zhuzhan4")  # officers whose firms stay theirs all the time
