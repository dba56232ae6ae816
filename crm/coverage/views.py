"""The chain page 一链到底, and exactly the rows behind every number."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.access.declared import SIGNED_IN, needs
from crm.access.grants import grants_of
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import sent_day, whole_number
from crm.core.sheets import Paper, xlsx_response
from crm.coverage import periods
from crm.coverage.cuts import Cut
from crm.coverage.measures import BY_CODE, MEASURES, MORE
from crm.coverage.periods import Period
from crm.coverage.selectors import PARTS, ChainCoverage, chain_coverage, confirmed, rows
from crm.visits.selectors import contact_status, contacts_known
from crm.workflows.enterprise_list import with_columns
from crm.workflows.summary import Summary, month_summary, posts_summarised
from enterprises.enums import SeatKind
from enterprises.models import Chain, ChainLeader, ChainMembership, ChainNode, ChainSeat, NodeEdge
from enterprises.selectors import edges_into
from stations.models import Post, Station

PAGE = 50
MOST_POSTS = 300  # to choose from
OF_AN_OFFICER = ("contact", "visit", "on_time")  # measures of a month's summary


def _when(request: SignedInRequest) -> tuple[Period, dt.date]:
    """Period and as-of of the URL; what makes no sense is not found."""
    today = clock.today()
    try:
        as_of = sent_day(request.GET.get("as_of", ""), "as_of") or today
        period = periods.parse(request.GET.get("period", ""), min(as_of, today))
        period.day(min(as_of, today))
    except ValidationError as error:
        raise Http404 from error
    return period, min(as_of, today)


def _switches(request: SignedInRequest, period: Period, as_of: dt.date) -> list[dict[str, Any]]:
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
def chain_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """A chain drawn and as a table: every number leads to its rows."""
    period, as_of = _when(request)
    seated = ChainSeat.objects.visible_to(request.user).on(period.day(as_of)).filter(chain=OuterRef("pk"))
    told = ArraySubquery(seated.order_by("kind", "pk").values(told=JSONObject(kind="kind", title="post__title")))
    chains = Chain.objects.visible_to(request.user).select_related("union").annotate(seated=told)
    chain: Any = get_object_or_404(chains, pk=pk)  # with its seats
    measure = request.GET.get("measure", "visit")
    if BY_CODE.get(measure) not in MEASURES:
        raise Http404
    cut = Cut(request.user, period, as_of, chain=chain)
    found = chain_coverage(cut)
    base = {"chain": pk, "period": period.code, "as_of": as_of.isoformat()}
    for row in found.nodes:
        row.query = f"{urlencode(base)}&node={row.node.pk}"
    chosen = next((row for row in found.nodes if str(row.node.pk) == request.GET.get("node")), None)
    leader = (
        ChainLeader.objects.visible_to(request.user)
        .on(cut.day)
        .filter(chain=chain)
        .select_related("enterprise")
        .first()
    )
    edges = edges_into(request.user, chain).select_related("upstream__chain")
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
            "confirmed": confirmed(cut),
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
            "seats": [(SeatKind(one["kind"]).label, one["title"]) for one in chain.seated],
            "members": list(places.select_related("enterprise", "node").order_by("enterprise__name_key")[:12]),
            "drawing": _drawing(found, list(edges), measure),
        },
    )


# the picture's measures in px: a node, and the distance from one to the next (app.css says the same)
WIDTH, HEIGHT, ACROSS, DOWN = 156, 96, 200, 128


def _drawing(found: ChainCoverage, edges: list[NodeEdge], measure: str) -> dict[str, Any]:
    """Lines of the chain's picture between the nodes' places on the grid, and the bars of the chart."""
    places = {row.node.pk: row.node for row in found.nodes}
    return {
        "width": max((node.column for node in places.values()), default=1) * ACROSS,
        "height": max((node.row for node in places.values()), default=1) * DOWN,
        "edges": [
            {"path": _line(places[edge.upstream_id], places[edge.downstream_id]), "css": edge.kind}
            for edge in edges
            if edge.upstream_id in places
        ],
        "others": [
            {"chain": edge.upstream.chain.name, "name": edge.upstream.name, "to": places[edge.downstream_id]}
            for edge in edges
            if edge.upstream_id not in places  # of another chain that the reader sees
        ],
        "chart": [
            {"name": str(row.node), "d": row.rates[measure].d, "value": float(row.rates[measure].value or 0)}
            for row in found.nodes
        ],
    }


def _line(source: ChainNode, target: ChainNode) -> str:
    """An SVG path from a node's right edge to another's left; to one above or below it from edge to edge."""
    left, top = (source.column - 1) * ACROSS, (source.row - 1) * DOWN
    to_left, to_top = (target.column - 1) * ACROSS, (target.row - 1) * DOWN
    if source.column >= target.column:  # not further right: leave upwards or downwards
        x, to_x = left + WIDTH / 2, to_left + WIDTH / 2
        up = target.row < source.row
        y, to_y = (top, to_top + HEIGHT) if up else (top + HEIGHT, to_top)
        middle = (y + to_y) / 2
        return f"M{x:g} {y:g}V{middle:g}H{to_x:g}V{to_y - 2 if not up else to_y + 2:g}"
    if target.row == source.row and target.column - source.column > 1:  # over what lies between
        begin, over, end = (top, top - 16, to_top - 2) if top else (HEIGHT, HEIGHT + 16, HEIGHT + 2)
        return f"M{left + WIDTH * 0.75:g} {begin:g}V{over:g}H{to_left + WIDTH * 0.25:g}V{end:g}"
    bend = to_left - (ACROSS - WIDTH) / 2
    return f"M{left + WIDTH:g} {top + HEIGHT / 2:g}H{bend:g}V{to_top + HEIGHT / 2:g}H{to_left - 2:g}"


def _cut_of(request: SignedInRequest) -> tuple[Cut, str, str]:
    """(cut, measure, part) that the URL names, within what the reader may see."""
    period, as_of = _when(request)
    measure, part = request.GET.get("measure", ""), request.GET.get("part", "d")
    if measure not in BY_CODE or part not in PARTS:
        raise Http404
    cut = Cut(request.user, period, as_of)
    for name, model in (("chain", Chain), ("node", ChainNode), ("station", Station)):
        text = request.GET.get(name, "")
        if text:
            pk = whole_number(text)
            if pk is None:
                raise Http404
            cut = cut.at(**{name: get_object_or_404(model.objects.visible_to(request.user), pk=pk)})
    return cut, measure, part


@needs(Right.VIEW_COVERAGE)
@require_GET
def rows_page(request: SignedInRequest) -> HttpResponse:
    """Exactly the rows behind a number: as many as it says."""
    cut, measure, part = _cut_of(request)
    kind = BY_CODE[measure].rows
    found = _ordered(cut, measure, part)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    if kind == "enterprise":
        status = contact_status(contacts_known(request.user, shown), cut.day)
        for row in shown:
            row.contact = status.get(row.pk)
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
        return with_columns(cut.user, found, cut.day).order_by("name_key", "pk")
    if kind == "obligation":
        return found.select_related("enterprise", "rule", "met_by").order_by("closes", "enterprise__name_key", "pk")
    if kind == "visit":
        return found.select_related("enterprise", "visitor", "post").order_by("-visited_on", "-pk")
    return found.select_related("chain").order_by("chain_id", "number")


@needs(Right.VIEW_COVERAGE)
@require_GET
def rows_export(request: SignedInRequest) -> HttpResponse:
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
    elif kind == "visit":
        head = [_("date"), _("Enterprise"), _("outcome"), _("Visitor")]
        lines = ([row.visited_on, row.enterprise.name, row.get_outcome_display(), row.visitor.name] for row in found)
    else:
        head = [_("Chain"), _("number"), _("Node")]
        lines = ([row.chain.name, row.number, row.name] for row in found)
    name = f"{measure}-{part}-{cut.period.code}-{cut.day}.xlsx"
    return xlsx_response(str(BY_CODE[measure].name), head, lines, name)


@needs(SIGNED_IN)
@require_GET
def measures_page(request: SignedInRequest) -> HttpResponse:
    """算法说明: each measure's formula, unit, version."""
    return render(request, "coverage/measures.html", {"measures": (*MEASURES, *MORE)})


