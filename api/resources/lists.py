"""包保责任清单: lists, their lines (personal fields masked), 拟定 → 报审 → 审定 → 印发."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import Day, FigureField, Input, MaskedField, ScopedKey, figure
from api.filters import related
from crm.access.roles import Right
from enterprises.models import Enterprise
from enterprises.selectors import Masked, kept_back_among, masked_name, masked_phone
from grids.enums import ListState
from grids.models import ResponsibleList, ResponsibleListLine
from grids.services import approve_list, discard_draft, draft_list, release_list, return_list, submit_list
from stations.models import Station


class ListSerializer(serializers.ModelSerializer[ResponsibleList]):
    paper_number = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = ResponsibleList
        fields = (
            "id", "client_uuid", "version", "station", "number", "year", "paper_number", "state", "as_of", "valid_until",
            "previous", "drafted_by", "drafted_at", "submitted_at", "approved_by", "approved_at", "released_by",
            "released_on", "return_reason",
        )  # fmt: skip
        read_only_fields = fields


class LineContact(serializers.Serializer[Any]):
    name = MaskedField()
    title = serializers.CharField()
    phone = MaskedField()


class LinePhones(serializers.Serializer[Any]):
    chief = MaskedField()
    officer = MaskedField()
    liaison = MaskedField()


class LineSerializer(serializers.ModelSerializer[ResponsibleListLine]):
    """An enterprise as it stood on the list's day."""

    workers = serializers.SerializerMethodField()
    industrial_workers = serializers.SerializerMethodField()
    contact = serializers.SerializerMethodField()
    phones = serializers.SerializerMethodField()

    class Meta:
        model = ResponsibleListLine
        fields = (
            "position", "enterprise", "enterprise_name", "uscc", "place", "nodes", "tier", "workers",
            "industrial_workers", "union_state", "contact", "chief_name", "officer_post", "officer_name", "acting_name",
            "acting_until", "grid_name", "liaison_names", "phones", "frequency", "start", "end", "note",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(FigureField)
    def get_workers(self, row: ResponsibleListLine) -> Any:
        return self._figure(row, row.workers)

    @extend_schema_field(FigureField)
    def get_industrial_workers(self, row: ResponsibleListLine) -> Any:
        return self._figure(row, row.industrial_workers)

    def _figure(self, row: ResponsibleListLine, value: int | None) -> Any:
        return figure(value, "人", row.enterprise_id in self.context["batch"]["kept_back"])

    @extend_schema_field(LineContact(allow_null=True))
    def get_contact(self, row: ResponsibleListLine) -> Any:
        if not row.contact:
            return None
        name, phone = row.contact.get("name", ""), row.contact.get("phone", "")
        return LineContact(
            {
                "name": Masked(masked_name(name), True),
                "title": row.contact.get("title", ""),
                "phone": Masked(masked_phone(phone), True),
            }
        ).data

    @extend_schema_field(LinePhones)
    def get_phones(self, row: ResponsibleListLine) -> Any:
        kinds = ("chief", "officer", "liaison")
        shown = row.enterprise_id in self.context["batch"]["open_to"]
        phones = {kind: row.phones.get(kind, "") for kind in kinds}
        return LinePhones({kind: Masked(p if shown else masked_phone(p), not shown) for kind, p in phones.items()}).data


class ListFilter(filters.FilterSet):
    station = related(Station, "station")
    state = filters.ChoiceFilter(choices=ListState.choices)


class DraftInput(Input):
    station = ScopedKey(Station)
    client_uuid = serializers.UUIDField()
    day = Day(required=False, help_text="as of which day; today")
    valid_until = Day(required=False, allow_null=True)


class VersionInput(Input):
    version = serializers.IntegerField(min_value=1, help_text="as it was read; another one is a conflict (409)")


class ReturnInput(VersionInput):
    reason = serializers.CharField(max_length=300)


class ListViewSet(Resource):
    """Responsible lists; a released one never changes."""

    model = ResponsibleList
    serializer_class = ListSerializer
    filterset_class = ListFilter
    action_rights = {
        "list": Right.VIEW_LISTS,
        "retrieve": Right.VIEW_LISTS,
        "lines": Right.VIEW_LISTS,
        "create": Right.DRAFT_LIST,
        "submit": Right.DRAFT_LIST,
        "discard": Right.DRAFT_LIST,
        "send_back": Right.APPROVE_LIST,
        "approve": Right.APPROVE_LIST,
        "release": Right.RELEASE_LIST,
    }

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows.select_related("station")

    @property
    def cursor_keys(self) -> tuple[str, ...]:
        return ("position", "pk") if self.action == "lines" else ("pk",)

    @extend_schema(request=DraftInput, responses={201: ListSerializer})
    def create(self, request: Request) -> Response:
        """拟定: write down the station's responsibility under the next number. One UUID, one list."""
        row = draft_list(actor=self.actor, **self.given(DraftInput))
        return self.answer(row.pk, 201)

    @extend_schema(responses=LineSerializer(many=True), filters=False)
    @action(detail=True, filterset_class=None)
    def lines(self, request: Request, pk: str) -> Response:
        """The list's lines that the user may see, in order."""
        rows = ResponsibleListLine.objects.visible_to(request.user).filter(responsible_list=self.get_object())
        return self.page(rows, LineSerializer)

    def batch(self, rows: Sequence[Any]) -> dict[str, Any]:
        if self.action != "lines":
            return {}
        seen = Enterprise.objects.allowing(self.request.user, Right.VIEW_CONTACTS)
        ids = [row.enterprise_id for row in rows]
        open_to = set(seen.filter(pk__in=ids).values_list("pk", flat=True))
        return {"open_to": open_to, "kept_back": kept_back_among(self.request.user, ids)}

    def _move(self, service: Callable[..., Any], shape: type[Input] = VersionInput) -> Response:
        row = self.get_object()
        service(actor=self.request.user, responsible_list=row, **self.given(shape))
        return self.answer(row.pk)

    @extend_schema(request=VersionInput, responses=ListSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """报审."""
        return self._move(submit_list)

    @extend_schema(request=ReturnInput, responses=ListSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """退回, with the reason."""
        return self._move(return_list, ReturnInput)

    @extend_schema(request=VersionInput, responses=ListSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """审定."""
        return self._move(approve_list)

    @extend_schema(request=VersionInput, responses=ListSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """印发."""
        return self._move(release_list)

    @extend_schema(request=VersionInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Throw a draft away; its number is free again."""
        discard_draft(actor=self.actor, responsible_list=self.get_object(), **self.given(VersionInput))
        return Response(status=204)
