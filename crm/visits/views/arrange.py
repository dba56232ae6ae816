"""联系安排: the rules that hold for one enterprise, and what relieves from them."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import holds_on
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, land_on
from crm.visits.forms import ExceptionForm, ReliefForm
from crm.visits.models import ContactPause, Exemption, RegimeRule
from crm.visits.selectors import arrangement, holding
from crm.visits.services import (
    ask_exemption,
    decide_exemption,
    end_exception,
    end_pause,
    make_exception,
    pause_contacts,
)
from enterprises.models import Enterprise
from stations.models import Station

# act → form, service, the right that it needs
ACTS: dict[str, tuple[Callable[..., Any], Callable[..., Any], Right]] = {
    "pause": (ReliefForm, pause_contacts, Right.PLAN),
    "exemption": (ReliefForm, ask_exemption, Right.ASK_EXEMPTION),
    "exception": (ExceptionForm, make_exception, Right.PLAN),
}


@needs(Right.VIEW_NOTES)
@require_http_methods(["GET", "POST"])
def arrange(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is owed by which rule, no-visit days, pauses, exemptions, exceptions; forms for whoever may write them."""
    rows = Enterprise.objects.allowing(request.user, Right.VIEW_NOTES).select_related("station__union")
    row = get_object_or_404(rows, pk=pk)
    day = clock.today()
    asked = (Right.PLAN, Right.ASK_EXEMPTION, Right.APPROVE_EXEMPTION)
    rights = {right: holds_on(request.user, right, row.station_id, pk) for right in asked}
    act = request.POST.get("act", "") if request.method == "POST" else ""
    shown = {
        name: form(
            request.POST if name == act else None, prefix=name, initial={"start": day, "client_uuid": uuid.uuid4()}
        )
        for name, (form, _service, right) in ACTS.items()
        if rights[right]
    }
    if act in shown and shown[act].is_valid():
        try:
            ACTS[act][1](actor=request.user, enterprise=row, **shown[act].cleaned_data)
        except ValidationError as error:
            add_errors(shown[act], error)
        else:
            messages.success(request, _("On record."))
            return redirect("visits:arrange", pk=pk)
    return render(
        request,
        "visits/arrange.html",
        {
            "row": row,
            "today": day,
            "found": arrangement(request.user, row, day),
            "forms": shown,
            "may_plan": rights[Right.PLAN],
            "may_decide": rights[Right.APPROVE_EXEMPTION],
        },
        status=422 if any(form.is_bound for form in shown.values()) else 200,
    )


@needs(Right.VIEW_NOTES)
@require_GET
def arrange_rules(request: SignedInRequest, pk: int) -> HttpResponse:
    """Which rules hold today, and when the enterprise is not visited: a part of its page of arrangements."""
    rows = Enterprise.objects.allowing(request.user, Right.VIEW_NOTES).select_related("station__union")
    row = get_object_or_404(rows, pk=pk)
    return render(request, "visits/arrange_rules.html", {"row": row, "found": holding(row, clock.today())})


def _acted(request: SignedInRequest, enterprise_id: int | None, act: Callable[[], Any]) -> HttpResponse:
    """Do it, say so, and go back to the enterprise's page of arrangements (or on, if it is not the user's any more)."""
    _said(request, act)
    seen = Enterprise.objects.allowing(request.user, Right.VIEW_NOTES)
    return land_on(seen, enterprise_id or 0, "visits:arrange", "visits:due")


def _said(request: SignedInRequest, act: Callable[[], Any]) -> None:
    """Do it and say so."""
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("On record."))


@needs(Right.PLAN)
@require_POST
def pause_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End a pause today."""
    row = get_object_or_404(ContactPause.objects.visible_to(request.user), pk=pk)
    return _acted(request, row.enterprise_id, lambda: end_pause(actor=request.user, pause=row, on=clock.today()))


@needs(Right.PLAN)
@require_POST
def exception_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End an exception today."""
    rows = RegimeRule.objects.visible_to(request.user).filter(regime=None)
    row = get_object_or_404(rows.select_related("enterprise__station", "station"), pk=pk)
    act = partial(end_exception, actor=request.user, exception=row, on=clock.today())
    if row.station_id is None:
        return _acted(request, row.enterprise_id, act)
    _said(request, act)
    return land_on(Station.objects.allowing(request.user, Right.PLAN), row.station_id, "visits:capacity", "visits:due")


@needs(Right.APPROVE_EXEMPTION)
@require_POST
def exemption_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Approve or decline an exemption."""
    row = get_object_or_404(Exemption.objects.visible_to(request.user), pk=pk)
    approve, reason = request.POST.get("answer") == "approve", request.POST.get("reason", "")
    return _acted(
        request,
        row.enterprise_id,
        lambda: decide_exemption(actor=request.user, exemption=row, approve=approve, reason=reason),
    )
