"""企业工会干部: name who speaks for the enterprise, and end it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from enterprises.forms import CadreForm
from enterprises.models import Enterprise
from enterprises.selectors import seat_on
from enterprises.services import end_cadre, seat_cadre


@needs(Right.APPOINT)
@require_POST
def cadre(request: SignedInRequest, pk: int) -> HttpResponse:
    """A name seats somebody from today on; no name ends whoever speaks for the enterprise."""
    rows = Enterprise.objects.allowing(request.user, Right.APPOINT).select_related("station__union")
    row = get_object_or_404(rows, pk=pk)
    form, today = CadreForm(request.POST), clock.today()
    seat = seat_on(request.user, pk, today)
    try:
        if not form.is_valid():
            raise ValidationError([words for found in form.errors.values() for words in found])
        if form.cleaned_data["name"]:
            seat_cadre(actor=request.user, enterprise=row, start=today, **form.cleaned_data)
        elif seat is not None:
            end_cadre(actor=request.user, seat=seat, on=today)
        else:
            raise ValidationError(_("Name the officer of the enterprise's own union."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved."))
    return redirect("enterprises:detail", pk=pk)
