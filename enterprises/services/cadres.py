"""企业工会干部: who speaks for an enterprise."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right, Role
from crm.access.scope import require
from crm.accounts.models import Person, User
from crm.core import journal
from crm.core.dated import close_row, term_from
from crm.core.services import cleaned, service
from crm.core.text import half_width, squeezed
from enterprises.models import Enterprise, EnterpriseSeat
from stations.enums import SOURCE_OF_ROLE
from stations.models import Appointment, Station
from stations.services import appoint, end_appointment, open_post


@service
def seat_cadre(*, actor: User, enterprise: Enterprise, name: str, start: dt.date, phone: str = "") -> EnterpriseSeat:
    """Let an officer of the enterprise's own union speak for it from `start` on: a post, the person in it, the seat.

    Somebody of that name and phone who is known to the station is the same person, else somebody new. The right follows
    at once; it is no 包保. Raises ValidationError on name, phone, enterprise (somebody speaks for it already);
    PermissionDenied.
    """
    require(actor, Right.APPOINT, enterprise)
    station = enterprise.station
    assert station is not None  # the right is held on registers alone
    # the title names no enterprise: posts are read by more people than enterprises are
    post = open_post(actor=actor, role=Role.ENTERPRISE_CADRE, title=str(Role.ENTERPRISE_CADRE.label), start=start,
                     station=station)  # fmt: skip
    person = _person(station, squeezed(name), half_width(squeezed(phone)))
    kind = SOURCE_OF_ROLE[Role.ENTERPRISE_CADRE]
    appoint(actor=actor, post=post, person=person, start=start, source_kind=kind)
    seat = EnterpriseSeat(enterprise=enterprise, post=post, term=term_from(start))
    cleaned(seat).save()
    _journal(actor, "seat_cadre", seat, start)
    return seat


def _person(station: Station, name: str, phone: str) -> Person:
    known = Person.objects.filter(appointments__post__station=station, name=name, phone=phone)
    found = known.order_by("pk").first() if phone else None
    if found is None:
        found = cleaned(Person.named(name, phone=phone))
        found.save()
    return found


@service
def end_cadre(*, actor: User, seat: EnterpriseSeat, on: dt.date) -> None:
    """The post speaks for the enterprise no more: `on` is the first day without it; whoever sits in it leaves.

    Raises ValidationError on `on` (ended before that day already); PermissionDenied.
    """
    require(actor, Right.APPOINT, seat.post)
    row = EnterpriseSeat._base_manager.select_for_update(of=("self",)).filter(pk=seat.pk).first()
    if row is None or (row.end is not None and row.end <= on):
        raise ValidationError({"on": [_("It ends before that day already.")]})
    end_seat(actor, row, on)


def end_seat(actor: User, seat: EnterpriseSeat, on: dt.date) -> None:
    """End a seat that holds on the day or later, and whoever sits in its post leaves; part of a service."""
    for sitting in Appointment.objects.filter(post=seat.post_id).ending_after(on).order_by("pk"):
        end_appointment(actor=actor, appointment=sitting, on=on)
    _journal(actor, "end_cadre", seat, on)
    close_row(seat, on)


def _journal(actor: User, verb: str, seat: EnterpriseSeat, on: dt.date) -> None:
    journal.record(
        actor=actor,
        verb=verb,
        obj=seat,
        station_id=seat.post.station_id,
        enterprise_id=seat.enterprise_id,
        changes={"on": [None, str(on)]},
    )
