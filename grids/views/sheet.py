"""Grids and officers on one sheet-like page: type, or paste from a spreadsheet."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from crm.access.declared import needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import sent_day
from enterprises.models import ChainNode
from grids.selectors import loads
from grids.services import GridRow, SheetFaults, save_grid_sheet
from grids.services.sheet import COLUMNS
from stations.models import Station
from stations.selectors import grassroots_unions

EMPTY_ROWS = 3


@needs(Right.MANAGE_GRIDS)
@require_http_methods(["GET", "POST"])
def sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    """The sheet with what stands; POST saves all rows or none, each fault under its cell."""
    station = get_object_or_404(
        Station.objects.allowing(request.user, Right.MANAGE_GRIDS).select_related("union"), pk=pk
    )
    day = clock.today()
    if request.method == "GET":
        return _page(request, station, [_as_cells(load) for load in loads(request.user, station, day)])
    lines = _typed(request)
    try:
        start = sent_day(request.POST.get("start", ""), "start") or day
        grids = save_grid_sheet(
            actor=request.user, station=station, rows=[GridRow(**line) for line in lines], start=start
        )
    except SheetFaults as error:
        faults: dict[int, dict[str, list[str]]] = {}
        for row, column, words in error.faults:
            faults.setdefault(row, {}).setdefault(column, []).append(words)
        return _page(request, station, lines, faults, status=422)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _page(request, station, lines, status=422)
    words = ngettext("%(n)d grid saved", "%(n)d grids saved", len(grids)) % {"n": len(grids)}
    messages.success(request, words)
    return redirect("grids:sheet", pk=pk)


def _as_cells(load: Any) -> dict[str, str]:
    holder = load.seat.holder
    return {
        "number": str(load.grid.number),
        "name": load.grid.name,
        "officer": holder.name if holder else "",
        "phone": holder.phone if holder else "",
        "union": "",
        "nodes": "、".join(load.grid.node_names),
    }


def _typed(request: SignedInRequest) -> list[dict[str, str]]:
    """The rows as sent (one list per column), without those that are wholly empty."""
    columns = {name: request.POST.getlist(name) for name in COLUMNS}
    count = max((len(values) for values in columns.values()), default=0)
    rows = [
        {name: values[index] if index < len(values) else "" for name, values in columns.items()}
        for index in range(count)
    ]
    return [row for row in rows if any(value.strip() for value in row.values())]


def _page(
    request: SignedInRequest,
    station: Station,
    lines: list[dict[str, str]],
    faults: dict[int, dict[str, list[str]]] | None = None,
    status: int = 200,
) -> HttpResponse:
    cells = [
        [{"name": name, "value": line[name], "errors": (faults or {}).get(index, {}).get(name, [])} for name in COLUMNS]
        for index, line in enumerate(lines)
    ]
    blank = [[{"name": name, "value": "", "errors": []} for name in COLUMNS] for _row in range(EMPTY_ROWS)]
    return render(
        request,
        "grids/sheet.html",
        {
            "station": station,
            "rows": cells + blank,
            "heads": [
                (_("number"), True),
                (_("name"), False),
                (_("Grid officer"), False),
                (_("Phone"), False),
                (_("Grassroots union"), False),
                (_("Focus nodes"), False),
            ],
            "today": clock.today(),
            "unions": [row.name for row in grassroots_unions(station)[:200]],
            "nodes": list(ChainNode.objects.visible_to(request.user).values_list("name", flat=True)[:200]),
            "faults": sum(len(columns) for columns in (faults or {}).values()),
        },
        status=status,
    )


@needs(Right.VIEW_STATION)
@require_GET
def load_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """How much each grid carries."""
    station = get_object_or_404(Station.objects.visible_to(request.user), pk=pk)
    return render(
        request, "grids/loads.html", {"station": station, "loads": loads(request.user, station, clock.today())}
    )
