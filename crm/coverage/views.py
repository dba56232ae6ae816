"""The chain page 一链到底, and exactly the rows behind every number."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.access.declared import SIGNED_IN, needs
from crm.access.roles import Right
from crm.core import clock
from crm.core.sheets import xlsx_response
from crm.coverage import periods
from crm.coverage.cuts import Cut
from crm.coverage.measures import BY_CODE, MEASURES
from crm.coverage.periods import Period
from crm.coverage.selectors import PARTS, chain_coverage, rows
from crm.visits.selectors import contact_status
from enterprises.forms import with_columns
from enterprises.models import Chain, ChainLeader, ChainMembership, ChainNode, ChainSeat, NodeEdge
from stations.models import Station

PAGE = 50


def _when(request: HttpRequest) -> tuple[Period, dt.date]:
    """Period and as-of of the URL; what makes no sense is not found."""
    today = clock.today()
    try:
        as_of = parse_date(request.GET.get("as_of", "")) or today
        period = periods.parse(request.GET.get("period", ""), min(as_of, today))
        period.day(min(as_of, today))
    except (ValidationError, ValueError) as error:
        raise Http404 from error
    return period, min(as_of, today)


def _switches(request: HttpRequest, period: Period, as_of: dt.date) -> list[dict[str, Any]]:
    """Links that change the period: month, quarter, the ones before."""
    kept = {name: request.GET[name] for name in ("as_of", "measure", "station") if request.GET.get(name)}
    options = [
        (_("This month"), periods.month_of(as_of)),
        (_("This quarter"), periods.quarter_of(as_of)),
        (_("Last quarter"), periods.quarter_of(as_of).before),
    ]
    return [
        {"label": label, "url": "?" + urlencode(kept | {"period": option.code}), "current": option == period}
        for label, option in options
    ]


@needs(Right.VIEW_STATION)
@require_GET
def chain_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A chain drawn and as a table: every number leads to its rows."""
    chain = get_object_or_404(Chain.objects.visible_to(request.user).select_related("union"), pk=pk)
    period, as_of = _when(request)
    measure = request.GET.get("measure", "visit")
    if measure not in BY_CODE:
        raise Http404
    cut = Cut(request.user, period, as_of, chain=chain)
    found = chain_coverage(cut)
    chosen = next((row for row in found.nodes if str(row.node.pk) == request.GET.get("node")), None)
    base = {"chain": pk, "period": period.code, "as_of": as_of.isoformat()}
    leader = ChainLeader.objects.on(cut.day).filter(chain=chain).select_related("enterprise").first()
    edges = NodeEdge.objects.filter(downstream__chain=chain).select_related("upstream__chain")
    places = ChainMembership.objects.visible_to(request.user).filter(chain=chain, term__contains=cut.day)
    if chosen is not None:
        places = places.filter(node=chosen.node)
    return render(
        request,
        "coverage/chain.html",
        {
            "chain": chain,
            "cut": cut,
            "coverage": found,
            "measures": MEASURES,
            "measure": BY_CODE[measure],
            "period": period,
            "as_of": as_of,
            "day": cut.day,
            "today": clock.today(),
            "switches": _switches(request, period, as_of),
            "query": urlencode(base),
            "chosen": chosen,
            "leader": leader,
            "seats": list(ChainSeat.objects.on(cut.day).filter(chain=chain).select_related("post").order_by("kind")),
            "members": list(places.select_related("enterprise", "node").order_by("enterprise__name_key")[:12]),
            "drawing": _drawing(found, list(edges), measure, leader),
        },
    )


