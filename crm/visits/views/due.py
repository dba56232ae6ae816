"""Whom to see."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import holds
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.visits.selectors import due_counts, due_list, waiting_exemptions


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
            "items": due_list(request.user, day, limit=200, own=own),
            "counts": due_counts(request.user, day, own),
            "own": own,
            "waiting": waiting_exemptions(request.user) if holds(request.user, Right.APPROVE_EXEMPTION) else [],
        },
    )
