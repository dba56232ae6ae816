"""Which rows a user may see or act on. `visible_to` and `can` share one definition: the second is the first with `pk=`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q

from crm.access import providers
from crm.access.grants import Grants, grants_of
from crm.access.roles import ROLES, Right, Role, roles_with_chain

TREE_STEP = 4  # signs per level of a union's tree path (the union model says the same; a test holds them together)
NOTHING = Q(pk__in=[])


@dataclass(frozen=True)
class Scope:
    """How a model's rows reach a container. Every path is a lookup on the model; a row is in reach by any of them.

    stations: paths to a station id (a current one; for records also the stamped one)
    enterprise: path to an enterprise id, for one's own enterprises
    own_reach: whether one's own enterprises reach the row, or `enterprise` only says what a recusal takes
    chain_reach: whether a seat in a chain reaches the row through `enterprise`
    posts: paths to stamped post ids: what one's own post has written or handles
    union: path to a union's tree path, within the subtree of one's union grants
    above: path to a union's tree path, for seeing (not acting on) rows of the unions above one's stations
    others: names of providers (grants, right) -> Q, registered by the rooms above

    What officers' posts are kept from (a whole reach is not cut): rows of enterprises of a recusal, and
    withheld: path to a boolean that keeps the row from grid officers (对驻站员不公开)
    among_rivals: path to a boolean that keeps the row from officers whose own unit is the enterprise's rival
    Both keep a row also from the enterprise itself (its workers may have said it), but for what its own post has raised:
    raised: path to the stamped id of the post that raised it
    """

    view: Right
    stations: tuple[str, ...] = ()
    enterprise: str = ""
    own_reach: bool = True
    chain_reach: bool = False
    posts: tuple[str, ...] = ()
    union: str = ""
    above: str = ""
    others: tuple[str, ...] = ()
    withheld: str = ""
    among_rivals: str = ""
    raised: str = ""

    def condition(self, grants: Grants, right: Right) -> Q:
        """Rows on which the grants give the right; matches nothing when no path does."""
        found = self._whole(grants, right)
        for role in grants.officer_roles:
            found |= self._by_posts(grants, right, role)
        if self.enterprise and Role.ENTERPRISE_CADRE in grants.roles:
            found |= self._by_cadre(grants, right)
        return found

    def _by_cadre(self, grants: Grants, right: Right) -> Q:
        """Rows of the enterprises for which posts of the user's speak, without what was said in confidence about them."""
        in_confidence = NOTHING
        for path in filter(None, (self.withheld, self.among_rivals)):
            in_confidence |= Q(**{path: True})
        found = _any((self.enterprise,), grants.own_of(Role.ENTERPRISE_CADRE, right))
        if self.raised:
            in_confidence &= ~_any((self.raised,), grants.post_ids(right, Role.ENTERPRISE_CADRE))
        return found & ~in_confidence

    def _whole(self, grants: Grants, right: Right) -> Q:
        """Rows of containers on which the right is held, nothing kept back."""
        found = _any(self.stations, grants.whole_station_ids(right))
        if self.union:
            for path in grants.union_paths(right):
                found |= Q(**{f"{self.union}__startswith": path})
        if self.above and right == self.view:  # one looks up the tree and acts down it
            found |= _any((self.above,), grants.paths_above(right, TREE_STEP))
        for name in self.others:
            found |= providers.call(name, grants, right)
        return found

    def _by_posts(self, grants: Grants, right: Right, role: Role) -> Q:
        """Rows that the user's posts of an officer's role reach, without what is kept from them."""
        found = _any(self.stations, grants.officer_station_ids(role, right))
        if self.enterprise and self.own_reach:
            own = grants.own_of(role, right)
            if self.chain_reach and role in roles_with_chain(right):
                own |= grants.chain_enterprise_ids(right)
            found |= _any((self.enterprise,), own)
        if self.posts:
            found |= _any(self.posts, grants.post_ids(right, role))
        return found & ~self._kept_back(grants, right, role)

    def _kept_back(self, grants: Grants, right: Right, role: Role) -> Q:
        found = NOTHING
        if self.enterprise:
            found |= _any((self.enterprise,), grants.kept_from(right))
        if self.withheld and role == Role.GRID_OFFICER:
            found |= Q(**{self.withheld: True})
        if self.among_rivals:
            found |= Q(**{self.among_rivals: True}) & _rivals(grants, f"{self.enterprise.removesuffix('_id')}__")
        return found


