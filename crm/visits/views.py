"""Visits: the form, the ledger, what is due, the plan."""

import uuid
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import can
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, land_on, search_text
from crm.core.querysets import count_of
from crm.core.sheets import xlsx_response
from crm.issues.models import Issue
from crm.visits.enums import Mode, Outcome
from crm.visits.forms import ISSUE_FIELDS, PlanForm, VisitForm, same_as
from crm.visits.models import Obligation, Visit
from crm.visits.reach import regime_in_force
from crm.visits.selectors import due_counts, due_list, last_said, offered_day
from crm.visits.services import cancel_obligation, plan_obligations
from crm.visits.windows import month_after
from crm.workflows.visit_report import submit_visit_report
from enterprises.models import Enterprise
from stations.models import Station

PAGE = 50


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


def _filtered(request: SignedInRequest) -> QuerySet[Any]:
    """The ledger's rows: filters in the URL, newest first."""
    rows = Visit.objects.visible_to(request.user)
    text = search_text(request)
    if text:
        rows = rows.filter(enterprise__in=Enterprise.objects.visible_to(request.user).found_by(text).values("pk"))
    for name, choices in (("outcome", Outcome.values), ("mode", Mode.values)):
        if request.GET.get(name) in choices:
            rows = rows.filter(**{name: request.GET[name]})
    flag = request.GET.get("flag", "")
    if flag in ("proxy", "late_record"):
        rows = rows.filter(**{flag: True})
    related = ("enterprise", "visitor", "post", "credited_post")
    issues = Issue.objects.visible_to(request.user).filter(visit=OuterRef("pk"))
    return rows.select_related(*related).annotate(issue_count=count_of(issues)).order_by("-visited_on", "-pk")


@needs(Right.VIEW_VISITS)
@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """走访台账."""
    page = Paginator(_filtered(request), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "visits/list.html",
        {
            "page": page,
            "rows": page.object_list,
            "outcomes": Outcome.choices,
            "modes": Mode.choices,
            "flags": (("proxy", _("Proxy visits")), ("late_record", _("Late records"))),
        },
    )


@needs(Right.VIEW_VISITS)
@require_GET
def export(request: SignedInRequest) -> HttpResponse:
    """走访台账 as xlsx."""
    head = [_("date"), _("Enterprise"), _("mode"), _("outcome"), _("Visitor"), _("Post"), _("notes"), _("Issues"),
            _("next contact"), _("Note")]  # fmt: skip
    lines = (
        [
            row.visited_on, row.enterprise.name, row.get_mode_display(), row.get_outcome_display(), row.visitor.name,
            row.post.title, row.notes, row.issue_count or None, row.next_contact_on,
            "、".join(words for words, holds in ((_("Proxy visit"), row.proxy), (_("Late record"), row.late_record)) if holds),
        ]
        for row in _filtered(request)[:20000]
    )  # fmt: skip
    return xlsx_response(_("Visits"), head, lines, f"visits-{clock.today()}.xlsx")


@needs(Right.VIEW_VISITS)
@require_GET
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One visit: what was said, what it met, what it opened."""
    rows = Visit.objects.visible_to(request.user).select_related(
        "enterprise", "visitor", "post", "credited_post", "station"
    )
    row = get_object_or_404(rows, pk=pk)
    met = list(row.meets.visible_to(request.user).select_related("rule").order_by("closes"))
    issues = list(row.issues.visible_to(request.user).order_by("pk"))
    return render(request, "visits/detail.html", {"row": row, "met": met, "issues": issues, "words": _words(row)})


def _words(row: Visit) -> list[tuple[str, str]]:
    """(question, answer in words) of what was ticked."""
    answers = []
    for name in ("met", "levels", "service_kinds", "topics"):
        array: Any = row._meta.get_field(name)
        labels = dict(array.base_field.choices)
        ticked = "、".join(str(labels.get(value, value)) for value in getattr(row, name))
        if ticked:
            answers.append((str(array.verbose_name), ticked))
    return answers


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
        },
    )


@needs(Right.PLAN)
@require_http_methods(["GET", "POST"])
def plan(request: SignedInRequest, pk: int) -> HttpResponse:
    """Plan what is owed from the regime in force; below, what each month holds."""
    station = get_object_or_404(Station.objects.allowing(request.user, Right.PLAN).select_related("union"), pk=pk)
    today = clock.today()
    form = PlanForm(request.POST if request.method == "POST" else None, initial={"start": today, "months": 6})
    if request.method == "POST" and form.is_valid():
        try:
            report = plan_obligations(actor=request.user, station=station, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            words = _("%(created)d contacts planned, %(existing)d stood already, %(taken)d taken back.")
            told = {
                "created": report.created,
                "existing": report.existing,
                "taken": report.taken_back + report.cancelled,
            }
            messages.success(request, words % told)
            return redirect("visits:plan", pk=pk)
    regime = regime_in_force(station, today)
    months = [month_after(today, n) for n in range(7)]
    counted = Obligation.objects.visible_to(request.user).filter(station=station).live()
    sums = {
        f"{kind}{place}": Count("pk", filter=Q(due__gte=first, due__lt=after) & extra)
        for place, (first, after) in enumerate(pairwise(months))
        for kind, extra in (("all", Q()), ("met", Q(met_by__isnull=False)))
    }
    found = counted.aggregate(**sums)
    rows = [
        {"month": first, "all": found[f"all{place}"], "met": found[f"met{place}"]}
        for place, first in enumerate(months[:-1])
    ]
    return render(
        request,
        "visits/plan.html",
        {
            "station": station,
            "form": form,
            "regime": regime,
            "rules": list(regime.rules.order_by("pk")) if regime else [],
            "months": rows,
        },
        status=422 if form.is_bound else 200,
    )


@needs(Right.PLAN)
@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Cancel one contact that is owed, with the reason."""
    row = get_object_or_404(Obligation.objects.visible_to(request.user).select_related("station"), pk=pk)
    try:
        cancel_obligation(actor=request.user, obligation=row, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Cancelled."))
    return land_on(Enterprise.objects.visible_to(request.user), row.enterprise_id, "enterprises:detail", "visits:due")
