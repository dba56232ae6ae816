"""Photos of visits: a list without the pictures, one with its picture."""

import base64
import binascii
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import Input, ScopedKey
from api.filters import related
from crm.access.roles import Right
from crm.visits import photos
from crm.visits.models import Visit, VisitPhoto
from crm.visits.services import add_photo


class PhotoSerializer(serializers.ModelSerializer[VisitPhoto]):
    class Meta:
        model = VisitPhoto
        fields: tuple[str, ...] = ("id", "client_uuid", "visit", "width", "height", "size", "recorded_at")
        read_only_fields = fields


class WholePhotoSerializer(PhotoSerializer):
    """With the picture, a JPEG in base64; null when its file is gone."""

    content = serializers.SerializerMethodField()

    @extend_schema_field({"type": "string", "format": "byte", "nullable": True})
    def get_content(self, row: VisitPhoto) -> str | None:
        content = photos.read(row.name)
        return None if content is None else base64.b64encode(content).decode()

    class Meta(PhotoSerializer.Meta):
        fields = (*PhotoSerializer.Meta.fields, "content")
        read_only_fields = fields


@extend_schema_field({"type": "string", "format": "byte"})
class Base64Field(serializers.CharField):
    """A file in base64."""

    default_error_messages = {"base64": _("This is not base64.")}

    def to_internal_value(self, data: Any) -> Any:
        try:
            return base64.b64decode(super().to_internal_value(data), validate=True)
        except (binascii.Error, ValueError):
            self.fail("base64")


class PhotoInput(Input):
    """`client_uuid` is made by the client once per photo; two equal photos under two numbers are two."""

    client_uuid = serializers.UUIDField()
    visit = ScopedKey(Visit, joined=("post",))
    content = Base64Field(help_text="JPEG, PNG or WebP; drawn anew without any data about place or device")


class PhotoFilter(filters.FilterSet):
    visit = related(Visit, "visit")
    client_uuid = filters.UUIDFilter(field_name="client_uuid")


class PhotoViewSet(Resource):
    """Photos of the visits that one reads."""

    model = VisitPhoto
    serializer_class = PhotoSerializer
    filterset_class = PhotoFilter
    action_rights = {"list": Right.VIEW_VISITS, "retrieve": Right.VIEW_VISITS, "create": Right.LOG_VISIT}

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows

    @extend_schema(responses=WholePhotoSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One photo with its picture."""
        return Response(self.shown([self.get_object()], WholePhotoSerializer)[0])

    @extend_schema(request=PhotoInput, responses={201: PhotoSerializer})
    def create(self, request: Request) -> Response:
        """Add a photo to a visit that is on record. Sent twice under one UUID it is one photo."""
        return Response(self.shown([add_photo(actor=self.actor, **self.given(PhotoInput))])[0], status=201)
