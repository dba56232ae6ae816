"""What a user may do today, resolved once per request: containers by right, own and chain enterprises by role.

Names used with providers (registered by the rooms above):
- `project(user, day)`: write the grants that follow from the appointments of the day (stations);
- `holdings(user, day)`: Holdings, what follows from the posts held (stations);
- `duties(user, day)`: Duties, for whom officers' posts answer, what they are barred from, for whom cadres' posts speak (grids);
- `chain_enterprise_ids(user, day, roles)` (enterprises).
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from crm.access import providers
from crm.access.roles import OFFICER_ROLES, ROLES, Right, Role, roles_with_chain, roles_with_own
from crm.core import clock

_request: ContextVar[dict[Any, "Grants"] | None] = ContextVar("grants_of_request", default=None)


@dataclass(frozen=True)
class SeatHeld:
    """A post that a user holds: what rights and the page's frame need of it. `place` is its station or union."""

    post_id: int
    role: str
    title: str
    place: str
    station_id: int | None


@dataclass(frozen=True)
class Holdings:
    """What follows from the posts held on a day.

    stations: {right: {station id: tree path of its union}}, unions expanded
    unions: {right: tree paths of unions}
    """

    stations: dict[str, dict[int, str]]
    unions: dict[str, tuple[str, ...]]
    seats: list[SeatHeld]


@dataclass(frozen=True)
class Duties:
    """For whom a user's officer posts answer on a day, and what they are kept from (DEFINITIONS §0.6).

    own: {role: enterprises for which posts of the role answer; for a cadre, those for which the posts speak}
    recused: enterprises from which the person is to keep away (回避)
    rivals: enterprises on a chain of the person's own unit, without consent to show their figures (or a subquery of them)
    """

    own: dict[str, frozenset[int]]
    recused: frozenset[int] = frozenset()
    rivals: Any = frozenset()


NO_DUTIES = Duties({})
# what stands on the register is nobody's secret: 回避 takes the work on an enterprise, not its place on the list
OPEN_TO_RECUSED = frozenset({Right.VIEW_STATION, Right.VIEW_REGISTER})


