"""The checklist of one enterprise: squares, an item with its log and its moves; stage and titles."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import holds_on
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, sent_day, whole_number
from crm.programs.enums import ItemState
from crm.programs.forms import MoveForm, StageForm, TitleForm
from crm.programs.models import Delivery, ItemEvent, Title
from crm.programs.selectors import Square, moves_for, sheet_of, standing_of
from crm.programs.services import give_title, move_item, set_stage, take_title
from enterprises.models import Enterprise

FORWARD = (ItemState.VERIFIED, ItemState.CONFIRMED, ItemState.DONE, ItemState.IN_PROGRESS)  # the act the page is for


def _found(request: SignedInRequest, pk: int) -> Enterprise:
    rows = Enterprise.objects.allowing(request.user, Right.VIEW_PROGRAMS).select_related("station__union")
    return get_object_or_404(rows, pk=pk)


@needs(Right.VIEW_PROGRAMS)
@require_GET
def part(request: SignedInRequest, pk: int) -> HttpResponse:
    """产改清单 as a part of the enterprise's page."""
    row = _found(request, pk)
    today = clock.today()
    stages, titles = standing_of(request.user, [pk], today)
    shown = {
        "row": row,
        "sheet": sheet_of(request.user, row, today),
        "stage": stages.get(pk),
        "titles": titles.get(pk, []),
    }
    return render(request, "programs/part.html", shown)


@needs(Right.VIEW_PROGRAMS)
@require_GET
def enterprise(request: SignedInRequest, pk: int) -> HttpResponse:
    """The thirty items; `item` in the address chooses one."""
    return _page(request, _found(request, pk), whole_number(request.GET.get("item", "")))


def _page(request: SignedInRequest, row: Enterprise, number: int | None, **forms: Any) -> HttpResponse:
    today = clock.today()
    sheet = sheet_of(request.user, row, today)
    chosen = sheet.square(number) if number else None
    stages, titles = standing_of(request.user, [row.pk], today)
    shown: dict[str, Any] = {
        "row": row,
        "sheet": sheet,
        "chosen": chosen,
        "stage": stages.get(row.pk),
        "titles": titles.get(row.pk, []),
        "deliveries": list(
            Delivery.objects.visible_to(request.user)
            .filter(enterprise=row)
            .select_related("policy", "post")
            .order_by("-delivered_on", "-pk")[:20]
        ),
        "may_stage": holds_on(request.user, Right.VERIFY_ITEM, row.station_id, row.pk),
        "may_title": holds_on(request.user, Right.MANAGE_PROGRAMS, row.station_id, row.pk),
        "stage_form": StageForm(initial={"start": today}),
        "title_form": TitleForm(initial={"start": today}),
    }
    if chosen is not None:
        shown |= _chosen(request, row, chosen, forms.pop("form", None))
    failed = any(form.is_bound for form in (*forms.values(), *([shown["form"]] if chosen else [])))
    return render(request, "programs/enterprise.html", shown | forms, status=422 if failed else 200)


def _chosen(request: SignedInRequest, row: Enterprise, square: Square, form: MoveForm | None) -> dict[str, Any]:
    """What the page shows of the chosen item."""
    events = ItemEvent.objects.visible_to(request.user).filter(item__enterprise=row, item__number=square.line.number)
    first = {
        "client_uuid": uuid.uuid4(),
        "item": square.line.number,
        "version": square.version,
        "on": clock.today(),
        "evidence_kind": square.line.evidence_kind,
    }
    moves = moves_for(request.user, row, square)
    allowed = [one for one in moves if one.allowed]
    return {
        "events": list(events.select_related("post").order_by("-sequence")),
        "moves": moves,
        "movable": bool(allowed),
        "first": next((to for to in FORWARD if any(one.to == to for one in allowed)), ""),
        "needed": {name for one in allowed for name in one.needs},
        "form": form or MoveForm(initial=first),
    }


@needs(Right.VIEW_PROGRAMS)
@require_POST
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move one item; the service asks for the right of the step."""
    row = _found(request, pk)
    form = MoveForm(request.POST)
    if form.is_valid():
        given = dict(form.cleaned_data)
        try:
            event = move_item(actor=request.user, enterprise=row, **given)
        except ValidationError as error:
            add_errors(form, error)
        else:
            words = _("Item %(number)s: %(state)s.")
            said = {"number": event.item.number, "state": ItemState(event.to_state).label}
            messages.success(request, words % said)
            return redirect(f"{reverse('programs:enterprise', args=[pk])}?item={event.item.number}#item")
    number = whole_number(request.POST.get("item", ""))
    if sheet_of(request.user, row, clock.today()).square(number or 0) is None:
        messages.error(request, _("The checklist in force has no such item."))
        return redirect("programs:enterprise", pk=pk)
    return _page(request, row, number, form=form)


@needs(Right.VERIFY_ITEM)
@require_POST
def stage(request: SignedInRequest, pk: int) -> HttpResponse:
    """The enterprise's stage from a day on."""
    row = _found(request, pk)
    form = StageForm(request.POST)
    if form.is_valid():
        try:
            set_stage(actor=request.user, enterprise=row, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("programs:enterprise", pk=pk)
    return _page(request, row, None, stage_form=form)


@needs(Right.MANAGE_PROGRAMS)
@require_POST
def title(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record a title."""
    row = _found(request, pk)
    form = TitleForm(request.POST)
    if form.is_valid():
        try:
            give_title(actor=request.user, enterprise=row, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error, {"term": "end"})
        else:
            messages.success(request, _("Saved."))
            return redirect("programs:enterprise", pk=pk)
    return _page(request, row, None, title_form=form)


@needs(Right.MANAGE_PROGRAMS)
@require_POST
def title_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End a title."""
    rows = Title.objects.visible_to(request.user).select_related("enterprise")
    row = get_object_or_404(rows, pk=pk)
    try:
        day = sent_day(request.POST.get("on", ""), "on") or clock.today()
        take_title(actor=request.user, title=row, on=day)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved."))
    return redirect("programs:enterprise", pk=row.enterprise_id)
