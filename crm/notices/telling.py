"""A notice in words: what it counts, and the names that its reader may see at this moment."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from crm.access.grants import grants_of
from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock
from crm.issues.models import Issue
from crm.notices.content import Content
from crm.notices.enums import Topic
from crm.visits.enums import ContactState
from crm.visits.selectors import ContactStatus, contact_status, contacts_known
from enterprises.models import Enterprise
from stations.models import Post

# topic: (count's name, words for n of it), in the order in which they are told
COUNTS: dict[str, tuple[tuple[str, Any], ...]] = {
    Topic.CONTACTS: (
        ("overdue", ngettext_lazy("%(n)d enterprise overdue", "%(n)d enterprises overdue", "n")),
        ("due", ngettext_lazy("%(n)d enterprise to be contacted", "%(n)d enterprises to be contacted", "n")),
    ),
    Topic.ISSUES: (
        ("waiting", ngettext_lazy("%(n)d issue waits", "%(n)d issues wait", "n")),
        ("late", ngettext_lazy("%(n)d of them late", "%(n)d of them late", "n")),
    ),
    Topic.VACANCIES: (("vacant", ngettext_lazy("%(n)d post vacant", "%(n)d posts vacant", "n")),),
}


@dataclass(frozen=True)
class Named:
    """One thing that a notice names; `url` leads to it, `note` says by when."""

    words: str
    note: str
    url: str


@dataclass(frozen=True)
class Told:
    """A topic of a notice: its counts in words, the first of what they count, `more` that are not named."""

    topic: Topic
    counts: list[str]
    named: list[Named]
    more: int
    url: str


def counted(content: Content) -> list[str]:
    """The counts of all topics in words, zeros left out."""
    return [words for topic in Topic if topic in content for words in _words(topic, content[topic])]


def _words(topic: str, said: dict[str, Any]) -> list[str]:
    return [str(words % {"n": said[name]}) for name, words in COUNTS[topic] if said.get(name)]


def told(user: User, content: Content, day: dt.date) -> list[Told]:
    """The topics with names, as far as the user may see them now; five queries at most. `day` is the notice's."""
    found = []
    for topic in Topic:
        said = content.get(topic)
        if not said:
            continue
        named = _NAMES[topic](user, said["ids"])
        number = said.get("waiting", said.get("vacant", said.get("overdue", 0) + said.get("due", 0)))
        found.append(Told(topic, _words(topic, said), named, max(0, number - len(said["ids"])), _page(user, topic)))
    return found


def _enterprises(user: User, ids: list[int]) -> list[Named]:
    """With how they stand today, where the user may still know of it."""
    rows = Enterprise.objects.visible_to(user).in_bulk(ids)
    known = contacts_known(user, rows.values())
    stand = contact_status(known, clock.today())
    return [
        Named(rows[pk].name, _standing(stand[pk]) if pk in known else "", reverse("enterprises:detail", args=[pk]))
        for pk in ids
        if pk in rows
    ]


def _standing(found: ContactStatus) -> str:
    if found.state == ContactState.OVERDUE:
        return f"{found.state.label} {_('%(n)d working days') % {'n': found.overdue_days}}"
    return f"{found.state.label} {_by(found.until)}".rstrip()


def _issues(user: User, ids: list[int]) -> list[Named]:
    """By number and enterprise: titles may name people, and a notice leaves the house."""
    rows = Issue.objects.visible_to(user).select_related("enterprise").in_bulk(ids)
    return [
        Named(
            f"{row.number or _('No number yet')} {row.enterprise.name}",
            f"{row.get_state_display()} {_by(row.due_on)}".rstrip(),
            reverse("issues:detail", args=[row.pk]),
        )
        for row in (rows[pk] for pk in ids if pk in rows)
    ]


def _by(day: dt.date | None) -> str:
    return _("until %(day)s") % {"day": f"{day:%m-%d}"} if day else ""


def _posts(user: User, ids: list[int]) -> list[Named]:
    rows = Post.objects.visible_to(user).select_related("station").in_bulk(ids)
    return [
        Named(row.title, row.station.short_name, reverse("stations:detail", args=[row.station_id]))
        for row in (rows[pk] for pk in ids if pk in rows)
        if row.station is not None
    ]


_NAMES = {Topic.CONTACTS: _enterprises, Topic.ISSUES: _issues, Topic.VACANCIES: _posts}
_PAGES = {Topic.CONTACTS: "visits:due", Topic.ISSUES: "issues:list", Topic.VACANCIES: "stations:list"}


def _page(user: User, topic: Topic) -> str:
    grants = grants_of(user)
    own = topic == Topic.CONTACTS and grants is not None and Role.CHIEF not in grants.roles
    return reverse(_PAGES[topic]) + ("?own=1" if own else "")
