"""The attacked town: districts, stations, people in every role, and a canary of its own in every text that is somebody's.

A canary is `zq<number>z`; `Town.canaries` says whose it is. Phones of contacts (1390…), phones of people in office (1370…) and
numbers of workers (seven figures) are canaries of their own.
"""

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password

from crm.access.roles import Role
from crm.accounts.models import Person, User
from crm.core.dated import term_from
from enterprises.enums import CandidateSource, EntryReason, ExitReason, SeatKind, Tier
from enterprises.models import (
    Candidate,
    Chain,
    ChainLeader,
    ChainMembership,
    ChainNode,
    ChainSeat,
    Enterprise,
    EnterpriseContact,
    EnterpriseFact,
    EnterpriseSeat,
    FigureConsent,
    ImportBatch,
    RegisterEntry,
)
from grids.models import Grid
from stations.enums import SOURCE_OF_ROLE, UnionLevel
from stations.models import Appointment, Park, Post, Station, StationPark, TradeUnion
from tests.attack.town_work import duties, lists, notices, records, reform, relief
from tests.build import credit_code, days_ago

Key = tuple[str, int]


@dataclass(frozen=True)
class Size:
    """How big the town is."""

    parks: int
    stations: int
    enterprises: int
    users: int


SMALL, FULL = Size(4, 10, 200, 70), Size(8, 40, 1500, 300)


@dataclass
class Town:
    """What the attack needs to know of the town; rights are asked of the oracle alone."""

    dice: random.Random
    size: Size
    canaries: dict[str, Key] = field(default_factory=dict)  # text → (kind, id)
    phones: dict[str, int] = field(default_factory=dict)  # phone → contact
    released: dict[str, set[int]] = field(default_factory=dict)  # lists and lines that nobody can change any more
    office_phones: dict[str, int] = field(default_factory=dict)  # phone → person
    users: list[User] = field(default_factory=list)
    stations: list[Station] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1000))

    def word(self) -> str:
        """A canary that is nobody's yet."""
        return f"zq{next(self._numbers)}z"

    def made(self, kind: str, model: Any, rows: list[Any], *names: str) -> list[Any]:
        """Write rows whose fields `names` hold canaries, and note whose they are."""
        model._base_manager.bulk_create(rows)
        for row in rows:
            for name in names:
                self.canaries["zq" + getattr(row, name).split("zq")[1].split("z")[0] + "z"] = (kind, row.pk)
        return rows


def build_town(seed: int, size: Size) -> Town:
    """A town from the dice; the same for the same seed on the same day."""
    town = Town(random.Random(seed), size)
    unions = _unions(town)
    _stations(town, unions)
    posts = _posts(town, unions)
    _people(town, posts)
    chains = _chains(town, unions, posts)
    rows = _enterprises(town, chains)
    _cadres(town, rows, posts)
    duties(town, rows, posts, chains)
    records(town, rows, posts, unions[0])
    reform(town, rows, posts, unions)
    lists(town, rows)
    relief(town, rows)
    notices(town)
    return town


def _unions(town: Town) -> list[TradeUnion]:
    """A city with three districts of two townships each; nine unions more than two levels deep, and a town beside."""

    def add(parent: TradeUnion | None, level: str) -> TradeUnion:
        given = {"name": f"工会{town.word()}", "short_name": "", "level": level}
        row = TradeUnion.objects.add_child(parent, given) if parent else TradeUnion.objects.add_root(given)
        town.canaries["zq" + row.name.split("zq")[1]] = ("unions", row.pk)
        return row

    city = add(None, UnionLevel.CITY)
    found = [city]
    for _ in range(3):
        district = add(city, UnionLevel.DISTRICT)
        found += [district, add(district, UnionLevel.TOWNSHIP), add(district, UnionLevel.TOWNSHIP)]
    found.append(add(None, UnionLevel.CITY))
    return list(TradeUnion.objects.filter(pk__in=[row.pk for row in found]))


def _stations(town: Town, unions: list[TradeUnion]) -> None:
    dice = town.dice
    parks = [Park(name=f"园区{town.word()}", union=dice.choice(unions[1:])) for _ in range(town.size.parks)]
    town.made("parks", Park, parks, "name")
    rows = []
    for number in range(town.size.stations):
        word = town.word()
        rows.append(
            Station(
                union=dice.choice(unions[1:]),
                name=f"服务站{word}",
                short_name=f"站{word}",
                paper_code=f"站{number}",
                home_park=dice.choice(parks),
                profile=f"简介{word}",
            )
        )
    town.stations = town.made("stations", Station, rows, "name")
    StationPark.objects.bulk_create(
        StationPark(
            station=row, park=park, term=term_from(days_ago(300), dice.choice((None, days_ago(0), days_ago(-9))))
        )
        for row in rows
        for park in dice.sample(parks, 2)
    )


