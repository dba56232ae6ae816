"""The home page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm.access.declared import SIGNED_IN, needs


@needs(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    """What the reader has to do first, by role."""
    return render(request, "home.html", {})
