"""The list of enterprises: filters in the URL, bulk acts, xlsx."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from crm.access.declared import needs
from crm.access.roles import OFFICER_ROLES, Right
from crm.access.scope import holds
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import whole_number
from crm.core.outcome import Outcome
from crm.core.sheets import xlsx_response
from crm.visits.selectors import contact_status, contacts_known
from crm.workflows.enterprise_list import with_columns
from enterprises.enums import EntryReason, Status, Tier
from enterprises.forms import SIZES, BulkForm, Choices, EnterpriseFilter
from enterprises.models import Chain, ChainNode, Enterprise
from enterprises.services import enter_register, put_on_node, set_facts
from grids.services import assign_enterprises
from stations.models import Post, Station

MOST = 5000  # rows of one bulk act
SHOWN_REFUSALS = 5


@needs(Right.VIEW_REGISTER)
@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """A page of the list; at most twelve queries whatever its length."""
    day = clock.today()
    chosen = EnterpriseFilter(request.GET, Choices(request.user, day))
    size = int(request.GET.get("size", "")) if request.GET.get("size", "") in map(str, SIZES) else SIZES[0]
    page = Paginator(with_columns(request.user, chosen.rows(), day), size).get_page(request.GET.get("page"))
    rows: list[Any] = list(page.object_list)
    status = contact_status(contacts_known(request.user, rows), day)
    for row in rows:
        row.contact = status.get(row.pk)
        row.tier_label = dict(Tier.choices).get(row.tier, "")
        row.status_label = dict(Status.choices).get(row.status, "")
    return render(
        request,
        "enterprises/list.html",
        {
            "rows": rows,
            "page": page,
            "filter": chosen,
            "nodes": chosen.choices.grouped_nodes(),
            "posts": chosen.choices.posts,
            "liaisons": chosen.choices.liaisons,
            "sizes": SIZES,
            "size": size,
            "tiers": Tier.choices,
            "reasons": EntryReason.choices,
            "today": day,
            "may_manage": holds(request.user, Right.MANAGE_REGISTER),
            "may_assign": holds(request.user, Right.MANAGE_GRIDS),
        },
    )


@needs(Right.VIEW_REGISTER)
@require_GET
def export(request: SignedInRequest) -> HttpResponse:
    """The filtered list as xlsx; no personal field."""
    day = clock.today()
    chosen = EnterpriseFilter(request.GET, Choices(request.user, day))
    rows: list[Any] = list(with_columns(request.user, chosen.rows(), day))
    status = contact_status(contacts_known(request.user, rows), day)
    tiers, states = dict(Tier.choices), dict(Status.choices)
    head = [_("Enterprise"), _("credit code"), _("Chain and node"), _("Tier"), _("Status"), _("workers"), _("Officer"),
            _("Contact"), _("Last contact")]  # fmt: skip
    lines = (
        [
            row.name,
            row.uscc,
            "；".join(row.node_names),
            str(tiers.get(row.tier, "")),
            str(states.get(row.status, "")),
            _("confidential") if row.hidden else row.workers,
            row.officer or "",
            str(status[row.pk].state.label) if row.pk in status else "",
            status[row.pk].last_on if row.pk in status else None,
        ]
        for row in rows
    )
    return xlsx_response(_("Enterprises"), head, lines, f"enterprises-{day}.xlsx")


@needs(Right.VIEW_REGISTER)
@require_POST
def bulk(request: SignedInRequest) -> HttpResponse:
    """One act on the rows chosen (or all that fit the filters); back to the same list with what happened."""
    form = BulkForm(request.POST)
    back = reverse("enterprises:list") + "?" + request.POST.get("query", "")
    if not form.is_valid():
        messages.error(request, _("Choose what to do, and what it needs."))
        return redirect(back)
    rows = _chosen(request, form)
    if not rows:
        messages.error(request, _("No enterprise was chosen."))
        return redirect(back)
    try:
        outcome = ACTS[form.cleaned_data["act"]](request.user, rows, form.cleaned_data)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        _tell(request, outcome)
    return redirect(back)


def _chosen(request: SignedInRequest, form: BulkForm) -> list[Enterprise]:
    visible = Enterprise.objects.visible_to(request.user)
    if form.cleaned_data["whole"]:
        chosen = EnterpriseFilter(QueryDict(form.cleaned_data["query"]), Choices(request.user, clock.today()))
        return list(chosen.rows()[:MOST])
    ids = [pk for pk in map(whole_number, request.POST.getlist("ids")) if pk is not None][:MOST]
    return list(visible.filter(pk__in=ids).order_by("pk"))


def _tell(request: SignedInRequest, outcome: Outcome) -> None:
    words = ngettext("%(n)d enterprise done", "%(n)d enterprises done", outcome.done) % {"n": outcome.done}
    if outcome.unchanged:
        words += _(", %(n)d were so already") % {"n": outcome.unchanged}
    messages.success(request, words)
    if outcome.refused:
        first = "；".join(f"{row.label}：{row.reason.rstrip('。')}" for row in outcome.refused[:SHOWN_REFUSALS])
        messages.warning(request, _("%(n)d refused: %(first)s") % {"n": len(outcome.refused), "first": first})


def _enter(user: Any, rows: list[Enterprise], data: dict[str, Any]) -> Outcome:
    stations = Station.objects.allowing(user, Right.MANAGE_REGISTER).order_by("pk")
    station = stations.filter(candidates__enterprise__in=rows).first() or stations.first()
    if station is None:
        raise ValidationError(_("Your post does not keep this register."))
    reason = data["reason"] or EntryReason.OPERATING
    return enter_register(actor=user, station=station, enterprises=rows, start=data["start"], reason=reason)


def _put(user: Any, rows: list[Enterprise], data: dict[str, Any]) -> Outcome:
    node = get_object_or_404(ChainNode.objects.visible_to(user), pk=data["node"])
    return put_on_node(actor=user, enterprises=rows, node=node, start=data["start"])


def _tier(user: Any, rows: list[Enterprise], data: dict[str, Any]) -> Outcome:
    if not data["tier"]:
        raise ValidationError(_("Choose a tier."))
    return set_facts(actor=user, enterprises=rows, start=data["start"], tier=data["tier"])


def _assign(user: Any, rows: list[Enterprise], data: dict[str, Any]) -> Outcome:
    post_id, _colon, chain_id = data["post"].partition(":")
    if not post_id:
        raise ValidationError(_("Choose an officer."))
    posts = Post.objects.visible_to(user).filter(role__in=OFFICER_ROLES).select_related("station")
    post = get_object_or_404(posts, pk=int(post_id))
    chain = get_object_or_404(Chain.objects.visible_to(user), pk=int(chain_id)) if chain_id else None
    return assign_enterprises(actor=user, post=post, enterprises=rows, start=data["start"], chain=chain)


ACTS = {"enter": _enter, "node": _put, "tier": _tier, "assign": _assign}
