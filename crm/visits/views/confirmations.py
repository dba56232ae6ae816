"""The enterprise's answer: from an account, or on a public page behind a one-time secret, and the link made for it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.access.declared import PUBLIC, needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core.forms import add_errors
from crm.visits.forms import ConfirmForm
from crm.visits.models import Visit
from crm.visits.services import confirm_visit, link_of, make_link, revoke_link
from crm.visits.views.ledger import visit_page


def _visit(request: SignedInRequest, pk: int) -> Visit:
    seen = Visit.objects.visible_to(request.user).select_related("post", "enterprise", "visitor")
    return get_object_or_404(seen, pk=pk)


@needs(Right.LOG_VISIT)
@require_POST
@never_cache
def link(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make the one-time address and show it, this once."""
    visit = _visit(request, pk)
    try:
        secret = make_link(actor=request.user, visit=visit)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("visits:detail", pk=pk)
    address = request.build_absolute_uri(f"{reverse('visits:confirm')}?t={secret}")
    return render(request, "visits/link.html", {"row": visit, "address": address})


@needs(Right.LOG_VISIT)
@require_POST
def link_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    """Shut the open address."""
    try:
        revoke_link(actor=request.user, visit=_visit(request, pk))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The link no longer opens."))
    return redirect("visits:detail", pk=pk)


@needs(Right.CONFIRM_VISIT)
@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """What somebody who speaks for the enterprise says of the visit."""
    form = ConfirmForm(request.POST)
    visit = _visit(request, pk)
    if form.is_valid():
        try:
            confirm_visit(visit=visit, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Thank you. The answer is on record."))
            return redirect("home") if request.POST.get("back") == "home" else redirect("visits:detail", pk=pk)
    return visit_page(request, pk, form)


@needs(PUBLIC)
@require_http_methods(["GET", "POST"])
@never_cache
def confirm(request: HttpRequest) -> HttpResponse:
    """What was recorded, and the enterprise's answer to it. Whatever does not open looks the same."""
    sent: Any = request.POST if request.method == "POST" else request.GET
    found = link_of(sent.get("t", ""))
    if found is None:
        return _shut(request)
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            confirm_visit(visit=found.visit, by=found, **form.cleaned_data)
        except PermissionDenied:  # somebody else was faster
            return _shut(request)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return _private(render(request, "visits/confirmed.html"))
    status = 422 if form.is_bound else 200
    page = {"visit": found.visit, "form": form, "secret": sent["t"]}
    return _private(render(request, "visits/confirm.html", page, status=status))


def _shut(request: HttpRequest) -> HttpResponse:
    return _private(render(request, "visits/confirm_shut.html", status=404))


def _private(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
