"""Whom to see."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import holds
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.visits.selectors import before_going, due_counts, due_enterprises, due_list, waiting_exemptions
from enterprises.models import Enterprise

MOST = 200  # enterprises


@needs(Right.VIEW_VISITS)
@require_GET
def due(request: SignedInRequest) -> HttpResponse:
    """Whom to see, worst first."""
    day = clock.today()
    own = request.GET.get("own") == "1"
    return render(
        request,
        "visits/due.html",
        {
            "items": due_list(request.user, day, limit=MOST, own=own),
            "counts": due_counts(request.user, day, own),
            "own": own,
            "reads_notes": holds(request.user, Right.VIEW_NOTES),
            "plans": holds(request.user, Right.LOG_VISIT),
            "waiting": waiting_exemptions(request.user) if holds(request.user, Right.APPROVE_EXEMPTION) else [],
        },
    )


@needs(Right.VIEW_NOTES)
@require_GET
def before_list(request: SignedInRequest) -> HttpResponse:
    """Of those on the list: where the cap is reached, where posts could go together. A part of its page."""
    day = clock.today()
    told = Enterprise.objects.allowing(request.user, Right.VIEW_NOTES)
    rows = due_enterprises(request.user, day, request.GET.get("own") == "1").filter(pk__in=told)[:MOST]
    return render(request, "visits/before_list.html", {"found": before_going(rows, day)})


@needs(Right.VIEW_NOTES)
@require_GET
def before(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same of one enterprise: a part of its page and of the visit form."""
    row = get_object_or_404(Enterprise.objects.allowing(request.user, Right.VIEW_NOTES), pk=pk)
    return render(request, "visits/before.html", {"row": row, "found": before_going([row], clock.today())})
