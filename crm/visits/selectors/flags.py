"""标注: what about a record asks for a word of explanation. It explains and never punishes: nothing is blocked, nobody is ranked.

Each flag is a line of the table `FLAGS`: its word, its condition on visits, its reason in words; thresholds are dated rules.
A flag that looks at other visits looks at those alone that its reader may see.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce, ExtractHour, ExtractMinute, Length, Mod, TruncMonth, TruncQuarter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.accounts.models import User
from crm.core import clock, rules
from crm.visits.defaults import BETWEEN_VISITS, DAY_BEGINS, EARLIEST_HOUR, LATEST_HOUR, SAME_WORDS_FROM
from crm.visits.enums import Answer, Every, Mode
from crm.visits.models import Visit
from crm.visits.querysets import capped_q
from crm.visits.selectors.caps import with_cap

Rules = dict[str, int]
DAY_MINUTES = 24 * 60
CAP_SINCE = {Every.MONTH: "month", Every.QUARTER: "quarter"}
WITH_TIME = Q(mode=Mode.ONSITE, started_at__isnull=False)


@dataclass(frozen=True)
class Flag:
    """`condition(rules)`: of visits annotated by `_prepared`; `reason(visit, rules)`: why, in words."""

    code: str
    word: Any
    condition: Callable[[Rules], Q]
    reason: Callable[[Visit, Rules], str]


@dataclass(frozen=True)
class Noted:
    """A flag that stands on a visit."""

    word: Any
    reason: str


FLAGS: tuple[Flag, ...] = (
    Flag(
        "close",
        gettext_lazy("Minutes apart"),
        lambda _given: Q(close_by=True),
        lambda _visit, given: (
            _("Another enterprise less than %(n)d minutes apart on the same day.") % {"n": given[BETWEEN_VISITS]}
        ),
    ),
    Flag(
        "hours",
        gettext_lazy("Outside visiting hours"),
        lambda given: (
            WITH_TIME & (Q(started_at__hour__lt=given[EARLIEST_HOUR]) | Q(started_at__hour__gte=given[LATEST_HOUR]))
        ),
        lambda visit, given: (
            _("At %(time)s; usual are %(early)d to %(late)d o'clock. A night shift is a good reason.")
            % {
                "time": f"{visit.started_at:%H:%M}" if visit.started_at else "—",
                "early": given[EARLIEST_HOUR],
                "late": given[LATEST_HOUR],
            }
        ),
    ),
    Flag(
        "same_words",
        gettext_lazy("Same words as last time"),
        lambda given: Q(words_before=F("notes"), words__gte=given[SAME_WORDS_FROM]),
        lambda _visit, _given: _("The notes are word for word those of the visit before."),
    ),
    Flag(
        "late_record",
        gettext_lazy("Late record"),
        lambda _given: Q(late_record=True),
        lambda visit, _given: (
            _("Recorded %(n)d days after the visit.")
            % {"n": (clock.local_date(visit.recorded_at) - visit.visited_on).days}
        ),
    ),
    Flag(
        "over_cap",
        gettext_lazy("Beyond the cap"),
        lambda _given: capped_q() & Q(days_before__gte=F("cap_most")),
        lambda _visit, _given: _(
            "The enterprise had been visited on as many days of the month or quarter as the regime allows. "
            "A visit at its request or about its issue is not counted."
        ),
    ),
    Flag(
        "differs",
        gettext_lazy("The enterprise says otherwise"),
        lambda _given: Q(confirmation__answer=Answer.DIFFERS),
        lambda _visit, _given: _("What differs stands beside the record, which stays as it was made."),
    ),
)
BY_CODE = {flag.code: flag for flag in FLAGS}
THRESHOLDS = (BETWEEN_VISITS, DAY_BEGINS, EARLIEST_HOUR, LATEST_HOUR, SAME_WORDS_FROM)


def flag_rules(day: dt.date) -> Rules:
    """The thresholds of the day; one query."""
    return rules.values(THRESHOLDS, day)


def _minute(given: Rules) -> Mod:
    """The minute of a visit's day, which begins at five: what is past midnight comes after the evening."""
    minutes = ExtractHour("started_at") * 60 + ExtractMinute("started_at") + DAY_MINUTES - given[DAY_BEGINS] * 60
    return Mod(minutes, DAY_MINUTES, output_field=IntegerField())


def _with_days_before(rows: Any, seen: Any) -> Any:
    """With the cap that holds for each, and on how many earlier days of its period the enterprise was visited."""
    earlier = seen.filter(capped_q(), enterprise=OuterRef("enterprise"), visited_on__lt=OuterRef("visited_on"))

    def days(since: str) -> Subquery:
        found = earlier.filter(visited_on__gte=OuterRef(since)).order_by().values("enterprise")
        return Subquery(found.annotate(n=Count("visited_on", distinct=True)).values("n"), output_field=IntegerField())

    rows = rows.alias(month=TruncMonth("visited_on"), quarter=TruncQuarter("visited_on"))
    whens = [When(cap_every=every, then=Coalesce(days(since), 0)) for every, since in CAP_SINCE.items()]
    return with_cap(rows, "visited_on", enterprise="enterprise").annotate(days_before=Case(*whens, default=0))


def _prepared(user: User, rows: Any, given: Rules) -> Any:
    seen = Visit.objects.visible_to(user)
    others = seen.filter(WITH_TIME, visitor=OuterRef("visitor"), visited_on=OuterRef("visited_on"))
    others = others.exclude(enterprise=OuterRef("enterprise")).annotate(minute=_minute(given))
    span = given[BETWEEN_VISITS]
    near = others.filter(minute__gt=OuterRef("minute") - span, minute__lt=OuterRef("minute") + span)
    earlier = seen.filter(
        Q(visited_on__lt=OuterRef("visited_on")) | Q(visited_on=OuterRef("visited_on"), pk__lt=OuterRef("pk")),
        enterprise=OuterRef("enterprise"),
    )
    rows = _with_days_before(rows, seen).annotate(minute=_minute(given), words=Length("notes"))
    return rows.annotate(
        close_by=Q(WITH_TIME) & Exists(near),
        words_before=Subquery(earlier.order_by("-visited_on", "-pk").values("notes")[:1]),
    )


def flagged(user: User, rows: Any, code: str, given: Rules) -> Any:
    """Of the visits those on which the flag stands for this reader. KeyError for an unknown code."""
    return _prepared(user, rows, given).filter(BY_CODE[code].condition(given))


def flags_of(user: User, visits: list[Visit], given: Rules) -> dict[int, list[Noted]]:
    """{visit id: the flags that stand on it for this reader}; one query for all."""
    rows = _prepared(user, Visit.objects.visible_to(user).filter(pk__in=[visit.pk for visit in visits]), given)
    by_id = {visit.pk: visit for visit in visits}
    found: dict[int, list[Noted]] = {visit.pk: [] for visit in visits}
    rows = rows.annotate(**{f"on_{flag.code}": flag.condition(given) for flag in FLAGS})
    for pk, *stands in rows.values_list("pk", *(f"on_{flag.code}" for flag in FLAGS)):
        found[pk] = [
            Noted(flag.word, flag.reason(by_id[pk], given)) for flag, on in zip(FLAGS, stands, strict=True) if on
        ]
    return found
