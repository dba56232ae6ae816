"""The issue log: list, page, moves."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import can, holds
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, land_on, search_text, whole_number
from crm.core.querysets import having
from crm.core.sheets import xlsx_response
from crm.issues.enums import IssueState, Move
from crm.issues.forms import IssueForm, MoveForm
from crm.issues.models import Issue, IssueCategory
from crm.issues.selectors import handler_choices, moves_for, progress
from crm.issues.services import move_issue, open_issue, withhold_issue
from crm.visits.models import Visit
from enterprises.models import Enterprise

PAGE = 50


def _filtered(request: SignedInRequest) -> QuerySet[Issue]:
    """The list's rows: filters in the URL; what is open first, by deadline."""
    rows = Issue.objects.visible_to(request.user)
    text = search_text(request)
    if text:
        rows = (
            rows.filter(title__icontains=text)
            | rows.filter(number__startswith=text)
            | rows.filter(enterprise__in=Enterprise.objects.visible_to(request.user).found_by(text).values("pk"))
        )
    state = request.GET.get("state", "open")
    if state == "open":
        rows = rows.open()
    elif state == "late":
        rows = rows.late(clock.today())
    elif state != "all":
        rows = having(rows, "state", state, IssueState)
    category = request.GET.get("category", "")
    if category:
        rows = rows.filter(category=whole_number(category) or 0)
    return rows.select_related("enterprise", "category", "handler").order_by("closed_at", "due_on", "-raised_on", "-pk")


@needs(Right.VIEW_ISSUES)
@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """问题台账."""
    page = Paginator(_filtered(request), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "issues/list.html",
        {
            "page": page,
            "rows": page.object_list,
            "state": request.GET.get("state", "open"),
            "states": [("open", _("Open")), ("late", _("Overdue")), *IssueState.choices, ("all", _("All"))],
            "categories": list(IssueCategory.objects.all()),
            "today": clock.today(),
        },
    )


@needs(Right.VIEW_ISSUES)
@require_GET
def export(request: SignedInRequest) -> HttpResponse:
    """问题台账 as xlsx."""
    head = [_("number"), _("Enterprise"), _("Raised on"), _("category"), pgettext("issue", "title"), _("State"), _("Handled by"),
            _("deadline"), _("Closed on"), _("How it ended"), _("Solved, says the enterprise"), _("Satisfaction")]  # fmt: skip
    lines = (
        [
            row.number, row.enterprise.name, row.raised_on, row.category.name, row.title, row.get_state_display(),
            row.handler.title if row.handler else "", row.due_on, clock.local_date(row.closed_at) if row.closed_at else None,
            row.get_outcome_type_display(), row.get_resolution_display(), row.get_satisfaction_display(),
        ]
        for row in _filtered(request)[:20000]
    )  # fmt: skip
    return xlsx_response(_("Issues"), head, lines, f"issues-{clock.today()}.xlsx")


@needs(Right.VIEW_ISSUES)
@require_GET
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One issue: its way, its story, the moves from here."""
    return _page(request, _found(request, pk))


def _found(request: SignedInRequest, pk: int) -> Issue:
    rows = Issue.objects.visible_to(request.user).select_related(
        "enterprise", "category", "handler", "post", "station__union"
    )
    return get_object_or_404(rows, pk=pk)


def _page(request: SignedInRequest, row: Issue, form: MoveForm | None = None) -> HttpResponse:
    today = clock.today()
    events = list(row.events.select_related("post").order_by("sequence"))
    moves = moves_for(request.user, row, today)
    offers_handler = any(possible.allowed and possible.move == Move.ASSIGN for possible in moves)
    return render(
        request,
        "issues/detail.html",
        {
            "row": row,
            "visit": Visit.objects.visible_to(request.user).filter(pk=row.visit_id).first() if row.visit_id else None,
            "events": events,
            "way": progress(row, events),
            "moves": moves,
            "handlers": handler_choices(request.user, row, today) if offers_handler else [],
            "form": form or MoveForm(),
            "late": row.state in IssueState.OPEN and row.due_on is not None and row.due_on < today,
            "open": row.state in IssueState.OPEN
            and holds(request.user, Right.HANDLE_ISSUE),  # whoever reads only has no next
            "may_withhold": can(request.user, Right.WITHHOLD_ISSUE, row),
        },
        status=422 if form is not None else 200,
    )


@needs(Right.VIEW_ISSUES)
@require_POST
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make one move."""
    row = _found(request, pk)
    form = MoveForm(request.POST)
    if form.is_valid():
        given: dict[str, Any] = dict(form.cleaned_data)
        handlers = {post.pk: post for post in handler_choices(request.user, row, clock.today())}
        given["handler"] = handlers.get(given["handler"])
        try:
            move_issue(actor=request.user, issue=row, **given)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Done: %(move)s") % {"move": Move(given["move"]).label})
            return land_on(Issue.objects.visible_to(request.user), pk, "issues:detail", "issues:list")
    return _page(request, _found(request, pk), form)


@needs(Right.WITHHOLD_ISSUE)
@require_POST
def withhold(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep the issue from grid officers, or open it to them again."""
    row = _found(request, pk)
    version = whole_number(request.POST.get("version", "")) or 0
    try:
        withhold_issue(actor=request.user, issue=row, withheld=request.POST.get("withheld") == "yes", version=version)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved."))
    return land_on(Issue.objects.visible_to(request.user), pk, "issues:detail", "issues:list")


@needs(Right.OPEN_ISSUE)
@require_http_methods(["GET", "POST"])
def open_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new issue of an enterprise, without a visit."""
    row = get_object_or_404(
        Enterprise.objects.allowing(request.user, Right.OPEN_ISSUE).select_related("station"), pk=pk
    )
    sent = request.POST if request.method == "POST" else None
    may_withhold = can(request.user, Right.WITHHOLD_ISSUE, row)
    form = IssueForm(sent, initial={"client_uuid": uuid.uuid4()}, may_withhold=may_withhold)
    if request.method == "POST" and form.is_valid():
        try:
            issue = open_issue(actor=request.user, enterprise=row, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("On record."))
            return land_on(Issue.objects.visible_to(request.user), issue.pk, "issues:detail", "issues:list")
    return render(request, "issues/open.html", {"row": row, "form": form}, status=422 if form.is_bound else 200)
