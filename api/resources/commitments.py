"""Commitments: what stations promised enterprises."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import Day, Input, ScopedKey
from api.filters import DayFilter, related
from crm.access.roles import Right
from crm.core import clock
from crm.visits.enums import CommitmentState
from crm.visits.models import Commitment, Visit
from crm.visits.services import make_commitment, settle_commitment
from enterprises.models import Enterprise
from stations.models import Post, Station


class CommitmentSerializer(serializers.ModelSerializer[Commitment]):
    """A promise; `overdue` is today's, `kept_late` says that it was kept after its due day."""

    overdue = serializers.SerializerMethodField()
    kept_late = serializers.BooleanField(read_only=True)

    class Meta:
        model = Commitment
        fields = (
            "id", "client_uuid", "version", "enterprise", "station", "post", "visit", "text", "made_on", "due_on", "state",
            "overdue", "settled_on", "kept_late", "reason", "recorded_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.BooleanField())
    def get_overdue(self, row: Commitment) -> bool:
        return row.overdue_on(clock.today())


class CommitmentFilter(filters.FilterSet):
    enterprise = related(Enterprise, "enterprise")
    station = related(Station, "station")
    state = filters.ChoiceFilter(choices=CommitmentState.choices)
    due_from = DayFilter(field_name="due_on", lookup_expr="gte")
    due_until = DayFilter(field_name="due_on", lookup_expr="lte")


class CommitmentInput(Input):
    """`client_uuid` is made by the client once per promise; sent again it gives the first answer again."""

    client_uuid = serializers.UUIDField()
    enterprise = ScopedKey(Enterprise)
    text = serializers.CharField(max_length=200)
    due_on = Day()
    visit = ScopedKey(Visit, joined=("station__union", "post"), required=False, allow_null=True)
    post = ScopedKey(
        Post, joined=("station",), required=False, allow_null=True, help_text="compulsory for another system"
    )


class SettleInput(Input):
    state = serializers.ChoiceField(choices=CommitmentState.choices)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    on = Day(required=False, allow_null=True)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class CommitmentViewSet(Resource):
    """What was promised to whom, until when, and what became of it."""

    model = Commitment
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentFilter
    action_rights = {
        "list": Right.VIEW_VISITS,
        "retrieve": Right.VIEW_VISITS,
        "create": Right.LOG_VISIT,
        "settle": Right.LOG_VISIT,
    }

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows

    @extend_schema(request=CommitmentInput, responses={201: CommitmentSerializer})
    def create(self, request: Request) -> Response:
        """Write a promise. Sent twice under one UUID it is one promise; other content is a conflict."""
        row = make_commitment(actor=self.actor, **self.given(CommitmentInput))
        return Response(self.shown([row])[0], status=201)

    @extend_schema(request=SettleInput, responses=CommitmentSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str) -> Response:
        """Kept, broken, withdrawn (with the reason), or open again."""
        row = self.get_object()
        settle_commitment(actor=self.actor, commitment=row, **self.given(SettleInput))
        return self.answer(row.pk)