def _any(paths: Iterable[str], values: Collection[Any]) -> Q:
    """Rows of which one of the paths leads to one of the values."""
    found = NOTHING
    for path in paths:
        found |= Q(**{f"{path}__in": values})
    return found


def _rivals(grants: Grants, path: str) -> Q:
    """Enterprises (at `path`) that are rivals of an officer's own unit (DEFINITIONS §0.6), but where the user reaches them
    as a whole, or speaks for them.
    """
    rivals = Q(**{f"{path}pk__in": grants.duties.rivals})
    whole = grants.whole_station_ids(Right.VIEW_REGISTER)
    spoken_for = grants.own_of(Role.ENTERPRISE_CADRE, Right.VIEW_REGISTER)
    if spoken_for:
        rivals &= ~Q(**{f"{path}pk__in": spoken_for})
    return rivals & ~Q(**{f"{path}station__in": whole}) & ~providers.call("candidates_at", whole, path)


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows that know who may see them. A model without a declared `scope` shows nothing."""

    def allowing(self, user: Any, right: Right) -> Self:
        """Rows on which the user holds the right today."""
        grants = grants_of(user)
        scope: Scope | None = getattr(self.model, "scope", None)
        if grants is None or scope is None:
            return self.none()
        return self.filter(scope.condition(grants, right))

    def visible_to(self, user: Any) -> Self:
        """Rows that the user may see today."""
        scope: Scope | None = getattr(self.model, "scope", None)
        return self.none() if scope is None else self.allowing(user, scope.view)


class Scoped(models.Model):
    """Abstract: a model with a declared scope."""

    scope: ClassVar[Scope]
    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


def can(user: Any, right: Right, obj: models.Model) -> bool:
    """Whether the user holds the right on this row today."""
    return type(obj)._default_manager.all().allowing(user, right).filter(pk=obj.pk).exists()  # type: ignore[attr-defined]


def holds(user: Any, right: Right) -> bool:
    """Whether the user holds the right on anything at all today."""
    grants = grants_of(user)
    return grants is not None and grants.anywhere(right)


def holds_at(user: Any, right: Right, station_id: int, enterprise_id: int | None = None) -> bool:
    """Whether the user holds the right on a whole station, with an enterprise on its register: on that one too.

    No query besides those of the grants.
    """
    grants = grants_of(user)
    if grants is None or station_id not in grants.station_ids(right):
        return False
    return enterprise_id not in grants.kept_from(right) or station_id in grants.whole_station_ids(right)


def holds_on(user: Any, right: Right, station_id: int | None, enterprise_id: int) -> bool:
    """Whether the user holds the right on an enterprise of the station's register, as a whole or as one of their own.

    No query besides those of the grants.
    """
    grants = grants_of(user)
    if grants is None:
        return False
    own = enterprise_id in grants.own_enterprise_ids(right)
    return own or (station_id is not None and holds_at(user, right, station_id, enterprise_id))


def holds_there(user: Any, right: Right, station_id: int) -> bool:
    """Whether the user holds the right on the station, or a post of the user's there holds it over its own enterprises."""
    grants = grants_of(user)
    if grants is None:
        return False
    mine = (seat for seat in grants.seats if seat.station_id == station_id)
    return station_id in grants.station_ids(right) or any(right in ROLES[Role(seat.role)].own for seat in mine)


def figures_kept_back(user: Any, path: str = "") -> Q:
    """Enterprises (at `path` of the rows asked) whose figures are kept from the user: an officer's rivals."""
    grants = grants_of(user)
    return NOTHING if grants is None else _rivals(grants, path)


def require(user: Any, right: Right, obj: models.Model) -> None:
    """Raise PermissionDenied unless the user holds the right on the row. The first line of a service."""
    if not can(user, right, obj):
        raise PermissionDenied
