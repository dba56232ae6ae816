"""Planned visits: whom posts mean to see on which half-day."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers

from api.base import Resource
from api.filters import DayFilter, related
from crm.access.roles import Right
from crm.visits.enums import PlanState
from crm.visits.models import PlannedVisit
from enterprises.models import Enterprise
from stations.models import Post, Station


class PlannedVisitSerializer(serializers.ModelSerializer[PlannedVisit]):
    """A plan; `position` orders a half-day, `kept_by` is the visit that kept it."""

    class Meta:
        model = PlannedVisit
        fields = (
            "id", "client_uuid", "version", "enterprise", "station", "post", "need", "day", "half", "position", "made_on",
            "state", "kept_by", "dropped_on", "recorded_at",
        )  # fmt: skip
        read_only_fields = fields


class PlannedVisitFilter(filters.FilterSet):
    enterprise = related(Enterprise, "enterprise")
    station = related(Station, "station")
    post = related(Post, "post")
    state = filters.ChoiceFilter(choices=PlanState.choices)
    day_from = DayFilter(field_name="day", lookup_expr="gte")
    day_until = DayFilter(field_name="day", lookup_expr="lte")


class PlannedVisitViewSet(Resource):
    """What is planned, what was kept and what was dropped; written on the site and with the visit's `next_contact_on`."""

    model = PlannedVisit
    serializer_class = PlannedVisitSerializer
    filterset_class = PlannedVisitFilter
    action_rights = {"list": Right.VIEW_VISITS, "retrieve": Right.VIEW_VISITS}

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows
