"""What officers have done of what is due, and handing a list over."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.access.declared import needs
from crm.access.roles import Right, Role
from crm.access.scope import can, holds
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors
from crm.coverage.periods import quarter_of
from crm.visits.forms import HandOverForm
from crm.workflows.officers import PARTS, hand_over, handing, officer_contacts, officer_rows
from stations.models import Post, Station
from stations.selectors import seats

PAGE = 50


def _stations(request: SignedInRequest, right: Right) -> QuerySet[Any]:
    """Stations all of whose contacts the user reads (or whose grids the user keeps)."""
    return Station.objects.allowing(request.user, right)


def _post(request: SignedInRequest, pk: int, right: Right) -> Post:
    rows = Post.objects.visible_to(request.user).filter(role=Role.GRID_OFFICER, station__in=_stations(request, right))
    return get_object_or_404(rows.select_related("station__union"), pk=pk)


@needs(Right.VIEW_VISITS)
@require_GET
def officers(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every officer's done of due this quarter, worst first."""
    station, day = get_object_or_404(_stations(request, Right.VIEW_VISITS), pk=pk), clock.today()
    context = {
        "station": station,
        "rows": officer_rows(request.user, station, day),
        "period": quarter_of(day),
        "may_hand": can(request.user, Right.MANAGE_GRIDS, station),
    }
    return render(request, "visits/officers.html", context)


@needs(Right.VIEW_VISITS)
@require_GET
def officer(request: SignedInRequest, pk: int) -> HttpResponse:
    """The rows behind an officer's figure."""
    post, part = _post(request, pk, Right.VIEW_VISITS), request.GET.get("part", "gap")
    part = part if part in PARTS or part == "late" else "gap"
    rows = officer_contacts(request.user, post, clock.today(), part)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    parts = (
        ("gap", _("Still to do")), ("late", _("Overdue")), ("n", _("Done by the officer")),
        ("proxy", _("Done by a colleague")), ("d", _("All due")),
    )  # fmt: skip
    context = {"post": post, "page": page, "rows": page.object_list, "part": part, "parts": parts}
    context["plans"] = holds(request.user, Right.PLAN)  # a chief's station alone: the whole reach over its contacts
    return render(request, "visits/officer.html", context | {"period": quarter_of(clock.today())})


@needs(Right.MANAGE_GRIDS)
@require_http_methods(["GET", "POST"])
def hand_over_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """交接: what goes along, and to whom."""
    post, day = _post(request, pk, Right.MANAGE_GRIDS), clock.today()
    assert post.station is not None
    others = [seat for seat in seats(post.station, day) if seat.post.role == Role.GRID_OFFICER and seat.post.pk != pk]
    posts = Post.objects.visible_to(request.user).filter(pk__in=[seat.post.pk for seat in others]).order_by("pk")
    form = HandOverForm(request.POST or None, posts=posts)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = hand_over(actor=request.user, source=post, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%(n)d enterprises handed over.") % {"n": outcome.done})
            for refusal in outcome.refused:
                messages.warning(request, f"{refusal.label}：{refusal.reason}")
            return redirect("visits:officers", pk=post.station_id)
    context = {"post": post, "form": form, "handing": handing(request.user, post, day), "day": day}
    return render(request, "visits/hand_over.html", context, status=422 if form.is_bound else 200)
