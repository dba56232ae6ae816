"""Issues: log, events, moves."""

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
from api.fields import UNKNOWN, Day, Input, ScopedKey
from api.filters import DayFilter, related
from crm.access.roles import Right
from crm.core import clock
from crm.issues.enums import IssueKind, IssueState, Move, OutcomeType, Resolution, Satisfaction, Urgency
from crm.issues.models import Issue, IssueCategory, IssueEvent
from crm.issues.querysets import IssueQuerySet
from crm.issues.selectors import moves_for
from crm.issues.services import move_issue, open_issue, withhold_issue
from crm.visits.models import Visit
from enterprises.models import Enterprise
from stations.models import Post, Station


class IssueSerializer(serializers.ModelSerializer[Issue]):
    category = serializers.CharField(source="category.code", read_only=True)
    visit = serializers.SerializerMethodField(help_text="where it was heard, if one sees that visit")

    @extend_schema_field({"type": "integer", "format": "int64", "nullable": True})
    def get_visit(self, row: Issue) -> int | None:
        return row.visit_id if row.visit_id in self.context["batch"] else None

    class Meta:
        model = Issue
        fields = (
            "id", "client_uuid", "version", "number", "enterprise", "station", "post", "visit", "title", "text", "category",
            "kind", "urgency", "simple", "state", "handler", "raised_on", "due_on", "closed_at", "outcome_type",
            "resolution", "satisfaction", "redo_count", "recorded_at", "withheld",
        )  # fmt: skip
        read_only_fields = fields


class EventSerializer(serializers.ModelSerializer[IssueEvent]):
    class Meta:
        model = IssueEvent
        fields = (
            "sequence", "at", "recorded_at", "actor_label", "post", "on_behalf_of", "verb", "from_state", "to_state", "text",
            "reason",
        )  # fmt: skip
        read_only_fields = fields


class PossibleMoveSerializer(serializers.Serializer[Any]):
    """A move from the state in which the issue is; one that is not allowed says why."""

    move = serializers.ChoiceField(choices=Move.choices)
    allowed = serializers.BooleanField()
    why_not = serializers.CharField()
    needs = serializers.ListField(child=serializers.CharField())


class IssueFilter(filters.FilterSet):
    enterprise = related(Enterprise, "enterprise")
    station = related(Station, "station")
    handler = related(Post, "handler")
    client_uuid = filters.UUIDFilter(field_name="client_uuid")
    state = filters.ChoiceFilter(choices=IssueState.choices)
    category = filters.CharFilter(field_name="category__code")
    late = filters.BooleanFilter(method="being_late", label="open and past the deadline today")
    raised_from = DayFilter(field_name="raised_on", lookup_expr="gte")
    raised_until = DayFilter(field_name="raised_on", lookup_expr="lte")

    def being_late(self, rows: IssueQuerySet, _name: str, wanted: bool) -> IssueQuerySet:
        late = rows.late(clock.today())
        return late if wanted else rows.exclude(pk__in=late.values("pk"))


class CategoryCode(serializers.CharField):
    """A category by its code."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        row = IssueCategory.objects.filter(active=True, code=super().run_validation(data)).first()
        if row is None:
            raise serializers.ValidationError(UNKNOWN)
        return row


class IssueSaid(Input):
    """What was raised."""

    client_uuid = serializers.UUIDField()
    title = serializers.CharField(max_length=80)
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    category = CategoryCode(max_length=30)
    urgency = serializers.ChoiceField(choices=Urgency.choices, required=False)
    kind = serializers.ChoiceField(choices=IssueKind.choices, required=False)
    simple = serializers.BooleanField(required=False)
    withheld = serializers.BooleanField(required=False, help_text="对驻站员不公开, for those who may say so")


class IssueInput(IssueSaid):
    enterprise = ScopedKey(Enterprise, joined=("station__union",))
    visit = ScopedKey(Visit, joined=("station__union",), required=False, allow_null=True)
    post = ScopedKey(Post, required=False, allow_null=True, help_text="compulsory for another system")
    raised_on = Day(required=False)


class WithholdInput(Input):
    withheld = serializers.BooleanField()
    version = serializers.IntegerField(min_value=1, help_text="as it was read; another one is a conflict (409)")


class MoveInput(Input):
    """A move with what it needs (`GET issues/{id}/moves/` says what)."""

    move = serializers.ChoiceField(choices=Move.choices)
    version = serializers.IntegerField(min_value=1, help_text="as it was read; another one is a conflict (409)")
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=IssueKind.choices, required=False)
    handler = ScopedKey(Post, required=False, allow_null=True)
    outcome_type = serializers.ChoiceField(choices=OutcomeType.choices, required=False)
    resolution = serializers.ChoiceField(choices=Resolution.choices, required=False)
    satisfaction = serializers.ChoiceField(choices=Satisfaction.choices, required=False)
    on_behalf_of = serializers.CharField(max_length=120, required=False, allow_blank=True)


class IssueViewSet(Resource):
    """The issue log, newest first."""

    model = Issue
    serializer_class = IssueSerializer
    filterset_class = IssueFilter
    action_rights = {
        "list": Right.VIEW_ISSUES,
        "retrieve": Right.VIEW_ISSUES,
        "events": Right.VIEW_ISSUES,
        "moves": Right.VIEW_ISSUES,
        "create": Right.OPEN_ISSUE,
        "move": Right.VIEW_ISSUES,  # the service asks for the right of the move
        "withhold": Right.WITHHOLD_ISSUE,
    }

    @property
    def cursor_keys(self) -> tuple[str, ...]:
        return ("sequence", "pk") if self.action == "events" else ("-raised_on", "-pk")

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows.select_related("category")

    def batch(self, rows: Sequence[Any]) -> Any:
        """Ids of the visits that one sees, of those at which the page's issues were heard."""
        wanted = {row.visit_id for row in rows if isinstance(row, Issue)} - {None}
        seen = Visit.objects.visible_to(self.actor).filter(pk__in=wanted) if wanted else Visit.objects.none()
        return set(seen.values_list("pk", flat=True))

    @extend_schema(request=IssueInput, responses={201: IssueSerializer})
    def create(self, request: Request) -> Response:
        """Write down what was raised. Sent twice under one UUID it is one issue."""
        issue = open_issue(actor=self.actor, **self.given(IssueInput))
        return Response(self.shown([issue])[0], status=201)

    @extend_schema(responses=EventSerializer(many=True), filters=False)
    @action(detail=True, filterset_class=None)
    def events(self, request: Request, pk: str) -> Response:
        """What happened to the issue, in order."""
        rows = IssueEvent.objects.visible_to(request.user).filter(issue=self.get_object())
        return self.page(rows, EventSerializer)

    @extend_schema(responses=PossibleMoveSerializer(many=True), filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def moves(self, request: Request, pk: str) -> Response:
        """The moves from the issue's state; those not allowed say why."""
        moves = moves_for(self.actor, self.get_object())
        return Response(PossibleMoveSerializer(moves, many=True).data)

    @extend_schema(request=MoveInput, responses=IssueSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Make one move of the version that was read."""
        issue = self.get_object()
        return Response(self.shown([move_issue(actor=self.actor, issue=issue, **self.given(MoveInput))])[0])

    @extend_schema(request=WithholdInput, responses=IssueSerializer)
    @action(detail=True, methods=["post"])
    def withhold(self, request: Request, pk: str) -> Response:
        """Keep the issue from grid officers (对驻站员不公开), or open it to them again."""
        issue = withhold_issue(actor=self.actor, issue=self.get_object(), **self.given(WithholdInput))
        return Response(self.shown([issue])[0])
