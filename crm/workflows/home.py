"""What the home page shows, by role: figures, what to do next, whom to see, what waits for me."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access.grants import grants_of
from crm.access.roles import Right, Role
from crm.accounts.models import User
from crm.core import clock, workcalendar
from crm.core.querysets import count_of
from crm.coverage.cuts import Cut
from crm.coverage.periods import Period, quarter_of
from crm.coverage.selectors import Rate, Rates, chain_totals, confirmed, coverage
from crm.issues.models import Issue
from crm.issues.selectors import Deadline, deadline
from crm.visits.enums import Answer, CommitmentState
from crm.visits.models import Commitment, SubmissionConflict, Visit, VisitConfirmation
from crm.visits.querysets import late_promise_q
from crm.visits.selectors import CommitmentCounts, DueItem, commitment_counts, due_list, never_contacted, to_confirm
from enterprises.enums import CandidateSource
from enterprises.models import Candidate, Chain, ChainLeader, Enterprise
from grids.enums import ListState
from grids.models import ResponsibleList
from grids.selectors import GridLoad, loads, responsible_on, unassigned
from stations.models import Station
from stations.selectors import seats_of

CADRE_DAYS = 30  # of visits that a cadre's page shows
MOST_TO_CONFIRM = 5

DAY = dt.timedelta(days=1)
LATELY = 14 * DAY  # corrections of visits that the chief's home page tells of


@dataclass(frozen=True)
class ChainRow:
    """A chain with its rates, its gaps and who leads it."""

    chain: Chain
    rates: Rates
    empty_nodes: int
    leader: str
    period: Period

    @property
    def query(self) -> str:
        """The cut as the row pages know it."""
        return f"chain={self.chain.pk}&period={self.period.code}"


@dataclass(frozen=True)
class Step:
    """One line of 下一步: what, why, and the one button."""

    title: str
    why: str
    url: str
    act: str


@dataclass
class Home:
    """Everything of the page; parts that a role does not have are empty."""

    kind: str
    day: dt.date
    period: Period
    station: Station | None = None
    rates: Rates = field(default_factory=dict)
    confirmed: Rate | None = None
    chains: list[ChainRow] = field(default_factory=list)
    loads: list[GridLoad] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    due: list[DueItem] = field(default_factory=list)
    promises: CommitmentCounts | None = None
    forgotten: list[Enterprise] = field(default_factory=list)
    lists: list[ResponsibleList] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    own: list[Any] = field(
        default_factory=list
    )  # a cadre's enterprises, with `answering`: who answers and who sits there
    to_confirm: list[Visit] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    clocks: list[tuple[Issue, Deadline | None]] = field(default_factory=list)


KIND_OF_ROLE = (
    (Role.DISTRICT_LEADER, "district"),
    (Role.DISTRICT_STAFF, "district"),
    (Role.CHIEF, "chief"),
    (Role.GRID_OFFICER, "officer"),
    (Role.LIAISON, "officer"),
    (Role.API_CONSUMER, "system"),
    (Role.ADMINISTRATOR, "administrator"),
    (Role.ENTERPRISE_CADRE, "cadre"),
)


def home_of(user: User, day: dt.date) -> Home:
    """The home page of the user's first role; somebody without a post gets a page that says so."""
    grants = grants_of(user)
    roles = grants.roles if grants is not None else frozenset()
    kind = next((kind for role, kind in KIND_OF_ROLE if role in roles), "nobody")
    home = Home(kind, day, quarter_of(day))
    if kind in _FILL:
        _FILL[kind](user, home)
    return home


def _officer(user: User, home: Home) -> None:
    home.due = due_list(user, home.day, limit=30, own=True)
    home.promises = commitment_counts(user, home.day, own=True)
    home.rates = coverage(Cut(user, home.period, home.day))
    home.issues = _open_issues(user, home.day)


def _chief(user: User, home: Home) -> None:
    newest = ResponsibleList.objects.visible_to(user).filter(station=OuterRef("pk")).order_by("-number")
    sent_twice = SubmissionConflict.objects.visible_to(user).filter(station=OuterRef("pk"), decision="")
    since = clock.start_of(home.day - LATELY)
    otherwise = VisitConfirmation.objects.visible_to(user).filter(
        visit__station=OuterRef("pk"), answer=Answer.DIFFERS, at__gte=since, at__lt=clock.start_of(home.day + DAY)
    )
    promises = Commitment.objects.visible_to(user)
    known = Candidate.objects.visible_to(user).filter(station=OuterRef("pk")).exclude(source=CandidateSource.PROFILE)
    station = home.station = (
        Station.objects.allowing(user, Right.PLAN)
        .select_related("union")
        .annotate(
            list_id=Subquery(newest.values("pk")[:1]),
            list_state=Subquery(newest.values("state")[:1]),
            waiting=count_of(known),
            sent_twice=count_of(sent_twice),
            otherwise=count_of(otherwise),
            unassigned=count_of(unassigned(OuterRef("pk"), home.day)),
            promised=count_of(promises.filter(state=CommitmentState.OPEN)),
            promised_late=count_of(promises.filter(late_promise_q(home.day))),
        )
        .order_by("pk")
        .first()
    )
    if station is None:
        return
    cut = Cut(user, home.period, home.day, station=station)
    home.rates, home.confirmed = coverage(cut), confirmed(cut)
    home.loads = loads(user, station, home.day)
    home.due = due_list(user, home.day, limit=8)
    home.promises = CommitmentCounts(station.promised, station.promised_late)
    home.steps = _chief_steps(home, station)


