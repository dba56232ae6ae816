"""How contacts with one enterprise are arranged: by which rules, what is owed, what relieves from it, and since when."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from crm.access.roles import Right
from crm.accounts.models import User
from crm.visits.engine import Subject
from crm.visits.models import ContactPause, Exemption, Obligation, RegimeRule
from crm.visits.selectors.closed import closed_terms
from crm.visits.selectors.rules import rules_found
from crm.visits.windows import DAY
from enterprises.models import Enterprise, EnterpriseFact

AHEAD = 200 * DAY


@dataclass(frozen=True)
class Arrangement:
    """What is owed by one enterprise from a day on, and what relieves from it."""

    owed: list[Obligation]
    pauses: list[ContactPause]
    exemptions: list[Exemption]
    exceptions: list[RegimeRule]


def arrangement(user: User, enterprise: Enterprise, day: dt.date) -> Arrangement:
    """What the user may know of it (`view_visits`); four queries."""
    owed = Obligation.objects.visible_to(user).filter(enterprise=enterprise, opens__lte=day + AHEAD).live().unmet()
    pauses = ContactPause.objects.visible_to(user).filter(enterprise=enterprise).ending_after(day)
    exceptions = RegimeRule.objects.visible_to(user).filter(enterprise=enterprise)
    return Arrangement(
        owed=list(owed.with_state(day).select_related("rule").order_by("closes", "pk")),
        pauses=list(pauses.order_by("term")),
        exemptions=list(Exemption.objects.visible_to(user).filter(enterprise=enterprise).order_by("-pk")[:12]),
        exceptions=list(
            exceptions.filter(Q(term__endswith__isnull=True) | Q(term__endswith__gt=day)).order_by("term", "pk")
        ),
    )


@dataclass(frozen=True)
class Holding:
    """By what an enterprise is contacted on a day: the rule of each role and kind (`never` among them), and no-visit terms
    (first day, last day, why) that touch the next 200 days.
    """

    rules: list[RegimeRule]
    closed: list[tuple[dt.date, dt.date, str]]


def holding(enterprise: Enterprise, day: dt.date) -> Holding:
    """Of an enterprise on a register (with its `station__union`); seven queries."""
    station = enterprise.station
    if station is None:
        return Holding([], [])
    kinds = rules_found([station], [enterprise.pk]).of(station.pk, enterprise.pk)
    subject = Subject([], list(EnterpriseFact._base_manager.filter(enterprise=enterprise, term__contains=day)), kinds)
    rules = [rule for kind in kinds if (rule := subject.rule_on(kind, day)) is not None]
    terms = closed_terms([enterprise.pk], day, day + AHEAD).get(enterprise.pk, [])
    return Holding(
        sorted(rules, key=lambda rule: (rule.role, rule.need)), sorted(term for term in terms if term[1] >= day)
    )


def waiting_exemptions(user: User) -> list[Exemption]:
    """Exemptions that the user may decide, of enterprises that they see, the oldest first.

    What they asked themselves is not among them. One of an enterprise that has left the register is stamped with the
    station still, but waits for nobody.
    """
    rows = Exemption.objects.allowing(user, Right.APPROVE_EXEMPTION).filter(approved_on=None, declined_on=None)
    rows = rows.filter(enterprise__in=Enterprise.objects.visible_to(user))
    return list(rows.exclude(asked_by_id=user.pk).select_related("enterprise", "asked_post").order_by("pk")[:50])
