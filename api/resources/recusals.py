"""回避: which officer keeps away from which enterprise."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import UNKNOWN, Day, Input, ScopedKey, TermSerializer
from api.filters import OnDay, related
from api.pagination import BIGGEST
from crm.access.roles import Right
from enterprises.models import Enterprise
from grids.enums import RecusalKind
from grids.models import Recusal
from grids.selectors import officers_of
from grids.services import end_recusal, record_recusal


class RecusalSerializer(serializers.ModelSerializer[Recusal]):
    person_name = serializers.CharField(source="person.name", read_only=True)
    term = TermSerializer(source="*", read_only=True)

    class Meta:
        model = Recusal
        fields = ("id", "person", "person_name", "enterprise", "kind", "note", "term")
        read_only_fields = fields


class RecusalFilter(OnDay):
    enterprise = related(Enterprise, "enterprise")


class RecusalInput(Input):
    person = serializers.IntegerField(min_value=1, max_value=BIGGEST, help_text="who sits in an officer's post there")
    enterprise = ScopedKey(Enterprise, joined=("station",))
    kind = serializers.ChoiceField(choices=RecusalKind.choices)
    start = Day()
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class EndInput(Input):
    on = Day(help_text="the first day without it")


class RecusalViewSet(Resource):
    """Recusals of officers, current and past, as far as one reads the register of the enterprise's station as a whole."""

    model = Recusal
    serializer_class = RecusalSerializer
    filterset_class = RecusalFilter
    action_rights = {
        "list": Right.VIEW_RECUSALS,
        "retrieve": Right.VIEW_RECUSALS,
        "create": Right.MANAGE_GRIDS,
        "end": Right.MANAGE_GRIDS,
    }

    def prepared(self, rows: QuerySet[Recusal]) -> QuerySet[Recusal]:
        return rows.select_related("person", "enterprise")

    @extend_schema(request=RecusalInput, responses={201: RecusalSerializer})
    def create(self, request: Request) -> Response:
        """Let an officer keep away from an enterprise from a day on."""
        given = self.given(RecusalInput)
        station = given["enterprise"].station
        officers = {one.pk: one for one in officers_of(station, given["start"])} if station is not None else {}
        if given["person"] not in officers:
            raise serializers.ValidationError({"person": [UNKNOWN]})
        row = record_recusal(actor=self.actor, **given | {"person": officers[given["person"]]})
        return self.answer(row.pk, 201)

    @extend_schema(request=EndInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End a recusal: the day named is the first without it."""
        end_recusal(actor=self.actor, recusal=self.get_object(), **self.given(EndInput))
        return Response(status=204)
