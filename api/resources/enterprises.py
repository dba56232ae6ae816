"""Enterprises: facts, places on chains, who answers, contacts (masked without the right)."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import Resource
from api.fields import UNKNOWN, FigureField, Input, MaskedField, ScopedKey, figure
from api.filters import related
from api.pagination import BIGGEST
from crm.access.roles import Right, Role
from crm.core import clock
from enterprises.enums import ContractState, RevealReason, Shift, Size, Status, Tier, UnionState
from enterprises.models import Chain, ChainMembership, ChainNode, Enterprise, EnterpriseContact, EnterpriseFact
from enterprises.querysets import EnterpriseQuerySet
from enterprises.selectors import FIGURES, contact_cards, facts_json
from enterprises.services import register_enterprise, reveal_contact, save_enterprise
from grids.models import Responsibility
from stations.models import Park, Station


class FactsSerializer(serializers.Serializer[Any]):
    """What holds today and since when; figures that nobody knows are null."""

    since = serializers.DateField()
    status = serializers.ChoiceField(choices=Status.choices)
    tier = serializers.ChoiceField(choices=Tier.choices)
    size = serializers.ChoiceField(choices=Size.choices, allow_blank=True)
    workers = FigureField()
    industrial_workers = FigureField()


class PlaceSerializer(serializers.Serializer[Any]):
    chain = serializers.IntegerField()
    node = serializers.IntegerField()
    name = serializers.CharField()
    since = serializers.DateField()


class DutySerializer(serializers.Serializer[Any]):
    post = serializers.IntegerField()
    role = serializers.ChoiceField(choices=Role.choices)
    title = serializers.CharField()
    chain = serializers.IntegerField(allow_null=True)
    since = serializers.DateField()


class ContactSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = MaskedField()
    title = serializers.CharField()
    phone = MaskedField()
    is_primary = serializers.BooleanField()


class EnterpriseSerializer(serializers.ModelSerializer[Enterprise]):
    """An enterprise today."""

    former_names = serializers.ListField(child=serializers.CharField(), read_only=True)
    facts = serializers.SerializerMethodField()
    nodes = PlaceSerializer(source="places_today", many=True, read_only=True)
    responsible = DutySerializer(source="duties_today", many=True, read_only=True)
    contacts = serializers.SerializerMethodField()

    class Meta:
        model = Enterprise
        fields = (
            "id", "client_uuid", "version", "uscc", "name", "short_name", "former_names", "ownership", "registered_on",
            "industry_code", "division_code", "address", "park", "building", "shift", "visiting_hours", "busy_seasons",
            "union_state", "contract_state", "station", "is_sample", "facts", "nodes", "responsible", "contacts",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(FactsSerializer(allow_null=True))
    def get_facts(self, row: Any) -> Any:
        if row.facts_today is None:
            return None
        facts = dict(row.facts_today)
        hidden = facts.pop("hidden")
        return facts | {name: figure(facts[name], "人", hidden) for name in FIGURES}

    @extend_schema_field(ContactSerializer(many=True))
    def get_contacts(self, row: Enterprise) -> Any:
        return ContactSerializer(self.context["batch"].get(row.pk, []), many=True).data


class EnterpriseDetailSerializer(EnterpriseSerializer):
    """An enterprise today, with its long texts."""

    class Meta(EnterpriseSerializer.Meta):
        fields = (*EnterpriseSerializer.Meta.fields, "registered_capital", "business_scope", "profile")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class EnterpriseFilter(filters.FilterSet):
    q = filters.CharFilter(method="found", label="part of the name, start of the credit code, pinyin initials")
    uscc = filters.CharFilter(field_name="uscc")
    client_uuid = filters.UUIDFilter(field_name="client_uuid")
    station = related(Station, "station")
    registered = filters.BooleanFilter(field_name="station", lookup_expr="isnull", exclude=True)
    chain = related(Chain, "memberships__chain", method="in_chain", label="on some node of the chain today")
    node = related(ChainNode, "memberships__node", method="on_node", label="on the node today")
    tier = filters.ChoiceFilter(choices=Tier.choices, method="of_tier")

    def found(self, rows: EnterpriseQuerySet, _name: str, text: str) -> EnterpriseQuerySet:
        return rows.found_by(text)

    def in_chain(self, rows: EnterpriseQuerySet, _name: str, chain: Chain) -> EnterpriseQuerySet:
        return rows.in_chain(chain.pk, clock.today())

    def on_node(self, rows: EnterpriseQuerySet, _name: str, node: ChainNode) -> EnterpriseQuerySet:
        return rows.on_node(node.pk, clock.today())

    def of_tier(self, rows: EnterpriseQuerySet, _name: str, tier: str) -> EnterpriseQuerySet:
        facts = EnterpriseFact.objects.visible_to(self.request.user).on(clock.today()).filter(tier=tier)
        return rows.filter(pk__in=facts.values("enterprise_id"))


class EnterpriseInput(Input):
    """The undated fields; what is not sent stays."""

    uscc = serializers.CharField(max_length=40, required=False, allow_blank=True)
    name = serializers.CharField(max_length=120, required=False)
    short_name = serializers.CharField(max_length=40, required=False, allow_blank=True)
    ownership = serializers.CharField(max_length=60, required=False, allow_blank=True)
    registered_on = serializers.DateField(required=False, allow_null=True)
    registered_capital = serializers.CharField(max_length=60, required=False, allow_blank=True)
    business_scope = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    industry_code = serializers.CharField(max_length=4, required=False, allow_blank=True)
    address = serializers.CharField(max_length=200, required=False, allow_blank=True)
    park = ScopedKey(Park, required=False, allow_null=True)
    building = serializers.CharField(max_length=60, required=False, allow_blank=True)
    shift = serializers.ChoiceField(choices=Shift.choices, required=False, allow_blank=True)
    visiting_hours = serializers.CharField(max_length=40, required=False, allow_blank=True)
    busy_seasons = serializers.CharField(max_length=80, required=False, allow_blank=True)
    union_state = serializers.ChoiceField(choices=UnionState.choices, required=False)
    contract_state = serializers.ChoiceField(choices=ContractState.choices, required=False)
    profile = serializers.CharField(max_length=8000, required=False, allow_blank=True)


class EnterpriseNew(EnterpriseInput):
    station = ScopedKey(Station)
    client_uuid = serializers.UUIDField()
    name = serializers.CharField(max_length=120)


class EnterpriseChange(EnterpriseInput):
    version = serializers.IntegerField(min_value=1, help_text="as it was read; another one is a conflict (409)")


class RevealInput(Input):
    """One contact, and why its name and phone are needed: put on record, so many a day."""

    contact = serializers.IntegerField(min_value=1, max_value=BIGGEST)
    reason = serializers.ChoiceField(choices=RevealReason.choices)
    note = serializers.CharField(max_length=60, required=False, allow_blank=True)


class EnterpriseViewSet(Resource):
    """Enterprises on the registers in reach, and the candidates of one's station."""

    model = Enterprise
    filterset_class = EnterpriseFilter
    action_rights = {
        "list": Right.VIEW_REGISTER,
        "retrieve": Right.VIEW_REGISTER,
        "create": Right.MANAGE_REGISTER,
        "partial_update": Right.MANAGE_REGISTER,
        "reveal": Right.VIEW_CONTACTS,
    }

    def get_serializer_class(self) -> type[serializers.ModelSerializer[Enterprise]]:
        return EnterpriseSerializer if self.action == "list" else EnterpriseDetailSerializer

    def prepared(self, rows: Any) -> QuerySet[Any]:
        """With facts, places and duties of today as JSON, so that a page costs one query."""
        user, day = self.request.user, clock.today()
        facts = EnterpriseFact.objects.visible_to(user).on(day).filter(enterprise=OuterRef("pk"))
        places = ChainMembership.objects.visible_to(user).on(day).filter(enterprise=OuterRef("pk"))
        duties = Responsibility.objects.visible_to(user).on(day).filter(enterprise=OuterRef("pk"))
        since = F("term__startswith")
        return rows.live().annotate(
            facts_today=Subquery(facts.values(as_json=facts_json(user, since=since))[:1]),
            places_today=ArraySubquery(
                places.order_by("chain_id", "node__number").values(
                    as_json=JSONObject(chain="chain_id", node="node_id", name="node__name", since=since)
                )
            ),
            duties_today=ArraySubquery(
                duties.order_by("role", "chain_id").values(
                    as_json=JSONObject(post="post_id", role="role", title="post__title", chain="chain_id", since=since)
                )
            ),
        )

    def batch(self, rows: Sequence[Any]) -> dict[str, Any]:
        return contact_cards(self.actor, [row.pk for row in rows])  # type: ignore[return-value]

    @extend_schema(request=EnterpriseNew, responses={201: EnterpriseDetailSerializer})
    def create(self, request: Request) -> Response:
        """Enter an enterprise as a candidate of a station. Sent twice under one UUID, it is one enterprise."""
        row = register_enterprise(actor=self.actor, **self.given(EnterpriseNew))
        return self.answer(row.pk, 201)

    @extend_schema(request=EnterpriseChange, responses=EnterpriseDetailSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct undated fields of the version that was read."""
        row = self.get_object()
        save_enterprise(actor=self.actor, enterprise=row, **self.given(EnterpriseChange))
        return self.answer(row.pk)

    @extend_schema(request=RevealInput, responses=ContactSerializer)
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: str) -> Response:
        """Look at one contact of the enterprise; it is shown for the rest of the day. Each look is put on record."""
        row = self.get_object()
        given = self.given(RevealInput)
        contacts = EnterpriseContact.objects.visible_to(request.user).filter(enterprise=row)
        contact = contacts.select_related("enterprise__station__union").filter(pk=given.pop("contact")).first()
        if contact is None:
            raise serializers.ValidationError({"contact": [UNKNOWN]})
        reveal_contact(actor=self.actor, contact=contact, **given)
        cards = contact_cards(self.actor, [row.pk])[row.pk]
        return Response(ContactSerializer(next(card for card in cards if card.id == contact.pk)).data)
