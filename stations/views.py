"""The station page: posts, grids, lists, figures as published."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from crm.access.declared import needs
from crm.access.roles import OFFICER_ROLES, Right
from crm.access.scope import holds, holds_at
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.coverage.cuts import Cut
from crm.coverage.periods import quarter_of
from crm.coverage.selectors import coverage
from enterprises.models import ChainSeat
from grids.models import ResponsibleList
from grids.selectors import loads
from stations.models import Station
from stations.selectors import parks_served, seats


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
    station = get_object_or_404(stations.annotate(park_names=parks_served(day)), pk=pk)
    sitting = seats(station, day)
    seat_of = {seat.post.pk: seat for seat in sitting}
    rates = {}
    if holds(request.user, Right.VIEW_COVERAGE):
        rates = coverage(Cut(request.user, quarter_of(day), day, station=station))
    return render(
        request,
        "stations/detail.html",
        {
            "station": station,
            "period": quarter_of(day),
            "today": day,
            "station_query": f"period={quarter_of(day).code}&station={station.pk}",
            "rates": rates,
            "seats": [
                seat for seat in sitting if seat.post.role not in OFFICER_ROLES[:1] and seat.post.role != "api_consumer"
            ],
            "loads": loads(request.user, station, day, seat_of),
            "figures": list(station.stated_figures.order_by("pk")),
            "chain_seats": list(
                ChainSeat.objects.visible_to(request.user)
                .on(day)
                .filter(post__station=station)
                .select_related("chain", "post")
                .order_by("chain_id", "pk")
            ),
            "released": ResponsibleList.objects.visible_to(request.user)
            .filter(station=station, state="released")
            .select_related("station")
            .order_by("-number")
            .first(),
            "may_manage": holds_at(request.user, Right.MANAGE_GRIDS, pk),
            "may_recusals": holds_at(request.user, Right.VIEW_RECUSALS, pk),
            "may_plan": holds_at(request.user, Right.PLAN, pk),
            "may_lists": holds(request.user, Right.VIEW_LISTS),
        },
    )
