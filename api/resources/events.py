"""Contact events and their sign-in lists."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import Day, Input, OutcomeSerializer, ScopedKey, ScopedKeys
from api.filters import DayFilter, related
from crm.access.roles import Right
from crm.visits.enums import EVENT_MODES, ServiceKind, Topic
from crm.visits.models import ContactEvent, Invitation
from crm.visits.services import hold_event, invite_to_event, sign_in
from enterprises.models import Enterprise
from stations.models import Post, Station


def _words(choices: Any, **options: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.ChoiceField(choices=choices), **options)


class ContactEventSerializer(serializers.ModelSerializer[ContactEvent]):
    """An event that a station holds; `version` is that of its sign-in list."""

    holder = serializers.CharField(source="holder.name", read_only=True)
    mode = serializers.ChoiceField(choices=EVENT_MODES, read_only=True)
    service_kinds = _words(ServiceKind.choices, read_only=True)
    topics = _words(Topic.choices, read_only=True)

    class Meta:
        model = ContactEvent
        fields = (
            "id", "client_uuid", "version", "station", "post", "holder", "held_on", "starts_at", "place", "title", "mode",
            "service_kinds", "topics", "recorded_at",
        )  # fmt: skip
        read_only_fields = fields


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    class Meta:
        model = Invitation
        fields = ("id", "enterprise", "signed", "persons")
        read_only_fields = fields


class EventFilter(filters.FilterSet):
    station = related(Station, "station")
    held_from = DayFilter(field_name="held_on", lookup_expr="gte")
    held_until = DayFilter(field_name="held_on", lookup_expr="lte")


class EventInput(Input):
    """`client_uuid` is made by the client once per event; sent again it gives the first answer again."""

    client_uuid = serializers.UUIDField()
    station = ScopedKey(Station, joined=("union",))
    held_on = Day()
    starts_at = serializers.TimeField(required=False, allow_null=True)
    title = serializers.CharField(max_length=80)
    place = serializers.CharField(max_length=80)
    mode = serializers.ChoiceField(choices=EVENT_MODES)
    service_kinds = _words(ServiceKind.choices, required=False, max_length=20)
    topics = _words(Topic.choices, required=False, max_length=20)
    post = ScopedKey(
        Post, joined=("station",), required=False, allow_null=True, help_text="compulsory for another system"
    )


class InviteInput(Input):
    enterprises = ScopedKeys(Enterprise)


class SignedInput(Input):
    enterprise = ScopedKey(Enterprise)
    persons = serializers.IntegerField(min_value=1, max_value=9999, required=False, allow_null=True)


class SignInInput(Input):
    """`version` is needed to take a sign-in back or to change a number of persons."""

    present = serializers.ListField(child=SignedInput(), required=False, max_length=500)
    absent = ScopedKeys(Enterprise, required=False)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True)


class EventViewSet(Resource):
    """Contact events, newest first. An enterprise that signed in has a visit that names the event."""

    model = ContactEvent
    serializer_class = ContactEventSerializer
    filterset_class = EventFilter
    action_rights = {
        "list": Right.VIEW_STATION,
        "retrieve": Right.VIEW_STATION,
        "create": Right.LOG_VISIT,
        "invitations": Right.VIEW_VISITS,
        "invite": Right.LOG_VISIT,
        "sign_in": Right.LOG_VISIT,
    }

    @property
    def cursor_keys(self) -> tuple[str, ...]:
        return ("pk",) if self.action == "invitations" else ("-held_on", "-pk")

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows.select_related("holder", "station")

    @extend_schema(request=EventInput, responses={201: ContactEventSerializer})
    def create(self, request: Request) -> Response:
        """Write an event. Sent twice under one UUID it is one event; other content is a conflict."""
        event = hold_event(actor=self.actor, **self.given(EventInput))
        return self.answer(event.pk, status=201)

    @extend_schema(responses=InvitationSerializer(many=True), filters=False)
    @action(detail=True, filterset_class=None)
    def invitations(self, request: Request, pk: str) -> Response:
        """The lines of the sign-in list that the reader sees."""
        lines = Invitation.objects.visible_to(self.actor).filter(event=self.get_object())
        return self.page(lines, InvitationSerializer)

    @extend_schema(request=InviteInput, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, pk: str) -> Response:
        """Put enterprises on the list."""
        event = self.get_object()
        outcome = invite_to_event(actor=self.actor, event=event, **self.given(InviteInput))
        return Response(OutcomeSerializer(outcome).data)

    @extend_schema(request=SignInInput, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"], url_path="sign-in", url_name="sign-in")
    def sign_in(self, request: Request, pk: str) -> Response:
        """Sign enterprises in, or take a sign-in back."""
        event, given = self.get_object(), self.given(SignInInput)
        outcome = sign_in(
            actor=self.actor,
            event=event,
            present={one["enterprise"].pk: one.get("persons") for one in given.get("present", ())},
            absent=[row.pk for row in given.get("absent", ())],
            version=given.get("version"),
        )
        return Response(OutcomeSerializer(outcome).data)
