"""What is done in the attacked town: who answers for whom, visits, issues, obligations, lists."""

import itertools
import uuid
from typing import TYPE_CHECKING, Any

from crm.access.roles import Role
from crm.core import clock
from crm.core.dated import term_from
from crm.issues.models import Issue, IssueCategory, IssueEvent
from crm.visits.enums import Every, Need
from crm.visits.models import Obligation, Regime, RegimeRule, Visit
from enterprises.enums import Tier
from enterprises.models import (
    Chain,
    ChainMembership,
    Enterprise,
    EnterpriseContact,
)
from grids.enums import ListState, RecusalKind
from grids.models import Recusal, Responsibility, ResponsibleList, ResponsibleListLine
from stations.models import Appointment, Post, TradeUnion
from tests.build import days_ago

if TYPE_CHECKING:
    from tests.attack.town import Town

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
    town.made("visits", Visit, visits, "notes")
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
