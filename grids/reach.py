"""What the rights' mechanism asks this room (providers, see `crm.access.grants`)."""

import datetime as dt
from typing import Any

from django.db.models import Q

from crm.access.grants import Grants
from crm.access.roles import Right, Role
from grids.models import Responsibility
from stations.models import Appointment, Post


def own_enterprise_ids(user: Any, day: dt.date, roles: tuple[Role, ...]) -> list[int]:
    """Enterprises for which the posts that the user holds on the day (acting included) answer in these roles."""
    posts = Appointment.objects.filter(
        person_id=user.person_id, term__contains=day, role__in=roles, post__term__contains=day
    )
    rows = Responsibility.objects.filter(term__contains=day, role__in=roles, post__in=posts.values("post_id"))
    return list(rows.values_list("enterprise_id", flat=True).distinct())


def lists_of_own_post(grants: Grants, right: Right) -> Q:
    """Lists of the stations where a post that the user holds reaches its own enterprises (an officer reads their own list)."""
    posts = grants.post_ids(right)
    if not posts:
        return Q(pk__in=[])
    return Q(station_id__in=Post._base_manager.filter(pk__in=posts).values("station_id"))
