"""Coverage: five rates of a cut as n/d, per node of a chain, and exactly the rows behind each."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ApiViewSet
from api.fields import Day, Input, ScopedKey
from crm.access.roles import Right
from crm.core import clock
from crm.coverage import periods
from crm.coverage.cuts import Cut
from crm.coverage.measures import BY_CODE, MEASURES
from crm.coverage.selectors import PARTS, Rates, chain_coverage, chain_totals, coverage, rows
from enterprises.models import Chain, ChainNode
from stations.models import Station, TradeUnion

MEASURE = serializers.ChoiceField(choices=[(measure.code, measure.name) for measure in MEASURES])


class RateSerializer(serializers.Serializer[Any]):
    """n/d; `value` is the percentage, half up to one decimal, null when d is 0."""

    measure = MEASURE
    measure_version = serializers.IntegerField()
    n = serializers.IntegerField()
    d = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)
    as_of = serializers.DateField()
    known_at = serializers.DateTimeField()


class PeriodSerializer(serializers.Serializer[Any]):
    """`[start, end)`."""

    code = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()


class NodeRatesSerializer(serializers.Serializer[Any]):
    node = serializers.IntegerField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    in_scope = serializers.IntegerField(help_text="enterprises on the register that lie on the node")
    empty = serializers.BooleanField(help_text="空白环节")
    rates = RateSerializer(many=True)


class CutSerializer(serializers.Serializer[Any]):
    union = serializers.IntegerField(allow_null=True)
    station = serializers.IntegerField(allow_null=True)
    chain = serializers.IntegerField(allow_null=True)
    node = serializers.IntegerField(allow_null=True)


@extend_schema_serializer(many=False)
class CoverageSerializer(serializers.Serializer[Any]):
    """The rates of a cut on a day; with a chain, also those of its nodes in order."""

    period = PeriodSerializer()
    as_of = serializers.DateField()
    cut = CutSerializer()
    rates = RateSerializer(many=True)
    nodes = NodeRatesSerializer(many=True)


class ChainRatesSerializer(serializers.Serializer[Any]):
    chain = serializers.IntegerField()
    empty_nodes = serializers.IntegerField()
    rates = RateSerializer(many=True)


@extend_schema_serializer(many=False)
class ChainsCoverageSerializer(serializers.Serializer[Any]):
    """The rates of every chain in total."""

    period = PeriodSerializer()
    as_of = serializers.DateField()
    cut = CutSerializer()
    chains = ChainRatesSerializer(many=True)


class CutInput(Input):
    """Whose figures, for which period, as of which day."""

    period = serializers.CharField(
        required=False, max_length=10, help_text="2026-11, 2026-Q4, month or quarter; the quarter of the day"
    )
    as_of = Day(required=False, help_text="the day as of which; today")
    union = ScopedKey(TradeUnion, required=False)
    station = ScopedKey(Station, required=False)


class ChainCutInput(CutInput):
    chain = ScopedKey(Chain, required=False)
    node = ScopedKey(ChainNode, required=False, joined=("chain",))


class RowsInput(ChainCutInput):
    measure = MEASURE
    part = serializers.ChoiceField(choices=[(part, part) for part in PARTS], default="d")
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class RowSerializer(serializers.Serializer[Any]):
    """One row behind a figure: an enterprise, an obligation (with its enterprise) or a node."""

    id = serializers.IntegerField(source="pk")
    enterprise = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField()

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_enterprise(self, row: Any) -> int | None:
        kind = self.context["kind"]
        return {"enterprise": row.pk, "obligation": getattr(row, "enterprise_id", None), "node": None}[kind]

    @extend_schema_field(serializers.CharField())
    def get_name(self, row: Any) -> str:
        return row.enterprise.name if self.context["kind"] == "obligation" else row.name


def _rates(rates: Rates) -> list[dict[str, Any]]:
    return [rate.as_dict() for rate in rates.values()]


class CoverageViewSet(ApiViewSet):
    """Coverage by the definitions of each measure; what is counted is what the user may see."""

    model = Chain
    filter_backends = []
    action_rights = {"list": Right.VIEW_COVERAGE, "chains": Right.VIEW_COVERAGE, "rows": Right.VIEW_COVERAGE}

    def _cut(self, shape: type[CutInput]) -> tuple[Cut, dict[str, Any]]:
        given = self.given(shape, self.request.query_params.dict())
        today = clock.today()
        as_of = min(given.pop("as_of", today), today)
        period = periods.parse(given.pop("period", ""), as_of)
        places = {name: given.pop(name) for name in ("union", "station", "chain", "node") if name in given}
        cut = Cut(self.request.user, period, as_of, **places)
        return cut, given | {
            "period": {"code": period.code, "start": period.start, "end": period.end},
            "as_of": cut.day,  # raises ValidationError when the day lies before the period
            "cut": {name: getattr(places.get(name), "pk", None) for name in ("union", "station", "chain", "node")},
        }

    @extend_schema(parameters=[ChainCutInput], responses=CoverageSerializer)
    def list(self, request: Request) -> Response:
        """The five rates of a cut; of a chain also per node."""
        cut, answer = self._cut(ChainCutInput)
        if cut.chain is None:
            return Response(CoverageSerializer(answer | {"rates": _rates(coverage(cut)), "nodes": []}).data)
        found = chain_coverage(cut)
        nodes = [
            {
                "node": row.node.pk,
                "number": row.node.number,
                "name": row.node.name,
                "in_scope": row.in_scope,
                "empty": row.empty,
                "rates": _rates(row.rates),
            }
            for row in found.nodes
        ]
        return Response(CoverageSerializer(answer | {"rates": _rates(found.total), "nodes": nodes}).data)

    @extend_schema(parameters=[CutInput], responses=ChainsCoverageSerializer)
    @action(detail=False)
    def chains(self, request: Request) -> Response:
        """The rates of every chain that the user sees."""
        cut, answer = self._cut(CutInput)
        chains = [
            {"chain": pk, "empty_nodes": total.empty_nodes, "rates": _rates(total.rates)}
            for pk, total in sorted(chain_totals(cut).items())
        ]
        return Response(ChainsCoverageSerializer(answer | {"chains": chains}).data)

    @extend_schema(parameters=[RowsInput], responses=RowSerializer(many=True))
    @action(detail=False)
    def rows(self, request: Request) -> Response:
        """Exactly the rows behind a number: n what is done, d all, gap what is missing."""
        cut, given = self._cut(RowsInput)
        found: Any = rows(cut, given["measure"], given["part"])
        kind = BY_CODE[given["measure"]].rows
        if kind == "obligation":
            found = found.select_related("enterprise")
        shown = self.paginate_queryset(found) or []
        return self.get_paginated_response(RowSerializer(shown, many=True, context={"kind": kind}).data)
