"""个人月度小结: what a post did in a month, by the figures that stand everywhere else; no ranking."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from crm.access.grants import grants_of
from crm.access.roles import STATION_ROLES, Right, Role
from crm.accounts.models import User
from crm.core import clock
from crm.coverage.cuts import Cut
from crm.coverage.periods import Period
from crm.coverage.selectors import Rates, coverage
from crm.issues.models import Issue
from crm.visits.enums import EFFECTIVE, Level, Mode
from crm.visits.models import Visit
from crm.workflows.ledger import LedgerLine, ledger_lines
from stations.models import Post
from stations.models.posts import PostQuerySet
from stations.selectors import Seat, seats_of


@dataclass(frozen=True)
class Summary:
    """A post's month up to `until` (its last day, or today). Contacts are effective ones; attempts are counted apart."""

    seat: Seat
    period: Period
    until: dt.date
    modes: list[tuple[str, int]]
    contacts: int
    attempts: int  # nobody there, declined, not answered, gone
    enterprises: int  # 户数: with at least one contact
    levels: list[tuple[str, int]]  # contacts at which it was spoken to
    opened: int
    closed: int
    rates: Rates  # of a grid officer's own enterprises; empty for others
    lines: list[LedgerLine]


def posts_summarised(user: User) -> PostQuerySet:
    """Station posts whose month the user may see: those held, and all of stations whose figures the user sees whole."""
    grants = grants_of(user)
    if grants is None:
        return Post.objects.none()
    held = [seat.post_id for seat in grants.seats if seat.role in STATION_ROLES]
    mine = Q(pk__in=held) | Q(station__in=grants.whole_station_ids(Right.VIEW_COVERAGE))
    return Post.objects.visible_to(user).filter(mine, role__in=STATION_ROLES)


def month_summary(user: User, post: Post, period: Period, today: dt.date) -> Summary:
    """What the post did in the month, as far as the user sees it; the number of queries is constant."""
    until = period.day(today)
    rows = Visit.objects.visible_to(user).filter(post=post, visited_on__gte=period.start, visited_on__lte=until)
    visits = list(rows.select_related("enterprise", "visitor", "post").order_by("visited_on", "pk"))
    done = [row for row in visits if row.outcome in EFFECTIVE]
    by_mode = Counter(row.mode for row in done)
    by_level = Counter(level for row in done for level in row.levels)
    after = clock.start_of(until + dt.timedelta(days=1))
    issues = Issue.objects.visible_to(user).aggregate(
        opened=Count("pk", filter=Q(post=post, raised_on__gte=period.start, raised_on__lte=until)),
        closed=Count(
            "pk",
            filter=(Q(post=post) | Q(handler=post))
            & Q(closed_at__gte=clock.start_of(period.start), closed_at__lt=after),
        ),
    )
    own = post.role == Role.GRID_OFFICER
    return Summary(
        seat=seats_of([post], until)[post.pk],
        period=period,
        until=until,
        modes=[(str(mode.label), by_mode[mode]) for mode in Mode if by_mode[mode]],
        contacts=len(done),
        attempts=len(visits) - len(done),
        enterprises=len({row.enterprise_id for row in done}),
        levels=[(str(level.label), by_level[level]) for level in Level],
        opened=issues["opened"],
        closed=issues["closed"],
        rates=coverage(Cut(user, period, today, post=post)) if own else {},
        lines=ledger_lines(user, visits),
    )
