"""Posts with today's seat; appointments."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import UNKNOWN, Day, Input, ScopedKey, TermSerializer
from api.filters import OnDay, related
from crm.access.roles import Right, Role
from crm.accounts.models import Person
from crm.core import clock
from stations.enums import SourceKind
from stations.models import Appointment, Post, Station, TradeUnion
from stations.selectors import seats_of
from stations.services import appoint


class PersonSerializer(serializers.ModelSerializer[Person]):
    class Meta:
        model = Person
        fields = ("id", "name")
        read_only_fields = fields


class SeatSerializer(serializers.Serializer[Any]):
    """Who sits there today, or who acts, or since when the post is vacant."""

    holder = PersonSerializer(allow_null=True)
    holder_since = serializers.DateField(allow_null=True)
    acting = PersonSerializer(allow_null=True)
    acting_until = serializers.DateField(allow_null=True)
    vacant_since = serializers.DateField(allow_null=True)


class PostSerializer(serializers.ModelSerializer[Post]):
    term = TermSerializer(source="*", read_only=True)
    seat = serializers.SerializerMethodField()

    class Meta:
        model = Post
        fields = ("id", "role", "title", "station", "union", "term", "seat")
        read_only_fields = fields

    @extend_schema_field(SeatSerializer)
    def get_seat(self, row: Post) -> Any:
        return SeatSerializer(self.context["batch"][row.pk]).data


class PostFilter(OnDay):
    station = related(Station, "station")
    role = filters.ChoiceFilter(choices=Role.choices)


class PostViewSet(Resource):
    """Posts (seats) with who sits in them today."""

    model = Post
    serializer_class = PostSerializer
    filterset_class = PostFilter
    action_rights = {"list": Right.VIEW_STATION, "retrieve": Right.VIEW_STATION}

    def batch(self, rows: Sequence[Any]) -> dict[str, Any]:
        return seats_of(list(rows), clock.today())  # type: ignore[return-value]


class AppointmentSerializer(serializers.ModelSerializer[Appointment]):
    term = TermSerializer(source="*", read_only=True)
    person = PersonSerializer(read_only=True)

    class Meta:
        model = Appointment
        fields = ("id", "post", "person", "role", "acting", "term", "source_kind", "source_union", "source_office")
        read_only_fields = fields


class AppointmentFilter(OnDay):
    post = related(Post, "post")


class PersonKey(serializers.IntegerField):
    """The id of a person who holds or held a post that the user sees."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        pk = super().run_validation(data)
        seen = Appointment.objects.visible_to(self.context["request"].user).filter(person=pk)
        row = seen.select_related("person").first()
        if row is None:
            raise serializers.ValidationError(UNKNOWN)
        return row.person


class AppointInput(Input):
    post = ScopedKey(Post, joined=("station__union", "union"))
    person = PersonKey()
    start = Day()
    end = Day(required=False, allow_null=True)
    acting = serializers.BooleanField(default=False)
    source_kind = serializers.ChoiceField(choices=SourceKind.choices, required=False)
    source_union = ScopedKey(TradeUnion, required=False, allow_null=True)
    source_office = serializers.CharField(max_length=80, required=False, allow_blank=True)


class AppointmentViewSet(Resource):
    """Appointments: who sat or sits in which post."""

    model = Appointment
    serializer_class = AppointmentSerializer
    filterset_class = AppointmentFilter
    action_rights = {"list": Right.VIEW_STATION, "retrieve": Right.VIEW_STATION, "create": Right.APPOINT}

    def prepared(self, rows: Any) -> QuerySet[Any]:
        return rows.select_related("person")

    @extend_schema(request=AppointInput, responses={201: AppointmentSerializer})
    def create(self, request: Request) -> Response:
        """Put a person into a post for a term; the rights follow at once."""
        row = appoint(actor=self.actor, **self.given(AppointInput))
        return self.answer(row.pk, 201)
