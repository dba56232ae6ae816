"""Unions, parks, the station with its posts, people and accounts, chains."""

import datetime as dt
from dataclasses import dataclass, field

from django.conf import settings

from crm.access.roles import DISTRICT_ROLES, Role
from crm.accounts.models import Person, User
from crm.core.dated import term_from
from crm.workflows.demo import tables
from enterprises.enums import NodeKind, SeatKind
from enterprises.models import Chain, ChainNode, ChainSeat, NodeEdge
from grids.models import Grid
from stations.enums import SOURCE_OF_ROLE, UnionLevel
from stations.models import Park, Post, StatedFigure, Station, TradeUnion
from stations.services import appoint, open_post, open_station


@dataclass
class Places:
    """What the rest of the demo refers to."""

    district: TradeUnion
    station: Station
    parks: list[Park]
    users: dict[str, User] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    grids: list[Grid] = field(default_factory=list)
    chains: dict[str, Chain] = field(default_factory=dict)
    nodes: dict[tuple[str, int], ChainNode] = field(default_factory=dict)


def open_places(start: dt.date) -> Places:
    """Set everything up as it stood on `start` (the clock stands there too)."""
    city = TradeUnion.objects.add_root({"name": tables.CITY, "short_name": "市总工会", "level": UnionLevel.CITY})
    district = TradeUnion.objects.add_child(
        city,
        {"name": tables.DISTRICT, "short_name": "区总工会", "level": UnionLevel.DISTRICT, "division_code": "530114"},
    )
    grassroots = [
        TradeUnion.objects.add_child(district, {"name": name, "level": UnionLevel.GRASSROOTS, "is_sample": True})
        for name in tables.GRASSROOTS
    ]
    parks = [
        Park.objects.create(name=tables.HOME_PARK, short_name="斗南花卉园区", union=district),
        Park.objects.create(name=tables.SECOND_PARK, short_name="数字经济开发区", union=district),
    ]
    station = open_station(union=district, home_park=parks[0], parks=parks, start=start, **tables.STATION)
    StatedFigure.objects.bulk_create(
        StatedFigure(
            station=station, code=code, label=label, value=value, unit=unit, qualifier=qualifier, source=tables.SOURCE
        )
        for code, label, value, unit, qualifier in tables.FIGURES
    )
    places = Places(district, station, parks)
    for username, name, role, title in tables.DISTRICT_PEOPLE:
        _seat(places, username, name, role, title, start, demo=True)
    _seat(places, *tables.CHIEF, Role.CHIEF, "站长", start, grassroots[0], demo=True)
    for number, (username, name) in enumerate(tables.OFFICERS, start=1):
        source = grassroots[number % len(grassroots)]
        post = _seat(
            places,
            username,
            name,
            Role.GRID_OFFICER,
            f"第 {number} 网格驻站员",
            start,
            source,
            demo=username == "zhuzhan",
        )
        places.grids.append(
            Grid.objects.create(
                station=station, number=number, name=f"第 {number} 网格", post=post, term=term_from(start)
            )
        )
    for username, name, title in tables.LIAISONS:
        _seat(places, username, name, Role.LIAISON, title, start, office=tables.TASK_FORCE, demo=username == "lianluo")
    _draw_chains(places, start)
    for grid in places.grids:
        chain, numbers = tables.FOCUS[grid.number]
        grid.focus_nodes.set(places.nodes[chain, number] for number in numbers)
    return places


def _seat(
    places: Places,
    username: str,
    name: str,
    role: Role,
    title: str,
    start: dt.date,
    union: TradeUnion | None = None,
    *,
    office: str = "",
    demo: bool,
) -> Post:
    """A post, a person in it, and the person's account."""
    at_union = role in (*DISTRICT_ROLES, Role.ADMINISTRATOR)
    post = open_post(
        actor=None,
        role=role,
        title=title,
        start=start,
        station=None if at_union else places.station,
        union=places.district if at_union else None,
    )
    person = Person.named(name, phone=f"000-{8800 + len(places.users):04d}0{len(places.users):03d}")
    person.is_service = role == Role.API_CONSUMER
    person.save()
    user = User.objects.create_user(username, settings.DEMO_PASSWORD if demo else None, person=person, is_demo=demo)
    appoint(
        actor=None,
        post=post,
        person=person,
        start=start,
        source_kind=SOURCE_OF_ROLE[role],
        source_union=union,
        source_office=office,
    )
    places.users[username], places.posts[username] = user, post
    return post


def _draw_chains(places: Places, start: dt.date) -> None:
    for code, name, title, nodes in (
        ("flower", "花卉链", "", tables.FLOWER_NODES),
        ("digital", "数字经济链", "", tables.DIGITAL_NODES),
    ):
        chain = Chain.objects.create(code=code, name=name, union=places.district, title=title)
        places.chains[code] = chain
        for number, label, kind, column, row, _ in nodes:
            places.nodes[code, number] = ChainNode.objects.create(
                chain=chain, number=number, name=label, kind=kind, column=column, row=row
            )
        for number, *_, upstream in nodes:
            for source in upstream:
                _link(places, (code, abs(source)), (code, number), side=source < 0)
    for number in tables.FLOWER_SERVED:
        _link(places, ("flower", 11), ("flower", number), side=True)
    for source, served in tables.DIGITAL_SERVED.items():
        for number in served:
            _link(places, ("digital", source), ("digital", number), side=True)
    _link(places, ("digital", 4), ("flower", 11), side=True)  # the chains meet here
    flower, digital = places.posts["lianluo"], places.posts["lianluo2"]
    for chain_code, kind, post in (
        ("flower", SeatKind.TEAM, flower),
        ("flower", SeatKind.COMMISSIONER, flower),
        ("flower", SeatKind.CONTACT, flower),
        ("digital", SeatKind.TEAM, digital),
        ("digital", SeatKind.COMMISSIONER, digital),  # no 专人: a gap to be seen
    ):
        ChainSeat.objects.create(chain=places.chains[chain_code], post=post, kind=kind, term=term_from(start))


def _link(places: Places, upstream: tuple[str, int], downstream: tuple[str, int], *, side: bool) -> None:
    NodeEdge.objects.create(
        upstream=places.nodes[upstream],
        downstream=places.nodes[downstream],
        kind=NodeKind.SIDE if side else NodeKind.MAIN,
    )
