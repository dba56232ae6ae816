"""The visit form: whom did you see, what was said."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import can
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, land_on, search_text
from crm.visits.forms import ISSUE_FIELDS, VisitForm, same_as
from crm.visits.models import Obligation
from crm.visits.selectors import due_list, last_said, offered_day
from crm.workflows.visit_report import submit_visit_report
from enterprises.models import Enterprise


@needs(Right.LOG_VISIT)
@require_GET
def start(request: SignedInRequest) -> HttpResponse:
    """Whom did you see? Those that are due first, or a search."""
    day = clock.today()
    text = search_text(request)
    found = []
    if text:
        rows = Enterprise.objects.allowing(request.user, Right.LOG_VISIT).filter(station__isnull=False).found_by(text)
        found = list(rows.order_by("name_key", "pk")[:20])
    items = [] if text else due_list(request.user, day, limit=20)
    return render(request, "visits/start.html", {"q": text, "found": found, "due": items})


@needs(Right.LOG_VISIT)
@require_http_methods(["GET", "POST"])
def log(request: SignedInRequest, pk: int) -> HttpResponse:
    """The visit form of one enterprise."""
    rows = Enterprise.objects.allowing(request.user, Right.LOG_VISIT).select_related("station__union", "park")
    row = get_object_or_404(rows, pk=pk)
    last = last_said(request.user, row)
    may_withhold = can(request.user, Right.WITHHOLD_ISSUE, row)
    if request.method == "POST":
        form = VisitForm(request.POST, may_withhold=may_withhold)
        if form.is_valid():
            try:
                report = submit_visit_report(
                    actor=request.user, visit=form.visit() | {"enterprise": row}, issue=form.issue()
                )
            except ValidationError as error:
                add_errors(form, error, ISSUE_FIELDS)
            else:
                messages.success(
                    request, _("Sent before; it is on record once.") if report.repeated else _("On record.")
                )
                seen = Enterprise.objects.visible_to(request.user)  # a colleague's enterprise may not be among them
                return land_on(seen, pk, "enterprises:detail", "visits:detail", report.visit.pk)
    else:
        day = offered_day(request.user, row, clock.now())
        form = VisitForm(
            initial={"client_uuid": uuid.uuid4(), "issue_uuid": uuid.uuid4(), "visited_on": day, "has_issue": "no"},
            may_withhold=may_withhold,
        )
    return render(
        request,
        "visits/form.html",
        {
            "row": row,
            "form": form,
            "folded": [form[name] for name in ("levels", "service_kinds", "topics")],
            "last": last,
            "same": same_as(last),
            "today": clock.today(),
            "owed": list(
                Obligation.objects.visible_to(request.user)
                .filter(enterprise=row, opens__lte=clock.today())
                .live()
                .unmet()
                .select_related("rule")
                .order_by("closes")[:4]
            ),
        },
        status=422 if form.is_bound else 200,
    )
