"""The frame of every resource: a viewset is a declaration, rows are scoped, writes call a service."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from api.fields import Input
from api.filters import StrictFilters
from api.parsing import BoundedJSON
from api.rights import DeclaredRight
from api.tokens import ServiceToken
from crm.access.declared import SIGNED_IN, Open
from crm.access.roles import Right
from crm.accounts.models import User

METHODS = ["get", "head", "post", "patch"]


class ApiViewSet(GenericViewSet[Any]):
    """`action_rights` names the right of every action; an action that it does not name is refused."""

    declared_right = SIGNED_IN  # for the door of the site; `DeclaredRight` asks for the action's own
    action_rights: ClassVar[dict[str, Right | Open]] = {}
    authentication_classes = [ServiceToken, SessionAuthentication]
    permission_classes = [DeclaredRight]
    parser_classes = [BoundedJSON]
    filter_backends = [StrictFilters]
    http_method_names = METHODS
    lookup_value_regex = "[0-9]{1,18}"
    model: ClassVar[Any]

    @property
    def actor(self) -> User:
        """Whoever asks; `DeclaredRight` lets nobody else in."""
        return self.request.user  # type: ignore[return-value]

    def get_queryset(self) -> QuerySet[Any]:
        """The rows that the user sees, with what the answer needs."""
        return self.prepared(self.model.objects.visible_to(self.request.user))

    def prepared(self, rows: Any) -> QuerySet[Any]:
        """Hook: join or annotate what the serializer shows."""
        return rows

    def batch(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Hook: what the serializer needs of all rows of a page, fetched at once (context key `batch`)."""
        return {}

    def given(self, shape: type[Input], data: Any = None) -> dict[str, Any]:
        """What the client sent, in this shape. Raises ValidationError by field."""
        sent = shape(data=self.request.data if data is None else data, context=self.get_serializer_context())
        sent.is_valid(raise_exception=True)
        return sent.validated_data

    def shown(self, rows: Sequence[Any], shape: type[BaseSerializer[Any]] | None = None) -> list[Any]:
        """The rows as the answer shows them."""
        context = {**self.get_serializer_context(), "batch": self.batch(rows)}
        return list((shape or self.get_serializer_class())(rows, many=True, context=context).data)

    def page(self, rows: QuerySet[Any], shape: type[BaseSerializer[Any]] | None = None) -> Response:
        """One page of rows."""
        return self.get_paginated_response(self.shown(self.paginate_queryset(rows) or [], shape))

    def answer(self, pk: int, status: int = 200) -> Response:
        """One row after a write, as reading it would show it."""
        return Response(self.shown([self.get_queryset().get(pk=pk)])[0], status=status)


class Resource(ApiViewSet):
    """A resource that is listed and read."""

    def list(self, request: Request) -> Response:
        return self.page(self.filter_queryset(self.get_queryset()))

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.shown([self.get_object()])[0])
