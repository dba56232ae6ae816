"""The register (名录): entries, and entering enterprises in bulk."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import Day, Input, OutcomeSerializer, ScopedKey, ScopedKeys, TermSerializer
from api.filters import OnDay, related
from crm.access.roles import Right
from enterprises.enums import EntryReason
from enterprises.models import Enterprise, RegisterEntry
from enterprises.services import enter_register
from stations.models import Station


class EntrySerializer(serializers.ModelSerializer[RegisterEntry]):
    term = TermSerializer(source="*", read_only=True)

    class Meta:
        model = RegisterEntry
        fields = ("id", "enterprise", "station", "term", "entry_reason", "exit_reason")
        read_only_fields = fields


class EntryFilter(OnDay):
    station = related(Station, "station")
    enterprise = related(Enterprise, "enterprise")


class EnterInput(Input):
    station = ScopedKey(Station)
    enterprises = ScopedKeys(Enterprise)
    start = Day()
    reason = serializers.ChoiceField(choices=EntryReason.choices, default=EntryReason.OPERATING)


class RegisterViewSet(Resource):
    """Entries of the register with their terms: the denominator of every rate."""

    model = RegisterEntry
    serializer_class = EntrySerializer
    filterset_class = EntryFilter
    action_rights = {
        "list": Right.VIEW_REGISTER,
        "retrieve": Right.VIEW_REGISTER,
        "create": Right.MANAGE_REGISTER,
    }

    @extend_schema(request=EnterInput, responses=OutcomeSerializer)
    def create(self, request: Request) -> Response:
        """列入名录: put enterprises on a station's register from a day on."""
        outcome = enter_register(actor=self.actor, **self.given(EnterInput))
        return Response(OutcomeSerializer(outcome).data)
