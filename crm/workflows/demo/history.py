"""Six months of a station's life, told through the same services that the screens call, each day under its own clock."""

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from django.conf import settings

from crm.access.grants import one_request
from crm.accounts.models import User
from crm.core import clock, workcalendar
from crm.core.festivals import Festival
from crm.issues.enums import IssueState, Move, OutcomeType, Resolution, Satisfaction
from crm.issues.models import Issue, IssueCategory
from crm.issues.services import move_issue, open_issue
from crm.notices.digests import waiting_readers
from crm.notices.digests import write as write_digest
from crm.notices.services import read_notices
from crm.visits.enums import CommitmentState, Mode, Need, Outcome
from crm.visits.models import Commitment, Obligation
from crm.visits.regimes import first_regime
from crm.visits.services import (
    ask_exemption,
    cancel_obligation,
    draft_regime,
    hold_event,
    invite_to_event,
    pause_contacts,
    plan_obligations,
    settle_commitment,
    sign_in,
)
from crm.workflows.demo import tables
from crm.workflows.demo.firms import Firms
from crm.workflows.demo.places import Places
from crm.workflows.demo.plans import half_days
from crm.workflows.demo.reform import reform
from crm.workflows.demo.truth import tell_truth
from crm.workflows.leaving import leave_station
from crm.workflows.visit_report import submit_visit_report
from enterprises.enums import EntryReason, ExitReason
from enterprises.models import Enterprise, EnterpriseSeat
from enterprises.services import add_season, enter_register, put_on_node, seat_cadre
from grids.cards import faces
from grids.enums import RecusalKind
from grids.services import (
    approve_list,
    assign_enterprises,
    draft_list,
    issue_cards,
    record_recusal,
    release_list,
    submit_list,
)
from stations.models import Appointment, Station
from stations.services import appoint, end_appointment, set_supervision_phone

DAY = dt.timedelta(days=1)
SPAN = 190  # days of history
VACANT_SINCE, ACTING_SINCE, ACTING_UNTIL, MOVED_SINCE = 45, 20, -40, 20  # days before today
# how many of a chain's firms are seen in 30 days: one chain well covered, one badly
SHARE_SEEN = {"flower": 0.62, "digital": 0.14}


