"""Visits, what their enterprises say of them, and visit reports (a visit with all that came about there)."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as ServiceError
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ApiViewSet, Resource
from api.fields import Day, Input, ScopedKey
from api.filters import DayFilter, related
from api.resources.commitments import CommitmentInput, CommitmentSerializer
from api.resources.issues import IssueSaid, IssueSerializer
from api.resources.programs import DeliverySerializer, ItemEventSerializer, ItemMoveInput
from crm.access.roles import Right
from crm.issues.enums import Move, Resolution, Satisfaction
from crm.issues.models import Issue
from crm.programs.models import Policy
from crm.visits.enums import Answer, Level, Met, Mode, Outcome, Purpose, ServiceKind, Topic
from crm.visits.models import Visit, VisitConfirmation
from crm.visits.selectors import as_told
from crm.visits.services import confirm_visit
from crm.workflows.visit_report import CLOSING, REPORTED, send_visit_report
from enterprises.models import Enterprise
from stations.models import Post, Station


def _words(choices: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.ChoiceField(choices=choices), required=False, max_length=20)


MET_BEFORE = "the visit that had met what is owed already: this one is on record, and what is owed counts once"


class VisitSerializer(serializers.ModelSerializer[Visit]):
    """A contact as it was asserted; `recorded_at` is when the product learned of it."""

    visitor = serializers.CharField(source="visitor.name", read_only=True)
    notes = serializers.CharField(read_only=True, help_text="the officer's; empty for the enterprise itself")
    met = serializers.ListField(child=serializers.ChoiceField(choices=Met.choices), read_only=True)
    levels = serializers.ListField(child=serializers.ChoiceField(choices=Level.choices), read_only=True)
    service_kinds = serializers.ListField(child=serializers.ChoiceField(choices=ServiceKind.choices), read_only=True)
    topics = serializers.ListField(child=serializers.ChoiceField(choices=Topic.choices), read_only=True)

    class Meta:
        model = Visit
        fields = (
            "id", "client_uuid", "version", "enterprise", "station", "post", "visitor", "credited_post", "proxy",
            "visited_on", "started_at", "mode", "outcome", "met", "workers_met", "levels", "service_kinds", "topics",
            "purpose", "notes", "next_contact_on", "recorded_at", "late_record",
        )  # fmt: skip
        read_only_fields = fields


class LoggedSerializer(VisitSerializer):
    met_before = serializers.IntegerField(allow_null=True, read_only=True, help_text=MET_BEFORE)

    class Meta:
        model = Visit
        fields = (*VisitSerializer.Meta.fields, "met_before")
        read_only_fields = fields


class VisitFilter(filters.FilterSet):
    enterprise = related(Enterprise, "enterprise")
    station = related(Station, "station")
    post = related(Post, "post")
    client_uuid = filters.UUIDFilter(field_name="client_uuid")
    outcome = filters.ChoiceFilter(choices=Outcome.choices)
    mode = filters.ChoiceFilter(choices=Mode.choices)
    visited_from = DayFilter(field_name="visited_on", lookup_expr="gte")
    visited_until = DayFilter(field_name="visited_on", lookup_expr="lte")
    recorded_since = filters.IsoDateTimeFilter(field_name="recorded_at", lookup_expr="gte")


class VisitInput(Input):
    """`client_uuid` is made by the client once per visit; sent again it gives the first answer again."""

    client_uuid = serializers.UUIDField()
    enterprise = ScopedKey(Enterprise)
    visited_on = Day()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    mode = serializers.ChoiceField(choices=Mode.choices, required=False, allow_blank=True)
    post = ScopedKey(
        Post, joined=("station",), required=False, allow_null=True, help_text="compulsory for another system"
    )
    met = _words(Met.choices)
    workers_met = serializers.IntegerField(min_value=0, max_value=9999, required=False, allow_null=True)
    levels = _words(Level.choices)
    service_kinds = _words(ServiceKind.choices)
    topics = _words(Topic.choices)
    purpose = serializers.ChoiceField(choices=Purpose.choices, required=False)
    notes = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    started_at = serializers.TimeField(required=False, allow_null=True)
    next_contact_on = Day(required=False, allow_null=True)


class AnswerInput(Input):
    answer = serializers.ChoiceField(choices=Answer.choices)
    text = serializers.CharField(max_length=300, required=False, allow_blank=True, help_text="what differs")


class AnswerSerializer(serializers.ModelSerializer[VisitConfirmation]):
    """What the enterprise says of a visit."""

    class Meta:
        model = VisitConfirmation
        fields = ("visit", "answer", "text", "at")
        read_only_fields = fields


class VisitViewSet(Resource):
    """Visits and other contacts, newest first."""

    model = Visit
    serializer_class = VisitSerializer
    filterset_class = VisitFilter
    cursor_keys = ("-visited_on", "-pk")
    action_rights = {
        "list": Right.VIEW_VISITS,
        "retrieve": Right.VIEW_VISITS,
        "create": Right.LOG_VISIT,
        "confirm": Right.CONFIRM_VISIT,
    }

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows.select_related("visitor")

    def batch(self, rows: Sequence[Any]) -> dict[str, Any]:
        as_told(self.actor, rows)
        return {}

    @extend_schema(request=VisitInput, responses={201: LoggedSerializer})
    def create(self, request: Request) -> Response:
        """Log a visit. Sent twice under one UUID it is one visit and the same answer.

        Other content under a used UUID is a conflict (409) and kept for the chief to settle.
        """
        report = send_visit_report(actor=self.actor, visit=self.given(VisitInput))
        first = report.met_before
        return Response({**self.shown([report.visit])[0], "met_before": first and first.pk}, status=201)

    @extend_schema(request=AnswerInput, responses={201: AnswerSerializer})
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Say for the enterprise that the visit was so, or what differs. It is said once."""
        row = confirm_visit(visit=self.get_object(), by=self.actor, **self.given(AnswerInput))
        return Response(AnswerSerializer(row).data, status=201)


