"""Grids and responsibility (包保)."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import Day, Input, OutcomeSerializer, ScopedKey, ScopedKeys, TermSerializer
from api.filters import OnDay, related
from crm.access.roles import OFFICER_ROLES, Right
from enterprises.models import Chain, ChainNode, Enterprise
from grids.models import Grid, Responsibility
from grids.services import assign_enterprises
from stations.models import Post, Station


class GridSerializer(serializers.ModelSerializer[Grid]):
    term = TermSerializer(source="*", read_only=True)
    focus_nodes = serializers.SerializerMethodField(help_text="ids of its focus nodes")

    class Meta:
        model = Grid
        fields = ("id", "station", "number", "name", "post", "focus_nodes", "term")
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_focus_nodes(self, row: Grid) -> list[int]:
        return [node.pk for node in row.focus_nodes.all()]


class GridFilter(OnDay):
    station = related(Station, "station")


class GridViewSet(Resource):
    """Grids of the stations."""

    model = Grid
    serializer_class = GridSerializer
    filterset_class = GridFilter
    action_rights = {"list": Right.VIEW_STATION, "retrieve": Right.VIEW_STATION}

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows.prefetch_related(Prefetch("focus_nodes", ChainNode.objects.visible_to(self.request.user)))


class ResponsibilitySerializer(serializers.ModelSerializer[Responsibility]):
    term = TermSerializer(source="*", read_only=True)

    class Meta:
        model = Responsibility
        fields = ("id", "enterprise", "post", "role", "chain", "term")
        read_only_fields = fields


class ResponsibilityFilter(OnDay):
    enterprise = related(Enterprise, "enterprise")
    post = related(Post, "post")
    role = filters.ChoiceFilter(choices=[(role.value, role.label) for role in OFFICER_ROLES])


class AssignInput(Input):
    post = ScopedKey(Post, joined=("station",))
    enterprises = ScopedKeys(Enterprise)
    start = Day()
    chain = ScopedKey(Chain, required=False, allow_null=True)


class ResponsibilityViewSet(Resource):
    """Who answers for which enterprise, from when to when."""

    model = Responsibility
    serializer_class = ResponsibilitySerializer
    filterset_class = ResponsibilityFilter
    action_rights = {
        "list": Right.VIEW_REGISTER,
        "retrieve": Right.VIEW_REGISTER,
        "create": Right.MANAGE_GRIDS,
    }

    @extend_schema(request=AssignInput, responses=OutcomeSerializer)
    def create(self, request: Request) -> Response:
        """Let a post answer for enterprises from a day on; whoever answered before ends there."""
        outcome = assign_enterprises(actor=self.actor, **self.given(AssignInput))
        return Response(OutcomeSerializer(outcome).data)
