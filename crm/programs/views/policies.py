"""The policy library: list, one policy with who has it, handing over and acknowledging."""

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
from crm.core.forms import add_errors, land_on, search_text
from crm.core.querysets import having
from crm.programs.enums import PolicyTopic
from crm.programs.forms import AcknowledgeForm, DeliverForm, PolicyForm
from crm.programs.models import Delivery, Policy
from crm.programs.reach import manages
from crm.programs.selectors import counts_of, for_whom, kept_unions, library
from crm.programs.services import acknowledge_policy, add_policy, deliver_policy, withdraw_policy
from enterprises.models import Enterprise

PAGE = 50


@needs(Right.VIEW_STATION)
@require_GET
def policies(request: SignedInRequest) -> HttpResponse:
    """政策库; withdrawn ones on demand."""
    rows = library(request.user).select_related("union")
    if request.GET.get("state") != "all":
        rows = rows.filter(withdrawn_on__isnull=True)
    topic, text = request.GET.get("topic", ""), search_text(request)
    rows = having(rows, "topic", topic, PolicyTopic)
    if text:
        rows = rows.filter(title__icontains=text) | rows.filter(number__icontains=text)
    page = Paginator(rows.order_by("-issued_on", "-pk"), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "programs/policies.html",
        {
            "page": page,
            "rows": page.object_list,
            "topics": PolicyTopic.choices,
            "may_add": holds(request.user, Right.MANAGE_PROGRAMS),
            "may_count": holds(request.user, Right.VIEW_PROGRAMS),
        },
    )


@needs(Right.MANAGE_PROGRAMS)
@require_http_methods(["GET", "POST"])
def policy_new(request: SignedInRequest) -> HttpResponse:
    """Enter a policy."""
    unions = list(kept_unions(request.user))
    sent = request.POST if request.method == "POST" else None
    form = PolicyForm(sent, unions=unions, initial={"client_uuid": uuid.uuid4(), "issued_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        union = next(row for row in unions if str(row.pk) == given.pop("union"))
        try:
            row = add_policy(actor=request.user, union=union, **given)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("programs:policy", pk=row.pk)
    return render(request, "programs/policy_new.html", {"form": form}, status=422 if form.is_bound else 200)


def _found(request: SignedInRequest, pk: int) -> Policy:
    return get_object_or_404(Policy.objects.visible_to(request.user).select_related("union"), pk=pk)


@needs(Right.VIEW_STATION)
@require_GET
def policy(request: SignedInRequest, pk: int) -> HttpResponse:
    """One policy: what it says, which enterprises have it, which not yet."""
    row = _found(request, pk)
    everybody = for_whom(request.user, row)
    state, text = request.GET.get("state", ""), search_text(request)
    rows = everybody.found_by(text) if text else everybody
    if state in ("delivered", "missing"):
        rows = rows.filter(delivered=state == "delivered")
    elif state == "waiting":
        rows = rows.filter(delivered=True, acknowledged=False)
    elif state:
        rows = rows.none()
    page = Paginator(rows.order_by("delivered", "name_key", "pk"), PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    deliveries = {
        delivery.enterprise_id: delivery
        for delivery in Delivery.objects.visible_to(request.user)
        .filter(policy=row, enterprise__in=shown)
        .select_related("post")
    }
    may_deliver = holds(request.user, Right.LOG_VISIT) and row.withdrawn_on is None
    return render(
        request,
        "programs/policy.html",
        {
            "row": row,
            "page": page,
            "rows": [(one, deliveries.get(one.pk), uuid.uuid4()) for one in shown],
            "counts": counts_of(everybody),
            "states": (
                ("delivered", _("delivered")),
                ("missing", _("not delivered")),
                ("waiting", _("not acknowledged")),
            ),
            "today": clock.today(),
            "may_deliver": may_deliver,
            "may_acknowledge": holds(request.user, Right.LOG_VISIT),
            "may_withdraw": row.withdrawn_on is None and manages(request.user, row.union),
        },
    )


@needs(Right.MANAGE_PROGRAMS)
@require_POST
def policy_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Withdraw a policy."""
    withdraw_policy(actor=request.user, policy=_found(request, pk))
    messages.success(request, _("Withdrawn."))
    return redirect("programs:policy", pk=pk)


@needs(Right.LOG_VISIT)
@require_POST
def deliver(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that one enterprise was handed the policy."""
    row = _found(request, pk)
    form = DeliverForm(request.POST)
    if form.is_valid():
        given = dict(form.cleaned_data)
        firms = Enterprise.objects.allowing(request.user, Right.VIEW_PROGRAMS)
        firm = firms.filter(pk=given.pop("enterprise")).first()
        try:
            if firm is None:
                raise ValidationError(_("Choose an enterprise and a day."))
            deliver_policy(actor=request.user, enterprise=firm, policy=row, post=None, **given)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Delivered to %(name)s.") % {"name": firm.name})
    else:
        messages.error(request, _("Choose an enterprise and a day."))
    return redirect("programs:policy", pk=pk)


@needs(Right.LOG_VISIT)
@require_POST
def acknowledge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that the enterprise has acknowledged a delivery."""
    row = get_object_or_404(Delivery.objects.visible_to(request.user), pk=pk)
    form = AcknowledgeForm(request.POST)
    if form.is_valid():
        try:
            acknowledge_policy(actor=request.user, delivery=row, **form.cleaned_data)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Acknowledged."))
    else:
        messages.error(request, _("Say who acknowledged it for the enterprise."))
    return land_on(Policy.objects.visible_to(request.user), row.policy_id, "programs:policy", "programs:policies")
