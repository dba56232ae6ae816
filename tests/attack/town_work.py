"""What is done in the attacked town: who answers for whom, visits, issues, obligations, lists."""

import base64
import itertools
import uuid
from typing import TYPE_CHECKING, Any

from crm.access.roles import Role
from crm.core import clock
from crm.core.dated import term_from
from crm.issues.models import Issue, IssueCategory, IssueEvent
from crm.notices.models import Notice
from crm.programs.models import Delivery, Item, ItemEvent, Policy, PracticeCase, Title
from crm.programs.template import first_checklist
from crm.visits import photos
from crm.visits.enums import Every, Need
from crm.visits.models import (
    Commitment,
    ConfirmationLink,
    ContactEvent,
    ContactPause,
    Exemption,
    Invitation,
    Obligation,
    PlannedVisit,
    Regime,
    RegimeRule,
    SubmissionConflict,
    Visit,
    VisitConfirmation,
    VisitPhoto,
)
from enterprises.enums import Tier
from enterprises.models import (
    Chain,
    ChainMembership,
    Enterprise,
    EnterpriseContact,
)
from grids.enums import ListState, RecusalKind
from grids.models import GateCard, Recusal, Responsibility, ResponsibleList, ResponsibleListLine
from stations.models import Appointment, Post, TradeUnion
from tests.attack import surface
from tests.build import days_ago

if TYPE_CHECKING:
    from tests.attack.town import Town

SPECK = photos.drawn_anew(base64.b64decode(surface.SPECK)).content
OFFICERS = (Role.GRID_OFFICER, Role.GRID_OFFICER, Role.LIAISON)


