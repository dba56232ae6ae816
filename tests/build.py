"""Builders of small worlds for tests: plain rows, no rules of their own. Everything is dated relative to `clock.today()`."""

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

from crm.access.roles import Role
from crm.accounts.models import Person, User
from crm.core import clock
from crm.core.dated import term_from
from crm.core.text import pinyin
from crm.issues.enums import IssueState
from crm.issues.models import Issue, IssueCategory
from crm.visits.enums import Every, Need
from crm.visits.models import (
    Commitment,
    ConfirmationLink,
    ContactEvent,
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
from enterprises.enums import EntryReason, Tier
from enterprises.models import Chain, ChainMembership, ChainNode, Enterprise, EnterpriseFact, RegisterEntry
from grids.enums import RecusalKind
from grids.models import Grid, Recusal, Responsibility
from stations.enums import SOURCE_OF_ROLE, UnionLevel
from stations.models import Appointment, Park, Post, Station, StationPark, TradeUnion

_numbers = itertools.count(1)
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = [pow(3, place, 31) for place in range(17)]


def days_ago(count: int) -> dt.date:
    return clock.today() - dt.timedelta(days=count)


def credit_code(number: int) -> str:
    """A valid made-up code in the division 530199, which no table knows."""
    body = f"91530199MA{number:07d}"
    total = sum(_ALPHABET.index(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return body + _ALPHABET[(31 - total % 31) % 31]


def union(name: str = "", parent: TradeUnion | None = None, level: str = UnionLevel.DISTRICT) -> TradeUnion:
    fields = {"name": name or f"区总工会{next(_numbers)}", "level": level}
    return TradeUnion.objects.add_child(parent, fields) if parent else TradeUnion.objects.add_root(fields)


def park(of: TradeUnion, name: str = "") -> Park:
    return Park.objects.create(name=name or f"园区{next(_numbers)}", union=of)


def station(of: TradeUnion | None = None, name: str = "", home: Park | None = None) -> Station:
    of = of or union()
    number = next(_numbers)
    home = home or park(of)
    row = Station.objects.create(
        union=of, name=name or f"服务站{number}", short_name=f"站{number}", paper_code=f"站{number}", home_park=home
    )
    StationPark.objects.create(station=row, park=home, term=term_from(days_ago(800)))
    return row


def person(name: str = "") -> Person:
    row = Person.named(name or f"人员{next(_numbers)}", phone=f"000-{next(_numbers):08d}")
    row.save()
    return row


def user(of: Person | None = None, username: str = "") -> User:
    of = of or person()
    return User.objects.create_user(username or f"user{next(_numbers)}", "a long enough password", person=of)


def post(role: str, at: Station | None = None, of: TradeUnion | None = None, title: str = "") -> Post:
    return Post.objects.create(
        role=role, station=at, union=of, title=title or f"{role}{next(_numbers)}", term=term_from(days_ago(800))
    )


def seat(
    in_post: Post, who: Person, start: dt.date | None = None, end: dt.date | None = None, acting: bool = False
) -> Appointment:
    return Appointment.objects.create(
        post=in_post,
        person=who,
        role=in_post.role,
        acting=acting,
        source_kind=SOURCE_OF_ROLE[in_post.role],
        term=term_from(start or days_ago(700), end),
    )


def holder(role: str, at: Station | None = None, of: TradeUnion | None = None, **seat_fields: Any) -> tuple[User, Post]:
    """A user who holds a new post of the role."""
    in_post = post(role, at, of)
    who = user()
    assert who.person is not None
    seat(in_post, who.person, **seat_fields)
    return who, in_post


def grid(at: Station, in_post: Post | None = None, number: int | None = None) -> Grid:
    number = number or Grid.objects.filter(station=at).count() + 1
    in_post = in_post or post(Role.GRID_OFFICER, at, title=f"第{number}网格驻站员")
    return Grid.objects.create(
        station=at, number=number, name=f"第{number}网格", post=in_post, term=term_from(days_ago(700))
    )


def enterprise(
    name: str = "",
    at: Station | None = None,
    since: dt.date | None = None,
    tier: str = Tier.GENERAL,
    workers: int | None = None,
    **fields: Any,
) -> Enterprise:
    """An enterprise; with `at`, on that station's register since `since` (700 days ago)."""
    number = next(_numbers)
    name = name or f"昆明春田园艺{number}有限公司"
    key, initials = pinyin(name)
    row = Enterprise.objects.create(
        name=name, name_key=key, initials=initials, uscc=fields.pop("uscc", credit_code(number)), station=at, **fields
    )
    EnterpriseFact.objects.create(enterprise=row, tier=tier, workers=workers, term=term_from(days_ago(1000)))
    if at is not None:
        RegisterEntry.objects.create(
            enterprise=row, station=at, entry_reason=EntryReason.OPERATING, term=term_from(since or days_ago(700))
        )
    return row


def responsible(
    for_: Enterprise,
    in_post: Post,
    start: dt.date | None = None,
    end: dt.date | None = None,
    chain: Chain | None = None,
) -> Responsibility:
    return Responsibility.objects.create(
        enterprise=for_, post=in_post, role=in_post.role, chain=chain, term=term_from(start or days_ago(700), end)
    )


def recusal(who: User, row: Enterprise, kind: str = RecusalKind.COMPETITOR, **terms: Any) -> Recusal:
    """The user keeps away from the enterprise since 30 days."""
    term = term_from(terms.get("start") or days_ago(30), terms.get("end"))
    return Recusal.objects.create(person=who.person, enterprise=row, kind=kind, term=term)


def chain(of: TradeUnion, nodes: int = 3, name: str = "") -> Chain:
    number = next(_numbers)
    row = Chain.objects.create(code=f"chain-{number}", name=name or f"链{number}", union=of)
    for place in range(1, nodes + 1):
        ChainNode.objects.create(chain=row, number=place, name=f"环节{place}", column=place)
    return row


def on_node(
    row: Enterprise, node: ChainNode, start: dt.date | None = None, end: dt.date | None = None
) -> ChainMembership:
    return ChainMembership.objects.create(
        enterprise=row, node=node, chain=node.chain, term=term_from(start or days_ago(700), end)
    )


def regime(of: TradeUnion, start: dt.date | None = None) -> Regime:
    """The demo regime's shape: lead monthly, key quarterly + phone monthly, general half-yearly, micro yearly."""
    row = Regime.objects.create(union=of, name="定期联系制度", term=term_from(start or days_ago(700)))
    for tier, need, every in (
        (Tier.LEAD, Need.ONSITE, Every.MONTH),
        (Tier.KEY, Need.ONSITE, Every.QUARTER),
        (Tier.KEY, Need.PHONE, Every.MONTH),
        (Tier.GENERAL, Need.ONSITE, Every.HALF_YEAR),
        (Tier.MICRO, Need.ANY, Every.YEAR),
    ):
        RegimeRule.objects.create(regime=row, tier=tier, need=need, every=every)
    return row


def obligation(
    row: Enterprise, rule: RegimeRule, opens: dt.date, closes: dt.date, at: Station | None = None, **fields: Any
) -> Obligation:
    return Obligation.objects.create(
        enterprise=row,
        rule=rule,
        role=rule.role,
        need=rule.need,
        station=at or row.station,
        opens=opens,
        due=fields.pop("due", closes),
        closes=closes,
        **fields,
    )


def visit(
    row: Enterprise, in_post: Post, on: dt.date, outcome: str = "met", mode: str = "onsite", **fields: Any
) -> Visit:
    who = fields.pop("visitor", None) or Appointment.objects.filter(post=in_post).first().person  # type: ignore[union-attr]
    return Visit.objects.create(
        client_uuid=fields.pop("client_uuid", None) or uuid.uuid4(),
        enterprise=row,
        station=fields.pop("station", row.station),
        post=in_post,
        credited_post=fields.pop("credited_post", in_post),
        visitor=who,
        visited_on=on,
        outcome=outcome,
        mode=mode,
        **fields,
    )


def event(in_post: Post, on: dt.date | None = None, mode: str = "lecture", **fields: Any) -> ContactEvent:
    """A contact event that the post holds, today by default; nobody is invited."""
    who = fields.pop("holder", None) or Appointment.objects.filter(post=in_post).first().person  # type: ignore[union-attr]
    return ContactEvent.objects.create(
        station=in_post.station, post=in_post, holder=who, held_on=on or clock.today(), mode=mode, place="园区会议室",
        title=f"集中宣讲{next(_numbers)}", **fields,
    )  # fmt: skip


def invited(to: ContactEvent, *rows: Enterprise) -> list[Invitation]:
    return Invitation.objects.bulk_create([Invitation(event=to, enterprise=row) for row in rows])


def commitment(row: Enterprise, in_post: Post, made_on: dt.date | None = None, **fields: Any) -> Commitment:
    """An open promise made today, due in nine days, unless said otherwise."""
    made_on = made_on or clock.today()
    return Commitment.objects.create(
        enterprise=row, station=in_post.station, post=in_post, text="送政策上门", made_on=made_on,
        due_on=fields.pop("due_on", made_on + dt.timedelta(days=9)), **fields,
    )  # fmt: skip


def planned(row: Enterprise, in_post: Post, day: dt.date | None = None, **fields: Any) -> PlannedVisit:
    """An open plan made today for tomorrow morning, unless said otherwise."""
    made_on = fields.pop("made_on", clock.today())
    return PlannedVisit.objects.create(
        enterprise=row, station=in_post.station, post=in_post, made_on=made_on, day=day or days_ago(-1),
        half=fields.pop("half", "am"), **fields,
    )  # fmt: skip


def conflict(of: Visit, author: User, notes: str = "另一份") -> SubmissionConflict:
    """A second body that its author sent under the visit's number."""
    said = {"outcome": of.outcome, "visited_on": str(of.visited_on), "notes": notes}
    return SubmissionConflict.objects.create(
        client_uuid=of.client_uuid,
        digest=f"{next(_numbers)}",
        visit=of,
        enterprise=of.enterprise,
        station=of.station,
        post=of.post,
        author=author,
        body={"visit": said, "issue": None, "settled": []},
    )


def photo(of: Visit) -> VisitPhoto:
    """A photo of a visit whose file is not there."""
    name = f"{next(_numbers)}.jpg"
    return VisitPhoto.objects.create(visit=of, name=name, source="", width=4, height=3, size=100)


def link(of: Visit, by: User, answer: str = "", text: str = "") -> ConfirmationLink:
    """A one-time link of a visit, with an answer used up by it."""
    row = ConfirmationLink.objects.create(
        visit=of,
        mark=f"{next(_numbers)}",
        made_by=by,
        expires_at=clock.now() + dt.timedelta(days=14),
        used_at=clock.now() if answer else None,
    )
    if answer:
        VisitConfirmation.objects.create(visit=of, link=row, answer=answer, text=text)
    return row


def category(code: str = "pay") -> IssueCategory:
    """One of the seeded categories."""
    return IssueCategory.objects.get(code=code)


def issue(
    row: Enterprise, in_post: Post, state: str = IssueState.SUBMITTED, handler: Post | None = None, **fields: Any
) -> Issue:
    """An issue that stands in the state, with what the database asks of it there; it has no events."""
    if state != IssueState.SUBMITTED:
        fields.setdefault("number", f"T-{next(_numbers)}")
    if state in IssueState.ENDED:
        fields.setdefault("closed_at", clock.now())
    if state == IssueState.CLOSED:
        fields = {"resolution": "solved", "satisfaction": "satisfied", **fields}
    return Issue.objects.create(
        enterprise=row,
        station=fields.pop("station", row.station),
        post=in_post,
        category=fields.pop("category", None) or category(),
        title=fields.pop("title", "计件单价多年未调"),
        state=state,
        handler=handler,
        due_on=fields.pop("due_on", clock.today()),
        **fields,
    )


@dataclass
class World:
    """One district with a station, a chief, two grid officers, a liaison, district people, an outsider, eight enterprises.

    Enterprises 0–3 are officer 0's, 4–5 officer 1's, 6–7 nobody's; 0–5 lie on the chain's first two nodes.
    """

    district: TradeUnion
    station: Station
    chain: Chain
    nodes: list[ChainNode]
    chief: User
    officers: list[User]
    liaison: User
    leader: User
    staff: User
    consumer: User
    administrator: User
    outsider: User
    posts: dict[str, Post]
    grids: list[Grid]
    enterprises: list[Enterprise]
    regime: Regime
    other: Station = field(repr=False)


def world() -> World:
    """The common cast (see `World`)."""
    city = union("市总工会", level=UnionLevel.CITY)
    district = union("区总工会", city)
    here, other = station(district), station(union("邻区总工会", city))
    the_chain = chain(district)
    nodes = list(the_chain.nodes.order_by("number"))
    posts: dict[str, Post] = {}
    people: dict[str, User] = {}
    for key, role, container in (
        ("chief", Role.CHIEF, {"at": here}),
        ("officer0", Role.GRID_OFFICER, {"at": here}),
        ("officer1", Role.GRID_OFFICER, {"at": here}),
        ("liaison", Role.LIAISON, {"at": here}),
        ("leader", Role.DISTRICT_LEADER, {"of": district}),
        ("staff", Role.DISTRICT_STAFF, {"of": district}),
        ("consumer", Role.API_CONSUMER, {"at": here}),
        ("administrator", Role.ADMINISTRATOR, {"of": district}),
    ):
        people[key], posts[key] = holder(role, **container)  # type: ignore[arg-type]
    grids = [grid(here, posts["officer0"]), grid(here, posts["officer1"])]
    rows = [enterprise(at=here) for _ in range(8)]
    for place, row in enumerate(rows[:6]):
        responsible(row, posts["officer0" if place < 4 else "officer1"])
        on_node(row, nodes[place % 2])
    return World(
        district=district,
        station=here,
        chain=the_chain,
        nodes=nodes,
        chief=people["chief"],
        officers=[people["officer0"], people["officer1"]],
        liaison=people["liaison"],
        leader=people["leader"],
        staff=people["staff"],
        consumer=people["consumer"],
        administrator=people["administrator"],
        outsider=user(),
        posts=posts,
        grids=grids,
        enterprises=rows,
        regime=regime(district),
        other=other,
    )
