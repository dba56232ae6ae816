"""走访台账: the ledger of visits, and one visit."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.access.declared import needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import search_text
from crm.core.querysets import count_of
from crm.core.sheets import xlsx_response
from crm.issues.models import Issue
from crm.visits.enums import Mode, Outcome
from crm.visits.models import Visit
from enterprises.models import Enterprise

PAGE = 50


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