def duties(town: "Town", rows: list[Enterprise], posts: list[Post], chains: list[Chain]) -> None:
    dice = town.dice
    at: dict[int, dict[str, list[Post]]] = {}
    for post in posts:
        if post.station_id:
            at.setdefault(post.station_id, {}).setdefault(post.role, []).append(post)
    made = []
    for row in rows:
        here = at.get(row.station_id or dice.choice(town.stations).pk, {})
        officers = here.get(Role.GRID_OFFICER, [])
        if officers and dice.random() < 0.8:
            end = dice.choice((None, None, None, None, days_ago(0), days_ago(-1)))
            post = dice.choice(officers)
            made.append(_duty(row, post, term_from(days_ago(200), end)))
            if end is not None:
                made.append(_duty(row, dice.choice(officers), term_from(end)))
        if here.get(Role.LIAISON) and dice.random() < 0.4:
            term = term_from(days_ago(200), dice.choice((None, None, days_ago(0))))
            made.append(_duty(row, here[Role.LIAISON][0], term, dice.choice(chains)))
    Responsibility._base_manager.bulk_create(made)
    people = [user.person for user in town.users]
    answering = dice.sample(made, min(len(made), town.size.users))
    recusals = {}
    for duty in answering:
        seat = Appointment.objects.filter(post=duty.post).first()
        person = seat.person if seat and dice.random() < 0.8 else dice.choice(people)
        kind = dice.choice(RecusalKind.values)
        end = dice.choice((None, None, None, days_ago(0), days_ago(-1)))
        recusals[person.pk, duty.enterprise_id, kind] = Recusal(
            person=person,
            enterprise=duty.enterprise,
            kind=kind,
            note=f"回避{town.word()}",
            term=term_from(days_ago(30), end),
        )
    chains_of = {
        chain: list(rows)
        for chain, rows in itertools.groupby(
            ChainMembership.objects.on(clock.today()).order_by("chain_id", "enterprise_id"), lambda row: row.chain_id
        )
    }
    of_enterprise = {row.enterprise_id: chain for chain, rows in chains_of.items() for row in rows}
    for duty in dice.sample(made, len(made) // 5):  # somebody's own unit is a rival of those they answer for
        seat = Appointment.objects.filter(post=duty.post).first()
        chain = of_enterprise.get(duty.enterprise_id)
        if seat is not None and chain is not None:
            unit = dice.choice(chains_of[chain]).enterprise_id
            recusals.setdefault(
                (seat.person.pk, unit, RecusalKind.OWN_UNIT),
                Recusal(
                    person=seat.person,
                    enterprise_id=unit,
                    kind=RecusalKind.OWN_UNIT,
                    note=f"回避{town.word()}",
                    term=term_from(days_ago(30)),
                ),
            )
    town.made("recusals", Recusal, list(recusals.values()), "note")


def _duty(row: Enterprise, post: Post, term: Any, chain: Chain | None = None) -> Responsibility:
    return Responsibility(enterprise=row, post=post, role=post.role, chain=chain, term=term)


def records(town: "Town", rows: list[Enterprise], posts: list[Post], top: TradeUnion) -> None:
    dice = town.dice
    regime = Regime.objects.create(union=top, name="制度", term=term_from(days_ago(400)))
    rule = RegimeRule.objects.create(regime=regime, tier=Tier.GENERAL, need=Need.ONSITE, every=Every.QUARTER)
    officers = [post for post in posts if post.station_id and post.role in (Role.CHIEF, *OFFICERS)]
    people = [user.person for user in town.users]
    categories = list(IssueCategory.objects.all())
    visits, duties, issues = [], [], []
    for row in rows:
        here = [post for post in officers if post.station_id == row.station_id] or officers
        for _ in range(dice.choice((0, 1, 1, 2, 4))):
            post = dice.choice(here if dice.random() < 0.9 else officers)
            visits.append(
                Visit(
                    enterprise=row,
                    station_id=post.station_id,
                    post=post,
                    visitor=dice.choice(people),
                    credited_post=dice.choice(here),
                    visited_on=days_ago(dice.randint(0, 200)),
                    mode="onsite",
                    outcome="met",
                    notes=f"记{town.word()}",
                )
            )
        if row.station_id and dice.random() < 0.7:
            duties.append(
                Obligation(
                    enterprise=row,
                    rule=rule,
                    role=Role.GRID_OFFICER,
                    need=Need.ONSITE,
                    station_id=row.station_id if dice.random() < 0.9 else dice.choice(town.stations).pk,
                    opens=days_ago(60),
                    due=days_ago(dice.choice((-20, 5))),
                    closes=days_ago(-30),
                    cancelled_on=days_ago(3),
                    cancel_reason=f"停{town.word()}",
                )
            )
    town.made("notes", Visit, visits, "notes")
    _events_and_promises(town, rows, officers, people)
    conflicts(town, dice.sample(visits, len(visits) // 6))
    for visit in dice.sample(visits, len(visits) // 8):
        name = photos.kept(SPECK)
        VisitPhoto.objects.create(visit=visit, name=name, source=name, width=1, height=1, size=len(SPECK))
    answers = []
    for visit in dice.sample(visits, len(visits) // 6):
        link = ConfirmationLink.objects.create(
            visit=visit, mark=town.word(), made_by=dice.choice(town.users), expires_at=clock.now(), used_at=clock.now()
        )
        answers.append(VisitConfirmation(visit=visit, link=link, answer="differs", text=f"不符{town.word()}"))
    town.made("confirmations", VisitConfirmation, answers, "text")
    town.made("obligations", Obligation, duties, "cancel_reason")
    for row in rows:
        here = [post for post in officers if post.station_id == row.station_id] or officers
        for _ in range(dice.choice((0, 0, 1, 1, 2))):
            post = dice.choice(here)
            state, word = dice.choice(("assigned", "assigned", "submitted", "accepted")), town.word()
            issues.append(
                Issue(
                    client_uuid=uuid.UUID(int=dice.getrandbits(128)),
                    enterprise=row,
                    station_id=post.station_id,
                    post=post,
                    title=f"事{word}",
                    text=f"文{word}",
                    category=dice.choice(categories),
                    withheld=dice.random() < 0.15,
                    state=state,
                    number=None if state == "submitted" else f"N-{word}",
                    handler=dice.choice(here if dice.random() < 0.8 else officers) if state == "assigned" else None,
                    due_on=days_ago(dice.randint(-9, 9)),
                )
            )
    by_enterprise: dict[int, list[Visit]] = {}
    for visit in visits:
        by_enterprise.setdefault(visit.enterprise_id, []).append(visit)
    for issue in issues:
        if issue.enterprise_id in by_enterprise and dice.random() < 0.6:
            issue.visit = dice.choice(by_enterprise[issue.enterprise_id])
    town.made("issues", Issue, issues, "title")
    events = [
        IssueEvent(issue=issue, sequence=1, actor_label="x", verb="open", to_state=issue.state, text=f"经{town.word()}")
        for issue in issues
    ]
    town.made("events", IssueEvent, events, "text")


def relief(town: "Town", rows: list[Enterprise]) -> None:
    """Regimes in force and in draft, exceptions, pauses and exemptions, each with a reason of its own."""
    dice = town.dice
    unions = list(TradeUnion.objects.order_by("pk"))
    drafts = [
        Regime(union=one, name=f"制{town.word()}", draft=dice.random() < 0.5, term=term_from(days_ago(-30)))
        for one in unions[1:]
    ]
    town.made("regimes", Regime, drafts, "name")
    some = [row for row in rows if row.station_id and dice.random() < 0.4]
    of: dict[str, Any] = {"station_id": 0, "enterprise": None, "term": term_from(days_ago(20), days_ago(-20))}

    def where(row: Enterprise) -> dict[str, Any]:
        at = row.station_id if dice.random() < 0.9 else dice.choice(town.stations).pk
        return of | {"station_id": at, "enterprise": row}

    pauses = [ContactPause(reason=f"暂{town.word()}", **where(row)) for row in some]
    town.made("pauses", ContactPause, pauses, "reason")
    asked = {"asked_by_id": town.users[0].pk, "asked_by": "x", "asked_on": days_ago(9)}
    exemptions = [Exemption(reason=f"免{town.word()}", **where(row), **asked) for row in some]
    town.made("exemptions", Exemption, exemptions, "reason")
    exceptions = [
        RegimeRule(enterprise=row, reason=f"例{town.word()}", term=of["term"], need=Need.ONSITE, every=Every.YEAR)
        for row in some
    ]
    town.made("exceptions", RegimeRule, exceptions, "reason")


def _events_and_promises(town: "Town", rows: list[Enterprise], officers: list[Post], people: list[Any]) -> None:
    dice, today = town.dice, clock.today()
    held = [
        ContactEvent(
            station_id=post.station_id,
            post=post,
            holder=dice.choice(people),
            held_on=days_ago(dice.randint(-9, 60)),
            place=f"会场{town.word()}",
            title="集中宣讲",
            mode="lecture",
        )
        for post in dice.sample(officers, max(4, len(officers) // 2))
    ]
    town.made("gatherings", ContactEvent, held, "place")
    lines = []
    for event in held:
        here = [row for row in rows if row.station_id == event.station_id][:9]
        some = dict.fromkeys([*here, dice.choice(rows)])
        lines += [Invitation(event=event, enterprise=row, signed=dice.random() < 0.5) for row in some]
    Invitation._base_manager.bulk_create(lines)
    promises = []
    for row in dice.sample(rows, len(rows) // 2):
        here = [post for post in officers if post.station_id == row.station_id] or officers
        post = dice.choice(here if dice.random() < 0.9 else officers)
        promises.append(
            Commitment(
                enterprise=row,
                station_id=post.station_id,
                post=post,
                text=f"诺{town.word()}",
                made_on=days_ago(9),
                due_on=dice.choice((days_ago(2), today, days_ago(-9))),
            )
        )
    town.made("commitments", Commitment, promises, "text")
    plans = [
        PlannedVisit(
            enterprise=row.enterprise,
            station_id=row.station_id,
            post=row.post,
            day=days_ago(dice.choice((-1, -9))),
            half=dice.choice(("am", "pm")),
            made_on=today,
        )
        for row in dice.sample(promises, len(promises) // 2)
    ]
    PlannedVisit._base_manager.bulk_create(plans)


def conflicts(town: "Town", visits: list[Visit]) -> None:
    """Second bodies under the numbers of visits."""
    rows, users = [], {user.person_id: user for user in town.users}
    for visit in visits:
        word = town.word()
        said = {"outcome": "met", "visited_on": str(visit.visited_on), "notes": f"再{word}"}
        rows.append(
            SubmissionConflict(
                client_uuid=visit.client_uuid,
                digest=word,
                visit=visit,
                enterprise_id=visit.enterprise_id,
                station_id=visit.station_id,
                post_id=visit.post_id,
                author=users[visit.visitor_id],
                body={"visit": said, "issue": None, "settled": []},
            )
        )
    town.made("conflicts", SubmissionConflict, rows, "digest")


def reform(town: "Town", rows: list[Enterprise], posts: list[Post], unions: list[TradeUnion]) -> None:
    """A checklist of the top, items of half of the enterprises, some titles; libraries, and what was handed over."""
    dice = town.dice
    lines = list(first_checklist(unions[0], "清单", days_ago(400)).lines.all())
    items = [
        Item(
            enterprise=row,
            number=line.number,
            state=dice.choice(("in_progress", "done", "verified")),
            done_on=days_ago(9),
        )
        for row in rows
        if dice.random() < 0.5
        for line in dice.sample(lines, 2)
    ]
    Item._base_manager.bulk_create(items)
    events = [
        ItemEvent(
            item=item,
            sequence=1,
            client_uuid=uuid.UUID(int=dice.getrandbits(128)),
            line=lines[item.number - 1],
            on=days_ago(9),
            actor_label="x",
            from_state="not_started",
            to_state=item.state,
            evidence=f"证{town.word()}",
        )
        for item in items
    ]
    town.made("item_events", ItemEvent, events, "evidence")
    titles = [
        Title(
            enterprise=row,
            kind=dice.choice(("pilot", "demonstration")),
            level="district",
            number=f"号{town.word()}",
            term=term_from(days_ago(99)),
        )
        for row in rows
        if dice.random() < 0.3
    ]
    town.made("titles", Title, titles, "number")
    policies = [
        Policy(
            client_uuid=uuid.UUID(int=dice.getrandbits(128)),
            union=union,
            title=f"策{town.word()}",
            issuer="x",
            issued_on=days_ago(99),
            topic="union",
        )
        for union in [*unions, unions[0]]
    ]
    town.made("policies", Policy, policies, "title")
    at_stations = [post for post in posts if post.station_id]
    deliveries = []
    for row in rows:
        here = [post for post in at_stations if post.station_id == row.station_id] or at_stations
        if dice.random() < 0.6:
            post = dice.choice(here if dice.random() < 0.9 else at_stations)
            deliveries.append(
                Delivery(
                    client_uuid=uuid.UUID(int=dice.getrandbits(128)),
                    policy=dice.choice(policies[-2:]),
                    enterprise=row,
                    station_id=post.station_id,
                    post=post,
                    delivered_on=days_ago(9),
                    acknowledged_on=days_ago(8),
                    acknowledged_by=f"收{town.word()}",
                )
            )
    town.made("deliveries", Delivery, deliveries, "acknowledged_by")
    cases = []
    for row in dice.sample(rows, len(rows) // 4):
        post, state = dice.choice(at_stations), dice.choice(("draft", "reported", "adopted"))
        cases.append(
            PracticeCase(
                client_uuid=uuid.UUID(int=dice.getrandbits(128)),
                enterprise=row if dice.random() < 0.7 else None,
                station_id=post.station_id,
                post=post,
                title=f"典{town.word()}",
                text="x",
                state=state,
                reported_on=None if state == "draft" else days_ago(5),
                adopted_on=days_ago(3) if state == "adopted" else None,
                adopted_by=dice.choice(unions) if state == "adopted" else None,
            )
        )
    town.made("cases", PracticeCase, cases, "title")


def lists(town: "Town", rows: list[Enterprise]) -> None:
    """A released list for half of the stations, then a draft that is shorter."""
    stations = town.stations[: max(4, len(town.stations) // 2)]
    made: list[ResponsibleList] = []
    for number, most in ((1, 12), (2, 8)):
        sheets = [
            ResponsibleList(
                station=station,
                number=number,
                year=clock.today().year,
                as_of=days_ago(15 - 5 * number),
                drafted_by="x",
                return_reason=f"退{town.word()}",
                previous=made[position] if made else None,
            )
            for position, station in enumerate(stations)
        ]
        made = town.made("lists", ResponsibleList, sheets, "return_reason")
        lines = town.made("lines", ResponsibleListLine, _lines(town, sheets, rows, most), "note")
        if number == 1:
            seen = {(line.enterprise_id, line.responsible_list.station_id) for line in lines}
            GateCard._base_manager.bulk_create(
                GateCard(enterprise_id=firm, station_id=station, token=town.word()) for firm, station in sorted(seen)
            )
            ResponsibleList._base_manager.filter(pk__in=[row.pk for row in sheets]).update(
                state=ListState.RELEASED, approved_by="x", approved_at=clock.now(), released_on=days_ago(9)
            )
            town.released = {"lists": {row.pk for row in sheets}, "lines": {row.pk for row in lines}}


def _lines(town: "Town", sheets: list[ResponsibleList], rows: list[Enterprise], most: int) -> list[ResponsibleListLine]:
    phones = {
        (row.post.station_id, row.role): row.person.phone
        for row in Appointment._base_manager.select_related("post", "person").order_by("pk")
    }
    roles = (("officer", Role.GRID_OFFICER), ("chief", Role.CHIEF), ("liaison", Role.LIAISON))
    contact_of = {row.enterprise_id: row for row in EnterpriseContact._base_manager.all()}
    lines = []
    for sheet in sheets:
        here = [one for one in rows if one.station_id == sheet.station_id][:most]
        gone = town.dice.sample(rows, 4) if sheet.number == 1 else []  # others that were listed here once
        for position, row in enumerate(dict.fromkeys([*here, *gone]), 1):
            contact = contact_of.get(row.pk)
            lines.append(
                ResponsibleListLine(
                    responsible_list=sheet,
                    position=position,
                    enterprise=row,
                    enterprise_name=row.name,
                    note=f"注{town.word()}",
                    tier=Tier.GENERAL,
                    workers=7_000_000 + row.pk,
                    industrial_workers=6_000_000 + row.pk,
                    contact={"name": contact.name, "phone": contact.phone, "title": ""} if contact else {},
                    phones={kind: phones.get((sheet.station_id, role), "") for kind, role in roles},
                    start=days_ago(30),
                )
            )
    return lines


def notices(town: "Town") -> None:
    """What people were told: ids of enterprises and issues here and there, of which they may see some; they hold no texts."""
    firms = list(Enterprise._base_manager.values_list("pk", flat=True))
    issues = list(Issue._base_manager.values_list("pk", flat=True))
    pick = town.dice.sample
    rows = [
        Notice(
            person=user.person,
            day=days_ago(age),
            kind="digest",
            channel="page",
            state="sent",
            sent_at=clock.now(),
            content={
                "contacts": {"overdue": 2, "due": 1, "ids": pick(firms, min(6, len(firms)))},
                "issues": {"waiting": 3, "late": 0, "ids": pick(issues, min(6, len(issues)))},
            },
        )
        for user in town.users
        for age in (0, 1)
    ]
    town.made("notices", Notice, rows)
