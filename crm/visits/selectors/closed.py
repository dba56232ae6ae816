"""No-visit days: busy seasons of enterprises and their chains, and pauses."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from crm.core.festivals import festival_day
from crm.visits.models import ContactPause
from crm.visits.windows import DAY
from enterprises.models import ChainMembership, ChainSeason, EnterpriseSeason
from enterprises.models.seasons import LONGEST_SIDE, Season

SAID = ("festival", "month", "day", "days_before", "days_after", "term")  # what decides when a season is


def season_terms(season: Season, start: dt.date, end: dt.date) -> list[tuple[dt.date, dt.date]]:
    """(first, last) day of the seasons that touch `[start, end]` and whose first day lies in the row's term."""
    found = []
    for year in range(start.year - 1, end.year + 2):
        day = festival_day(season.festival, year, season.month, season.day)
        first, last = day - season.days_before * DAY, day + season.days_after * DAY
        if season.holds_on(first) and first <= end and last >= start:
            found.append((first, last))
    return found


def closed_terms(
    enterprise_ids: Iterable[int], start: dt.date, end: dt.date
) -> dict[int, list[tuple[dt.date, dt.date, str]]]:
    """{enterprise id: (first day, last day, why) of what touches `[start, end]`}; three queries, absent: none."""
    ids = list(enterprise_ids)
    found: dict[int, list[tuple[dt.date, dt.date, str]]] = defaultdict(list)
    for own in EnterpriseSeason._base_manager.filter(enterprise__in=ids):
        found[own.enterprise_id] += [(first, last, str(own)) for first, last in season_terms(own, start, end)]
    reach = (start - 2 * LONGEST_SIDE * DAY, end + DAY)
    places = ChainMembership._base_manager.filter(
        enterprise__in=ids, term__overlap=reach, chain__seasons__isnull=False
    ).values_list("enterprise_id", "term", "chain__seasons", *(f"chain__seasons__{name}" for name in SAID))
    known: dict[int, tuple[str, list[tuple[dt.date, dt.date]]]] = {}
    for pk, place, season_id, *said in places:
        if season_id not in known:
            shared = ChainSeason(**dict(zip(SAID, said, strict=True)))
            known[season_id] = str(shared), season_terms(shared, start, end)
        why, terms = known[season_id]
        stay = ChainMembership(term=place)
        found[pk] += [(*term, why) for term in terms if stay.holds_on(term[0])]
    for pause in ContactPause._base_manager.filter(enterprise__in=ids, term__overlap=(start, end + DAY)):
        assert pause.last_day is not None
        found[pause.enterprise_id].append((pause.start, pause.last_day, pause.reason))
    return {pk: terms for pk, terms in found.items() if terms}


def closed_days(enterprise_ids: Iterable[int], start: dt.date, end: dt.date) -> dict[int, frozenset[dt.date]]:
    """{enterprise id: its no-visit days of `[start, end]` and of what touches it}; absent: none."""
    known: dict[tuple[tuple[dt.date, dt.date], ...], frozenset[dt.date]] = {}

    def days(terms: tuple[tuple[dt.date, dt.date], ...]) -> frozenset[dt.date]:
        if terms not in known:
            known[terms] = frozenset(first + n * DAY for first, last in terms for n in range((last - first).days + 1))
        return known[terms]

    found = closed_terms(enterprise_ids, start, end)
    return {pk: days(tuple(sorted({term[:2] for term in terms}))) for pk, terms in found.items()}