@needs(Right.VIEW_COVERAGE)
@require_GET
def month(request: SignedInRequest) -> HttpResponse:
    """个人月度小结 of a post, to read and to print."""
    summary, posts = _summary(request)
    told = {
        "summary": summary,
        "posts": posts,
        "rates": [rate for code, rate in summary.rates.items() if code in OF_AN_OFFICER],
        "now": clock.now(),
        "before": summary.period.before,
        "sample": any(line.enterprise.is_sample for line in summary.lines),
    }
    return render(request, "coverage/month.html", told)


def _summary(request: SignedInRequest) -> tuple[Summary, list[Post]]:
    """The summary of the post and month of the URL; by default one's own (else the station's first), this month."""
    today = clock.today()
    try:
        period = periods.parse(request.GET.get("period", "") or "month", today)
        period.day(today)
    except ValidationError as error:
        raise Http404 from error
    if period.kind != "month":
        raise Http404
    seen = posts_summarised(request.user).select_related("station")
    posts = list(seen.on(today).order_by("station_id", "pk")[:MOST_POSTS])
    named = request.GET.get("post", "")
    grants = grants_of(request.user)
    own = {seat.post_id for seat in grants.seats} if grants is not None else set()
    if named:
        post = seen.filter(pk=whole_number(named) or 0).first()
    else:
        post = next((row for row in posts if row.pk in own), posts[0] if posts else None)
    if post is None:
        raise Http404
    return month_summary(request.user, post, period, today), posts


