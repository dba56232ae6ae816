"""定期联系制度: the versions of a union's regime, and a draft as a table."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.forms.models import model_to_dict
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import can
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors, whole_number
from crm.visits.forms import CapForm, DraftForm, EnactForm, RuleForm
from crm.visits.models import Regime
from crm.visits.selectors import clashes_of
from crm.visits.selectors.demand import demands, line_of
from crm.visits.services import discard_regime, draft_regime, put_in_force, save_lines
from crm.visits.services.regimes import CAP, LINE, MOST_LINES
from crm.visits.windows import month_after
from enterprises.enums import Tier
from stations.models import TradeUnion

SPARE_LINES = 3
Lines: Any = formset_factory(RuleForm, extra=SPARE_LINES, max_num=MOST_LINES, absolute_max=MOST_LINES, can_delete=True)
TIERS = ["", *Tier.values]
Caps: Any = formset_factory(CapForm, extra=0, max_num=len(TIERS), absolute_max=len(TIERS))


def _caps_of(row: Regime) -> BaseFormSet:
    held = {cap.tier: model_to_dict(cap, fields=CAP) for cap in row.caps.all()}
    return Caps(initial=[held.get(tier, {"tier": tier}) for tier in TIERS], prefix="cap")


def _shown(request: SignedInRequest) -> Any:
    """Versions in the user's sight; drafts only for those who work on them."""
    drafts = Regime.objects.allowing(request.user, Right.MANAGE_REGIME).filter(draft=True).values("pk")
    seen = Regime.objects.visible_to(request.user)
    return seen.exclude(pk__in=seen.filter(draft=True).exclude(pk__in=drafts).values("pk")).select_related("union")


@needs(Right.VIEW_STATION)
@require_http_methods(["GET", "POST"])
def regimes(request: SignedInRequest) -> HttpResponse:
    """Every version in sight, the newest first; whoever may begins a new one."""
    day = clock.today()
    unions = TradeUnion.objects.allowing(request.user, Right.MANAGE_REGIME).order_by("path")
    sent = request.POST if request.method == "POST" else None
    form = None
    if unions.exists():
        form = DraftForm(
            sent, unions=unions, initial={"start": month_after(day, 1), "name": _("Regular contact regime")}
        )
    if form is not None and form.is_bound and form.is_valid():
        try:
            row = draft_regime(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return redirect("visits:regime", pk=row.pk)
    return render(
        request,
        "visits/regimes.html",
        {"rows": list(_shown(request).order_by("union__path", "-version", "-pk")), "form": form, "today": day},
        status=422 if form is not None and form.is_bound else 200,
    )


@needs(Right.VIEW_STATION)
@require_GET
def regime(request: SignedInRequest, pk: int) -> HttpResponse:
    """One version: its lines; a draft as a table to type in."""
    row = get_object_or_404(_shown(request), pk=pk)
    may_manage = row.draft and can(request.user, Right.MANAGE_REGIME, row)
    initial = [model_to_dict(line, fields=LINE) for line in row.rules.order_by("pk")]
    return _page(request, row, Lines(initial=initial, prefix="line") if may_manage else None)


def _page(
    request: SignedInRequest,
    row: Regime,
    lines: BaseFormSet | None,
    enact: EnactForm | None = None,
    caps: BaseFormSet | None = None,
) -> HttpResponse:
    may_enact = row.draft and can(request.user, Right.ENACT_REGIME, row)
    return render(
        request,
        "visits/regime.html",
        {
            "row": row,
            "rules": list(row.rules.order_by("pk")),
            "lines": lines,
            "caps": (caps or _caps_of(row)) if lines is not None else None,
            "held": list(row.caps.order_by("-tier")) if lines is None else [],
            "columns": list(RuleForm.base_fields.values()) if lines is not None else [],
            "enact": (enact or EnactForm(initial={"start": row.start})) if may_enact else None,
            "today": clock.today(),
        },
        status=422 if request.method == "POST" else 200,
    )


@needs(Right.MANAGE_REGIME)
@require_GET
def regime_demand(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whether a version can be kept with the people there are: a part of its page."""
    rows = Regime.objects.allowing(request.user, Right.MANAGE_REGIME).select_related("union")
    row = get_object_or_404(rows.prefetch_related("rules", "caps"), pk=pk)
    return render(
        request,
        "visits/regime_demand.html",
        {"row": row, "demands": demands(request.user, row, clock.today()), "clashes": clashes_of(row)},
    )


@needs(Right.MANAGE_REGIME)
@require_http_methods(["POST"])
def regime_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Save a draft's lines, put it in force, or throw it away."""
    row = get_object_or_404(Regime.objects.allowing(request.user, Right.MANAGE_REGIME).select_related("union"), pk=pk)
    act = request.POST.get("act", "")
    if act == "discard":
        return _done(request, row, lambda: discard_regime(actor=request.user, regime=row), _("Thrown away."))
    if act == "enact":
        form = EnactForm(request.POST)
        if form.is_valid():
            return _done(
                request, row, lambda: put_in_force(actor=request.user, regime=row, **form.cleaned_data), _("In force.")
            )
        initial = [model_to_dict(line, fields=LINE) for line in row.rules.order_by("pk")]
        return _page(request, row, Lines(initial=initial, prefix="line"), form)
    if act == "adopt":
        return _adopt(request, row)
    lines = Lines(request.POST, prefix="line", initial=[{}] * row.rules.count())
    caps = Caps(request.POST, prefix="cap") if "cap-TOTAL_FORMS" in request.POST else None
    if lines.is_valid() and (caps is None or caps.is_valid()):
        kept = [
            {name: form.cleaned_data[name] for name in LINE}
            for form in lines.forms
            if form.cleaned_data.get("need") and not form.cleaned_data.get("DELETE")
        ]
        try:
            named = (
                None if caps is None else [form.cleaned_data for form in caps.forms if form.cleaned_data.get("most")]
            )
            save_lines(actor=request.user, regime=row, lines=kept, caps=named)
        except ValidationError as error:
            lines.non_form_errors().extend(error.messages)
        else:
            messages.success(request, _("Saved."))
            return redirect("visits:regime", pk=pk)
    return _page(request, row, lines, caps=caps)


def _adopt(request: SignedInRequest, row: Regime) -> HttpResponse:
    """Let a draft have the lines of the way out that was proposed for a station."""
    station = whole_number(request.POST.get("station", ""))
    ways = {one.station.pk: one.demand.way_out for one in demands(request.user, row, clock.today())}
    way_out = ways.get(station or 0)
    to = {step.line: step.to for step in way_out.steps} if way_out else {}
    rules = list(row.rules.order_by("pk"))
    lines = [model_to_dict(rule, fields=LINE) | {"every": to.get(line_of(rule), rule.every)} for rule in rules]
    return _done(request, row, lambda: save_lines(actor=request.user, regime=row, lines=lines), _("Saved."), stay=True)


def _done(request: SignedInRequest, row: Regime, act: Any, words: str, *, stay: bool = False) -> HttpResponse:
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("visits:regime", pk=row.pk)
    messages.success(request, words)
    return redirect("visits:regime", pk=row.pk) if stay else redirect("visits:regimes")
