"""Posts, those who sit or sat in them, their accounts, grids, and seats in chains."""

from dataclasses import dataclass
from random import Random
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from crm.access.roles import Role
from crm.accounts.models import Person, User
from crm.core.text import pinyin
from crm.workflows.generate.copying import Table
from crm.workflows.generate.days import Days
from crm.workflows.generate.places import MARK, Places, StationRow
from crm.workflows.generate.shape import StationShape
from enterprises.enums import SeatKind
from enterprises.models import ChainSeat
from grids.models import Grid
from stations.enums import LEVELS_OF_SOURCE, OFFICE_SOURCES, SOURCE_OF_ROLE
from stations.models import Appointment, Post

# accounts by which one measures what a role sees
OFFICER, LIAISON, CHIEF, DISTRICT, PROVINCE = (
    "gen-officer", "gen-liaison", "gen-chief", "gen-district", "gen-province",
)  # fmt: skip
HANDOVERS = 0.1  # of the officers' posts have changed hands
NAME = f"{MARK}人员{{:06d}}"
NAME_KEY = pinyin(NAME.format(0))[0]
OFFICE = f"{MARK}产改工作专班"


@dataclass(frozen=True)
class Seat:
    """A post and who sits in it: `first` until the day `change`, `then` from it on."""

    id: int
    title: str
    first: int
    then: int
    change: int

    def holder(self, day: int) -> int:
        """The person of a day."""
        return self.first if day < self.change else self.then


class People:
    """Writes posts and people. `posts` in the order of their writing; `users` are keys of the accounts."""

    def __init__(self, cursor: Any, days: Days, rng: Random) -> None:
        self.days, self.rng = days, rng
        self.posts: list[Seat] = []
        self.names: dict[int, str] = {}  # person → name
        self.union_posts: dict[int, list[int]] = {}  # union → places of its posts
        self._post = Table(cursor, Post, "role, station_id, union_id, title, term")
        self._person = Table(cursor, Person, "name, name_key, phone, is_service")
        self._user = Table(cursor, User, "password, is_superuser, username, person_id, is_active, is_demo")
        self._appointment = Table(
            cursor,
            Appointment,
            "post_id, person_id, role, acting, source_kind, source_union_id, source_office, term",
        )
        self._grid = Table(cursor, Grid, "station_id, number, name, post_id, term")
        self._focus = Table(cursor, Grid.focus_nodes.through, "grid_id, chainnode_id")
        self._chain_seat = Table(cursor, ChainSeat, "chain_id, post_id, kind, term")

    def tables(self) -> list[Table]:
        return [
            self._post, self._person, self._user, self._appointment, self._grid, self._focus, self._chain_seat,
        ]  # fmt: skip

    def fill(self, places: Places, plans: list[StationShape]) -> None:
        """Everybody of the country: unions from above, then stations in their order."""
        self._at_union(places.country, "全总", (Role.ADMINISTRATOR, Role.DISTRICT_LEADER))
        for number, union in enumerate(places.provinces):
            self._at_union(union, "省总", (Role.DISTRICT_LEADER,), PROVINCE if number == 1 else "")
        for union in places.cities:
            self._at_union(union, "市总", (Role.DISTRICT_LEADER,))
        for number, union in enumerate(places.districts):
            roles = (Role.DISTRICT_LEADER, Role.DISTRICT_STAFF, Role.DISTRICT_STAFF)
            self._at_union(union, "区总", roles, DISTRICT if number == 0 else "")
        done: set[int] = set()
        for number, (station, plan) in enumerate(zip(places.stations, plans, strict=True)):
            self._at_station(station, plan, places, known=number == 0)
            if station.district not in done:  # the largest of the district looks after its chains
                done.add(station.district)
                self._take_seats(station, places)

    def account(self, person: int, username: str = "") -> None:
        """An account of the person that no password opens."""
        password = f"{UNUSABLE_PASSWORD_PREFIX}{self.rng.getrandbits(160):040x}"
        self._user.add(password, False, username or f"gen-{person:07d}", person, True, False)

    def _at_union(self, union: int, short: str, roles: tuple[Role, ...], username: str = "") -> None:
        """Posts at a union; the first takes the user name."""
        for place, role in enumerate(roles):
            post = self._seat(role, f"{short}{MARK}岗位{place + 1}", None, union, None, username if not place else "")
            self.union_posts.setdefault(union, []).append(post)

    def _at_station(self, station: StationRow, plan: StationShape, places: Places, *, known: bool) -> None:
        """Chief, grid officers with a grid each, liaison officers; at the known station the first have known names."""
        here, source = station.id, station.source
        station.chief = self._seat(Role.CHIEF, "站长", here, None, source, CHIEF if known else "")
        first = len(self.posts)
        nodes = [node for chain in places.chains[station.district] for node in chain.nodes]
        for number in range(1, plan.officers + 1):
            username = OFFICER if known and number == 1 else ""
            change = self.rng.random() < HANDOVERS and not username
            post = self._seat(Role.GRID_OFFICER, f"第 {number} 网格驻站员", here, None, source, username, change=change)
            grid = self._grid.add(here, number, f"第 {number} 网格", self.posts[post].id, self.days.term(0))
            for node in sorted(self.rng.sample(nodes, 2)):
                self._focus.add(grid, node)
        station.officers = range(first, len(self.posts))
        for number in range(1, plan.liaisons + 1):
            username = LIAISON if known and number == 1 else ""
            self._seat(Role.LIAISON, f"第 {number} 联络员", here, None, None, username)
        station.liaisons = range(station.officers.stop, len(self.posts))

    def _take_seats(self, station: StationRow, places: Places) -> None:
        posts = station.liaisons
        for number, chain in enumerate(places.chains[station.district]):
            post = self.posts[posts[number % len(posts)]].id
            for kind in SeatKind:
                self._chain_seat.add(chain.id, post, kind.value, self.days.term(0))

    def _seat(
        self,
        role: Role,
        title: str,
        station: int | None,
        union: int | None,
        source: int | None,
        username: str = "",
        *,
        change: bool = False,
    ) -> int:
        """A post with its holder; with `change`, after another who left. Returns the place in `posts`."""
        post = self._post.add(role.value, station, union, title, self.days.term(0))
        first = then = self._someone()
        day = 0
        if change:
            then, day = self._someone(), self.rng.randrange(30, self.days.count - 10)
            self._appoint(post, role, first, source, self.days.term(0, day))
        self._appoint(post, role, then, source, self.days.term(day))
        self.account(then, username)
        self.posts.append(Seat(post, title, first, then, day))
        return len(self.posts) - 1

    def _someone(self) -> int:
        key = self._person.next_id
        name = NAME.format(key)
        self._person.add(name, NAME_KEY.replace("000000", f"{key:06d}"), f"000-{key:08d}", False)
        self.names[key] = name
        return key

    def _appoint(self, post: int, role: Role, person: int, source: int | None, term: str) -> None:
        kind = SOURCE_OF_ROLE[role]
        union = source if kind in LEVELS_OF_SOURCE else None
        office = OFFICE if kind in OFFICE_SOURCES else ""
        self._appointment.add(post, person, role.value, False, kind.value, union, office, term)
