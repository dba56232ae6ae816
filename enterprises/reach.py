"""What the rights' mechanism asks this room (providers, see `crm.access.grants`)."""

import datetime as dt
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from crm.access.grants import Grants
from crm.access.roles import Right, Role
from enterprises.models import Candidate, ChainMembership, ChainSeat, EnterpriseSeat
from stations.models import Appointment


def chain_enterprise_ids(user: Any, day: dt.date, roles: tuple[Role, ...]) -> list[int]:
    """Enterprises on the register of the seat's station that lie in the chains where the user's posts have a seat."""
    posts = Appointment._base_manager.filter(
        person_id=user.person_id, term__contains=day, role__in=roles, post__term__contains=day
    )
    seats = ChainSeat._base_manager.filter(
        term__contains=day,
        post__in=posts.values("post_id"),
        chain=OuterRef("chain"),
        post__station=OuterRef("enterprise__station"),
    )
    members = ChainMembership._base_manager.filter(Exists(seats), term__contains=day)
    return list(members.values_list("enterprise_id", flat=True).distinct())


def enterprises_spoken_for(user: Any, day: dt.date) -> QuerySet[EnterpriseSeat]:
    """Seats of the cadres' posts that the user holds on the day, whose station keeps the enterprise's register today."""
    posts = Appointment._base_manager.filter(
        person_id=user.person_id, term__contains=day, role=Role.ENTERPRISE_CADRE, post__term__contains=day
    )
    return EnterpriseSeat._base_manager.filter(
        term__contains=day, post__in=posts.values("post_id"), enterprise__station=F("post__station")
    )


def candidates_of_stations(grants: Grants, right: Right, enterprise: str = "") -> Q:
    """Enterprises on no register that are candidates of a station on which the right is held.

    One that another station has put on its register is that station's alone. Only rights on the register reach them:
    visits and issues begin with the register. `enterprise`: path to the enterprise.
    """
    if right not in (Right.VIEW_REGISTER, Right.MANAGE_REGISTER):
        return Q(pk__in=[])
    return candidates_at(grants.station_ids(right), enterprise)


def candidates_at(station_ids: frozenset[int], enterprise: str = "") -> Q:
    """Enterprises on no register that are candidates of the stations. `enterprise`: path to the enterprise."""
    if not station_ids:
        return Q(pk__in=[])
    known = Candidate._base_manager.filter(station_id__in=station_ids).values("enterprise_id")
    return Q(**{f"{enterprise}station_id__isnull": True, f"{enterprise}pk__in": known})


def of_candidates(grants: Grants, right: Right) -> Q:
    """What belongs to such enterprises: whoever reads an enterprise reads its facts, its places and seasons."""
    return candidates_of_stations(grants, right, "enterprise__")
