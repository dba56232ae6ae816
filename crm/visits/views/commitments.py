"""承诺事项: the list, a new one, what became of it."""

import datetime as dt
import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import holds
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, land_on
from crm.visits.enums import CommitmentState
from crm.visits.forms import CommitmentForm, PromiseForm
from crm.visits.models import Commitment
from crm.visits.selectors import commitment_counts, commitments
from crm.visits.selectors.commitments import OVERDUE
from crm.visits.services import make_commitment, settle_commitment
from enterprises.models import Enterprise

PAGE = 50
USUAL = dt.timedelta(days=14)  # offered as the due day


@needs(Right.VIEW_VISITS)
@require_GET
def commitment_list(request: SignedInRequest) -> HttpResponse:
    """What was promised: the open ones first, by their due day."""
    day, own, state = clock.today(), request.GET.get("own") == "1", request.GET.get("state", "")
    page = Paginator(commitments(request.user, day, state, own), PAGE).get_page(request.GET.get("page"))
    rows = [(row, row.overdue_on(day)) for row in page.object_list]
    context = {
        "page": page,
        "rows": rows,
        "counts": commitment_counts(request.user, day, own),
        "states": [*CommitmentState.choices, (OVERDUE, _("Overdue"))],
        "state": state,
        "own": own,
        "may_settle": holds(request.user, Right.LOG_VISIT),
    }
    return render(request, "visits/commitments.html", context)


@needs(Right.LOG_VISIT)
@require_http_methods(["GET", "POST"])
def promise(request: SignedInRequest, pk: int) -> HttpResponse:
    """Promise an enterprise something."""
    row = get_object_or_404(Enterprise.objects.allowing(request.user, Right.LOG_VISIT), pk=pk)
    form = CommitmentForm(request.POST or None, initial={"client_uuid": uuid.uuid4(), "due_on": clock.today() + USUAL})
    if request.method == "POST" and form.is_valid():
        try:
            make_commitment(actor=request.user, enterprise=row, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("On record."))
            return land_on(Enterprise.objects.visible_to(request.user), pk, "enterprises:detail", "visits:commitments")
    return render(request, "visits/promise.html", {"row": row, "form": form}, status=422 if form.is_bound else 200)


@needs(Right.LOG_VISIT)
@require_POST
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Kept, broken, withdrawn, or opened again."""
    row = get_object_or_404(Commitment.objects.visible_to(request.user), pk=pk)
    form = PromiseForm(request.POST)
    if form.is_valid():
        try:
            settle_commitment(actor=request.user, commitment=row, **form.cleaned_data)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    else:
        messages.error(request, _("It was not understood. Look again."))
    return redirect("visits:commitments")