class Teller:
    """Tells the history of one station in the order of its days."""

    def __init__(self, places: Places, firms: Firms, today: dt.date, rng: Random) -> None:
        self.places, self.firms, self.today, self.rng = places, firms, today, rng
        self.start = today - SPAN * DAY
        self.chief = places.users["zhanzhang"]
        self.leader = places.users["quzong"]
        self.officer_of: dict[int, str] = {}  # enterprise id → user name of its grid officer's post
        self.events: list[tuple[dt.date, int, Callable[[], Any]]] = []

    def tell(self) -> None:
        """Set up the first day, then let the days pass."""
        with clock.fixed(self.start), one_request():
            self._first_day()
        self._changes()
        self._visits()
        half_days(self.places, self.on)
        self._digests()
        for day, _, act in sorted(self.events, key=lambda event: event[:2]):
            with clock.fixed(clock.at(day, 15)), one_request():  # as on the site: grants are resolved once an act
                act()

    def _digests(self) -> None:
        """What people were told on the last three working days; today's comes from the worker. The newest is unread."""
        calendar = workcalendar.load()
        worked = [n for n in range(1, 20) if calendar.works(self.today - n * DAY)][:3]
        for place, days_ago in enumerate(worked):
            self.on(days_ago, partial(self._tell_everybody, unread=place == 0))

    def _tell_everybody(self, unread: bool) -> None:
        for user in waiting_readers(clock.now()):
            write_digest(user=user, day=clock.today(), send_off=lambda _notice: None)
            if not unread:
                read_notices(actor=user)

    def on(self, days_ago: int, act: Callable[[], Any]) -> None:
        self.events.append((self.today - days_ago * DAY, len(self.events), act))

    # ------------------------------------------------------------------------------------------------ the first day
    def _first_day(self) -> None:
        station, everyone = self.places.station, self.firms.all()
        newcomers = everyone[-4:]
        enter_register(
            actor=self.chief, station=station, enterprises=everyone[:-4], start=self.start, reason=EntryReason.OPERATING
        )
        self.on(
            60,
            lambda: enter_register(
                actor=self.chief,
                station=station,
                enterprises=newcomers,
                start=clock.today(),
                reason=EntryReason.MOVED_IN,
            ),
        )
        self._on_nodes()
        self._share_out(everyone[:-4])
        self._regime()
        plan_obligations(actor=self.chief, station=station)
        reform(self.places, self.firms, self.officer_of, self.on)

    def _on_nodes(self) -> None:
        for key, node in self.places.nodes.items():
            rows = [row for row in self.firms.all() if self.firms.node_of[row.pk] == key]
            if rows:
                put_on_node(actor=self.chief, enterprises=rows, node=node, start=self.start)
        # 跨链: flower e-commerce firms that also run a platform of the digital chain
        both = [row for row in self.firms.by_chain["flower"] if self.firms.node_of[row.pk] == ("flower", 9)][:3]
        put_on_node(actor=self.chief, enterprises=both, node=self.places.nodes["digital", 4], start=self.start)

    def _share_out(self, rows: list[Enterprise]) -> None:
        """Flower firms to grids 1–4 and 6, digital firms to 5 and 7; every 17th stays unassigned."""
        officers = {"flower": (1, 2, 3, 4, 6), "digital": (5, 7)}
        registered = {row.pk for row in rows}
        for chain, numbers in officers.items():
            here = [row for row in self.firms.by_chain[chain] if row.pk in registered]
            for place, number in enumerate(numbers):
                key = "zhuzhan" if number == 1 else f"zhuzhan{number}"
                mine = [row for spot, row in enumerate(here) if spot % len(numbers) == place and spot % 17 != 16]
                assign_enterprises(actor=self.chief, post=self.places.posts[key], enterprises=mine, start=self.start)
                self.officer_of.update({row.pk: key for row in mine})
            liaison = self.places.posts["lianluo" if chain == "flower" else "lianluo2"]
            assign_enterprises(
                actor=self.chief, post=liaison, enterprises=here, start=self.start, chain=self.places.chains[chain]
            )

    def _regime(self) -> None:
        regime = first_regime(self.places.district, tables.REGIME, self.start)
        regime.is_sample = True
        regime.save(update_fields=["is_sample"])
        flower = self.places.chains["flower"]
        for festival in (Festival.SPRING, Festival.VALENTINE, Festival.QIXI):
            add_season(actor=self.leader, of=flower, festival=festival, days_before=7, days_after=0, start=self.start)

    # ----------------------------------------------------------------------------------------- what changed meanwhile
    def _changes(self) -> None:
        places = self.places
        self.on(180, lambda: self._issue_list(release=True))
        self.on(
            VACANT_SINCE,
            lambda: end_appointment(actor=self.chief, appointment=self._seat_of("zhuzhan6"), on=clock.today()),
        )
        self.on(ACTING_SINCE, self._hand_over)
        self.on(MOVED_SINCE, self._move)
        self.on(35, self._leave)
        self.on(30, lambda: self._issue_list(release=True))
        self.on(29, self._cards)
        self.on(25, self._cancel)
        self.on(5, self._relieve)
        self.on(9, lambda: self._event("产改政策集中宣讲（示例）", self.today - 9 * DAY, 30, 22))
        self.on(1, lambda: self._event("小微企业集中宣讲（示例）", self.today + 6 * DAY, 20, 0))
        self.on(140, self._speak)
        self.on(1, self._raise)
        self.on(2, self._keep_away)
        self.on(2, self._tell_in_confidence)
        self.on(2, lambda: self._issue_list(release=False))
        for ago in (*range(150, 1, -30), 1):
            self.on(ago, lambda: plan_obligations(actor=self.chief, station=places.station))
        self.on(1, lambda: tell_truth(places.users["zhuzhan"], places.posts["zhuzhan"]))

    def _seat_of(self, key: str) -> Appointment:
        return Appointment.objects.get(post=self.places.posts[key], term__contains=clock.today(), acting=False)

    def _hand_over(self) -> None:
        """The seventh officer leaves; the second acts (代管) for a while, and the grid still counts as vacant."""
        end_appointment(actor=self.chief, appointment=self._seat_of("zhuzhan7"), on=clock.today())
        person = self.places.users["zhuzhan2"].person
        assert person is not None
        appoint(
            actor=self.chief,
            post=self.places.posts["zhuzhan7"],
            person=person,
            start=clock.today(),
            end=self.today - ACTING_UNTIL * DAY,
            acting=True,
        )

    def _move(self) -> None:
        """Mid-period: a firm changes its node, and its officer with it."""
        row = next(row for row in self.firms.by_chain["flower"] if self.officer_of.get(row.pk) == "zhuzhan3")
        put_on_node(actor=self.chief, enterprises=[row], node=self.places.nodes["flower", 5], start=clock.today())
        assign_enterprises(actor=self.chief, post=self.places.posts["zhuzhan4"], enterprises=[row], start=clock.today())
        self.officer_of[row.pk] = "zhuzhan4"

    def _leave(self) -> None:
        row = self.firms.by_chain["digital"][-5]
        leave_station(actor=self.chief, enterprise=row, on=clock.today(), reason=ExitReason.MOVED_OUT)

    def _keep_away(self) -> None:
        """回避: the fourth officer works for a firm of the third grid; a firm of that grid asks for another officer."""
        third = [row for row in self.firms.by_chain["flower"] if self.officer_of.get(row.pk) == "zhuzhan3"]
        for row, key, kind in ((third[1], "zhuzhan4", RecusalKind.OWN_UNIT), (third[2], "zhuzhan3", RecusalKind.WISH)):
            person = self.places.users[key].person
            assert person is not None
            firm = Enterprise.objects.get(pk=row.pk)  # as it stands by now
            record_recusal(actor=self.chief, person=person, enterprise=firm, kind=kind, start=clock.today())

    def _tell_in_confidence(self) -> None:
        """An issue that a firm of the first grid told the liaison officer, not for grid officers' eyes."""
        row = next(row for row in self.firms.by_chain["flower"] if self.officer_of.get(row.pk) == "zhuzhan")
        open_issue(
            actor=self.places.users["lianluo"],
            enterprise=Enterprise.objects.get(pk=row.pk),
            title="夜班排班与驻站走访时间冲突",
            category=IssueCategory.objects.get(code="employment"),
            client_uuid=uuid.uuid5(uuid.NAMESPACE_OID, "demo: in confidence"),
            withheld=True,
        )

    def _event(self, title: str, day: dt.date, invited: int, came: int) -> None:
        """集中活动: those are invited first who owe a group contact; most sign in."""
        event = hold_event(
            actor=self.chief,
            station=self.places.station,
            held_on=day,
            starts_at=dt.time(14, 30),
            title=title,
            place="斗南园区会议室（示例）",
            mode=Mode.LECTURE,
            service_kinds=["publicity"],
            topics=["reform"],
            client_uuid=uuid.uuid5(uuid.NAMESPACE_OID, title),
        )
        owing = Obligation.objects.filter(station=self.places.station, need=Need.ANY, opens__lte=day, closes__gte=day)
        firms = Enterprise.objects.filter(pk__in=owing.unmet().live().values("enterprise")).order_by("pk")[:invited]
        invite_to_event(actor=self.chief, event=event, enterprises=list(firms))
        present = {row.pk: 1 + place % 3 for place, row in enumerate(firms[:came])}
        if present:
            sign_in(actor=self.chief, event=event, present=present)

    def _speak(self) -> None:
        """The chair of a firm's own union speaks for it: the firm of which the liaison officer heard in confidence."""
        row = next(row for row in self.firms.by_chain["flower"] if self.officer_of.get(row.pk) == "zhuzhan")
        username, name, phone = tables.CADRE
        firm = Enterprise.objects.get(pk=row.pk)
        seat = seat_cadre(actor=self.chief, enterprise=firm, name=name, phone=phone, start=clock.today())
        person = Appointment.objects.get(post=seat.post).person
        user = User.objects.create_user(username, settings.DEMO_PASSWORD, person=person, is_demo=True)
        self.places.users[username], self.places.posts[username] = user, seat.post

    def _raise(self) -> None:
        open_issue(
            actor=self.places.users["qiye"],
            enterprise=EnterpriseSeat.objects.get(post=self.places.posts["qiye"]).enterprise,
            title="希望组织花卉分级工技能培训",
            text="分级车间 12 名职工想参加技能等级认定，希望站里帮助联系培训。",
            category=IssueCategory.objects.get(code="skills"),
            client_uuid=uuid.uuid5(uuid.NAMESPACE_OID, "demo: raised by the enterprise"),
        )

    def _cards(self) -> None:
        """Cards for the gates of the first grid."""
        station = Station.objects.get(pk=self.places.station.pk)
        set_supervision_phone(actor=self.chief, station=station, phone=tables.SUPERVISION_PHONE)
        mine = faces(station, clock.today(), self.places.posts["zhuzhan"])
        issue_cards(actor=self.chief, station=station, enterprise_ids=[face.enterprise_id for face in mine])

    def _cancel(self) -> None:
        owed = Obligation.objects.filter(station=self.places.station, closes__gte=self.today).live().unmet()
        cancel_obligation(actor=self.chief, obligation=owed.order_by("pk")[0], reason="停产检修")

    def _relieve(self) -> None:
        """A pause for an overhaul, an exemption that waits for the chief, a draft of the next year's regime."""
        flower = [row for row in self.firms.by_chain["flower"] if self.officer_of.get(row.pk) == "zhuzhan"]
        paused, moving = (Enterprise.objects.get(pk=row.pk) for row in flower[3:5])
        pause_contacts(
            actor=self.chief, enterprise=paused, start=clock.today(), end=clock.today() + 20 * DAY, reason="设备检修停产",
            client_uuid=uuid.uuid5(uuid.NAMESPACE_OID, "demo: a pause"),
        )  # fmt: skip
        ask_exemption(
            actor=self.places.users["zhuzhan"], enterprise=moving, start=clock.today(), end=clock.today() + 60 * DAY,
            reason="整体搬入新厂房，负责人请求本期不走访", client_uuid=uuid.uuid5(uuid.NAMESPACE_OID, "demo: an exemption"),
        )  # fmt: skip
        following = clock.today().replace(month=1, day=1, year=clock.today().year + 1)
        name = f"{tables.REGIME}（{following.year}年修订）"
        draft = draft_regime(actor=self.leader, union=self.places.district, name=name, start=following)
        draft.is_sample = True
        draft.save(update_fields=["is_sample"])

    def _issue_list(self, *, release: bool) -> None:
        """拟定, 报审 and, with `release`, 审定 and 印发."""
        row = draft_list(actor=self.chief, station=self.places.station, valid_until=clock.today() + 365 * DAY)
        row = submit_list(actor=self.chief, responsible_list=row, version=row.version)
        if release:
            row = approve_list(actor=self.leader, responsible_list=row, version=row.version)
            release_list(actor=self.leader, responsible_list=row, version=row.version)

    # --------------------------------------------------------------------------------------------- visits and issues
    def _visits(self) -> None:
        reports = 0
        for chain, rows in self.firms.by_chain.items():
            for row in rows:
                for month in range(6):
                    if self.rng.random() > SHARE_SEEN[chain] or row.pk not in self.officer_of:
                        continue
                    ago = month * 30 + self.rng.randint(2, 29)
                    reports += 1
                    late = 6 if reports == 40 else self.rng.choice((0, 0, 0, 1))  # 补录
                    self._one_visit(row, ago, min(late, ago), with_issue=reports % 11 == 0)
        self._own_calls()

    def _one_visit(self, row: Enterprise, ago: int, recorded_after: int, *, with_issue: bool) -> None:
        outcome = self.rng.choices(
            (Outcome.MET, Outcome.CONTACTED, Outcome.NOBODY, Outcome.NO_ANSWER), weights=(76, 14, 6, 4)
        )[0]
        visit: dict[str, Any] = {
            "enterprise": row,
            "visited_on": self.today - ago * DAY,
            "outcome": Outcome.MET if with_issue else outcome,
            "client_uuid": self._uuid(),
            "met": self.rng.sample(("owner", "hr", "team_leader", "workers"), 2) if outcome == Outcome.MET else [],
            "levels": self.rng.sample(("enterprise", "team", "worker"), 2) if outcome == Outcome.MET else [],
            "service_kinds": [self.rng.choice(("publicity", "guidance", "service"))],
            "topics": self.rng.sample(("reform", "union", "skills", "living", "safety"), 2),
            "notes": self.rng.choice(tables.NOTES),
            "next_contact_on": self.today - (ago - 25) * DAY if row.pk % 4 == 0 and ago < 60 else None,
        }
        issue = self._issue() if with_issue else None
        promise = None
        if with_issue and ago < 90:
            due = visit["visited_on"] + 14 * DAY
            number = uuid.uuid5(visit["client_uuid"], "promise")
            promise = {"text": "两周内回告办理进展（示例）", "due_on": due, "client_uuid": number}

        def act() -> None:
            actor = self.places.users[self._who(row, visit["visited_on"])]
            report = submit_visit_report(actor=actor, visit=visit, issue=issue, commitment=promise)
            if report.issue is not None:
                self._follow(report.issue, ago - recorded_after)
            if report.commitment is not None:
                self._settle(report.commitment, ago)

        self.on(ago - recorded_after, act)

    def _who(self, row: Enterprise, day: dt.date) -> str:
        """Whoever did the work of the firm's grid on the day: the chief where the seat stood empty."""
        key = self.officer_of[row.pk]
        ago = (self.today - day).days
        if key == "zhuzhan6" and ago <= VACANT_SINCE:
            return "zhanzhang"
        if key == "zhuzhan7" and ago <= ACTING_SINCE:
            return "zhuzhan2"
        return key

    def _own_calls(self) -> None:
        """Key firms of the flower chain are also telephoned each month."""
        for row in self.firms.by_chain["flower"][::6]:
            if row.pk in self.officer_of:
                for month in range(1, 6):
                    self._call(row, month * 30 + 3)

    def _call(self, row: Enterprise, ago: int) -> None:
        visit: dict[str, Any] = {
            "enterprise": row,
            "visited_on": self.today - ago * DAY,
            "outcome": Outcome.CONTACTED,
            "mode": Mode.PHONE,
            "client_uuid": self._uuid(),
            "notes": "电话了解近期用工和订单情况",
        }
        self.on(
            ago,
            lambda: submit_visit_report(actor=self.places.users[self._who(row, visit["visited_on"])], visit=visit),
        )

    def _issue(self) -> dict[str, Any]:
        title, text, simple = self.rng.choice(tables.ISSUES)
        category = self.rng.choice(list(IssueCategory.objects.filter(active=True, union_matter=True)))
        return {"title": title, "text": text, "simple": simple, "category": category, "client_uuid": self._uuid()}

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def _settle(self, promise: Commitment, ago: int) -> None:
        """Most promises are kept, every third late; the newest are open, and one is overdue."""
        kept_ago = ago - (20 if promise.pk % 3 == 0 else 10)
        if kept_ago >= 0 and not 15 <= ago < 30:
            with clock.fixed(clock.at(self.today - kept_ago * DAY, 16)):
                settle_commitment(actor=self.chief, commitment=promise, state=CommitmentState.KEPT, version=1)

    def _follow(self, issue: Issue, opened_ago: int) -> None:
        """Let an issue go its way as far as the days since allow; the newest stay open, some wait too long."""

        def move(name: str, who: Any, ago: int, **fields: Any) -> None:
            if ago < 0:
                return
            with clock.fixed(clock.at(self.today - ago * DAY, 16)):
                issue.refresh_from_db()
                move_issue(actor=who, issue=issue, move=name, version=issue.version, **fields)

        move(Move.ACCEPT, self.chief, opened_ago - 1, kind="request")
        if issue.simple:
            move(Move.CLOSE_ON_SPOT, self.chief, opened_ago - 2, text="当场说明政策和办理地点，已留下联系方式。")
            return
        handler = self.places.posts["ganshi"]
        staff, liaison = self.places.users["ganshi"], self.chief
        move(Move.ASSIGN, self.chief, opened_ago - 2, handler=handler)
        move(Move.START, staff, opened_ago - 3)
        if opened_ago < 12 or self.rng.random() < 0.2:
            return  # still in hand; the older of these are late
        move(Move.SUBMIT, staff, opened_ago - 6, outcome_type=OutcomeType.COORDINATED, text="已与企业商定办法并落实。")
        move(Move.PASS, self.chief, opened_ago - 7)
        if issue.state != IssueState.CLOSED and opened_ago >= 14:
            move(
                Move.SIGN_OFF,
                liaison,
                opened_ago - 9,
                resolution=Resolution.SOLVED,
                satisfaction=self.rng.choice((Satisfaction.SATISFIED, Satisfaction.SATISFIED, Satisfaction.FAIRLY)),
            )
