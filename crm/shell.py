"""What every page's frame needs: who am I, which menu, demo band."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.access.declared import SIGNED_IN, Open
from crm.access.grants import grants_of
from crm.access.roles import Right


@dataclass(frozen=True)
class Entry:
    """A menu entry: where it leads, which right shows it, and the namespaces in which it is current."""

    url_name: str
    label: Any
    icon: str
    right: Right | Open
    within: tuple[str, ...]


MENU = (
    Entry("home", _("Home"), "home", SIGNED_IN, ("home",)),
    Entry("enterprises:chains", _("Chains"), "chain", Right.VIEW_STATION, ("enterprises:chains", "coverage:")),
    Entry("stations:list", _("Stations"), "station", Right.VIEW_STATION, ("stations:", "grids:sheet", "grids:loads")),
    Entry("enterprises:list", _("Enterprises"), "list", Right.VIEW_REGISTER, ("enterprises:", "grids:assign")),
    Entry("visits:list", _("Visits"), "visit", Right.VIEW_VISITS, ("visits:",)),
    Entry("issues:list", _("Issues"), "flag", Right.VIEW_ISSUES, ("issues:",)),
    Entry("programs:index", _("Reform"), "paper", Right.VIEW_PROGRAMS, ("programs:",)),
    Entry(
        "grids:index", _("Lists and papers"), "paper", Right.VIEW_LISTS, ("grids:index", "grids:list", "grids:lists")
    ),
    Entry("accounts:list", _("Accounts"), "people", Right.MANAGE_ACCOUNTS, ("accounts:",)),
)
# at the foot of a phone: five words, the act of the day in the middle
TABS = (
    Entry("home", _("Today"), "home", SIGNED_IN, ("home",)),
    Entry(
        "enterprises:list", _("Enterprises"), "list", Right.VIEW_REGISTER, ("enterprises:list", "enterprises:detail")
    ),
    Entry("visits:start", _("Log a visit"), "plus", Right.LOG_VISIT, ("visits:start", "visits:log")),
    Entry("issues:list", _("Issues"), "flag", Right.VIEW_ISSUES, ("issues:",)),
    Entry("enterprises:chains", _("Chains"), "chain", Right.VIEW_STATION, ("enterprises:chains", "coverage:")),
    Entry("accounts:list", _("Accounts"), "people", Right.MANAGE_ACCOUNTS, ("accounts:",)),
)


def context(request: HttpRequest) -> dict[str, Any]:
    """`demo_mode` always; for somebody signed in `menu`, `tabs`, `me` (asked for only by pages that draw the frame),
    `may_search`, whether there is a register to search, and `bell`: unread notices, for whom there can be any.
    """
    found: dict[str, Any] = {"demo_mode": settings.DEMO_MODE}
    if getattr(request, "user", None) is None or not request.user.is_authenticated:
        return found
    return found | {
        "menu": SimpleLazyObject(lambda: _entries(request, MENU)),
        "tabs": SimpleLazyObject(lambda: _entries(request, TABS)),
        "me": SimpleLazyObject(lambda: _me(request)),
        "may_search": SimpleLazyObject(lambda: _holds(request, Right.VIEW_REGISTER)),
        "bell": SimpleLazyObject(lambda: _bell(request)),
    }


def _holds(request: HttpRequest, right: Right | Open) -> bool:
    grants = grants_of(request.user)
    return isinstance(right, Open) or (grants is not None and grants.anywhere(right))


def _entries(request: HttpRequest, entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    here = request.resolver_match.view_name if request.resolver_match else ""
    shown = [entry for entry in entries if _holds(request, entry.right)]
    # the longest prefix wins, so that a sub-page lights one entry and not two
    fits = {entry: max((len(p) for p in entry.within if here.startswith(p)), default=0) for entry in shown}
    best = max(fits.values(), default=0)
    return [
        {
            "label": entry.label,
            "url": reverse(entry.url_name),
            "icon": entry.icon,
            "current": best > 0 and fits[entry] == best,
            "act": entry.right == Right.LOG_VISIT,
        }
        for entry in shown
    ]


def _bell(request: HttpRequest) -> dict[str, Any]:
    """How many notices are unread; the number came with the request's user. Empty for whom none are made."""
    if not _holds(request, Right.VIEW_STATION):
        return {}
    count = getattr(request.user, "unread_notices", 0)
    words = ngettext("%(n)d unread notice", "%(n)d unread notices", count) % {"n": count} if count else _("Notices")
    here = request.resolver_match.view_name if request.resolver_match else ""
    return {"unread": count, "words": words, "current": here.startswith("notices:")}


def _me(request: HttpRequest) -> dict[str, str]:
    grants = grants_of(request.user)
    seat = next(iter(grants.seats), None) if grants is not None else None
    return {"name": str(request.user), "post": seat.title if seat else "", "place": seat.place if seat else ""}
