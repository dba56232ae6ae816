"""All chains that the reader may see."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from crm.access.declared import needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.workflows.home import chain_rows


@needs(Right.VIEW_STATION)
@require_GET
def chain_list(request: SignedInRequest) -> HttpResponse:
    """Each chain with its five rates of the quarter, worst first."""
    return render(request, "enterprises/chains.html", {"chains": chain_rows(request.user, clock.today())})