@needs(Right.VIEW_COVERAGE)
@require_GET
def month_export(request: SignedInRequest) -> HttpResponse:
    """个人月度小结 as xlsx: the figures, then the visits."""
    summary, _posts = _summary(request)
    seat, name = summary.seat, summary.seat.person.name if summary.seat.person else _("vacant")
    head = [
        _("No."),
        _("date"),
        _("Enterprise"),
        _("Form of visit"),
        _("outcome"),
        _("Topics"),
        _("Issues raised"),
        _("Note"),
    ]
    figures: list[list[Any]] = [
        ["", "", _("Contacts"), summary.contacts], ["", "", _("Enterprises contacted"), summary.enterprises],
        *(["", "", words, count] for words, count in summary.modes), ["", "", _("Attempts without contact"), summary.attempts],
        *(["", "", words, count] for words, count in summary.levels),
        ["", "", _("Issues opened"), summary.opened], ["", "", _("Issues closed"), summary.closed],
        *(["", "", str(summary.rates[code].measure.name), f"{summary.rates[code].n}/{summary.rates[code].d}"]
          for code in OF_AN_OFFICER if code in summary.rates),
    ]  # fmt: skip
    lines = [
        [
            line.position,
            line.visited_on,
            line.enterprise.name,
            line.mode,
            line.outcome,
            line.topics,
            line.raised,
            line.remark,
        ]
        for line in summary.lines
    ]
    paper = Paper(
        left=f"{seat.post.title} {name}",
        title=f"个人月度小结（{summary.period.label}）",
        right=f"数据截止：{clock.now().astimezone(clock.ZONE):%Y-%m-%d %H:%M}",
        foot="本人：　　　　　　站长：",
    )
    file = f"month-{summary.period.code}-{seat.post.pk}.xlsx"
    return xlsx_response(_("Monthly summary"), head, [*figures, *lines], file, paper)
