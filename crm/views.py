"""The home page."""

from django.http import HttpResponse
from django.shortcuts import render

from crm.access.declared import SIGNED_IN, needs
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.workflows.home import home_of


@needs(SIGNED_IN)
def home(request: SignedInRequest) -> HttpResponse:
    """What the reader has to do first, by role."""
    found = home_of(request.user, clock.today())
    return render(request, f"home/{found.kind}.html", {"home": found})