def _drawing(found: Any, edges: list[NodeEdge], measure: str, leader: ChainLeader | None) -> dict[str, Any]:
    """What the chain's picture needs: nodes with place and figure, edges between them."""
    nodes = [
        {
            "id": row.node.pk,
            "number": row.node.number,
            "name": row.node.name,
            "column": row.node.column,
            "row": row.node.row,
            "n": row.rates[measure].n,
            "d": row.rates[measure].d,
            "value": None if row.rates[measure].value is None else float(row.rates[measure].value),
            "empty": row.empty,
            "lead": leader is not None and leader.node_id == row.node.pk,
            "side": row.node.kind == "side",
        }
        for row in found.nodes
    ]
    inside = {node["id"] for node in nodes}
    return {
        "nodes": nodes,
        "edges": [
            {"from": edge.upstream_id, "to": edge.downstream_id, "side": edge.kind == "side"}
            for edge in edges
            if edge.upstream_id in inside
        ],
        "from_other_chains": [
            {"chain": edge.upstream.chain.name, "name": edge.upstream.name, "to": edge.downstream_id}
            for edge in edges
            if edge.upstream_id not in inside
        ],
    }


def _cut_of(request: HttpRequest) -> tuple[Cut, str, str]:
    """(cut, measure, part) that the URL names, within what the reader may see."""
    period, as_of = _when(request)
    measure, part = request.GET.get("measure", ""), request.GET.get("part", "d")
    if measure not in BY_CODE or part not in PARTS:
        raise Http404
    cut = Cut(request.user, period, as_of)
    for name, model in (("chain", Chain), ("node", ChainNode), ("station", Station)):
        text = request.GET.get(name, "")
        if text:
            if not (text.isascii() and text.isdigit()):
                raise Http404
            cut = cut.at(**{name: get_object_or_404(model.objects.visible_to(request.user), pk=int(text))})
    return cut, measure, part


@needs(Right.VIEW_COVERAGE)
@require_GET
def rows_page(request: HttpRequest) -> HttpResponse:
    """Exactly the rows behind a number: as many as it says."""
    cut, measure, part = _cut_of(request)
    kind = BY_CODE[measure].rows
    found = _ordered(cut, measure, part)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    if kind == "enterprise":
        status = contact_status([row.pk for row in shown], cut.day)
        for row in shown:
            row.contact = status[row.pk]
    return render(
        request,
        "coverage/rows.html",
        {
            "cut": cut,
            "measure": BY_CODE[measure],
            "part": part,
            "parts": [("gap", _("missing")), ("n", _("done")), ("d", _("all"))],
            "page": page,
            "rows": shown,
            "kind": kind,
            "day": cut.day,
        },
    )


def _ordered(cut: Cut, measure: str, part: str) -> Any:
    found: Any = rows(cut, measure, part)
    kind = BY_CODE[measure].rows
    if kind == "enterprise":
        return with_columns(found, cut.day).order_by("name_key", "pk")
    if kind == "obligation":
        return found.select_related("enterprise", "rule", "met_by").order_by("closes", "enterprise__name_key", "pk")
    return found.select_related("chain").order_by("chain_id", "number")


@needs(Right.VIEW_COVERAGE)
@require_GET
def rows_export(request: HttpRequest) -> HttpResponse:
    """The rows behind a number as xlsx."""
    cut, measure, part = _cut_of(request)
    kind = BY_CODE[measure].rows
    found = _ordered(cut, measure, part)
    if kind == "enterprise":
        head = [_("Enterprise"), _("credit code"), _("Chain and node"), _("Officer")]
        lines = ([row.name, row.uscc, "；".join(row.node_names), row.officer or ""] for row in found)
    elif kind == "obligation":
        head = [_("Enterprise"), _("Contact"), _("from"), _("until"), _("Met on")]
        lines = ([row.enterprise.name, str(row.rule), row.opens, row.closes, row.met_on] for row in found)
    else:
        head = [_("Chain"), _("number"), _("Node")]
        lines = ([row.chain.name, row.number, row.name] for row in found)
    name = f"{measure}-{part}-{cut.period.code}-{cut.day}.xlsx"
    return xlsx_response(str(BY_CODE[measure].name), head, lines, name)


@needs(SIGNED_IN)
@require_GET
def measures_page(request: HttpRequest) -> HttpResponse:
    """算法说明: each measure's formula, unit, version."""
    return render(request, "coverage/measures.html", {"measures": MEASURES})
