"""The plan: what is owed from the regime in force."""

from itertools import pairwise

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import STATION_ROLES, Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, land_on, whole_number
from crm.visits.forms import LeaveTermForm, PlanForm
from crm.visits.models import Obligation, RegimeRule
from crm.visits.reach import regime_in_force
from crm.visits.selectors.demand import post_rooms, standing_at
from crm.visits.services import add_leave, adopt_way_out, cancel_obligation, plan_obligations, set_capacity
from crm.visits.windows import month_after
from enterprises.models import Enterprise
from stations.models import Post, Station


@needs(Right.PLAN)
@require_http_methods(["GET", "POST"])
def plan(request: SignedInRequest, pk: int) -> HttpResponse:
    """Plan what is owed from the regime in force; below, what each month holds."""
    station = get_object_or_404(Station.objects.allowing(request.user, Right.PLAN).select_related("union"), pk=pk)
    today = clock.today()
    form = PlanForm(request.POST if request.method == "POST" else None, initial={"months": 6})
    if request.method == "POST" and form.is_valid():
        try:
            report = plan_obligations(actor=request.user, station=station, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            words = _("%(created)d contacts planned, %(existing)d stood already, %(taken)d taken back.")
            told = {
                "created": report.created,
                "existing": report.existing,
                "taken": report.taken_back + report.cancelled,
            }
            messages.success(request, words % told)
            return redirect("visits:plan", pk=pk)
    regime = regime_in_force(station, today)
    months = [month_after(today, n) for n in range(7)]
    counted = Obligation.objects.visible_to(request.user).filter(station=station).live()
    sums = {
        f"{kind}{place}": Count("pk", filter=Q(due__gte=first, due__lt=after) & extra)
        for place, (first, after) in enumerate(pairwise(months))
        for kind, extra in (("all", Q()), ("met", Q(met_by__isnull=False)))
    }
    found = counted.aggregate(**sums)
    rows = [
        {"month": first, "all": found[f"all{place}"], "met": found[f"met{place}"]}
        for place, first in enumerate(months[:-1])
    ]
    return render(
        request,
        "visits/plan.html",
        {
            "station": station,
            "form": form,
            "regime": regime,
            "rules": list(regime.rules.order_by("pk")) if regime else [],
            "months": rows,
        },
        status=422 if form.is_bound else 200,
    )


@needs(Right.PLAN)
@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Cancel one contact that is owed, with the reason."""
    row = get_object_or_404(Obligation.objects.visible_to(request.user).select_related("station"), pk=pk)
    try:
        cancel_obligation(actor=request.user, obligation=row, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Cancelled."))
    return land_on(Enterprise.objects.visible_to(request.user), row.enterprise_id, "enterprises:detail", "visits:due")


def _posts(request: SignedInRequest, station: Station) -> QuerySet[Post]:
    rows = Post.objects.visible_to(request.user).filter(station=station, role__in=STATION_ROLES)
    return rows.filter(term__contains=clock.today()).order_by("role", "pk")


@needs(Right.PLAN)
@require_http_methods(["GET", "POST"])
def capacity(request: SignedInRequest, pk: int) -> HttpResponse:
    """可用半天: how often each post goes out and for how many visits; leave."""
    station = get_object_or_404(Station.objects.allowing(request.user, Right.PLAN), pk=pk)
    posts = _posts(request, station)
    on_leave = request.POST.get("act") == "leave"
    form = LeaveTermForm(request.POST if on_leave else None, posts=posts, initial={"start": clock.today()})
    if request.method == "POST":
        try:
            if not on_leave:
                _save_capacity(request, list(posts))
            elif form.is_valid():
                add_leave(actor=request.user, **form.cleaned_data)
            if not form.errors:
                messages.success(request, _("Saved."))
                return redirect("visits:capacity", pk=pk)
        except ValidationError as error:
            if on_leave:
                add_errors(form, error)
            else:
                messages.error(request, " ".join(error.messages))
                return redirect("visits:capacity", pk=pk)
    shown = {"station": station, "rows": post_rooms(request.user, station, clock.today()), "form": form}
    return render(request, "visits/capacity.html", shown, status=422 if form.is_bound else 200)


@needs(Right.PLAN)
@require_GET
def capacity_demand(request: SignedInRequest, pk: int) -> HttpResponse:
    """需 / 可 / 差 of a station by the rules that hold there today, and its own exceptions: a part of the page of half-days."""
    today = clock.today()
    station = get_object_or_404(Station.objects.allowing(request.user, Right.PLAN).select_related("union"), pk=pk)
    own = RegimeRule.objects.visible_to(request.user).filter(station=station, regime=None)
    standing = Q(term__endswith__isnull=True) | Q(term__endswith__gt=today)
    return render(
        request,
        "visits/capacity_demand.html",
        {
            "station": station,
            "demand": standing_at(station, today).demand,
            "exceptions": list(own.filter(standing).order_by("term", "pk")),
            "today": today,
        },
    )


@needs(Right.PLAN)
@require_POST
def capacity_adopt(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let the station live by the cheapest way out from today on."""
    station = get_object_or_404(Station.objects.allowing(request.user, Right.PLAN).select_related("union"), pk=pk)
    try:
        adopt_way_out(actor=request.user, station=station, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("On record. It holds from today on; what has begun stays."))
    return redirect("visits:capacity", pk=pk)


def _save_capacity(request: SignedInRequest, posts: list[Post]) -> None:
    with transaction.atomic():
        for post in posts:
            half_days, visits = (
                whole_number(request.POST.get(f"{name}-{post.pk}", "")) for name in ("half_days", "visits")
            )
            if half_days is not None and visits is not None:
                set_capacity(actor=request.user, post=post, half_days=half_days, visits=visits)
