"""集中活动: the events, a new one, whom to invite, who signs in."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import holds_at
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, search_text, whole_number
from crm.core.sheets import xlsx_response
from crm.visits.forms import EventForm
from crm.visits.models import ContactEvent
from crm.visits.selectors import events_seen, invitable, sign_in_list
from crm.visits.services import hold_event, invite_to_event, sign_in
from enterprises.enums import Tier
from enterprises.models import Enterprise
from stations.models import Station

PAGE = 50
BLANK_LINES = 10  # for those who come uninvited


@needs(Right.VIEW_STATION)
@require_GET
def events(request: SignedInRequest) -> HttpResponse:
    """Contact events, newest first."""
    page = Paginator(events_seen(request.user), PAGE).get_page(request.GET.get("page"))
    stations = Station.objects.allowing(request.user, Right.LOG_VISIT).order_by("pk")[:5]
    return render(request, "visits/events.html", {"page": page, "rows": page.object_list, "stations": list(stations)})


@needs(Right.LOG_VISIT)
@require_http_methods(["GET", "POST"])
def event_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down an event; whom to invite comes next."""
    station = get_object_or_404(Station.objects.allowing(request.user, Right.LOG_VISIT).select_related("union"), pk=pk)
    form = EventForm(request.POST or None, initial={"client_uuid": uuid.uuid4(), "held_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            row = hold_event(actor=request.user, station=station, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return redirect("visits:event_invite", pk=row.pk)
    folded = [form[name] for name in ("service_kinds", "topics")]
    return render(
        request,
        "visits/event_new.html",
        {"station": station, "form": form, "folded": folded},
        status=422 if form.is_bound else 200,
    )


@needs(Right.VIEW_STATION)
@require_GET
def event(request: SignedInRequest, pk: int) -> HttpResponse:
    """One event with its sign-in list, as far as the user reads it."""
    row = get_object_or_404(events_seen(request.user), pk=pk)
    return _event_page(request, row)


def _event_page(request: SignedInRequest, row: Any, error: str = "", status: int = 200) -> HttpResponse:
    may_sign = holds_at(request.user, Right.LOG_VISIT, row.station_id)
    return render(
        request,
        "visits/event.html",
        {
            "row": row,
            "lines": sign_in_list(request.user, row),
            "may_sign": may_sign,
            "open": may_sign and row.held_on <= clock.today(),
            "error": error,
        },
        status=status,
    )


def _writable(request: SignedInRequest, pk: int) -> ContactEvent:
    rows = ContactEvent.objects.allowing(request.user, Right.LOG_VISIT).select_related("station", "post", "holder")
    return get_object_or_404(rows, pk=pk)


@needs(Right.LOG_VISIT)
@require_http_methods(["GET", "POST"])
def event_invite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Choose whom to invite: those first whose contact is owed."""
    row = _writable(request, pk)
    if request.method == "POST":
        ids = [number for text in request.POST.getlist("enterprises") if (number := whole_number(text))]
        firms = Enterprise.objects.allowing(request.user, Right.LOG_VISIT).filter(pk__in=ids)
        outcome = invite_to_event(actor=request.user, event=row, enterprises=list(firms))
        messages.success(request, _("%(n)d enterprises put on the list.") % {"n": outcome.done})
        return redirect("visits:event", pk=pk)
    text, owed = search_text(request), request.GET.get("owed") == "1"
    tier = request.GET.get("tier", "") if request.GET.get("tier") in Tier.values else ""
    found = invitable(request.user, row, text, tier, owed)
    context = {"row": row, "found": found, "q": text, "tier": tier, "owed": owed, "tiers": Tier.choices}
    return render(request, "visits/event_invite.html", context)


@needs(Right.LOG_VISIT)
@require_POST
def event_sign(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who came. The form says whom it showed as signed in (`was`), so that only what was changed is written."""
    row = _writable(request, pk)
    chosen = _numbers(request.POST.getlist("signed"))
    was = _numbers(request.POST.get("was", "").split(","))
    present = {number: whole_number(request.POST.get(f"persons-{number}", "")) or None for number in chosen}
    version = whole_number(request.POST.get("version", ""))
    try:
        outcome = sign_in(actor=request.user, event=row, present=present, absent=was - chosen, version=version)
    except ValidationError as error:
        shown = get_object_or_404(events_seen(request.user), pk=pk)
        return _event_page(request, shown, " ".join(error.messages), status=422)
    messages.success(request, _("%(n)d lines written.") % {"n": outcome.done})
    for refusal in outcome.refused:
        messages.warning(request, f"{refusal.label}：{refusal.reason}")
    return redirect("visits:event", pk=pk)


def _numbers(texts: list[str]) -> set[int]:
    return {number for text in texts if (number := whole_number(text))}


@needs(Right.VIEW_STATION)
@require_GET
def event_sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    """签到表 to print: numbered lines, number of persons, signature and phone left blank, some lines for others."""
    row = get_object_or_404(events_seen(request.user), pk=pk)
    head = [_("No."), _("Enterprise"), _("Persons taking part"), _("Signature"), _("Phone")]
    names = [line.enterprise.name for line in sign_in_list(request.user, row)] + [""] * BLANK_LINES
    lines = [[number, name, "", "", ""] for number, name in enumerate(names, 1)]
    return xlsx_response(_("Sign-in sheet"), head, lines, f"{_('Sign-in sheet')}-{row.held_on}-{row.title}.xlsx")
