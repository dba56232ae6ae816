"""The plan: what is owed from the regime in force."""

from itertools import pairwise

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, land_on
from crm.visits.forms import PlanForm
from crm.visits.models import Obligation
from crm.visits.reach import regime_in_force
from crm.visits.services import cancel_obligation, plan_obligations
from crm.visits.windows import month_after
from enterprises.models import Enterprise
from stations.models import Station


@needs(Right.PLAN)
@require_http_methods(["GET", "POST"])
def plan(request: SignedInRequest, pk: int) -> HttpResponse:
    """Plan what is owed from the regime in force; below, what each month holds."""
    station = get_object_or_404(Station.objects.allowing(request.user, Right.PLAN).select_related("union"), pk=pk)
    today = clock.today()
    form = PlanForm(request.POST if request.method == "POST" else None, initial={"start": today, "months": 6})
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
