"""What the home page shows, by role: figures, what to do next, whom to see, what waits for me."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.access.grants import grants_of
from crm.access.roles import Right, Role
from crm.accounts.models import User
from crm.coverage.cuts import Cut
from crm.coverage.periods import Period, quarter_of
from crm.coverage.selectors import Rates, coverage
from crm.issues.models import Issue
from crm.visits.selectors import ContactStatus, DueItem, contact_status, due_list, never_contacted
from enterprises.models import Chain, ChainLeader, ChainMembership, ChainNode, Enterprise
from grids.enums import ListState
from grids.models import ResponsibleList
from grids.selectors import GridLoad, loads, unassigned
from stations.models import Station


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


@dataclass(frozen=True)
class Forgotten:
    """An enterprise that nobody has seen for longest."""

    enterprise: Enterprise
    status: ContactStatus


@dataclass
class Home:
    """Everything of the page; parts that a role does not have are empty."""

    kind: str
    day: dt.date
    period: Period
    station: Station | None = None
    rates: Rates = field(default_factory=dict)
    chains: list[ChainRow] = field(default_factory=list)
    loads: list[GridLoad] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    due: list[DueItem] = field(default_factory=list)
    forgotten: list[Forgotten] = field(default_factory=list)
    lists: list[ResponsibleList] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


KIND_OF_ROLE = (
    (Role.DISTRICT_LEADER, "district"),
    (Role.DISTRICT_STAFF, "district"),
    (Role.CHIEF, "chief"),
    (Role.GRID_OFFICER, "officer"),
    (Role.LIAISON, "officer"),
    (Role.API_CONSUMER, "system"),
    (Role.ADMINISTRATOR, "administrator"),
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


def _station_of(user: User, right: Right) -> Station | None:
    return Station.objects.allowing(user, right).select_related("union", "home_park").order_by("pk").first()


def _officer(user: User, home: Home) -> None:
    home.due = due_list(user, home.day, limit=30, own=True)
    home.rates = coverage(Cut(user, home.period, home.day))
    home.issues = _open_issues(user, home.day)


def _chief(user: User, home: Home) -> None:
    station = home.station = _station_of(user, Right.PLAN)
    if station is None:
        return
    home.rates = coverage(Cut(user, home.period, home.day, station=station))
    home.loads = loads(station, home.day)
    home.due = due_list(user, home.day, limit=8)
    home.lists = list(_lists(user).filter(station=station)[:3])
    home.steps = _chief_steps(user, home, station)


def _chief_steps(user: User, home: Home, station: Station) -> list[Step]:
    day, steps = home.day, []
    waiting = station.candidates.exclude(source="profile").count()
    if waiting:
        why = ngettext("%(n)d enterprise is known but not on the register", "%(n)d enterprises are known but not on the register", waiting)
        steps.append(Step(_("Enter on the register"), why % {"n": waiting}, _list_url(register="candidate"), _("Choose")))
    if not home.loads:
        steps.append(Step(_("Make grids"), _("No grid yet: type or paste them with their officers"), reverse("grids:sheet", args=[station.pk]), _("Open the sheet")))
    free = unassigned(station, day)
    if free and home.loads:
        why = ngettext("Nobody answers for %(n)d enterprise", "Nobody answers for %(n)d enterprises", free)
        steps.append(Step(_("Assign"), why % {"n": free}, _list_url(post="none"), _("Assign")))
    vacant = [load for load in home.loads if load.seat.holder is None]
    if vacant:
        why = "、".join(load.grid.name for load in vacant[:4])
        steps.append(Step(_("Fill vacant posts"), why, reverse("grids:sheet", args=[station.pk]), _("Open the sheet")))
    if not home.lists or home.lists[0].state == ListState.RELEASED:
        steps.append(Step(_("Draft the responsible list"), _("So that it says what holds today"), reverse("grids:lists", args=[station.pk]), _("Draft")))
    elif home.lists[0].state != ListState.RELEASED:
        first = home.lists[0]
        steps.append(Step(_("Responsible list %(list)s") % {"list": first}, first.get_state_display(), reverse("grids:list", args=[first.pk]), _("Look")))
    steps.append(Step(_("Plan contacts"), _("From the regime in force, for six months"), reverse("visits:plan", args=[station.pk]), _("Plan")))
    return steps[:5]


def _list_url(**filters: str) -> str:
    return reverse("enterprises:list") + "?" + "&".join(f"{name}={value}" for name, value in filters.items())


def _district(user: User, home: Home) -> None:
    home.rates = coverage(Cut(user, home.period, home.day))
    home.chains = chain_rows(user, home.day)
    home.lists = list(_lists(user).select_related("station")[:5])
    home.issues = _open_issues(user, home.day)
    rows = list(
        never_contacted(Enterprise.objects.visible_to(user).registered_on(home.day), home.day).order_by("name_key", "pk")[:6]
    )
    status = contact_status([row.pk for row in rows], home.day)
    home.forgotten = [Forgotten(row, status[row.pk]) for row in rows]


def _lists(user: User) -> Any:
    return ResponsibleList.objects.visible_to(user).order_by("-year", "-number", "-pk")


def _open_issues(user: User, day: dt.date) -> list[Issue]:
    return list(
        Issue.objects.visible_to(user).open().select_related("enterprise", "category").order_by("due_on", "pk")[:6]
    )


def chain_rows(user: User, day: dt.date) -> list[ChainRow]:
    """Every chain that the user sees with its rates of the quarter, lowest visit coverage first.

    Four queries per chain: a district has a handful of chains.
    """
    chains = list(Chain.objects.visible_to(user).order_by("pk"))
    leaders = {
        row.chain_id: row.enterprise.name
        for row in ChainLeader.objects.on(day).filter(chain__in=chains).select_related("enterprise")
    }
    registered = Enterprise.objects.visible_to(user).registered_on(day).values("pk")
    on_node = ChainMembership.objects.on(day).filter(node=OuterRef("pk"), enterprise__in=registered)
    empty = dict(
        ChainNode.objects.filter(~Exists(on_node), chain__in=chains).values_list("chain").annotate(Count("pk")).order_by()
    )
    period = quarter_of(day)
    rows = [
        ChainRow(chain, coverage(Cut(user, period, day, chain=chain)), empty.get(chain.pk, 0), leaders.get(chain.pk, ""), period)
        for chain in chains
    ]
    return sorted(rows, key=lambda row: (row.rates["visit"].value is None, row.rates["visit"].value))


_FILL = {"officer": _officer, "chief": _chief, "district": _district}
