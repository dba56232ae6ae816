"""Responsible lists: 拟定, 报审, 审定, 印发; the paper and the xlsx."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import can, holds_there
from crm.accounts.requests import SignedInRequest
from crm.core.forms import sent_day, whole_number
from crm.core.sheets import xlsx_response
from enterprises.enums import Tier, UnionState
from enterprises.models import Enterprise
from enterprises.selectors import Masked, is_sample, kept_back_among, masked_name, masked_phone
from grids.enums import ListState
from grids.models import ResponsibleList
from grids.selectors import diff_lists
from grids.services import approve_list, discard_draft, draft_list, release_list, return_list, submit_list
from stations.models import Station


def _found(request: SignedInRequest, pk: int) -> ResponsibleList:
    rows = ResponsibleList.objects.visible_to(request.user).select_related(
        "station__union", "station__home_park", "previous"
    )
    return get_object_or_404(rows, pk=pk)


@needs(Right.VIEW_LISTS)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """All lists in reach, newest first."""
    rows = (
        ResponsibleList.objects.visible_to(request.user).select_related("station").order_by("-drafted_at", "-pk")[:100]
    )
    stations = list(Station.objects.allowing(request.user, Right.DRAFT_LIST).order_by("pk")[:20])
    return render(request, "grids/index.html", {"rows": rows, "stations": stations})


@needs(Right.VIEW_LISTS)
@require_http_methods(["GET", "POST"])
def station_lists(request: SignedInRequest, pk: int) -> HttpResponse:
    """A station's lists; POST drafts the next one."""
    station = get_object_or_404(Station.objects.visible_to(request.user), pk=pk)
    if not holds_there(request.user, Right.VIEW_LISTS, pk):
        raise Http404
    if request.method == "POST":
        try:
            row = draft_list(
                actor=request.user,
                station=station,
                valid_until=sent_day(request.POST.get("valid_until", ""), "valid_until"),
            )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("grids:lists", pk=pk)
        messages.success(request, _("List %(list)s drafted.") % {"list": row})
        return redirect("grids:list", pk=row.pk)
    rows = ResponsibleList.objects.visible_to(request.user).filter(station=station).order_by("-number")
    return render(
        request,
        "grids/lists.html",
        {
            "station": station,
            "rows": rows,
            "may_draft": can(request.user, Right.DRAFT_LIST, station)
            and not any(row.state != ListState.RELEASED for row in rows),
        },
    )


def _lines(request: SignedInRequest, row: ResponsibleList) -> list[Any]:
    """The list's lines that the reader may see: contacts masked, officers' phones without `view_contacts` too. Three queries."""
    lines: list[Any] = list(row.lines.all().visible_to(request.user))
    open_to = set(
        Enterprise.objects.allowing(request.user, Right.VIEW_CONTACTS)
        .filter(pk__in=[line.enterprise_id for line in lines])
        .values_list("pk", flat=True)
    )
    kept_back = kept_back_among(request.user, [line.enterprise_id for line in lines])
    tiers, unions = dict(Tier.choices), dict(UnionState.choices)
    for line in lines:
        shown = line.enterprise_id in open_to
        name, phone = line.contact.get("name", ""), line.contact.get("phone", "")
        officer_phone = line.phones.get("officer", "")
        line.contact_name, line.contact_phone = Masked(masked_name(name), True), Masked(masked_phone(phone), True)
        if line.enterprise_id in kept_back:
            line.workers, line.industrial_workers = _("confidential"), None
        line.officer_phone = Masked(officer_phone if shown else masked_phone(officer_phone), not shown)
        line.tier_label, line.union_label = tiers.get(line.tier, ""), unions.get(line.union_state, "")
    return lines


@needs(Right.VIEW_LISTS)
@require_GET
def list_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One list: where it stands, what it changes, its lines, the next move."""
    row = _found(request, pk)
    moves = [
        {"move": move, "label": label, "primary": move in ("submit", "approve", "release")}
        for move, (right, states, label) in MOVES.items()
        if row.state in states and can(request.user, right, row.station)
    ]
    return render(
        request,
        "grids/list.html",
        {
            "row": row,
            "lines": _lines(request, row),
            "diff": diff_lists(row.previous, row, request.user),
            "moves": moves,
            "states": ListState.choices,
        },
    )


@needs(Right.VIEW_LISTS)
@require_GET
def paper(request: SignedInRequest, pk: int) -> HttpResponse:
    """The list as the paper that is printed and signed."""
    row = _found(request, pk)
    lines = _lines(request, row)
    sample = is_sample(line.enterprise_id for line in lines)
    return render(request, "grids/paper.html", {"row": row, "lines": lines, "sample": sample})


@needs(Right.VIEW_LISTS)
@require_GET
def list_xlsx(request: SignedInRequest, pk: int) -> HttpResponse:
    """The list as a sheet."""
    row = _found(request, pk)
    head = [_("No."), _("Enterprise"), _("credit code"), _("Place"), _("Chain and node"), _("Tier"), _("workers"),
            _("industrial workers"), _("trade union"), _("Enterprise contact"), _("Phone"), _("Station chief"),
            _("Grid officer"), _("Liaison officer"), _("Frequency"), _("From"), _("Until"), _("Note")]  # fmt: skip
    lines = (
        [
            line.position, line.enterprise_name, line.uscc, line.place, line.nodes, str(line.tier_label), line.workers,
            line.industrial_workers, str(line.union_label), str(line.contact_name), str(line.contact_phone), line.chief_name,
            line.officer_name or line.acting_name, line.liaison_names, line.frequency, line.start, line.end, line.note,
        ]
        for line in _lines(request, row)
    )  # fmt: skip
    return xlsx_response(_("Responsible list"), head, lines, f"list-{row.year}-{row.number}.xlsx")


# move: (right, from which states, words on the button)
MOVES = {
    "submit": (Right.DRAFT_LIST, (ListState.DRAFT,), gettext_lazy("Submit for approval")),
    "discard": (Right.DRAFT_LIST, (ListState.DRAFT,), gettext_lazy("Throw the draft away")),
    "approve": (Right.APPROVE_LIST, (ListState.SUBMITTED,), gettext_lazy("Approve")),
    "return": (Right.APPROVE_LIST, (ListState.SUBMITTED, ListState.APPROVED), gettext_lazy("Send back")),
    "release": (Right.RELEASE_LIST, (ListState.APPROVED,), gettext_lazy("Release")),
}
SERVICES = {"submit": submit_list, "approve": approve_list, "release": release_list}
TOLD = {
    "submit": gettext_lazy("Submitted for approval."),
    "approve": gettext_lazy("Approved."),
    "return": gettext_lazy("Sent back."),
    "release": gettext_lazy("Released."),
    "discard": gettext_lazy("The draft was thrown away."),
}


@needs(Right.VIEW_LISTS)
@require_POST
def list_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """One move of a list."""
    row = _found(request, pk)
    move = request.POST.get("move", "")
    version = whole_number(request.POST.get("version", ""))
    common: dict[str, Any] = {
        "actor": request.user,
        "responsible_list": row,
        "version": version or 0,
    }
    try:
        if move == "return":
            return_list(**common, reason=request.POST.get("reason", ""))
        elif move == "discard":
            discard_draft(**common)
            messages.success(request, TOLD[move])
            return redirect("grids:lists", pk=row.station_id)
        elif move in SERVICES:
            SERVICES[move](**common)
        else:
            raise PermissionDenied
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, TOLD[move])
    return redirect("grids:list", pk=pk)
