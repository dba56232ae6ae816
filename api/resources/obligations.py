"""Obligations: what is owed, with today's state."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import Input
from api.filters import DayFilter, related
from crm.access.roles import Right
from crm.core import clock
from crm.visits.enums import Every, ObligationState
from crm.visits.models import Obligation
from crm.visits.querysets import ObligationQuerySet
from crm.visits.selectors import as_told
from crm.visits.services import cancel_obligation
from enterprises.models import Enterprise
from stations.models import Station


class ObligationSerializer(serializers.ModelSerializer[Obligation]):
    """A contact that is owed in the window [opens, closes]; `state` is today's."""

    state = serializers.SerializerMethodField()
    every = serializers.ChoiceField(choices=Every.choices, source="rule.every", read_only=True)
    cancel_reason = serializers.CharField(read_only=True, help_text="empty for the enterprise itself")
    exempt_reason = serializers.CharField(read_only=True, help_text="empty for the enterprise itself")

    class Meta:
        model = Obligation
        fields = (
            "id", "enterprise", "station", "role", "need", "every", "opens", "due", "closes", "state", "met_by", "met_on",
            "cancelled_on", "cancel_reason", "exempt_reason",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=ObligationState.choices))
    def get_state(self, row: Any) -> str:
        return row.state_today


class ObligationFilter(filters.FilterSet):
    enterprise = related(Enterprise, "enterprise")
    station = related(Station, "station")
    state = filters.ChoiceFilter(choices=ObligationState.choices, method="in_state", label="today's state")
    closes_from = DayFilter(field_name="closes", lookup_expr="gte")
    closes_until = DayFilter(field_name="closes", lookup_expr="lte")

    def in_state(self, rows: ObligationQuerySet, _name: str, state: str) -> ObligationQuerySet:
        return rows.in_state(state, clock.today())


class CancelInput(Input):
    reason = serializers.CharField(max_length=120)


class ObligationViewSet(Resource):
    """What is owed to whom, until when."""

    model = Obligation
    serializer_class = ObligationSerializer
    filterset_class = ObligationFilter
    action_rights = {"list": Right.VIEW_VISITS, "retrieve": Right.VIEW_VISITS, "cancel": Right.PLAN}

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows.with_state(clock.today()).select_related("rule", "station")

    def batch(self, rows: Sequence[Any]) -> dict[str, Any]:
        as_told(self.actor, rows)
        return {}

    @extend_schema(request=CancelInput, responses=ObligationSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel what is still owed, with the reason."""
        row = self.get_object()
        cancel_obligation(actor=self.actor, obligation=row, **self.given(CancelInput))
        return self.answer(row.pk)
