"""A chief's view of the officers: done of due this quarter, worst first; and handing a whole list over."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from crm.access.roles import Right, Role
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock
from crm.core.outcome import Outcome
from crm.core.services import service
from crm.coverage.periods import quarter_of
from crm.issues.models import Issue
from crm.visits.models import Commitment, Obligation
from crm.visits.querysets import ObligationQuerySet, overdue_q
from crm.visits.services import pass_on_commitments, pass_on_plans
from enterprises.models import Enterprise
from grids.models import Responsibility
from grids.services import assign_enterprises
from stations.models import Post, Station
from stations.selectors import Seat, seats

# done by the post's own contact; what a colleague did (代访) is done for the enterprise, not by the officer
OWN = Q(met_by__proxy=False, met_by__credited_post=F("answering"))
PARTS: dict[str, Q] = {
    "d": Q(),
    "n": Q(met_by__isnull=False) & OWN,
    "proxy": Q(met_by__isnull=False) & ~OWN,
    "gap": Q(met_by__isnull=True),
}


def contacts_due(user: User, station: Station, day: dt.date) -> ObligationQuerySet:
    """What grid officers owe this quarter by the day: windows that have begun and end in the quarter or later, of
    enterprises of the station, with `answering`: the post that answers for the enterprise today.
    """
    answering = Responsibility.objects.on(day).filter(enterprise=OuterRef("enterprise"), role=Role.GRID_OFFICER)
    return (
        Obligation.objects.visible_to(user)
        .live()
        .filter(station=station, role=Role.GRID_OFFICER, opens__lte=day, closes__gte=quarter_of(day).start)
        .annotate(answering=Subquery(answering.values("post_id")[:1]))
    )


@dataclass(frozen=True)
class OfficerRow:
    """A seat with what its post owes: `done` of `due` by its own contacts, `proxy` by colleagues, `late` overdue."""

    seat: Seat
    due: int = 0
    done: int = 0
    proxy: int = 0
    late: int = 0

    @property
    def gap(self) -> int:
        return self.due - self.done - self.proxy


def officer_rows(user: User, station: Station, day: dt.date) -> list[OfficerRow]:
    """Every grid officer's seat, worst first: most overdue, then most still to do. Never a rank. Constant queries."""
    counts = {f"c_{part}": Count("pk", filter=condition) for part, condition in PARTS.items() if part != "gap"}
    counted = (
        contacts_due(user, station, day)
        .values("answering")
        .annotate(**counts, c_late=Count("pk", filter=overdue_q(day)))
    )
    found = {row["answering"]: row for row in counted.order_by("answering")}
    rows = [_row(seat, found.get(seat.post.pk)) for seat in seats(station, day) if seat.post.role == Role.GRID_OFFICER]
    return sorted(rows, key=lambda row: (-row.late, -row.gap, row.seat.post.pk))


def _row(seat: Seat, counted: dict[str, int] | None) -> OfficerRow:
    if counted is None:
        return OfficerRow(seat)
    return OfficerRow(seat, counted["c_d"], counted["c_n"], counted["c_proxy"], counted["c_late"])


def officer_contacts(user: User, post: Post, day: dt.date, part: str) -> QuerySet[Any]:
    """Exactly the rows behind an officer's figure (`part` of PARTS or "late"), the most urgent first."""
    assert post.station is not None
    rows = contacts_due(user, post.station, day).filter(answering=post.pk)
    rows = rows.filter(overdue_q(day) if part == "late" else PARTS.get(part, Q()))
    unmet_first = F("met_on").asc(nulls_first=True)
    return (
        rows.with_state(day)
        .select_related("enterprise", "rule", "met_by__visitor")
        .order_by(unmet_first, "closes", "pk")
    )


@dataclass(frozen=True)
class Handing:
    """交接: what goes with a post's list: enterprises, their open issues, the promises that the post still owes."""

    enterprises: list[Enterprise]
    issues: list[Issue]
    commitments: list[Commitment]
    owed: int
    overdue: int


def handing(user: User, post: Post, day: dt.date) -> Handing:
    """What the user sees of it; five queries."""
    held = Responsibility.objects.visible_to(user).on(day).filter(post=post).values("enterprise")
    firms = list(Enterprise.objects.visible_to(user).filter(pk__in=held).order_by("name_key", "pk"))
    issues = Issue.objects.visible_to(user).open().filter(enterprise__in=held).select_related("enterprise", "category")
    promises = Commitment.objects.visible_to(user).open().filter(post=post, enterprise__in=held)
    owed = Obligation.objects.visible_to(user).live().unmet().filter(enterprise__in=held, opens__lte=day)
    counts = owed.aggregate(
        owed=Count("pk", filter=Q(role=post.role)), overdue=Count("pk", filter=Q(role=post.role, closes__lt=day))
    )
    return Handing(
        firms,
        list(issues.order_by("due_on", "pk")),
        list(promises.select_related("enterprise").order_by("due_on", "pk")),
        counts["owed"],
        counts["overdue"],
    )


@service
def hand_over(*, actor: User, source: Post, target: Post) -> Outcome:
    """Let another grid officer's post answer from today on for every enterprise for which this one answers, with the promises
    still open and the visits planned; what was done stays with who did it.

    Always today: a past day would write anew who answered since, a later one would part the promises from the list.
    Enterprises from which the new officer keeps away are refused and stay. Open issues in the hands of the first post stay
    there: handing one on is a move of the issue. A constant number of queries. Raises ValidationError on target (the same
    post, of another station or role; nothing to hand over); PermissionDenied.
    """
    assert source.station is not None
    require(actor, Right.MANAGE_GRIDS, source.station)
    same_kind = target.station_id == source.station_id and target.role == source.role == Role.GRID_OFFICER
    if not same_kind or target.pk == source.pk:
        raise ValidationError({"target": [_("Choose another grid officer's post of this station.")]})
    today = clock.today()
    held = Responsibility.objects.on(today).filter(post=source).values("enterprise")
    firms = list(Enterprise._base_manager.filter(pk__in=held).order_by("pk"))
    if not firms:
        raise ValidationError({"target": [_("The post answers for no enterprise.")]})
    outcome = assign_enterprises(actor=actor, post=target, enterprises=firms, start=today)
    stay = {refusal.id for refusal in outcome.refused}
    going = [row for row in firms if row.pk not in stay]
    pass_on_commitments(actor=actor, source=source, target=target, enterprises=going)
    pass_on_plans(actor=actor, source=source, target=target, enterprises=going, start=today)
    return outcome
