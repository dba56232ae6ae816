"""回避: the recusals of a station's officers."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import can
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors
from enterprises.models import Enterprise
from grids.forms import RecusalForm
from grids.models import Recusal
from grids.selectors import officers_of, recusals_at
from grids.services import end_recusal, record_recusal
from stations.models import Station


@needs(Right.VIEW_RECUSALS)
@require_http_methods(["GET", "POST"])
def recusals(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who keeps away from which enterprise of the station, who still answers for it, and a form for the next one."""
    station = get_object_or_404(Station.objects.allowing(request.user, Right.VIEW_RECUSALS), pk=pk)
    day = clock.today()
    may_record = can(request.user, Right.MANAGE_GRIDS, station)
    form = None
    if may_record:
        sent = request.POST if request.method == "POST" else None
        rows = Enterprise.objects.allowing(request.user, Right.MANAGE_GRIDS).filter(station=station)
        form = RecusalForm(sent, officers=officers_of(station, day), enterprises=rows, initial={"start": day})
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            record_recusal(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("On record."))
            return redirect("grids:recusals", pk=pk)
    return render(
        request,
        "grids/recusals.html",
        {
            "station": station,
            "rows": recusals_at(request.user, station, day),
            "form": form,
            "today": day,
        },
        status=422 if form is not None and form.is_bound else 200,
    )


@needs(Right.MANAGE_GRIDS)
@require_POST
def recusal_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End a recusal today."""
    row = get_object_or_404(Recusal.objects.visible_to(request.user).select_related("enterprise"), pk=pk)
    station_id = row.enterprise.station_id
    try:
        end_recusal(actor=request.user, recusal=row, on=clock.today())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Ended."))
    return redirect("grids:recusals", pk=station_id)