def _chief_steps(home: Home, station: Any) -> list[Step]:
    """What the station's state asks for next, most urgent first."""
    sheet = reverse("grids:sheet", args=[station.pk])
    lists = reverse("grids:lists", args=[station.pk])
    vacant = "、".join(load.grid.name for load in home.loads if load.seat.holder is None)
    open_list = station.list_id if station.list_state not in (None, ListState.RELEASED) else None
    words = str(ListState(station.list_state).label) if open_list else ""
    known = _("%(n)d enterprises are known but not on the register") % {"n": station.waiting}
    free = _("Nobody answers for %(n)d enterprises") % {"n": station.unassigned}
    twice = _("%(n)d reports came under a used number") % {"n": station.sent_twice}
    said = _("Of %(n)d visits in the last fortnight the enterprise says otherwise") % {"n": station.otherwise}
    table = (
        (station.otherwise, Step(_("Look at corrections"), said, reverse("visits:list") + "?flag=differs", _("Look"))),
        (station.sent_twice, Step(_("Settle what was sent twice"), twice, reverse("visits:conflicts"), _("Compare"))),
        (station.waiting, Step(_("Enter on the register"), known, _list_url(register="candidate"), _("Choose"))),
        (
            not home.loads,
            Step(_("Make grids"), _("Type or paste them with their officers"), sheet, _("Open the sheet")),
        ),
        (station.unassigned and home.loads, Step(_("Assign"), free, _list_url(post="none"), _("Assign"))),
        (vacant, Step(_("Fill vacant posts"), vacant, sheet, _("Open the sheet"))),
        (open_list, Step(_("Open responsible list"), words, reverse("grids:list", args=[open_list or 0]), _("Look"))),
        (
            not open_list,
            Step(_("Draft the responsible list"), _("So that it says what holds today"), lists, _("Draft")),
        ),
        (True, Step(_("Plan contacts"), _("For six months"), reverse("visits:plan", args=[station.pk]), _("Plan"))),
    )
    return [step for wanted, step in table if wanted]


def _list_url(**filters: str) -> str:
    return reverse("enterprises:list") + "?" + "&".join(f"{name}={value}" for name, value in filters.items())


def _district(user: User, home: Home) -> None:
    cut = Cut(user, home.period, home.day)
    home.rates, home.confirmed = coverage(cut), confirmed(cut)
    home.chains = chain_rows(user, home.day)
    home.lists = list(_lists(user).select_related("station")[:5])
    home.issues = _open_issues(user, home.day)
    never = never_contacted(Enterprise.objects.visible_to(user).registered_on(home.day), home.day)
    home.forgotten = list(never.order_by("name_key", "pk")[:6])


def _lists(user: User) -> Any:
    return ResponsibleList.objects.visible_to(user).order_by("-year", "-number", "-pk")


def _open_issues(user: User, day: dt.date) -> list[Issue]:
    return list(
        Issue.objects.visible_to(user).open().select_related("enterprise", "category").order_by("due_on", "pk")[:6]
    )


def chain_rows(user: User, day: dt.date) -> list[ChainRow]:
    """Every chain that the user sees with its rates of the quarter, lowest visit coverage first; two queries."""
    period = quarter_of(day)
    leading = ChainLeader.objects.visible_to(user).on(day).filter(chain=OuterRef("pk"))
    chains = Chain.objects.visible_to(user).annotate(leader=Subquery(leading.values("enterprise__name")[:1]))
    cut = Cut(user, period, day)
    totals = chain_totals(cut)
    rows = [
        ChainRow(chain, totals[chain.pk].rates, totals[chain.pk].empty_nodes, chain.leader or "", period)
        for chain in chains.order_by("pk")
        if chain.pk in totals
    ]
    return sorted(rows, key=lambda row: (row.rates["visit"].value is None, row.rates["visit"].value))


def _cadre(user: User, home: Home) -> None:
    home.own = list(Enterprise.objects.visible_to(user).select_related("station").order_by("name_key", "pk"))
    duties = responsible_on(user, [row.pk for row in home.own], home.day)
    sitting = seats_of([duty.post for found in duties.values() for duty in found], home.day)
    for row in home.own:
        row.answering = [(duty, sitting[duty.post_id]) for duty in duties.get(row.pk, ())]
    since = home.day - dt.timedelta(days=CADRE_DAYS)
    visits = Visit.objects.visible_to(user).filter(visited_on__gte=since, visited_on__lte=home.day)
    related = ("enterprise", "visitor", "post", "confirmation")
    home.visits = list(visits.select_related(*related).order_by("-visited_on", "-pk")[:20])
    waiting = to_confirm(user, since, home.day).select_related(*related).order_by("visited_on", "pk")
    home.to_confirm = list(waiting[:MOST_TO_CONFIRM])
    issues = Issue.objects.visible_to(user).open().select_related("handler").order_by("due_on", "pk")[:20]
    calendar = workcalendar.load()
    home.clocks = [(issue, deadline(issue, home.day, calendar)) for issue in issues]


_FILL = {"officer": _officer, "chief": _chief, "district": _district, "cadre": _cadre}
