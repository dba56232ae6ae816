"""Practice cases, and which parks and chains show others."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import can, holds
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, land_on, search_text, whole_number
from crm.core.querysets import having
from crm.programs.enums import CaseState
from crm.programs.forms import AreaTitleForm, CaseForm
from crm.programs.models import PracticeCase
from crm.programs.selectors import kept_unions, showing
from crm.programs.services import adopt_case, give_area_title, report_case, write_case
from enterprises.models import Chain, ChainNode, Enterprise
from stations.models import Park, Station

PAGE = 50


@needs(Right.VIEW_PROGRAMS)
@require_GET
def cases(request: SignedInRequest) -> HttpResponse:
    """典型经验."""
    rows = PracticeCase.objects.visible_to(request.user).select_related("station", "node__chain")
    state, text = request.GET.get("state", ""), search_text(request)
    rows = having(rows, "state", state, CaseState)
    if text:
        rows = rows.filter(title__icontains=text)
    page = Paginator(rows.order_by("-recorded_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    writable = Station.objects.allowing(request.user, Right.LOG_VISIT).order_by("pk")
    return render(
        request,
        "programs/cases.html",
        {"page": page, "rows": page.object_list, "states": CaseState.choices, "writable": list(writable[:20])},
    )


@needs(Right.VIEW_PROGRAMS)
@require_GET
def case(request: SignedInRequest, pk: int) -> HttpResponse:
    """One case."""
    rows = PracticeCase.objects.visible_to(request.user).select_related("station", "post", "node__chain", "adopted_by")
    row = get_object_or_404(rows, pk=pk)
    firms = Enterprise.objects.visible_to(request.user).filter(pk=row.enterprise_id) if row.enterprise_id else ()
    adopting = kept_unions(request.user) if row.state == CaseState.REPORTED else ()
    return render(
        request,
        "programs/case.html",
        {
            "row": row,
            "firm": next(iter(firms), None),
            "may_report": row.state == CaseState.DRAFT and can(request.user, Right.LOG_VISIT, row),
            "unions": list(adopting),
        },
    )


@needs(Right.VIEW_PROGRAMS)
@require_POST
def case_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Report a draft, or adopt what was reported (with `union`); the services ask for their rights."""
    row = get_object_or_404(PracticeCase.objects.visible_to(request.user), pk=pk)
    version = whole_number(request.POST.get("version", "")) or 0
    wanted = request.POST.get("union")
    try:
        if wanted is None:
            report_case(actor=request.user, case=row, version=version)
        else:
            union = kept_unions(request.user).filter(pk=whole_number(wanted) or 0).first()
            if union is None:
                raise ValidationError(_("Choose a union whose programmes you keep."))
            adopt_case(actor=request.user, case=row, union=union, version=version)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved."))
    return land_on(PracticeCase.objects.visible_to(request.user), pk, "programs:case", "programs:cases")


@needs(Right.LOG_VISIT)
@require_http_methods(["GET", "POST"])
def case_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write a case of a station."""
    station = get_object_or_404(Station.objects.allowing(request.user, Right.LOG_VISIT).select_related("union"), pk=pk)
    firms = Enterprise.objects.allowing(request.user, Right.LOG_VISIT).visible_to(request.user).filter(station=station)
    nodes = ChainNode.objects.visible_to(request.user).select_related("chain").order_by("chain_id", "number")
    sent = request.POST if request.method == "POST" else None
    form = CaseForm(sent, initial={"client_uuid": uuid.uuid4()}, firms=firms.order_by("name_key", "pk"), nodes=nodes)
    if request.method == "POST" and form.is_valid():
        try:
            row = write_case(actor=request.user, station=station, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return land_on(PracticeCase.objects.visible_to(request.user), row.pk, "programs:case", "programs:cases")
    shown = {"station": station, "form": form}
    return render(request, "programs/case_new.html", shown, status=422 if form.is_bound else 200)


@needs(Right.VIEW_PROGRAMS)
@require_GET
def demonstration(request: SignedInRequest) -> HttpResponse:
    """示范企业 → 示范区 → 示范带."""
    return _demonstration(request)


def _areas(request: SignedInRequest) -> list[tuple[str, str]]:
    """Parks and chains to which the user may record a title: (park-1 or chain-1, name)."""
    parks = Park.objects.allowing(request.user, Right.MANAGE_PROGRAMS).order_by("pk")
    chains = Chain.objects.allowing(request.user, Right.MANAGE_PROGRAMS).order_by("pk")
    return [(f"park-{row.pk}", row.name) for row in parks] + [(f"chain-{row.pk}", row.name) for row in chains]


def _demonstration(request: SignedInRequest, form: AreaTitleForm | None = None) -> HttpResponse:
    parks, chains = showing(request.user, clock.today())
    may = holds(request.user, Right.MANAGE_PROGRAMS)
    shown: dict[str, Any] = {"parks": parks, "chains": chains, "form": form}
    if may and form is None:
        shown["form"] = AreaTitleForm(areas=_areas(request), initial={"start": clock.today()})
    return render(request, "programs/demonstration.html", shown, status=422 if form is not None else 200)


@needs(Right.MANAGE_PROGRAMS)
@require_POST
def area_title(request: SignedInRequest) -> HttpResponse:
    """Record that a park is a 示范区, or a chain a 示范带."""
    form = AreaTitleForm(request.POST, areas=_areas(request))
    if form.is_valid():
        given = dict(form.cleaned_data)
        kind, _dash, number = given.pop("area").partition("-")
        model: Any = Park if kind == "park" else Chain
        given[kind] = get_object_or_404(model.objects.allowing(request.user, Right.MANAGE_PROGRAMS), pk=int(number))
        try:
            give_area_title(actor=request.user, **given)
        except ValidationError as error:
            add_errors(form, error, {"term": "end"})
        else:
            messages.success(request, _("Saved."))
            return redirect("programs:demonstration")
    return _demonstration(request, form)
