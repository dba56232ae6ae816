"""Visits in the order of their recording, with what they meet and the issues that come of them."""

from array import array
from random import Random
from typing import Any

from crm.core import rules
from crm.visits.defaults import LATE_RECORD_DAYS
from crm.visits.enums import EFFECTIVE, Level, Met, Mode, Outcome, Purpose, ServiceKind, Topic
from crm.visits.models import Visit
from crm.workflows.generate.copying import BLOCK, Table
from crm.workflows.generate.days import Days
from crm.workflows.generate.matters import Matters
from crm.workflows.generate.owed import Owed
from crm.workflows.generate.people import People
from crm.workflows.generate.places import Places, StationRow
from crm.workflows.generate.shape import apportion
from crm.workflows.generate.trade import NOBODY, Firms

NEVER_SEEN = 0.25  # of the enterprises have no visit at all
TIER_WEIGHT = (6.0, 3.0, 1.2, 0.6)  # by place in TIERS
SPREAD, MOST = 1.6, 40.0  # Pareto's exponent of visits per enterprise, and where it is cut off
KINDS, CLOCKS = 1024, 64
PROXY, ISSUE = 10, 2  # of 128 visits: made by another post, led to an issue
# outcome, mode, of 100
SORTS = (
    (Outcome.MET, Mode.ONSITE, 42), (Outcome.CONTACTED, Mode.PHONE, 30), (Outcome.MET, Mode.JOINT, 4),
    (Outcome.MET, Mode.AT_STATION, 3), (Outcome.MET, Mode.LECTURE, 3), (Outcome.MET, Mode.MEETING, 2),
    (Outcome.NOBODY, Mode.ONSITE, 6), (Outcome.DECLINED, Mode.PHONE, 4), (Outcome.NO_ANSWER, Mode.PHONE, 5),
    (Outcome.GONE, Mode.ONSITE, 1),
)  # fmt: skip
# days from visit to record, of 128
DELAYS = (*[0] * 104, *[1] * 12, *[2] * 6, 3, 3, 5, 7, 9, 14)
NOTES = (
    "了解用工情况和夜班作息", "宣传产改政策，与班组长座谈", "送政策上门，讲解技能提升补贴", "到作业现场看劳动保护",
    "与企业负责人商量建会时间", "听取职工对食堂和班车的意见", "核对职工人数和工会信息", "回访上次反映的问题",
    "介绍集体协商要约行动", "邀请参加劳动竞赛", "慰问困难职工", "",
)  # fmt: skip


