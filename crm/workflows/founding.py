"""The first day of an installation: a station with its posts, accounts, chains and a first contact regime."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from crm.access.roles import Role
from crm.accounts.models import Person, User
from crm.core import clock, journal
from crm.core.services import cleaned, service
from crm.visits.models import Regime
from crm.visits.regimes import first_regime
from enterprises.models import Chain, ChainNode, NodeEdge
from stations.enums import SOURCE_OF_ROLE, UnionLevel
from stations.models import Park, Station, TradeUnion
from stations.services import appoint, open_post, open_station


@dataclass(frozen=True)
class Opened:
    """An account of the first day; the password is told once and kept nowhere."""

    role: Role
    name: str
    username: str
    password: str


@service
def found_station(
    *,
    city: str,
    district: str,
    station: str,
    short_name: str,
    paper_code: str,
    parks: Sequence[str],
    grassroots: Sequence[str],
    chief: str,
    leader: str,
    administrator: str,
    regime: str,
) -> tuple[Station, list[Opened]]:
    """Open a station with all that its first chief needs, as set-up without an actor; (station, first accounts).

    The city's and the district's unions are used if they are there. Raises ValidationError on name or paper_code in use.
    """
    today = clock.today()
    upper = _union(city, UnionLevel.CITY, None)
    lower = _union(district, UnionLevel.DISTRICT, upper)
    sources = [_union(name, UnionLevel.GRASSROOTS, lower) for name in grassroots]
    places = [Park.objects.get_or_create(name=name, defaults={"union": lower})[0] for name in parks]
    row = open_station(
        union=lower,
        name=station,
        short_name=short_name,
        paper_code=paper_code,
        home_park=places[0],
        parks=places,
        start=today,
    )
    opened = []
    for role, name, title in (
        (Role.CHIEF, chief, "站长"),
        (Role.DISTRICT_LEADER, leader, "区总工会领导"),
        (Role.ADMINISTRATOR, administrator, "系统管理员"),
    ):
        at_station = role == Role.CHIEF
        post = open_post(
            actor=None,
            role=role,
            title=title,
            start=today,
            station=row if at_station else None,
            union=None if at_station else lower,
        )
        person = cleaned(Person.named(name))
        person.save()
        appoint(
            actor=None,
            post=post,
            person=person,
            start=today,
            source_kind=SOURCE_OF_ROLE[role],
            source_union=sources[0] if at_station else None,
        )
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(f"{role.value}-{row.pk}", password, person=person)
        opened.append(Opened(role, name, user.username, password))
    if not Regime.objects.on(today).filter(union=lower).exists():
        first_regime(lower, regime, today)
    journal.record(actor=None, verb="found_station", obj=row, station_id=row.pk)
    return row, opened


def _union(name: str, level: UnionLevel, above: TradeUnion | None) -> TradeUnion:
    known = TradeUnion.objects.filter(name=name, level=level).first()
    if known is not None:
        return known
    fields = {"name": name, "level": level}
    return TradeUnion.objects.add_root(fields) if above is None else TradeUnion.objects.add_child(above, fields)


@service
def draw_chain(*, union: TradeUnion, code: str, name: str, nodes: Sequence[tuple[int, str, Sequence[int]]]) -> Chain:
    """Draw a chain from (number, name, numbers upstream) in order: a node stands one column right of what supplies it.

    Raises ValidationError on number (twice) and downstream (a node that supplies itself); KeyError for an unknown number.
    """
    chain = cleaned(Chain(code=code, name=name, union=union))
    chain.save()
    column: dict[int, int] = {}
    used: dict[int, int] = {}
    placed: dict[int, ChainNode] = {}
    for number, label, upstream in nodes:
        column[number] = 1 + max((column[source] for source in upstream), default=0)
        used[column[number]] = used.get(column[number], 0) + 1
        placed[number] = cleaned(
            ChainNode(chain=chain, number=number, name=label, column=column[number], row=used[column[number]])
        )
        placed[number].save()
        for source in upstream:
            NodeEdge.objects.create(upstream=placed[source], downstream=placed[number])
    journal.record(actor=None, verb="draw_chain", obj=chain)
    return chain
