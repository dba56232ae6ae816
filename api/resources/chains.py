"""Chains with their nodes, lead firm and seats; putting enterprises on a node."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ApiViewSet, Resource
from api.fields import Day, Input, OutcomeSerializer, ScopedKeys
from crm.access.roles import Right
from crm.core import clock
from enterprises.models import Chain, ChainLeader, ChainNode, ChainSeat, Enterprise, NodeEdge
from enterprises.services import put_on_node


class NodeSerializer(serializers.ModelSerializer[ChainNode]):
    upstream = serializers.SerializerMethodField(help_text="ids of the nodes that supply it")

    class Meta:
        model = ChainNode
        fields = ("id", "number", "name", "kind", "upstream")
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_upstream(self, row: ChainNode) -> list[int]:
        return self.context["batch"]["upstream"].get(row.pk, [])


class LeaderSerializer(serializers.ModelSerializer[ChainLeader]):
    name = serializers.CharField(source="enterprise.name", read_only=True)

    class Meta:
        model = ChainLeader
        fields = ("enterprise", "name", "node")
        read_only_fields = fields


class ChainSeatSerializer(serializers.ModelSerializer[ChainSeat]):
    class Meta:
        model = ChainSeat
        fields = ("kind", "post")
        read_only_fields = fields


class ChainSerializer(serializers.ModelSerializer[Chain]):
    nodes = serializers.SerializerMethodField()
    leader = serializers.SerializerMethodField(help_text="the lead firm today, null when there is none")
    seats = serializers.SerializerMethodField()

    class Meta:
        model = Chain
        fields = ("id", "code", "name", "title", "union", "profile", "government_leader", "leader", "seats", "nodes")
        read_only_fields = fields

    @extend_schema_field(NodeSerializer(many=True))
    def get_nodes(self, row: Chain) -> Any:
        return NodeSerializer(self.context["batch"]["nodes"].get(row.pk, []), many=True, context=self.context).data

    @extend_schema_field(LeaderSerializer(allow_null=True))
    def get_leader(self, row: Chain) -> Any:
        leaders = self.context["batch"]["leaders"].get(row.pk)
        return LeaderSerializer(leaders[0]).data if leaders else None

    @extend_schema_field(ChainSeatSerializer(many=True))
    def get_seats(self, row: Chain) -> Any:
        return ChainSeatSerializer(self.context["batch"]["seats"].get(row.pk, []), many=True).data


def _by_chain(rows: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.chain_id, []).append(row)
    return found


class ChainViewSet(Resource):
    """Industry chains."""

    model = Chain
    serializer_class = ChainSerializer
    action_rights = {"list": Right.VIEW_STATION, "retrieve": Right.VIEW_STATION}

    def batch(self, rows: Sequence[Any]) -> dict[str, Any]:
        user, day, chains = self.request.user, clock.today(), [row.pk for row in rows]
        seen = ChainNode.objects.visible_to(user)
        upstream: dict[int, list[int]] = {}
        edges = NodeEdge.objects.filter(downstream__chain__in=chains, upstream__in=seen.order_by().values("pk"))
        for edge in edges.order_by("upstream_id"):
            upstream.setdefault(edge.downstream_id, []).append(edge.upstream_id)
        leaders = ChainLeader.objects.visible_to(user).on(day).filter(chain__in=chains).select_related("enterprise")
        return {
            "nodes": _by_chain(seen.filter(chain__in=chains).order_by("chain_id", "number")),
            "upstream": upstream,
            "leaders": _by_chain(leaders),
            "seats": _by_chain(ChainSeat.objects.visible_to(user).on(day).filter(chain__in=chains).order_by("pk")),
        }


class PutInput(Input):
    enterprises = ScopedKeys(Enterprise)
    start = Day()


class NodeViewSet(ApiViewSet):
    """Nodes; they are read with their chain."""

    model = ChainNode
    action_rights = {"put": Right.MANAGE_REGISTER}

    @extend_schema(request=PutInput, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def put(self, request: Request, pk: str) -> Response:
        """Put enterprises on the node from a day on; in its chain they leave the node they were on."""
        node = self.get_object()
        outcome = put_on_node(actor=self.actor, node=node, **self.given(PutInput))
        return Response(OutcomeSerializer(outcome).data)
