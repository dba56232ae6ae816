"""One enterprise: facts, story, who answers, what is owed; its edit forms."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import holds, holds_at, holds_on
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors
from crm.programs.selectors import reads_programs
from crm.visits.selectors import contact_status, contacts_known, owed_now
from crm.workflows.leaving import leave_station
from crm.workflows.timeline import Kind, timeline
from enterprises.enums import CandidateSource, ExitReason, RevealReason
from enterprises.forms import ConsentForm, ContactForm, EnterpriseForm, FactsForm, LeaveForm, NewEnterpriseForm
from enterprises.models import Candidate, Enterprise, EnterpriseContact, FigureConsent
from enterprises.selectors import contact_cards, fact_from, fact_of, facts_on, nodes_of, seat_on
from enterprises.services import register_enterprise, save_contact, save_enterprise, set_facts
from grids.selectors import responsible_on
from grids.services import record_consent, withdraw_consent
from stations.models import Station


@needs(Right.VIEW_REGISTER)
@require_GET
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    """The enterprise's page; its story comes in a request of its own."""
    day = clock.today()
    profile = Candidate.objects.visible_to(request.user).filter(
        enterprise=OuterRef("pk"), source=CandidateSource.PROFILE
    )
    rows = Enterprise.objects.visible_to(request.user).select_related("station", "park")
    row = get_object_or_404(rows.annotate(profile_only=Exists(profile), fact=fact_of(request.user, day)), pk=pk)
    known = contacts_known(request.user, [row])
    owed = owed_now(known, day)
    station_id = row.station_id or 0
    cards = contact_cards(request.user, [pk]).get(pk, [])
    return render(
        request,
        "enterprises/detail.html",
        {
            "row": row,
            "fact": fact_from(row.fact),
            "places": nodes_of([pk], day).get(pk, []),
            "cards": cards,
            "may_see_seen": any(card.may_reveal or not card.phone.masked for card in cards),
            "duties": responsible_on(request.user, [pk], day).get(pk, []),
            "status": contact_status(known, day, owed).get(pk),
            "owed": [one for one in owed.get(pk, []) if one.met_on is None],
            "kinds": Kind.choices,
            "profile_only": row.profile_only,
            "reads_programs": reads_programs(request.user, row),
            "reads_notes": holds_on(request.user, Right.VIEW_NOTES, row.station_id, pk),
            "may_manage": _manages(request.user, row),
            "may_log": holds_at(request.user, Right.LOG_VISIT, station_id, pk),
            "may_raise": row.station_id and holds_on(request.user, Right.OPEN_ISSUE, station_id, pk),
            "may_chains": holds(request.user, Right.VIEW_STATION),
            "cadre": seat_on(request.user, pk, day),
            "may_seat": holds_at(request.user, Right.APPOINT, station_id, pk),
            "reveal_reasons": RevealReason.choices,
        },
    )


def _manages(user: Any, row: Enterprise) -> bool:
    """Whether to offer the edit button: the register's keeper, and whoever keeps any register for a candidate."""
    return (
        holds_at(user, Right.MANAGE_REGISTER, row.station_id) if row.station_id else holds(user, Right.MANAGE_REGISTER)
    )


@needs(Right.VIEW_REGISTER)
@require_GET
def story(request: SignedInRequest, pk: int) -> HttpResponse:
    """What happened at the enterprise, all of it or of one kind: a part of its page."""
    row = get_object_or_404(Enterprise.objects.visible_to(request.user), pk=pk)
    kind = request.GET.get("kind", "")
    items = timeline(request.user, row, clock.today(), [kind] if kind in Kind.values else None)
    return render(request, "enterprises/story.html", {"row": row, "items": items, "kinds": Kind.choices, "kind": kind})


