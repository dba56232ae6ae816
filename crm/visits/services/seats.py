"""In whose name something is written: the station of the day, the post and its person."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right, Role
from crm.accounts.models import Person, User
from enterprises.models import Enterprise, RegisterEntry
from stations.models import Appointment, Post, Station
from stations.selectors import acting_post


def station_on(enterprise: Enterprise, day: dt.date) -> Station:
    """The station on whose register the enterprise was on the day. Raises ValidationError on enterprise."""
    entry = (
        RegisterEntry.objects.filter(enterprise=enterprise, term__contains=day).select_related("station__union").first()
    )
    if entry is None:
        raise ValidationError({"enterprise": [_("The enterprise was on no register on that day.")]})
    return entry.station


def seat(actor: User, station: Station, day: dt.date, post: Post | None) -> tuple[Post, Person]:
    """(post, person) in whose name a contact, or what was handed over there, is written. Raises ValidationError on post."""
    if actor.person is not None and actor.person.is_service:
        return _spoken_for(station, day, post)
    held = acting_post(actor, station, day, Right.LOG_VISIT, wanted=post)
    if held is None or actor.person is None:
        raise ValidationError({"post": [_("You held no post of this station on that day.")]})
    return held, actor.person


def _spoken_for(station: Station, day: dt.date, post: Post | None) -> tuple[Post, Person]:
    """The seat that another system names: a post of the station and whoever did its work on the day."""
    if post is None or post.station_id != station.pk or post.role == Role.ENTERPRISE_CADRE:
        raise ValidationError({"post": [_("Name the post of this station that did it.")]})
    seated = (
        Appointment.objects.filter(post=post, term__contains=day).select_related("person").order_by("acting").first()
    )
    if seated is None:
        raise ValidationError({"post": [_("Nobody held this post on that day.")]})
    return post, seated.person
