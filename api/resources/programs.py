"""The reform (产改): items of enterprises and their moves, the policy library, deliveries."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import Day, Input, ScopedKey
from api.filters import related
from crm.access.roles import Right
from crm.core import clock
from crm.programs.enums import STEPS, EvidenceKind, ItemState, PolicyTopic
from crm.programs.models import Delivery, Item, ItemEvent, Policy
from crm.programs.services import acknowledge_policy, add_policy, deliver_policy, move_item
from crm.visits.models import Visit
from enterprises.models import Enterprise
from stations.models import Post, Station, TradeUnion


class ItemSerializer(serializers.ModelSerializer[Item]):
    """An item that was moved at least once; `state` is today's, `months` how long a completion holds (null: lasting)."""

    state = serializers.SerializerMethodField()

    class Meta:
        model = Item
        fields = ("id", "version", "enterprise", "number", "state", "done_on", "months")
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=ItemState.choices))
    def get_state(self, row: Item) -> str:
        return str(row.state_on(clock.today()))


class ItemEventSerializer(serializers.ModelSerializer[ItemEvent]):
    """One move; `sequence` is the version of the item after it."""

    class Meta:
        model = ItemEvent
        fields = (
            "client_uuid", "item", "sequence", "on", "recorded_at", "actor_label", "post", "from_state", "to_state", "reason",
            "done_on", "months", "evidence_kind", "evidence",
        )  # fmt: skip
        read_only_fields = fields


class ItemFilter(filters.FilterSet):
    enterprise = related(Enterprise, "enterprise")
    number = filters.NumberFilter(field_name="number")


class ItemMoveInput(Input):
    """`item` is the number in the checklist, 1 to 30."""

    client_uuid = serializers.UUIDField()
    enterprise = ScopedKey(Enterprise)
    item = serializers.IntegerField(min_value=1, max_value=999)
    to = serializers.ChoiceField(choices=[(state.value, state.label) for state in STEPS])
    on = Day()
    version = serializers.IntegerField(
        min_value=0, required=False, help_text="as it was read, 0 for one never moved; another one is a conflict (409)"
    )
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)
    done_on = Day(required=False, allow_null=True)
    months = serializers.IntegerField(min_value=1, max_value=120, required=False, allow_null=True)
    evidence_kind = serializers.ChoiceField(choices=EvidenceKind.choices, required=False)
    evidence = serializers.CharField(max_length=300, required=False, allow_blank=True)
    post = ScopedKey(Post, required=False, allow_null=True)
    visit = ScopedKey(Visit, required=False, allow_null=True)


class ItemViewSet(Resource):
    """Items of the checklist at enterprises; one without a row was never begun."""

    model = Item
    serializer_class = ItemSerializer
    filterset_class = ItemFilter
    action_rights = {
        "list": Right.VIEW_PROGRAMS,
        "retrieve": Right.VIEW_PROGRAMS,
        "events": Right.VIEW_PROGRAMS,
        "create": Right.VIEW_PROGRAMS,  # the service asks for the right of the step
    }

    @property
    def cursor_keys(self) -> tuple[str, ...]:
        return ("sequence", "pk") if self.action == "events" else ("enterprise_id", "number", "pk")

    @extend_schema(request=ItemMoveInput, responses={201: ItemEventSerializer})
    def create(self, request: Request) -> Response:
        """Move an item. Sent twice under one UUID it is one move and the same answer; other content is a conflict."""
        event = move_item(actor=self.actor, **self.given(ItemMoveInput))
        return Response(self.shown([event], ItemEventSerializer)[0], status=201)

    @extend_schema(responses=ItemEventSerializer(many=True), filters=False)
    @action(detail=True, filterset_class=None)
    def events(self, request: Request, pk: str) -> Response:
        """What happened to the item, in order."""
        rows = ItemEvent.objects.visible_to(request.user).filter(item=self.get_object())
        return self.page(rows, ItemEventSerializer)


class PolicySerializer(serializers.ModelSerializer[Policy]):
    class Meta:
        model = Policy
        fields = (
            "id", "client_uuid", "union", "title", "number", "issuer", "issued_on", "topic", "summary", "link", "withdrawn_on",
        )  # fmt: skip
        read_only_fields = fields


class PolicyFilter(filters.FilterSet):
    union = related(TradeUnion, "union")
    topic = filters.ChoiceFilter(choices=PolicyTopic.choices)


class PolicyInput(Input):
    client_uuid = serializers.UUIDField()
    union = ScopedKey(TradeUnion)
    title = serializers.CharField(max_length=120)
    number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    issuer = serializers.CharField(max_length=80)
    issued_on = Day()
    topic = serializers.ChoiceField(choices=PolicyTopic.choices)
    summary = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    link = serializers.CharField(max_length=300, required=False, allow_blank=True)


class PolicyViewSet(Resource):
    """The policy library, newest first."""

    model = Policy
    serializer_class = PolicySerializer
    filterset_class = PolicyFilter
    cursor_keys = ("-issued_on", "-pk")
    action_rights = {"list": Right.VIEW_STATION, "retrieve": Right.VIEW_STATION, "create": Right.MANAGE_PROGRAMS}

    @extend_schema(request=PolicyInput, responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        """Enter a policy. Sent twice under one UUID it is one policy."""
        row = add_policy(actor=self.actor, **self.given(PolicyInput))
        return Response(self.shown([row])[0], status=201)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    class Meta:
        model = Delivery
        fields = (
            "id", "client_uuid", "version", "policy", "enterprise", "station", "post", "delivered_on", "recorded_at",
            "acknowledged_on", "acknowledged_by",
        )  # fmt: skip
        read_only_fields = fields


class DeliveryFilter(filters.FilterSet):
    enterprise = related(Enterprise, "enterprise")
    policy = related(Policy, "policy")
    station = related(Station, "station")


class DeliveryInput(Input):
    client_uuid = serializers.UUIDField()
    enterprise = ScopedKey(Enterprise)
    policy = ScopedKey(Policy, joined=("union",))
    on = Day()
    post = ScopedKey(Post, required=False, allow_null=True, help_text="compulsory for another system")
    visit = ScopedKey(Visit, required=False, allow_null=True)


class AcknowledgeInput(Input):
    by = serializers.CharField(max_length=80, help_text="who took it for the enterprise, by post")
    on = Day()
    version = serializers.IntegerField(min_value=1, help_text="as it was read; another one is a conflict (409)")


class DeliveryViewSet(Resource):
    """Which enterprise was handed which policy, and whether it has acknowledged it; newest first."""

    model = Delivery
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter
    cursor_keys = ("-delivered_on", "-pk")
    action_rights = {
        "list": Right.VIEW_PROGRAMS,
        "retrieve": Right.VIEW_PROGRAMS,
        "create": Right.LOG_VISIT,
        "acknowledge": Right.VIEW_PROGRAMS,  # the service asks for the right on the delivery
    }

    @extend_schema(request=DeliveryInput, responses={201: DeliverySerializer})
    def create(self, request: Request) -> Response:
        """Note a delivery. Sent twice under one UUID it is one delivery and the same answer."""
        given: dict[str, Any] = {"post": None, **self.given(DeliveryInput)}
        row = deliver_policy(actor=self.actor, **given)
        return Response(self.shown([row])[0], status=201)

    @extend_schema(request=AcknowledgeInput, responses=DeliverySerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Note that the enterprise has acknowledged it."""
        row = acknowledge_policy(actor=self.actor, delivery=self.get_object(), **self.given(AcknowledgeInput))
        return Response(self.shown([row])[0])
