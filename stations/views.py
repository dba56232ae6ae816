"""The station page: posts, grids, lists, figures as published."""

import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from crm.access.declared import needs
from crm.access.roles import Right, Role
from crm.access.scope import holds, holds_at, holds_there
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.coverage.cuts import Cut
from crm.coverage.periods import quarter_of
from crm.coverage.selectors import confirmed, coverage
from enterprises.models import ChainSeat
from grids.enums import ListState
from grids.models import ResponsibleList
from grids.selectors import loads
from stations.models import StatedFigure, Station
from stations.selectors import parks_served, seats

# grid officers stand with their grids, cadres with their enterprises
NOT_AMONG_POSTS = (Role.GRID_OFFICER, Role.API_CONSUMER, Role.ENTERPRISE_CADRE)


@needs(Right.VIEW_STATION)
@require_GET
def station_list(request: SignedInRequest) -> HttpResponse:
    """The stations in reach; whoever has but one is led to it."""
    rows = list(
        Station.objects.visible_to(request.user).select_related("union", "home_park").order_by("union__path", "pk")
    )
    if len(rows) == 1:
        return redirect("stations:detail", pk=rows[0].pk)
    return render(request, "stations/list.html", {"rows": rows})


@needs(Right.VIEW_STATION)
@require_GET
def station_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One station as it stands today."""
    day = clock.today()
    stations = Station.objects.visible_to(request.user).select_related("union", "home_park")
    lists = ResponsibleList.objects.visible_to(request.user).filter(station=OuterRef("pk"), state=ListState.RELEASED)
    told = JSONObject(pk="pk", number="number", year="year", released_on="released_on")
    newest = Subquery(lists.order_by("-number").values(told=told)[:1])
    stated = StatedFigure.objects.visible_to(request.user).filter(station=OuterRef("pk")).order_by("pk")
    figure = JSONObject(**{name: name for name in ("label", "value", "qualifier", "unit", "source")})
    figures = ArraySubquery(stated.values(told=figure))
    stations = stations.annotate(park_names=parks_served(day), released=newest, figures=figures)
    station: Any = get_object_or_404(stations, pk=pk)  # with what was asked beside it
    sitting = seats(station, day)
    seat_of = {seat.post.pk: seat for seat in sitting}
    rates, share = {}, None
    if holds(request.user, Right.VIEW_COVERAGE):
        cut = Cut(request.user, quarter_of(day), day, station=station)
        rates, share = coverage(cut), confirmed(cut)
    return render(
        request,
        "stations/detail.html",
        {
            "station": station,
            "period": quarter_of(day),
            "today": day,
            "station_query": f"period={quarter_of(day).code}&station={station.pk}",
            "rates": rates,
            "confirmed": share,
            "seats": [seat for seat in sitting if seat.post.role not in NOT_AMONG_POSTS],
            "loads": loads(request.user, station, day, seat_of),
            "figures": station.figures,
            "chain_seats": list(
                ChainSeat.objects.visible_to(request.user)
                .on(day)
                .filter(post__station=station)
                .select_related("chain", "post")
                .order_by("chain_id", "pk")
            ),
            "released": _released(station),
            "may_manage": holds_at(request.user, Right.MANAGE_GRIDS, pk),
            "may_recusals": holds_at(request.user, Right.VIEW_RECUSALS, pk),
            "may_plan": holds_at(request.user, Right.PLAN, pk),
            "may_lists": holds(request.user, Right.VIEW_LISTS),
            "may_programs": holds_there(request.user, Right.VIEW_PROGRAMS, station.pk),
        },
    )


def _released(station: Any) -> ResponsibleList | None:
    """The newest released list that came with the station, to be shown and not saved."""
    if station.released is None:
        return None
    told = station.released | {"released_on": dt.date.fromisoformat(station.released["released_on"])}
    return ResponsibleList(station=station, **told)