class SettledInput(Input):
    """An open issue of the enterprise that was ended at the visit (`GET issues/{id}/moves/` says which may)."""

    issue = ScopedKey(Issue, joined=("enterprise",))
    move = serializers.ChoiceField(choices=[(move.value, move.label) for move in CLOSING])
    version = serializers.IntegerField(min_value=1)
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    resolution = serializers.ChoiceField(choices=Resolution.choices, required=False)
    satisfaction = serializers.ChoiceField(choices=Satisfaction.choices, required=False)

    def validate_move(self, value: str) -> Move:
        return Move(value)


class PromiseInput(CommitmentInput):
    """What was promised at the visit; without a `client_uuid` it takes a number that follows from the visit's."""

    client_uuid = serializers.UUIDField(required=False)
    enterprise = visit = post = None  # type: ignore[assignment]


class MovedInput(ItemMoveInput):
    """The checklist item that the visit moved, on its day; without a `client_uuid` it takes one that follows from the visit's."""

    client_uuid = serializers.UUIDField(required=False)
    to = serializers.ChoiceField(choices=[(state.value, state.label) for state in REPORTED])
    enterprise = visit = on = None  # type: ignore[assignment]


class ReportInput(Input):
    visit = VisitInput()
    issue = IssueSaid(required=False, allow_null=True)
    settled = SettledInput(many=True, required=False, max_length=20)  # type: ignore[call-arg]
    commitment = PromiseInput(required=False, allow_null=True)
    item = MovedInput(required=False, allow_null=True)
    policies = serializers.ListField(
        child=ScopedKey(Policy, joined=("union",)), required=False, max_length=20, help_text="handed over at the visit"
    )


class ReportSerializer(serializers.Serializer[Any]):
    visit = VisitSerializer()
    issue = IssueSerializer(allow_null=True)
    closed = IssueSerializer(many=True)
    commitment = CommitmentSerializer(allow_null=True)
    item = ItemEventSerializer(allow_null=True)
    delivered = DeliverySerializer(many=True)
    met_before = serializers.IntegerField(source="met_before.pk", allow_null=True, read_only=True, help_text=MET_BEFORE)


class ReportViewSet(ApiViewSet):
    """A visit with the issue heard, the issues settled, the promise made, the item moved and the policies handed over there,
    in one transaction.
    """

    model = Visit
    serializer_class = ReportSerializer
    action_rights = {"create": Right.LOG_VISIT}

    def batch(self, rows: Sequence[Any]) -> Any:
        """Visits that may be named: those just reported."""
        return {row.visit.pk for row in rows}

    @extend_schema(request=ReportInput, responses={201: ReportSerializer})
    def create(self, request: Request) -> Response:
        """Log the visit and write all that came about there: all or nothing.

        Other content under a used UUID is a conflict (409) and kept for the chief to settle.
        """
        try:
            report = send_visit_report(actor=self.actor, **self.given(ReportInput))
        except ServiceError as error:
            raise _nested(error) from error
        return Response(self.shown([report])[0], status=201)


def _nested(error: ServiceError) -> ServiceError:
    """The services' messages under the part of the report to which the field belongs: what names no part is the visit's."""
    if not hasattr(error, "error_dict"):
        return error
    parts = set(ReportInput().fields)
    return ServiceError(
        {
            name if name.startswith("__") or name.split(".")[0] in parts else f"visit.{name}": messages
            for name, messages in error.error_dict.items()
        }
    )