def _posts(town: Town, unions: list[TradeUnion]) -> list[Post]:
    seats = [(role, station, None) for station in town.stations for role in (Role.CHIEF, *OFFICERS)]
    seats += [(Role.API_CONSUMER, station, None) for station in town.stations[::4]]
    seats += [(Role.ENTERPRISE_CADRE, station, None) for station in town.stations for _ in range(2)]
    at_unions = (Role.DISTRICT_LEADER, Role.DISTRICT_STAFF, Role.API_CONSUMER, Role.ADMINISTRATOR)
    seats += [(role, None, union) for union in unions for role in at_unions]
    rows = [
        Post(role=role, station=station, union=union, title=f"岗位{town.word()}", term=term_from(days_ago(500)))
        for role, station, union in seats
    ]
    for row in town.dice.sample(rows, len(rows) // 20):
        row.term = term_from(days_ago(500), town.dice.choice((days_ago(0), days_ago(-1), days_ago(30))))
    town.made("posts", Post, rows, "title")
    grids = [row for row in rows if row.role == Role.GRID_OFFICER]
    made = [
        Grid(station=row.station, number=number, name=f"网格{town.word()}", post=row, term=row.term)
        for number, row in enumerate(grids, 1)
    ]
    town.made("grids", Grid, made, "name")
    return rows


OFFICERS = (Role.GRID_OFFICER, Role.GRID_OFFICER, Role.LIAISON)


def _people(town: Town, posts: list[Post]) -> None:
    """Most posts filled; some people hold two, some acted, some have left, some come tomorrow, some are shut out."""
    dice, password = town.dice, make_password(None)
    people = [Person(name=f"人{town.word()}", name_key="ren", phone=f"1370{n:07d}") for n in range(town.size.users)]
    town.made("persons", Person, people, "name")
    town.office_phones = {person.phone: person.pk for person in people}
    town.users = [
        User(username=f"u{one.pk}", person=one, password=password, is_active=dice.random() > 0.04) for one in people
    ]
    for person in dice.sample(people, len(people) // 5):
        person.is_service = True  # another system's
    Person.objects.bulk_update(people, ["is_service"])
    for user in dice.sample(town.users, 3):
        user.is_superuser = True  # never a way past the rights
    User.objects.bulk_create(town.users)
    terms = [term_from(days_ago(400))] * 12 + [
        term_from(days_ago(400), days_ago(0)), term_from(days_ago(400), days_ago(-1)), term_from(days_ago(0)),
        term_from(days_ago(-1)),
    ]  # fmt: skip
    rows, busy = [], set()
    for post, person in zip(posts, itertools.cycle(dice.sample(people, len(people) - 10)), strict=False):
        if dice.random() < 0.08 or (post.role == Role.GRID_OFFICER and person.pk in busy):
            continue  # vacant
        busy |= {person.pk} if post.role == Role.GRID_OFFICER else set()
        rows.append(_seat(post, person, dice.choice(terms)))
    for post in dice.sample(posts, len(posts) // 6):
        end = dice.choice((days_ago(0), days_ago(-1), days_ago(-20)))
        rows.append(_seat(post, dice.choice(people), term_from(days_ago(20), end), acting=True))
    Appointment._base_manager.bulk_create(rows)


def _seat(post: Post, person: Person, term: Any, acting: bool = False) -> Appointment:
    kind = SOURCE_OF_ROLE[post.role]
    return Appointment(post=post, person=person, role=post.role, acting=acting, source_kind=kind, term=term)


def _chains(town: Town, unions: list[TradeUnion], posts: list[Post]) -> list[Chain]:
    dice = town.dice
    rows = [Chain(code=f"c{n}", name=f"链{town.word()}", union=unions[n]) for n in (0, 1, 2, 4, 5, 7, 10)]
    town.made("chains", Chain, rows, "name")
    nodes = [ChainNode(chain=row, number=n, column=n, name=f"环节{town.word()}") for row in rows for n in range(1, 5)]
    town.made("nodes", ChainNode, nodes, "name")
    liaisons = [post for post in posts if post.role == Role.LIAISON]
    ends = (None, None, None, days_ago(0), days_ago(-1))
    seats = {
        (chain.pk, post.pk): ChainSeat(
            chain=chain, post=post, kind=dice.choice(SeatKind.values), term=term_from(days_ago(200), dice.choice(ends))
        )
        for post in liaisons
        for chain in dice.sample(rows, dice.choice((0, 1, 2)))
    }
    once = {(seat.chain_id, seat.kind): seat for seat in seats.values()}
    ChainSeat.objects.bulk_create(once.values())
    return rows


def _enterprises(town: Town, chains: list[Chain]) -> list[Enterprise]:
    dice, number = town.dice, itertools.count(1)
    rows = []
    for _ in range(town.size.enterprises):
        word = town.word()
        rows.append(
            Enterprise(
                name=f"企业{word}有限公司",
                name_key=f"qiye{word}",
                initials=f"qy{word}"[:60],
                uscc=credit_code(next(number)),
                address=f"地址{word}",
                business_scope=f"范围{word}",
                profile=f"简介{word}",
            )
        )
    town.made("enterprises", Enterprise, rows, "name")
    entries, candidates = [], []
    batches = {
        row.pk: ImportBatch(station=row, file_name=f"{town.word()}.xlsx", file_hash="x", actor_label="x")
        for row in town.stations
    }
    town.made("batches", ImportBatch, list(batches.values()), "file_name")
    for row in rows:
        station, chance = dice.choice(town.stations), dice.random()
        if chance < 0.75:
            entries.append(_entry(row, station, days_ago(300)))
            row.station = station
        elif chance < 0.85:  # moved, today or some time ago
            day = dice.choice((days_ago(0), days_ago(1), days_ago(60)))
            there = dice.choice(town.stations)
            entries += [_entry(row, station, days_ago(300), day), _entry(row, there, day)]
            row.station = there
        elif chance < 0.9:  # left
            entries.append(_entry(row, station, days_ago(300), dice.choice((days_ago(0), days_ago(50)))))
        if row.station is None or dice.random() < 0.1:
            known = dice.choice(town.stations)
            candidates.append(
                Candidate(enterprise=row, station=known, source=CandidateSource.IMPORT, batch=batches[known.pk])
            )
    RegisterEntry._base_manager.bulk_create(entries)
    Candidate._base_manager.bulk_create(candidates)
    Enterprise._base_manager.bulk_update(rows, ["station"])
    EnterpriseFact._base_manager.bulk_create(
        EnterpriseFact(
            enterprise=row,
            tier=dice.choice(Tier.values),
            workers=7_000_000 + row.pk,
            industrial_workers=6_000_000 + row.pk,
            term=term_from(days_ago(400)),
        )
        for row in rows
    )
    _contacts(town, rows)
    places = []
    for row in rows:
        for chain in dice.sample(chains, dice.choice((0, 1, 1, 2))):
            node = dice.choice(list(chain.nodes.all()))
            ends = (None, None, None, days_ago(0), days_ago(-1))
            term = term_from(days_ago(250), dice.choice(ends))
            places.append(ChainMembership(enterprise=row, node=node, chain=chain, term=term))
    ChainMembership._base_manager.bulk_create(places)
    for chain in chains:
        ChainLeader.objects.create(chain=chain, enterprise=dice.choice(rows), term=term_from(days_ago(100)))
    consenting = dice.sample(rows, len(rows) // 10)
    FigureConsent._base_manager.bulk_create(
        FigureConsent(enterprise=row, given_by="x", term=term_from(days_ago(5), dice.choice((None, days_ago(0)))))
        for row in consenting
    )
    return rows


def _cadres(town: Town, rows: list[Enterprise], posts: list[Post]) -> None:
    """Who speaks for an enterprise: mostly of the post's own station, sometimes no longer."""
    dice, free = town.dice, list(rows)
    for post in [one for one in posts if one.role == Role.ENTERPRISE_CADRE]:
        here = [row for row in free if row.station_id == post.station_id] if dice.random() < 0.9 else free
        if here:
            row = dice.choice(here)
            free.remove(row)
            term = term_from(days_ago(200), dice.choice((None, None, None, days_ago(0), days_ago(-1))))
            EnterpriseSeat.objects.create(enterprise=row, post=post, term=term)


def _entry(row: Enterprise, station: Station, start: dt.date, end: dt.date | None = None) -> RegisterEntry:
    reason = ExitReason.values[0] if end else ""
    return RegisterEntry(
        enterprise=row,
        station=station,
        term=term_from(start, end),
        entry_reason=EntryReason.OPERATING,
        exit_reason=reason,
    )


def _contacts(town: Town, rows: list[Enterprise]) -> None:
    made = []
    for number, row in enumerate(town.dice.sample(rows, len(rows) * 2 // 3)):
        phone = f"1390{number:07d}"
        made.append(EnterpriseContact(enterprise=row, name=f"陈{town.word()}", phone=phone, is_primary=True))
    town.made("contacts", EnterpriseContact, made, "name")
    town.phones = {row.phone: row.pk for row in made}
