"""The checklist itself: the version in force, and a new one."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.access.declared import needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.programs.forms import RevisionForm
from crm.programs.models import Checklist
from crm.programs.reach import manages
from crm.programs.services import revise_checklist
from crm.programs.versions import checklist_of_union
from enterprises.enums import Size, Tier
from stations.models import TradeUnion


@needs(Right.VIEW_STATION)
@require_GET
def checklist(request: SignedInRequest, pk: int) -> HttpResponse:
    """The version that holds for a union today, and the versions that it had."""
    union: TradeUnion = get_object_or_404(TradeUnion.objects.visible_to(request.user), pk=pk)
    found = checklist_of_union(union, clock.today())
    lines = list(found.lines.all()) if found else []
    tiers, sizes = dict(Tier.choices), dict(Size.choices)
    return render(
        request,
        "programs/checklist.html",
        {
            "union": union,
            "checklist": found,
            "rows": [
                (line, [str(tiers[t]) for t in line.off_tiers] + [str(sizes[s]) for s in line.off_sizes])
                for line in lines
            ],
            "versions": list(Checklist.objects.visible_to(request.user).filter(union=union).order_by("-number")),
            "may_revise": manages(request.user, union),
        },
    )


@needs(Right.MANAGE_PROGRAMS)
@require_http_methods(["GET", "POST"])
def revise(request: SignedInRequest, pk: int) -> HttpResponse:
    """The whole version as one form; saved, it is the union's next version."""
    union: TradeUnion = get_object_or_404(TradeUnion.objects.visible_to(request.user), pk=pk)
    base = checklist_of_union(union, clock.today())
    if not manages(request.user, union):
        raise Http404
    if base is None:
        messages.error(request, _("No union above has a checklist yet."))
        return redirect("programs:checklist", pk=pk)
    coming = Checklist.objects.visible_to(request.user).filter(union=union, term__startswith__gt=clock.today()).first()
    start = coming.start if coming else clock.today() + dt.timedelta(days=1)
    sent = request.POST if request.method == "POST" else None
    form = RevisionForm(list((coming or base).lines.all()), sent, initial={"start": start, "name": base.name})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = revise_checklist(
                actor=request.user, union=union, start=given["start"], name=given["name"], changes=form.changes()
            )
        except ValidationError as error:
            for field, words in error.message_dict.items():
                form.add_error(field if field in form.fields else None, words)
        else:
            messages.success(request, _("%(version)s holds from %(day)s.") % {"version": made, "day": made.start})
            return redirect("programs:checklist", pk=pk)
    return render(
        request,
        "programs/revise.html",
        {"union": union, "form": form, "base": base},
        status=422 if form.is_bound else 200,
    )
