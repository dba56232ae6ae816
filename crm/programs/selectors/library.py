"""The policy library as a reader sees it: who has which policy, who has acknowledged it."""

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value

from crm.access.grants import grants_of
from crm.access.roles import Right
from crm.accounts.models import User
from crm.core.querysets import count_of
from crm.programs.models import Delivery, Policy
from enterprises.models import Enterprise
from enterprises.querysets import EnterpriseQuerySet
from stations.models import TradeUnion


def kept_unions(user: User) -> QuerySet[TradeUnion]:
    """Unions at which the user keeps the programmes by a post there."""
    grants = grants_of(user)
    paths = grants.union_paths(Right.MANAGE_PROGRAMS) if grants else ()
    return TradeUnion.objects.visible_to(user).filter(path__in=paths)


def library(user: User) -> QuerySet[Policy]:
    """Policies with `delivered` and `acknowledged`: numbers of enterprises that the user sees, as annotations."""
    seen = Delivery.objects.visible_to(user).filter(policy=OuterRef("pk"))
    counts = {"delivered": seen, "acknowledged": seen.filter(acknowledged_on__isnull=False)}
    return Policy.objects.visible_to(user).annotate(**{name: count_of(rows) for name, rows in counts.items()})


def for_whom(user: User, policy: Policy) -> EnterpriseQuerySet:
    """Enterprises in the user's reach for which the policy is: on a register below its union, `delivered` annotated."""
    rows = Enterprise.objects.allowing(user, Right.VIEW_PROGRAMS).filter(
        station__union__path__startswith=policy.union.path
    )
    seen = Delivery.objects.visible_to(user).filter(policy=policy, enterprise=OuterRef("pk"))
    return rows.annotate(delivered=Exists(seen), acknowledged=Exists(seen.filter(acknowledged_on__isnull=False)))


def counts_of(rows: EnterpriseQuerySet) -> dict[str, int]:
    """{all, delivered, acknowledged}: enterprises of `for_whom`."""
    # an aggregate may not bear the name of the annotation that it counts
    counted = rows.aggregate(
        n=Count("pk"),
        has=Count("pk", filter=Q(delivered=True)),
        heard=Count("pk", filter=Q(acknowledged=True)),
    )
    return {"all": counted["n"], "delivered": counted["has"], "acknowledged": counted["heard"]}


def policies_for(user: User, row: Enterprise, day: dt.date) -> QuerySet[Policy]:
    """Policies that could be handed to the enterprise on the day: in force, of its unions, not handed over yet (the visit
    form offers them).
    """
    if row.station is None:
        return Policy.objects.none()
    above: Any = Policy.objects.visible_to(user).alias(of=Value(row.station.union.path))
    had = Delivery.objects.filter(policy=OuterRef("pk"), enterprise=row)
    return above.filter(~Exists(had), of__startswith=F("union__path"), withdrawn_on__isnull=True, issued_on__lte=day)
