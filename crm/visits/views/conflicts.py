"""重号待核: a second body under a used number, and what becomes of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.visits.enums import Decision
from crm.visits.models import SubmissionConflict, Visit
from crm.visits.selectors import said_in_words
from crm.workflows.visit_report import settle_conflict

SHOWN = 200


@needs(Right.VIEW_CONTACTS)
@require_GET
def conflicts(request: SignedInRequest) -> HttpResponse:
    """What waits to be settled, the oldest first, then what has been settled lately."""
    rows = SubmissionConflict.objects.visible_to(request.user).select_related("enterprise", "author__person", "post")
    waiting = list(rows.filter(decision="").order_by("received_at", "pk")[:SHOWN])
    settled = list(rows.exclude(decision="").order_by("-decided_at", "-pk")[:20])
    return render(request, "visits/conflicts.html", {"waiting": waiting, "settled": settled})


@needs(Right.VIEW_CONTACTS)
@require_GET
def conflict(request: SignedInRequest, pk: int) -> HttpResponse:
    """One kept body beside what was written first."""
    return render(request, "visits/conflict.html", _page(request, _found(request, pk)))


@needs(Right.VIEW_CONTACTS)
@require_POST
def conflict_settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep the first, or log the second as a visit of its own."""
    row = _found(request, pk)
    try:
        settle_conflict(actor=request.user, conflict=row, decision=request.POST.get("decision", ""))
    except ValidationError as error:
        return render(request, "visits/conflict.html", _page(request, row) | {"faults": error.messages}, status=422)
    messages.success(request, _("Settled."))
    return redirect("visits:conflict", pk=pk)


def answer_kept(request: SignedInRequest, row: SubmissionConflict) -> HttpResponse:
    """The answer to a sending that came under a used number: nothing is lost, and here it is."""
    fresh = _found(request, row.pk) if _seen(request).filter(pk=row.pk).exists() else None
    return render(request, "visits/conflict.html", _page(request, fresh) | {"just_sent": True}, status=409)


def _seen(request: SignedInRequest) -> Any:
    return SubmissionConflict.objects.visible_to(request.user)


def _found(request: SignedInRequest, pk: int) -> SubmissionConflict:
    related = ("enterprise", "author__person", "post", "decided_by__person", "result", "visit")
    return get_object_or_404(_seen(request).select_related(*related), pk=pk)


def _page(request: SignedInRequest, row: SubmissionConflict | None) -> dict[str, Any]:
    """Both bodies question by question; of the first only what the reader may see."""
    if row is None:
        return {"row": None}
    seen = Visit.objects.visible_to(request.user)
    first = seen.filter(pk=row.visit_id).select_related("visitor", "post").first() if row.visit_id else None
    return {
        "row": row,
        "first": first,
        "lines": said_in_words(row, first),
        "own": Decision.OWN,
        "keep": Decision.KEEP,
        "result": seen.filter(pk=row.result_id).first() if row.result_id else None,
    }
