"""Busy seasons of a chain or of one enterprise."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import can
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, whole_number
from enterprises.forms import SeasonForm
from enterprises.models import Chain, ChainSeason, Enterprise, EnterpriseSeason
from enterprises.services import add_season, end_season


@needs(Right.VIEW_STATION)
@require_http_methods(["GET", "POST"])
def chain_seasons(request: SignedInRequest, pk: int) -> HttpResponse:
    """What holds for everybody on the chain; the district says when."""
    row = get_object_or_404(Chain.objects.visible_to(request.user).select_related("union"), pk=pk)
    may = can(request.user, Right.MANAGE_REGIME, row)
    return _page(
        request, row, ChainSeason.objects.visible_to(request.user).filter(chain=row), may, "enterprises:chain_seasons"
    )


@needs(Right.VIEW_REGISTER)
@require_http_methods(["GET", "POST"])
def seasons(request: SignedInRequest, pk: int) -> HttpResponse:
    """What holds for one enterprise besides its chains'."""
    row = get_object_or_404(Enterprise.objects.visible_to(request.user).select_related("station"), pk=pk)
    may = can(request.user, Right.MANAGE_REGISTER, row)
    return _page(
        request,
        row,
        EnterpriseSeason.objects.visible_to(request.user).filter(enterprise=row),
        may,
        "enterprises:seasons",
    )


def _page(request: SignedInRequest, row: Any, standing: Any, may_change: bool, name: str) -> HttpResponse:
    day = clock.today()
    sent = request.POST if request.method == "POST" and may_change else None
    standing = standing.ending_after(day).order_by("term", "pk")
    if sent is not None and "end" in sent:
        season = get_object_or_404(standing, pk=whole_number(sent["end"]) or 0)
        try:
            end_season(actor=request.user, season=season, on=day)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect(name, pk=row.pk)
    form = SeasonForm(sent, initial={"start": day, "days_before": 7, "days_after": 0}) if may_change else None
    if form is not None and form.is_bound and form.is_valid():
        try:
            add_season(actor=request.user, of=row, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("On record."))
            return redirect(name, pk=row.pk)
    shown = {"row": row, "rows": list(standing), "form": form, "of_chain": isinstance(row, Chain)}
    bad = request.method == "POST"
    return render(request, "enterprises/seasons.html", shown, status=(422 if may_change else 403) if bad else 200)
