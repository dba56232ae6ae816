"""The visit form: whom did you see, what was said."""

import re
import uuid
from collections.abc import Iterator
from functools import cache, partial
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
from crm.access.scope import holds_on
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, land_on, search_text
from crm.core.templatetags.ui import day_short
from crm.programs.enums import STEPS as ITEM_STEPS
from crm.programs.models import Policy
from crm.programs.selectors import policies_for
from crm.visits.forms import SettleForm, VisitForm, same_as
from crm.visits.models import Obligation
from crm.visits.selectors import due_list, last_said, offered_day
from crm.visits.views.commitments import USUAL
from crm.visits.views.conflicts import answer_kept
from crm.visits.views.photos import add_files
from crm.workflows.visit_report import (
    REPORTED,
    Kept,
    VisitReport,
    closable,
    movable,
    named_issues,
    send_visit_report,
)
from enterprises.models import Enterprise

MOST_POLICIES = 12  # offered in one form, the newest first; the library has the others
NAMED = re.compile(r"issue-([0-9]{1,18})-move")


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
    row, today = get_object_or_404(rows, pk=pk), clock.today()
    given: dict[str, Any] = {
        "may_withhold": holds_on(request.user, Right.WITHHOLD_ISSUE, row.station_id, row.pk),
        "items": cache(partial(movable, request.user, row, today)),
        "policies": Policy.objects.visible_to(request.user),
    }
    if request.method == "GET":
        settled = [SettleForm(found=found) for found in closable(request.user, row, today)]
        return _page(request, row, VisitForm(initial=_first(request, row), **given), settled)
    form = VisitForm(request.POST, **given)
    settled = [SettleForm(request.POST, found=found) for found in named_issues(request.user, row, _moves(request))]
    if all([form.is_valid(), *(one.is_valid() for one in settled)]):
        said = [said for one in settled if (said := one.said())]
        try:
            report = send_visit_report(actor=request.user, settled=said, **form.report(row))
        except Kept as kept:
            return answer_kept(request, kept.conflict)
        except ValidationError as error:
            add_errors(form, error, {name: name.replace(".", "_") for name in error.update_error_dict({})})
        else:
            return _taken(request, report)
    return _page(request, row, form, settled)


def _first(request: SignedInRequest, row: Enterprise) -> dict[str, Any]:
    """What a fresh form says by itself."""
    day = offered_day(request.user, row, clock.now())
    numbers = {"client_uuid": uuid.uuid4(), "issue_uuid": uuid.uuid4()}
    return numbers | {"visited_on": day, "has_issue": "no", "commitment_due_on": day + USUAL}


def _page(request: SignedInRequest, row: Enterprise, form: VisitForm, settled: list[SettleForm]) -> HttpResponse:
    last, today = last_said(request.user, row), clock.today()
    chosen = list(form.cleaned_data.get("policies", ())) if form.is_bound else []
    offered = policies_for(request.user, row, today).exclude(pk__in=[one.pk for one in chosen])
    owed = Obligation.objects.visible_to(request.user).filter(enterprise=row, opens__lte=today).live().unmet()
    return render(
        request,
        "visits/form.html",
        {
            "row": row,
            "form": form,
            "settled": settled,
            "folded": [form[name] for name in ("levels", "service_kinds", "topics")],
            "last": last,
            "may_know": holds_on(request.user, Right.VIEW_NOTES, row.station_id, row.pk),
            "same": same_as(last),
            "today": today,
            "owed": list(owed.select_related("rule").order_by("closes")[:4]),
            "items": form.items(),
            "ways": [(to, ITEM_STEPS[to].needs) for to in REPORTED],
            "policies": [*chosen, *offered[:MOST_POLICIES]],
            "chosen": {one.pk for one in chosen},
        },
        status=422 if form.is_bound else 200,
    )


def _moves(request: SignedInRequest) -> dict[int, str]:
    """{issue: move} as the form that was sent names them: one that was raised meanwhile is not asked about."""
    named = ((NAMED.fullmatch(name), move) for name, move in request.POST.items())
    return {int(found[1]): str(move) for found, move in named if found}


def _taken(request: SignedInRequest, report: VisitReport) -> HttpResponse:
    """Say that it is on record, and go on to the enterprise; a colleague's may not be in sight: then to the visit."""
    words = _("Sent before; it is on record once.") if report.repeated else _("On record.")
    if not report.repeated:
        words += "".join(_besides(report))
    if report.met_before is not None:
        words += _("What is owed had been met by %(name)s's contact of %(day)s already; it is counted once.") % {
            "name": report.met_before.visitor.name,
            "day": report.met_before.visited_on,
        }
    messages.success(request, words)
    visit, seen = report.visit, Enterprise.objects.visible_to(request.user)
    # the visit is on record: a photo that cannot be kept is told of, and changes nothing about it
    add_files(request, visit, uuid.uuid5(visit.client_uuid, "photos"))
    page = land_on(seen, visit.enterprise_id, "enterprises:detail", "visits:detail", visit.pk)
    if request.headers.get("Accept") == "application/json":  # a script goes on with the photos, one by one
        return JsonResponse({"photos": reverse("visits:photos", args=[visit.pk]), "next": page["Location"]}, status=201)
    return page


def _besides(report: VisitReport) -> Iterator[str]:
    """A sentence for each part that came with the visit."""
    if report.closed:
        yield _("%(n)d issues settled.") % {"n": len(report.closed)}
    if report.commitment:
        yield _("A promise until %(day)s.") % {"day": day_short(report.commitment.due_on)}
    if report.item:
        yield _("Item %(number)s: %(state)s.") % {
            "number": report.item.line.number,
            "state": report.item.get_to_state_display(),
        }
    if report.delivered:
        yield _("%(n)d policies handed over.") % {"n": len(report.delivered)}
