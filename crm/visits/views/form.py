"""The visit form: whom did you see, what was said."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import can
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, land_on, search_text
from crm.visits.forms import ISSUE_FIELDS, SettleForm, VisitForm, same_as
from crm.visits.models import Obligation
from crm.visits.selectors import contacts_known, due_list, last_said, offered_day
from crm.visits.views.conflicts import answer_kept
from crm.visits.views.photos import add_files
from crm.workflows.visit_report import Kept, VisitReport, closable, send_visit_report
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
    open_ones = closable(request.user, row, clock.today())
    if request.method == "POST":
        form = VisitForm(request.POST, may_withhold=may_withhold)
        settled = [SettleForm(request.POST, found=found) for found in open_ones if _sent(request, found)]
        if all([form.is_valid(), *(one.is_valid() for one in settled)]):
            said = [said for one in settled if (said := one.said())]
            try:
                report = send_visit_report(
                    actor=request.user, visit=form.visit() | {"enterprise": row}, issue=form.issue(), settled=said
                )
            except Kept as kept:
                return answer_kept(request, kept.conflict)
            except ValidationError as error:
                add_errors(form, error, ISSUE_FIELDS)
            else:
                return _taken(request, report)
    else:
        day = offered_day(request.user, row, clock.now())
        form = VisitForm(
            initial={"client_uuid": uuid.uuid4(), "issue_uuid": uuid.uuid4(), "visited_on": day, "has_issue": "no"},
            may_withhold=may_withhold,
        )
        settled = [SettleForm(found=found) for found in open_ones]
    return render(
        request,
        "visits/form.html",
        {
            "row": row,
            "form": form,
            "settled": settled,
            "folded": [form[name] for name in ("levels", "service_kinds", "topics")],
            "last": last,
            "may_know": bool(contacts_known(request.user, [row])),
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


def _sent(request: SignedInRequest, found: Any) -> bool:
    """Whether the form that was sent knew of this issue: one that was raised meanwhile is not asked about."""
    return f"issue-{found.issue.pk}-version" in request.POST


def _taken(request: SignedInRequest, report: VisitReport) -> HttpResponse:
    """Say that it is on record, and go on to the enterprise; a colleague's may not be in sight: then to the visit."""
    words = _("Sent before; it is on record once.") if report.repeated else _("On record.")
    if report.closed and not report.repeated:
        words += _("%(n)d issues settled.") % {"n": len(report.closed)}
    messages.success(request, words)
    visit, seen = report.visit, Enterprise.objects.visible_to(request.user)
    # the visit is on record: a photo that cannot be kept is told of, and changes nothing about it
    add_files(request, visit, uuid.uuid5(visit.client_uuid, "photos"))
    page = land_on(seen, visit.enterprise_id, "enterprises:detail", "visits:detail", visit.pk)
    if request.headers.get("Accept") == "application/json":  # a script goes on with the photos, one by one
        return JsonResponse({"photos": reverse("visits:photos", args=[visit.pk]), "next": page["Location"]}, status=201)
    return page
