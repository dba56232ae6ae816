"""Unions, parks, stations; planning a station's contacts."""

from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Left, Length
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import Input, NumberSerializer, number
from api.filters import related
from crm.access.roles import Right
from crm.core import clock
from crm.visits.services import plan_obligations
from stations.enums import UnionLevel
from stations.models import Park, StatedFigure, Station, StationPark, TradeUnion


class UnionSerializer(serializers.ModelSerializer[TradeUnion]):
    parent = serializers.IntegerField(read_only=True, allow_null=True)  # type: ignore[assignment]

    class Meta:
        model = TradeUnion
        fields = ("id", "name", "short_name", "level", "parent", "is_sample")
        read_only_fields = fields


class UnionFilter(filters.FilterSet):
    level = filters.ChoiceFilter(choices=UnionLevel.choices)


class UnionViewSet(Resource):
    """The union tree as far as one's own reach goes, and the unions above it."""

    model = TradeUnion
    serializer_class = UnionSerializer
    filterset_class = UnionFilter
    action_rights = {"list": Right.VIEW_STATION, "retrieve": Right.VIEW_STATION}

    def prepared(self, rows: Any) -> QuerySet[Any]:
        above = TradeUnion.objects.visible_to(self.request.user).filter(path=OuterRef("parent_path"))
        parent_path = Left("path", Length("path") - TradeUnion.steplen)
        # a root has no path above it: Left(…, 0) is empty and finds nothing
        return rows.annotate(parent_path=parent_path).annotate(parent=Subquery(above.order_by().values("pk")[:1]))


class ParkSerializer(serializers.ModelSerializer[Park]):
    class Meta:
        model = Park
        fields = ("id", "name", "short_name", "union", "profile")
        read_only_fields = fields


class ParkViewSet(Resource):
    """Industrial parks."""

    model = Park
    serializer_class = ParkSerializer
    action_rights = {"list": Right.VIEW_STATION, "retrieve": Right.VIEW_STATION}

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows.distinct()  # a park is in reach by several stations


class FigureSerializer(serializers.ModelSerializer[StatedFigure]):
    figure = serializers.SerializerMethodField()

    class Meta:
        model = StatedFigure
        fields = ("code", "label", "figure", "source")
        read_only_fields = fields

    @extend_schema_field(NumberSerializer)
    def get_figure(self, row: StatedFigure) -> Any:
        return number(row.value, row.unit, row.qualifier)


class StationSerializer(serializers.ModelSerializer[Station]):
    parks = serializers.SerializerMethodField(help_text="ids of the parks served today")
    extra_services = serializers.ListField(child=serializers.CharField(), read_only=True)
    stated_figures = FigureSerializer(many=True, read_only=True)

    class Meta:
        model = Station
        fields = (
            "id", "client_uuid", "name", "short_name", "paper_code", "union", "home_park", "parks", "profile",
            "extra_services", "stated_figures",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_parks(self, row: Station) -> list[int]:
        return [served.park_id for served in row.services.all()]


class StationFilter(filters.FilterSet):
    union = related(TradeUnion, "union")


class PlanInput(Input):
    months = serializers.IntegerField(required=False, min_value=1, max_value=24)


class PlanReportSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    existing = serializers.IntegerField()
    taken_back = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    exempt = serializers.IntegerField()
    moved = serializers.IntegerField()


class StationViewSet(Resource):
    """Service stations."""

    model = Station
    serializer_class = StationSerializer
    filterset_class = StationFilter
    action_rights = {"list": Right.VIEW_STATION, "retrieve": Right.VIEW_STATION, "plan": Right.PLAN}

    def prepared(self, rows: Any) -> QuerySet[Any]:
        today = StationPark.objects.visible_to(self.request.user).on(clock.today()).order_by("park_id")
        figures = StatedFigure.objects.visible_to(self.request.user).order_by("pk")
        return rows.prefetch_related(Prefetch("services", today), Prefetch("stated_figures", figures))

    @extend_schema(request=PlanInput, responses=PlanReportSerializer)
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str) -> Response:
        """Write what the register owes, as far as the horizon or `months` ahead; planning again changes nothing."""
        station = self.get_object()
        report = plan_obligations(actor=self.actor, station=station, **self.given(PlanInput))
        return Response(PlanReportSerializer(report).data)