@needs(Right.MANAGE_REGISTER)
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct the undated fields; dated facts, contacts and leaving have their own small forms on the same page."""
    row = get_object_or_404(Enterprise.objects.allowing(request.user, Right.MANAGE_REGISTER), pk=pk)
    form = EnterpriseForm(request.POST if request.method == "POST" else None, instance=row, user=request.user)
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in EnterpriseForm.Meta.fields}
        try:
            save_enterprise(actor=request.user, enterprise=row, version=form.cleaned_data["version"], **fields)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("enterprises:detail", pk=pk)
    return _edit_page(request, row, form=form)


@needs(Right.MANAGE_REGISTER)
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Enter an enterprise by hand: a candidate of the station."""
    stations = list(Station.objects.allowing(request.user, Right.MANAGE_REGISTER).order_by("pk"))
    sent = request.POST if request.method == "POST" else None
    form = NewEnterpriseForm(sent, stations=stations, initial={"client_uuid": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in NewEnterpriseForm.Meta.fields}
        station = next(row for row in stations if str(row.pk) == form.cleaned_data["station"])
        number = form.cleaned_data["client_uuid"]
        try:
            row = register_enterprise(actor=request.user, station=station, client_uuid=number, **fields)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("enterprises:detail", pk=row.pk)
    return render(request, "enterprises/new.html", {"form": form}, status=422 if form.is_bound else 200)


def _edit_page(request: SignedInRequest, row: Enterprise, **forms: Any) -> HttpResponse:
    day = clock.today()
    fact = facts_on([row.pk], day).get(row.pk)
    known = {name: getattr(fact, name) for name in FactsForm.base_fields if hasattr(fact, name)} if fact else {}
    shown = {
        "row": row,
        "form": EnterpriseForm(instance=row, user=request.user),
        "facts_form": FactsForm(initial=known | {"start": day}),
        "contact_form": ContactForm(),
        "leave_form": LeaveForm(initial={"on": day}),
        "consent": FigureConsent.objects.visible_to(request.user).on(day).filter(enterprise=row).first(),
        "consent_form": ConsentForm(),
        "cards": contact_cards(request.user, [row.pk]).get(row.pk, []),
        "exit_reasons": ExitReason.choices,
    }
    failed = any(form.is_bound for form in forms.values())
    return render(request, "enterprises/edit.html", shown | forms, status=422 if failed else 200)


@needs(Right.MANAGE_REGISTER)
@require_POST
def set_dated_facts(request: SignedInRequest, pk: int) -> HttpResponse:
    """Status, tier, size, workers from a day on."""
    row = get_object_or_404(Enterprise.objects.allowing(request.user, Right.MANAGE_REGISTER), pk=pk)
    form = FactsForm(request.POST)
    if form.is_valid():
        changes = dict(form.cleaned_data)
        try:
            set_facts(actor=request.user, enterprises=[row], start=changes.pop("start"), **changes)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("enterprises:detail", pk=pk)
    return _edit_page(request, row, facts_form=form)


@needs(Right.MANAGE_REGISTER)
@require_POST
def add_contact(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new contact, or a correction of one."""
    row = get_object_or_404(Enterprise.objects.allowing(request.user, Right.MANAGE_REGISTER), pk=pk)
    form = ContactForm(request.POST)
    if form.is_valid():
        fields = dict(form.cleaned_data)
        contact_id = fields.pop("contact")
        contacts = EnterpriseContact.objects.visible_to(request.user).filter(enterprise=row)
        contact = get_object_or_404(contacts, pk=contact_id) if contact_id else None
        try:
            save_contact(actor=request.user, enterprise=row, contact=contact, **fields)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("enterprises:detail", pk=pk)
    return _edit_page(request, row, contact_form=form)


@needs(Right.MANAGE_REGISTER)
@require_POST
def consent(request: SignedInRequest, pk: int) -> HttpResponse:
    """The enterprise lets officers of its rivals see its numbers of workers, or no longer does (empty form)."""
    row = get_object_or_404(Enterprise.objects.allowing(request.user, Right.MANAGE_REGISTER), pk=pk)
    form = ConsentForm(request.POST)
    if form.is_valid():
        given_by = form.cleaned_data["given_by"]
        try:
            if given_by:
                record_consent(actor=request.user, enterprise=row, given_by=given_by, start=clock.today())
            else:
                withdraw_consent(actor=request.user, enterprise=row, on=clock.today())
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("enterprises:detail", pk=pk)
    return _edit_page(request, row, consent_form=form)


@needs(Right.MANAGE_REGISTER)
@require_POST
def leave(request: SignedInRequest, pk: int) -> HttpResponse:
    """Off the register, with all that hangs on it."""
    row = get_object_or_404(Enterprise.objects.allowing(request.user, Right.MANAGE_REGISTER), pk=pk)
    form = LeaveForm(request.POST)
    if form.is_valid():
        try:
            leave_station(actor=request.user, enterprise=row, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%(name)s has left the register.") % {"name": row.name})
            return redirect("enterprises:list")
    return _edit_page(request, row, leave_form=form)
