"""A station's enterprises and how far each is with the checklist."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import holds_there
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import search_text, whole_number
from crm.core.sheets import xlsx_response
from crm.programs.enums import ItemState, ReformStage
from crm.programs.models import ChecklistLine
from crm.programs.selectors import Sheet, kept_unions, sheets_at, standing_of
from stations.models import Station

PAGE = 50


@needs(Right.VIEW_PROGRAMS)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Stations in reach, and what the union has for all of them."""
    rows = Station.objects.visible_to(request.user).select_related("union").order_by("pk")
    stations = [row for row in rows if holds_there(request.user, Right.VIEW_PROGRAMS, row.pk)]
    return render(request, "programs/index.html", {"stations": stations, "unions": list(kept_unions(request.user))})


def _station(request: SignedInRequest, pk: int) -> Station:
    row = get_object_or_404(Station.objects.visible_to(request.user).select_related("union"), pk=pk)
    if not holds_there(request.user, Right.VIEW_PROGRAMS, row.pk):
        raise Http404
    return row


def _filtered(request: SignedInRequest, row: Station) -> tuple[Any, list[ChecklistLine], list[Sheet]]:
    """(version, its lines, sheets that fit the filters of the address), the least done first."""
    checklist, lines, sheets = sheets_at(request.user, row, clock.today())
    number, state = whole_number(request.GET.get("item", "")), request.GET.get("state", "")
    text = search_text(request).lower()
    if text:
        sheets = [sheet for sheet in sheets if text in sheet.enterprise.name.lower()]
    if number and any(line.number == number for line in lines):
        states = {sheet.enterprise.pk: square.state for sheet in sheets if (square := sheet.square(number))}
        sheets = [sheet for sheet in sheets if not state or states.get(sheet.enterprise.pk) == state]
    elif state:
        sheets = [sheet for sheet in sheets if state in ItemState.values and sheet.counts[ItemState(state)]]
    return checklist, lines, sorted(sheets, key=lambda sheet: sheet.n / sheet.d if sheet.d else 1)


@needs(Right.VIEW_PROGRAMS)
@require_GET
def station(request: SignedInRequest, pk: int) -> HttpResponse:
    """Enterprise × n/d, filtered by item and state."""
    row = _station(request, pk)
    checklist, lines, sheets = _filtered(request, row)
    number = whole_number(request.GET.get("item", ""))
    page = Paginator(sheets, PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    stages, titles = standing_of(request.user, [sheet.enterprise.pk for sheet in shown], clock.today())
    return render(
        request,
        "programs/station.html",
        {
            "station": row,
            "checklist": checklist,
            "lines": lines,
            "number": number,
            "state": request.GET.get("state", ""),
            "states": ItemState.choices,
            "page": page,
            "rows": [
                {
                    "sheet": sheet,
                    "chosen": sheet.square(number) if number else None,
                    "stage": stages.get(sheet.enterprise.pk),
                    "titles": titles.get(sheet.enterprise.pk, []),
                    "waiting": sheet.counts[ItemState.DONE],
                    "renew": sheet.counts[ItemState.RENEW],
                    "going": sheet.counts[ItemState.IN_PROGRESS] + sheet.counts[ItemState.RETURNED],
                }
                for sheet in shown
            ],
            "n": sum(sheet.n for sheet in sheets),
            "d": sum(sheet.d for sheet in sheets),
        },
    )


@needs(Right.VIEW_PROGRAMS)
@require_GET
def station_export(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same as xlsx: a row per enterprise, a column per item."""
    row = _station(request, pk)
    _checklist, lines, sheets = _filtered(request, row)
    stages, titles = standing_of(request.user, [sheet.enterprise.pk for sheet in sheets], clock.today())
    head = [
        _("Enterprise"),
        _("stage"),
        _("Titles"),
        _("Verified"),
        _("Items that apply"),
        *(str(line) for line in lines),
    ]
    body = (
        [
            sheet.enterprise.name,
            ReformStage(stage.stage).label if (stage := stages.get(sheet.enterprise.pk)) else "",
            "、".join(f"{one}（{one.number}）" for one in titles.get(sheet.enterprise.pk, [])),
            sheet.n,
            sheet.d,
            *(square.state.label for square in sheet.squares),
        ]
        for sheet in sheets
    )
    return xlsx_response(_("Reform checklist"), head, body, f"programs-{clock.today()}.xlsx")