class Grants:
    """A user's reach on one day. Lazy: each part costs its query when first asked."""

    def __init__(self, user: Any, day: dt.date) -> None:
        self.user, self.day = user, day

    @cached_property
    def _holdings(self) -> Holdings:
        return providers.call("holdings", self.user, self.day)

    @property
    def seats(self) -> list[SeatHeld]:
        """Every post held today, acting included."""
        return self._holdings.seats

    @property
    def posts(self) -> list[tuple[int, str]]:
        """(post id, role) of every post held today, acting included."""
        return [(seat.post_id, seat.role) for seat in self.seats]

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(role for _, role in self.posts)

    @cached_property
    def officer_roles(self) -> tuple[Role, ...]:
        """The officers' roles that the user holds."""
        return tuple(role for role in OFFICER_ROLES if role in self.roles)

    @cached_property
    def duties(self) -> Duties:
        """For whom the user's officer and cadre posts stand; no query for somebody who holds none."""
        wanted = self.officer_roles or Role.ENTERPRISE_CADRE in self.roles
        return providers.call("duties", self.user, self.day) if wanted else NO_DUTIES

    @cached_property
    def _chains(self) -> dict[tuple[Role, ...], frozenset[int]]:
        return {}

    def station_ids(self, right: Right) -> frozenset[int]:
        """Stations on which the user holds the right, directly or through a union above."""
        return frozenset(self._holdings.stations.get(right, ()))

    def whole_station_ids(self, right: Right) -> frozenset[int]:
        """Stations on which the user holds the right by another post than an officer's: nothing there is kept from them."""
        held = self._holdings.stations.get(right, {})
        if not self.officer_roles:
            return frozenset(held)
        above = self.union_paths(right)
        by_post = {
            seat.station_id
            for seat in self.seats
            if seat.role not in OFFICER_ROLES and right in ROLES[Role(seat.role)].granted
        }
        return frozenset(pk for pk, path in held.items() if pk in by_post or path.startswith(above))

    def officer_station_ids(self, role: Role, right: Right) -> frozenset[int]:
        """Stations over which posts of an officer's role hold the right."""
        if right not in ROLES[role].granted:
            return frozenset()
        seated = {seat.station_id for seat in self.seats if seat.role == role}
        return frozenset(pk for pk in self._holdings.stations.get(right, ()) if pk in seated)

    def union_paths(self, right: Right) -> tuple[str, ...]:
        """Paths of the unions on which the user holds the right."""
        return self._holdings.unions.get(right, ())

    def own_enterprise_ids(self, right: Right) -> frozenset[int]:
        """Enterprises on which the user holds the right by today's responsibility, those of a recusal left out; and those
        for which a post of the user's speaks.
        """
        own = frozenset().union(*(self.own_of(role, right) for role in self.officer_roles))
        return (own - self.kept_from(right)) | self.own_of(Role.ENTERPRISE_CADRE, right)

    def own_of(self, role: Role, right: Right) -> frozenset[int]:
        """Enterprises for which posts of the role answer, if the role has the right over its own."""
        return self.duties.own.get(role, frozenset()) if right in ROLES[role].own else frozenset()

    def kept_from(self, right: Right) -> frozenset[int]:
        """Enterprises on which the user's officer posts do not hold the right because of a recusal."""
        return frozenset() if right in OPEN_TO_RECUSED else self.duties.recused

    def chain_enterprise_ids(self, right: Right) -> frozenset[int]:
        """Enterprises on which the user holds the right by a seat in their chain."""
        roles = tuple(role for role in roles_with_chain(right) if role in self.roles)
        if not roles:
            return frozenset()
        if roles not in self._chains:
            self._chains[roles] = frozenset(providers.call("chain_enterprise_ids", self.user, self.day, roles))
        return self._chains[roles]

    def paths_above(self, right: Right, step: int) -> set[str]:
        """Tree paths of the unions above the stations on which the user holds the right; `step` signs per level."""
        paths = set(self._holdings.stations.get(right, {}).values())
        return {path[:end] for path in paths for end in range(step, len(path) + 1, step)}

    def post_ids(self, right: Right, *roles: Role) -> list[int]:
        """Posts held today (of these roles) through whose role the right reaches one's own enterprises."""
        wanted = set(roles_with_own(right)) & set(roles or OFFICER_ROLES)
        return [post_id for post_id, role in self.posts if role in wanted]

    def anywhere(self, right: Right) -> bool:
        """Whether the user holds the right on anything at all."""
        if self.station_ids(right) or self.union_paths(right):
            return True
        return bool(self.roles & (set(roles_with_own(right)) | set(roles_with_chain(right))))


def refresh(user: Any, day: dt.date) -> None:
    """Bring a user's projected grants to the day; the first question of a new day pays, later ones do not."""
    if getattr(user, "grants_in_transaction", False):
        # projected inside a transaction that may have been rolled back since: the table knows
        user.grants_day = user._meta.model._base_manager.values_list("grants_day", flat=True).filter(pk=user.pk).first()
    if user.grants_day != day:
        providers.call("project", user, day)
        forget()


def grants_of(user: Any) -> Grants | None:
    """The user's grants today, or None for somebody without any right (not signed in, inactive)."""
    if not (getattr(user, "is_authenticated", False) and user.is_active):
        return None
    day = clock.today()
    refresh(user, day)
    held = _request.get()
    if held is None:
        return Grants(user, day)
    if (user.pk, day) not in held:
        held[user.pk, day] = Grants(user, day)
    return held[user.pk, day]


def own_posts(user: Any) -> frozenset[int]:
    """Ids of the posts that the user holds today, acting included; no query besides those of the grants."""
    grants = grants_of(user)
    return frozenset(pk for pk, _role in grants.posts) if grants is not None else frozenset()


def forget() -> None:
    """Drop what this request knows of grants: called by whoever changes appointments or responsibilities."""
    held = _request.get()
    if held is not None:
        held.clear()


@contextmanager
def one_request() -> Iterator[None]:
    """Resolve grants once for what runs inside (a web or API request); outside, every question is asked afresh."""
    token = _request.set({})
    try:
        yield
    finally:
        _request.reset(token)
