"""Issues and what happened to them: whole ways through the state machine, each move on a working day of its own post."""

import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from crm.core import rules
from crm.issues.defaults import ACCEPT_DAYS, CALL_BACK_DAYS, HANDLE_DAYS, URGENT_DAYS
from crm.issues.enums import (
    BY_HANDLER,
    STEPS,
    IssueKind,
    IssueState,
    Move,
    OutcomeType,
    Resolution,
    Satisfaction,
    Urgency,
)
from crm.issues.models import Issue, IssueCategory, IssueEvent
from crm.workflows.generate.copying import Table
from crm.workflows.generate.days import Days
from crm.workflows.generate.people import People, Seat
from crm.workflows.generate.places import Places, StationRow

M = Move
_BEGIN = (M.ACCEPT, M.ASSIGN, M.START)
_END = (M.SUBMIT, M.PASS, M.SIGN_OFF)
# moves, of 100, whether it is a simple matter
WAYS = (
    ((M.ACCEPT, M.CLOSE_ON_SPOT), 34, True),
    ((*_BEGIN, *_END), 30, False),
    ((*_BEGIN, M.PROGRESS, *_END), 16, False),
    ((*_BEGIN, M.SUBMIT, M.SEND_BACK, *_END), 6, False),
    ((*_BEGIN, M.SUBMIT, M.PASS, M.REDO, *_END), 4, False),
    ((*_BEGIN, M.SUBMIT, M.PASS, M.TRY_CALL, M.TRY_CALL, M.TRY_CALL, M.SIGN_OFF), 3, False),
    (_BEGIN, 4, False),  # the last three get stuck
    ((M.ACCEPT,), 2, False),
    ((), 1, False),
)
PAUSE = {M.ACCEPT: (0, 2), M.SUBMIT: (2, 9), M.PROGRESS: (1, 5), M.TRY_CALL: (1, 2)}  # working days before a move
USUAL_PAUSE = (0, 3)
TEXTS: dict[str, str] = {
    "open": "走访时企业提出（示例）", M.CLOSE_ON_SPOT: "当场解答并留下政策材料", M.PROGRESS: "已与有关部门沟通，等待答复",
    M.SUBMIT: "已办理，附处理结果",
}  # fmt: skip
REASONS: dict[str, str] = {M.SEND_BACK: "结果材料不全", M.REDO: "企业反映只解决了一部分"}
# title, category, simple or not is told by the way
TITLES = (
    ("夜班食堂供餐时间太短", "living"), ("技能提升补贴怎么申领", "skills"), ("车间照明不足", "safety"),
    ("职工子女暑期托管", "children"), ("入会手续咨询", "union"), ("防寒服更换周期长", "safety"),
    ("班车站点调整", "living"), ("灵活用工的工伤保障", "insurance"), ("加班工资计算口径", "pay"),
    ("想办保鲜技术培训班", "skills"), ("困难职工帮扶申请", "care"), ("旺季招工难", "employment"),
    ("劳动合同续签争议", "disputes"), ("园区停车位不足", "park"), ("稳岗补贴政策咨询", "policy"),
)  # fmt: skip
SAID = "职工座谈时提出，希望工会协调解决（示例数据）。"


@dataclass
class Story:
    """An issue while it is told."""

    state: str = IssueState.SUBMITTED
    number: str | None = None
    kind: str = IssueKind.REQUEST
    handler: Seat | None = None
    due: int = 0
    closed: str | None = None
    outcome: str = ""
    resolution: str = ""
    satisfaction: str = ""
    redone: int = 0
    tries: int = 0
    events: list[str] = field(default_factory=list)


