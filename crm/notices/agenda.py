"""A person's calendar (iCalendar): the last day of each contact owed, and the contacts agreed at a visit."""

import datetime as dt

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from crm.accounts.models import User
from crm.core import clock
from crm.notices.content import contacts_of
from crm.visits.models import Obligation, Visit
from enterprises.models import Enterprise

BACK, AHEAD = dt.timedelta(days=62), dt.timedelta(days=184)
MOST = 1000


def agenda(user: User, day: dt.date) -> bytes:
    """The calendar as of today, in the site's language: names of enterprises, no people, phones or notes; three queries
    besides those of the grants.
    """
    with translation.override(settings.LANGUAGE_CODE):
        calendar = Calendar()
        head = {
            "prodid": "-//Lianlian//",
            "version": "2.0",
            "method": "PUBLISH",
            "x-wr-calname": _("Lianlian: contacts"),
        }
        for name, value in head.items():
            calendar.add(name, value)
        for event in [*_owed(user, day), *_agreed(user, day)]:
            calendar.add_component(event)
        written: bytes = calendar.to_ical()
    return written


def _mine(user: User, day: dt.date) -> Q:
    return Q(enterprise__in=contacts_of(user, day).values("pk"))


def _owed(user: User, day: dt.date) -> list[Event]:
    rows = Obligation.objects.visible_to(user).live().unmet()
    rows = rows.filter(_mine(user, day), closes__gte=day - BACK, closes__lte=day + AHEAD).select_related("enterprise")
    words = _("Last day: %(enterprise)s (%(need)s)")
    found = []
    for row in rows.order_by("closes", "pk")[:MOST]:
        told = {"enterprise": row.enterprise.name, "need": row.get_need_display()}
        found.append(_event(f"owed-{row.pk}", row.closes, words % told, row.enterprise))
    return found


def _agreed(user: User, day: dt.date) -> list[Event]:
    """What the newest visit to each enterprise agreed: an older word is done or has been put off."""
    newest = Visit.objects.visible_to(user).filter(_mine(user, day), visited_on__lte=day)
    newest = newest.order_by("enterprise", "-visited_on", "-pk").distinct("enterprise")
    rows = Visit.objects.filter(
        pk__in=newest.values("pk"), next_contact_on__gte=day - BACK, next_contact_on__lte=day + AHEAD
    )
    words = _("Agreed: %(enterprise)s")
    return [
        _event(f"agreed-{row.pk}", row.next_contact_on, words % {"enterprise": row.enterprise.name}, row.enterprise)
        for row in rows.select_related("enterprise").order_by("next_contact_on", "pk")[:MOST]
        if row.next_contact_on is not None
    ]


def _event(uid: str, day: dt.date, words: str, enterprise: Enterprise) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{settings.MAIL_DOMAIN}")
    event.add("dtstamp", clock.now().astimezone(dt.UTC))
    event.add("dtstart", day)
    event.add("dtend", day + dt.timedelta(days=1))
    event.add("summary", words)
    event.add("transp", "TRANSPARENT")
    event.add("url", f"{settings.SITE_URL.rstrip('/')}{reverse('enterprises:detail', args=[enterprise.pk])}")
    return event
