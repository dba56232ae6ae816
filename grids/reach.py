"""What the rights' mechanism asks this room (providers, see `crm.access.grants`)."""

import datetime as dt
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value

from crm.access.grants import Duties, Grants
from crm.access.roles import OFFICER_ROLES, Right, Role
from enterprises.models import ChainMembership, FigureConsent
from enterprises.reach import enterprises_spoken_for
from grids.enums import KEEPS_AWAY, RecusalKind
from grids.models import Recusal, Responsibility
from stations.models import Appointment, Post

RECUSED, CHAIN = "recused", "chain"  # kinds of rows beside the roles


def duties(user: Any, day: dt.date) -> Duties:
    """For whom the officers' posts that the user holds on the day (acting included) answer, and what they are kept from;
    for whom cadres' posts speak.

    One query. Rivals may be half a trade: they are told as a subquery over the chains of the person's own units.
    """

    def kind(name: str) -> Any:
        return Value(name, CharField())

    posts = Appointment._base_manager.filter(
        person_id=user.person_id, term__contains=day, role__in=OFFICER_ROLES, post__term__contains=day
    )
    answering = Responsibility._base_manager.filter(term__contains=day, post__in=posts.values("post_id"))
    recusals = Recusal._base_manager.filter(person_id=user.person_id, term__contains=day, kind__in=KEEPS_AWAY)
    own_units = recusals.filter(kind=RecusalKind.OWN_UNIT).values("enterprise_id")
    chains = ChainMembership._base_manager.filter(term__contains=day, enterprise__in=own_units)
    rows = answering.values_list("role", "enterprise_id").union(
        recusals.values_list(kind(RECUSED), "enterprise_id"),
        chains.values_list(kind(CHAIN), "chain_id"),
        enterprises_spoken_for(user, day).values_list("role", "enterprise_id"),
    )
    found: dict[str, set[int]] = {}
    for name, pk in rows:
        found.setdefault(name, set()).add(pk)
    return Duties(
        own={role: frozenset(found.get(role, ())) for role in (*OFFICER_ROLES, Role.ENTERPRISE_CADRE)},
        recused=frozenset(found.get(RECUSED, ())),
        rivals=_rivals(found[CHAIN], own_units, day) if CHAIN in found else frozenset(),
    )


def _rivals(chains: set[int], own_units: Any, day: dt.date) -> QuerySet[Any, Any]:
    """Ids of enterprises on the chains today, other than the own units, without consent to show their figures."""
    consent = FigureConsent._base_manager.filter(term__contains=day, enterprise=OuterRef("enterprise"))
    members = ChainMembership._base_manager.filter(term__contains=day, chain__in=chains)
    return members.filter(~Q(enterprise__in=own_units), ~Exists(consent)).values("enterprise_id")


def lists_of_own_post(grants: Grants, right: Right) -> Q:
    """Lists of the stations where a post that the user holds reaches its own enterprises (an officer reads their own list)."""
    posts = grants.post_ids(right)
    if not posts:
        return Q(pk__in=[])
    return Q(station_id__in=Post._base_manager.filter(pk__in=posts).values("station_id"))