class Matters:
    """Writes issues with their events."""

    def __init__(self, cursor: Any, days: Days, places: Places, people: People, rng: Random) -> None:
        self.days, self.places, self.people, self.rng = days, places, people, rng
        self.issues = Table(
            cursor,
            Issue,
            "client_uuid, enterprise_id, station_id, post_id, visit_id, title, text, category_id, urgency, simple, "
            "withheld, raised_on, recorded_at, version, state, number, kind, handler_id, due_on, closed_at, "
            "outcome_type, resolution, satisfaction, redo_count",
        )
        self.events = Table(
            cursor,
            IssueEvent,
            "issue_id, sequence, at, recorded_at, actor_label, post_id, on_behalf_of, verb, from_state, to_state, text, "
            "reason, data",
        )
        self._categories = dict(IssueCategory.objects.values_list("code", "pk"))
        self._used: Counter[tuple[int, str]] = Counter()
        self._allowed = {
            code: rules.value(code, days.start) for code in (ACCEPT_DAYS, CALL_BACK_DAYS, HANDLE_DAYS, URGENT_DAYS)
        }

    def tables(self) -> list[Table]:
        return [self.issues, self.events]

    def raise_issue(
        self,
        enterprise: int,
        station: StationRow,
        post: Seat,
        officer: Seat | None,
        visit: int,
        day: int,
        recorded: int,
    ) -> None:
        """An issue that a visit led to, written down with the visit, as far as it has got by today."""
        rng, days = self.rng, self.days
        moves, _, simple = rng.choices(WAYS, _WAY_WEIGHTS)[0]
        urgency = Urgency.NORMAL if rng.random() < 0.9 else rng.choice((Urgency.URGENT, Urgency.VERY_URGENT))
        story = Story(due=days.after(recorded, self._allowed[ACCEPT_DAYS]))
        opened = f"{days.texts[recorded]} 19:30:00+08"
        self._event(story, "open", "", opened, post, recorded, {})
        chief = self.people.posts[station.chief]
        handler = self._handler(station, officer)
        moment, made = recorded, 0
        for move in moves:
            moment = days.after(moment, rng.randint(*PAUSE.get(move, USUAL_PAUSE)) or int(made == 0))
            if moment >= days.count:
                break
            made += 1
            before = story.state
            data = self._move(story, move, moment, station, handler, urgency)
            at = f"{days.texts[moment]} {8 + made:02d}:{rng.randrange(60):02d}:00+08"
            story.state = STEPS[move].target or before
            if story.state in IssueState.ENDED:
                story.closed = at
            data["due_on"] = days.texts[story.due]
            self._event(story, move, before, at, handler if move in BY_HANDLER else chief, moment, data)
        title, category = rng.choice(TITLES)
        key = self.issues.add(
            f"{rng.getrandbits(128):032x}", enterprise, station.id, post.id, visit, title, SAID,
            self._categories[category], urgency.value, simple, False, days.texts[day], opened, 1 + made,
            story.state, story.number, story.kind, story.handler and story.handler.id, days.texts[story.due],
            story.closed, story.outcome, story.resolution, story.satisfaction, story.redone,
        )  # fmt: skip
        for event in story.events:
            self.events.put(f"{key}\t{event}")

    def _handler(self, station: StationRow, officer: Seat | None) -> Seat:
        """Who will handle it: the grid officer, a liaison officer, or the district's staff."""
        posts = self.people.posts
        dice = self.rng.random()
        if officer is not None and dice < 0.6:
            return officer
        if dice < 0.75:
            return posts[self.rng.choice(station.liaisons)]
        staff = self.people.union_posts[self.places.districts[station.district]][1:]
        return posts[self.rng.choice(staff)]

    def _move(
        self, story: Story, move: Move, day: int, station: StationRow, handler: Seat, urgency: Urgency
    ) -> dict[str, Any]:
        """What the move does to the issue besides its state, as `issues.services` does it; the answer is its data."""
        rng, allowed, after = self.rng, self._allowed, self.days.after
        if move == M.ACCEPT:
            year = self.days.texts[day][:4]
            self._used[station.id, year] += 1
            story.number = f"{station.id:02d}-{year}-{self._used[station.id, year]:04d}"
            story.kind = rng.choice(IssueKind.values)
            story.due = after(day, allowed[ACCEPT_DAYS])
            return {"number": story.number}
        if move == M.ASSIGN:
            story.handler = handler
            story.due = after(day, allowed[HANDLE_DAYS if urgency == Urgency.NORMAL else URGENT_DAYS])
            return {"handler": handler.title}
        if move == M.SUBMIT:
            story.outcome = rng.choice(OutcomeType.values)
            return {"outcome_type": story.outcome}
        if move == M.PASS:
            story.due = after(day, allowed[CALL_BACK_DAYS])
        elif move == M.TRY_CALL:
            story.tries += 1
        elif move == M.REDO:
            story.redone += 1
            story.outcome = ""
            story.due = after(day, allowed[HANDLE_DAYS if urgency == Urgency.NORMAL else URGENT_DAYS])
            return {"resolution": Resolution.PARTLY.value, "redo_count": story.redone}
        elif move == M.SIGN_OFF:
            story.resolution, story.satisfaction = self._answer(story)
            return {"resolution": story.resolution, "satisfaction": story.satisfaction}
        return {}

    def _answer(self, story: Story) -> tuple[str, str]:
        """What the enterprise said when called back."""
        if story.tries:
            return Resolution.NOT_REACHED.value, Satisfaction.NO_OPINION.value
        resolution = Resolution.SOLVED if self.rng.random() < 0.85 else Resolution.PARTLY
        satisfaction = self.rng.choices(Satisfaction.values, (70, 20, 5, 5))[0]
        return resolution.value, satisfaction

    def _event(self, story: Story, verb: str, before: str, at: str, post: Seat, day: int, data: dict[str, Any]) -> None:
        name = self.people.names[post.holder(day)]
        texts, reasons = TEXTS.get(verb, ""), REASONS.get(verb, "")
        story.events.append(
            f"{len(story.events) + 1}\t{at}\t{at}\t{name}\t{post.id}\t\t{verb}\t{before}\t{story.state}\t{texts}\t{reasons}\t"
            f"{json.dumps(data, ensure_ascii=False)}"
        )


_WAY_WEIGHTS = [way[1] for way in WAYS]