class Records:
    """Tells the visits of all enterprises, day after day."""

    def __init__(
        self, cursor: Any, days: Days, places: Places, people: People, firms: Firms, owed: Owed, rng: Random
    ) -> None:
        self.days, self.people, self.firms, self.owed, self.rng = days, people, firms, owed, rng
        self.stations: list[StationRow] = places.stations
        self.visits = Table(
            cursor,
            Visit,
            "client_uuid, enterprise_id, station_id, post_id, visitor_id, credited_post_id, proxy, visited_on, "
            "recorded_at, late_record, mode, outcome, met, workers_met, levels, service_kinds, topics, purpose, notes, "
            "started_at, version",
        )
        self.matters = Matters(cursor, days, places, people, rng)
        self._late = rules.value(LATE_RECORD_DAYS, days.start)
        self._kinds = [_kind(rng) for _ in range(KINDS)]

    def tables(self) -> list[Table]:
        return [self.visits, *self.matters.tables()]

    def tell(self, total: int) -> None:
        """So many visits, and what came of them."""
        for number, visits in enumerate(self._by_day(total)):
            self._tell_day(number, visits)

    def _by_day(self, total: int) -> "list[array[int]]":
        """Per day of recording its visits, each as enterprise and day of the visit in one number."""
        rng, days, firms = self.rng, self.days, self.firms
        chance, bits = rng.random, rng.getrandbits
        order = list(range(len(firms)))
        rng.shuffle(order)
        weights = [
            0.0 if chance() < NEVER_SEEN else min(chance() ** (-1 / SPREAD) * TIER_WEIGHT[firms.tier[firm]], MOST)
            for firm in order
        ]
        found = [array("q") for _ in range(days.count)]
        works, before = days.works, days.works_before
        for firm, count in zip(order, apportion(total, weights), strict=True):
            left = firms.left[firm]
            first = before[firms.joined[firm]]
            span = before[left] - first
            head = firm << 10
            for _ in range(count):
                day = works[first + int(chance() * span)]
                recorded = day + DELAYS[bits(7)]
                found[recorded if recorded < left else day].append(head | day)
        return found

    def _tell_day(self, recorded: int, visits: "array[int]") -> None:  # one loop: it runs millions of times
        firms, posts, texts, late = self.firms, self.people.posts, self.days.texts, self._late
        table, lines, kinds = self.visits, self.visits.lines, self._kinds
        bits, meet, key = self.rng.getrandbits, self.owed.meet, self.visits.next_id
        clocks = [f"{texts[recorded]} {13 + minute // 10}:{minute % 10 * 6:02d}:00+08" for minute in range(CLOCKS)]
        for packed in visits:
            firm, day = packed >> 10, packed & 1023
            dice = bits(30)
            station = self.stations[firms.station[firm]]
            officer = firms.officer[firm] if day < firms.changed[firm] else firms.next_officer[firm]
            credited = None if officer == NOBODY else posts[officer]
            post = credited
            if credited is None or dice & 127 < PROXY:
                post = posts[self._colleague(station, dice >> 7 & 127)]
            assert post is not None
            level, kind = kinds[dice >> 14 & 1023]
            lines.append(
                f"{key}\t{bits(128):032x}\t{firms.first_id + firm}\t{station.id}\t{post.id}\t"
                f"{post.first if day < post.change else post.then}\t"
                + ("\\N\tf" if credited is None else f"{credited.id}\t{'f' if post is credited else 't'}")
                + f"\t{texts[day]}\t{clocks[dice >> 24]}\t{'t' if recorded - day > late else 'f'}\t{kind}"
            )
            if level:
                meet(firm, key, day, onsite=level == 2)
                if dice >> 7 & 127 < ISSUE:
                    self.matters.raise_issue(firms.first_id + firm, station, post, credited, key, day, recorded)
            key += 1
            if len(lines) >= BLOCK:
                table.flush()
        table.next_id = key

    def _colleague(self, station: StationRow, dice: int) -> int:
        """The place of the post that makes a visit for another: chief, liaison officer or another grid officer."""
        if dice < 40:
            return station.chief
        among = station.liaisons if dice < 60 else station.officers
        return among[dice % len(among)]


def _kind(rng: Random) -> tuple[int, str]:
    """What is said of a visit, as columns, and what it counts for: 0 nothing, 1 a contact, 2 an on-site visit."""
    outcome, mode = rng.choices([sort[:2] for sort in SORTS], [sort[2] for sort in SORTS])[0]
    effective = outcome in EFFECTIVE
    level = 2 if outcome == Outcome.MET and mode == Mode.ONSITE else int(effective)
    met = sorted(rng.sample(Met.values, rng.randint(1, 2))) if effective else []
    workers = rng.randint(1, 12) if Met.WORKERS in met else None
    said = [Level.ENTERPRISE.value, *([Level.WORKER.value] if workers else [])] if effective else []
    services = rng.sample(ServiceKind.values, rng.randint(0, 1)) if effective else []
    topics = rng.sample(Topic.values, rng.randint(1, 3)) if effective else []
    purpose = Purpose.REGULAR if rng.random() < 0.7 else rng.choice(list(Purpose))
    note = rng.choice(NOTES) if effective else ""
    arrays = [f"{{{','.join(values)}}}" for values in (met, said, services, topics)]
    parts = [mode.value, outcome.value, arrays[0], str(workers or "\\N"), *arrays[1:], purpose.value, note]
    return level, "\t".join([*parts, f"{8 + rng.randrange(4):02d}:{rng.randrange(60):02d}", "1"])
