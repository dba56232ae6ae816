"""包保: which post answers for which enterprise."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.access.grants import forget
from crm.access.roles import OFFICER_ROLES, Right, Role
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import journal
from crm.core.dated import close_rows, term_from
from crm.core.outcome import Outcome, Refusal
from crm.core.services import service
from enterprises.models import Chain, Enterprise, RegisterEntry
from enterprises.services.reach import locked
from grids.models import Recusal, Responsibility
from stations.models import Appointment, Post, Station


def _station_of(post: Post) -> Station:
    if post.station is None or post.role not in OFFICER_ROLES:
        raise ValidationError({"post": [_("Only grid officers and liaison officers answer for single enterprises.")]})
    return post.station


@service
def assign_enterprises(
    *, actor: User, post: Post, enterprises: Sequence[Enterprise], start: dt.date, chain: Chain | None = None
) -> Outcome:
    """Let a post answer for enterprises from `start` on; whoever answered before (in that role and chain) ends there.

    One for which the post answers already is unchanged; one that is not on the station's register that day is refused,
    and one from which the post's holder keeps away (回避, or the enterprise asked for another officer).
    A liaison officer's post answers within a `chain`. A constant number of queries. Raises ValidationError on post,
    chain; PermissionDenied.
    """
    station = _station_of(post)
    require(actor, Right.MANAGE_GRIDS, station)
    if (post.role == Role.LIAISON) != (chain is not None):
        raise ValidationError({"chain": [_("A liaison officer answers within a chain, a grid officer without one.")]})
    ids = [row.pk for row in enterprises]
    rows = locked(ids)
    registered = set(
        RegisterEntry.objects.filter(station=station, enterprise__in=ids, term__contains=start).values_list(
            "enterprise_id", flat=True
        )
    )
    refused = [
        Refusal(row.pk, row.name, _("It is not on the station's register.")) for row in rows if row.pk not in registered
    ]
    kept_away = set(
        Recusal.objects.ending_after(start)
        .filter(enterprise__in=registered, person__in=holders_from(post, start))
        .values_list("enterprise_id", flat=True)
    )
    words = _("The officer keeps away from it (recusal).")
    refused += [Refusal(row.pk, row.name, words) for row in rows if row.pk in kept_away]
    registered -= kept_away
    current = list(
        Responsibility.objects.filter(enterprise__in=registered, role=post.role, chain=chain).ending_after(start)
    )
    there = {row.enterprise_id for row in current if row.post_id == post.pk and row.holds_on(start)}
    moving = [row for row in rows if row.pk in registered and row.pk not in there]
    moved = {row.pk for row in moving}
    close_rows([row for row in current if row.enterprise_id in moved], start)
    Responsibility.objects.bulk_create(
        Responsibility(enterprise=row, post=post, role=post.role, chain=chain, term=term_from(start)) for row in moving
    )
    forget()
    journal.record(
        actor=actor,
        verb="assign_enterprises",
        obj=post,
        station_id=station.pk,
        changes={
            "assigned": [None, len(moving)],
            "enterprises": [None, [row.pk for row in moving]],
            "from": [None, str(start)],
        },
    )
    return Outcome(len(moving), len(there), refused)


@service
def release_enterprises(*, actor: User, post: Post, enterprises: Sequence[Enterprise], on: dt.date) -> Outcome:
    """End a post's responsibility for enterprises: `on` is the first day without it."""
    station = _station_of(post)
    require(actor, Right.MANAGE_GRIDS, station)
    ids = {row.pk for row in enterprises}
    locked(ids)
    current = list(Responsibility.objects.filter(post=post, enterprise__in=ids).ending_after(on))
    answered = {row.enterprise_id for row in current}
    close_rows(current, on)
    forget()
    journal.record(
        actor=actor,
        verb="release_enterprises",
        obj=post,
        station_id=station.pk,
        changes={"released": [None, len(answered)], "enterprises": [None, sorted(answered)], "on": [None, str(on)]},
    )
    return Outcome(len(answered), len(ids - answered))


def holders_from(post: Post, day: dt.date) -> QuerySet[Appointment, dict[str, Any]]:
    """People who sit in the post on the day or later, acting included (ids, for a subquery)."""
    return Appointment.objects.ending_after(day).filter(post=post).values("person_id")
