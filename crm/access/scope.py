"""Which rows a user may see or act on. `visible_to` and `can` share one definition: the second is the first with `pk=`."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q

from crm.access import providers
from crm.access.grants import Grants, grants_of
from crm.access.roles import Right

TREE_STEP = 4  # signs per level of a union's tree path (the union model says the same; a test holds them together)


@dataclass(frozen=True)
class Scope:
    """How a model's rows reach a container. Every path is a lookup on the model; a row is in reach by any of them.

    stations: paths to a station id (a current one; for records also the stamped one)
    enterprise: path to an enterprise id, for one's own enterprises
    chain_reach: whether a seat in a chain reaches the row through `enterprise`
    post: path to the stamped post id: what one's own post has written
    union: path to a union's tree path, within the subtree of one's union grants
    above: path to a union's tree path, for rows of the unions above one's stations (one sees to whom one belongs)
    others: names of providers (grants, right) -> Q, registered by the rooms above
    """

    view: Right
    stations: tuple[str, ...] = ()
    enterprise: str = ""
    chain_reach: bool = False
    post: str = ""
    union: str = ""
    above: str = ""
    others: tuple[str, ...] = ()

    def condition(self, grants: Grants, right: Right) -> Q:
        """Rows on which the grants give the right; matches nothing when no path does."""
        found = Q(pk__in=[])
        station_ids = grants.station_ids(right)
        if station_ids:
            for path in self.stations:
                found |= Q(**{f"{path}__in": station_ids})
        if self.enterprise:
            own = grants.own_enterprise_ids(right)
            if self.chain_reach:
                own |= grants.chain_enterprise_ids(right)
            if own:
                found |= Q(**{f"{self.enterprise}__in": own})
        if self.post:
            posts = grants.post_ids(right)
            if posts:
                found |= Q(**{f"{self.post}__in": posts})
        if self.union:
            for path in grants.union_paths(right):
                found |= Q(**{f"{self.union}__startswith": path})
        if self.above:
            paths = grants.paths_above(right, TREE_STEP)
            if paths:
                found |= Q(**{f"{self.above}__in": paths})
        for name in self.others:
            found |= providers.call(name, grants, right)
        return found


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


def holds_at(user: Any, right: Right, station_id: int) -> bool:
    """Whether the user holds the right on a whole station; no query besides those of the grants."""
    grants = grants_of(user)
    return grants is not None and station_id in grants.station_ids(right)


def require(user: Any, right: Right, obj: models.Model) -> None:
    """Raise PermissionDenied unless the user holds the right on the row. The first line of a service."""
    if not can(user, right, obj):
        raise PermissionDenied
