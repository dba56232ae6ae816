"""The API's front: its root, the reader of its documentation, and what is found nowhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.routers import APIRootView
from rest_framework.views import APIView

from api.base import METHODS
from api.rights import DeclaredRight
from api.tokens import ServiceToken
from crm.access.declared import SIGNED_IN, needs


class Root(APIRootView):
    """The addresses of all resources."""

    declared_right = SIGNED_IN
    authentication_classes = [ServiceToken, SessionAuthentication]
    permission_classes = [DeclaredRight]
    http_method_names = METHODS


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView):
    """The OpenAPI document, for whoever is signed in."""

    declared_right = SIGNED_IN
    authentication_classes = [ServiceToken, SessionAuthentication]
    permission_classes = [DeclaredRight]


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Whatever address below the API's root nobody knows: not found, as a problem."""

    declared_right = SIGNED_IN
    authentication_classes = [ServiceToken, SessionAuthentication]
    permission_classes = [DeclaredRight]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound


@needs(SIGNED_IN)
@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """The documentation, drawn by Swagger UI out of our own files."""
    return render(request, "api/docs.html")
