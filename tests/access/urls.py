"""Addresses for the door's tests, one per kind of declaration, beside the real ones."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views import View

from crm.access.declared import PUBLIC, SIGNED_IN, needs
from crm.access.grants import grants_of
from crm.access.roles import Right
from crm.core import journal
from crm.urls import urlpatterns as real


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open by mistake")


@needs(PUBLIC)
def public(request: HttpRequest) -> HttpResponse:
    return HttpResponse(journal.request_id.get())


@needs(SIGNED_IN)
def signed_in(request: HttpRequest) -> HttpResponse:
    same = grants_of(request.user) is grants_of(request.user)
    return HttpResponse("resolved once" if same else "resolved twice")


@needs(Right.APPROVE_LIST)
def approvers(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


@needs(Right.APPROVE_LIST)
class Approvers(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("in")


class Undeclared(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("open by mistake")


urlpatterns = [
    path("undeclared/", undeclared),
    path("undeclared-class/", Undeclared.as_view()),
    path("public/", public),
    path("signed-in/", signed_in),
    path("approvers/", approvers),
    path("approvers-class/", Approvers.as_view()),
    *real,
]
