"""What a station's posts can do: half-days, visits in each, leave."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import close_row, term_from
from crm.core.services import cleaned, service
from crm.visits.models import PostCapacity, PostLeave
from stations.models import Post


@service
def set_capacity(*, actor: User, post: Post, half_days: int, visits: int, start: dt.date | None = None) -> PostCapacity:
    """Let a post of a station go out on so many half-days a week, for so many visits in each, from a day on (today).

    What was given for later gives way. Raises ValidationError on half_days (0 to 14), visits (0 to 12), post (at no station);
    PermissionDenied.
    """
    station = post.station
    if station is None:
        raise ValidationError({"post": [_("Only posts of stations go out.")]})
    require(actor, Right.PLAN, station)
    start = start or clock.today()
    Post._base_manager.select_for_update(no_key=True).get(pk=post.pk)
    PostCapacity.objects.filter(post=post, term__startswith__gt=start).delete()
    standing = PostCapacity.objects.on(start).filter(post=post).first()
    if standing is not None and (standing.half_days, standing.visits) == (half_days, visits):
        return standing
    if standing is not None:
        close_row(standing, start)
    row = PostCapacity(post=post, half_days=half_days, visits=visits, term=term_from(start))
    cleaned(row).save()
    journal.record(
        actor=actor,
        verb="set_capacity",
        obj=row,
        post=post,
        station_id=station.pk,
        changes={"half_days": [None, half_days], "visits": [None, visits], "from": [None, str(start)]},
    )
    return row


@service
def add_leave(*, actor: User, post: Post, start: dt.date, end: dt.date) -> PostLeave:
    """请假 on `[start, end)`. Raises ValidationError on term (not a term, overlaps another), post; PermissionDenied."""
    if post.station is None:
        raise ValidationError({"post": [_("Only posts of stations go out.")]})
    require(actor, Right.PLAN, post.station)
    row = PostLeave(post=post, term=term_from(start, end))
    cleaned(row).save()
    journal.record(
        actor=actor,
        verb="add_leave",
        obj=row,
        post=post,
        station_id=post.station_id,
        changes={"term": [None, f"{start}/{end}"]},
    )
    return row
