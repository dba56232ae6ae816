"""Fields and shapes that the resources share (DEFINITIONS §0.16)."""

from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.pagination import BIGGEST
from crm.core.forms import day_in_reach
from crm.core.outcome import Outcome

MOST_KEYS = 5000  # rows of one bulk act
UNKNOWN = _("Unknown, or outside your scope.")


@extend_schema_field({"type": "integer", "format": "int64"})
class ScopedKey(serializers.PrimaryKeyRelatedField):
    """The id of a row that the user sees. An unknown and an invisible id are the same mistake, word for word."""

    default_error_messages = {"does_not_exist": UNKNOWN, "incorrect_type": UNKNOWN}

    def __init__(self, model: type[Model], *, joined: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.model, self.joined = model, joined
        super().__init__(queryset=model.objects.none(), **kwargs)  # type: ignore[attr-defined]

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.model.objects.visible_to(self.context["request"].user)  # type: ignore[attr-defined]
        return rows.select_related(*self.joined) if self.joined else rows

    def to_internal_value(self, data: Any) -> Any:
        text = str(data) if type(data) is int else data
        if not (isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19):
            self.fail("incorrect_type")
        return super().to_internal_value(int(text))


@extend_schema_field({"type": "array", "items": {"type": "integer", "format": "int64"}, "maxItems": MOST_KEYS})
class ScopedKeys(serializers.ListField):
    """Ids of rows that the user sees, each once; one query."""

    child = serializers.IntegerField(min_value=1, max_value=BIGGEST)

    def __init__(self, model: type[Model], **kwargs: Any) -> None:
        self.model = model
        super().__init__(allow_empty=False, max_length=MOST_KEYS, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        ids = list(dict.fromkeys(super().to_internal_value(data)))
        found = self.model.objects.visible_to(self.context["request"].user).in_bulk(ids)  # type: ignore[attr-defined]
        if len(found) < len(ids):
            missing = [str(pk) for pk in ids if pk not in found][:20]
            raise serializers.ValidationError([f"{UNKNOWN} ({', '.join(missing)})"])
        return [found[pk] for pk in ids]


class Day(serializers.DateField):
    """A day of this century (what comes in; a slip of the year is told at once)."""

    default_validators = [day_in_reach]


class Input(serializers.Serializer[Any]):
    """What comes in: shape only; a field that is not known is refused."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown})
        return super().to_internal_value(data)


class NumberSerializer(serializers.Serializer[Any]):
    """A figure with its unit and qualifier (“4000余 人”)."""

    value = serializers.IntegerField()
    unit = serializers.CharField()
    qualifier = serializers.CharField()


def number(value: int | None, unit: str, qualifier: str = "") -> dict[str, Any] | None:
    """The shape of a figure; None when it is unknown."""
    return None if value is None else {"value": value, "unit": unit, "qualifier": qualifier}


def figure(value: int | None, unit: str, hidden: bool) -> dict[str, Any] | None:
    """The shape of a figure, or of one that is kept from the reader."""
    return {"masked": True, "hint": ""} if hidden else number(value, unit)


MASKED = {
    "oneOf": [
        {"type": "string"},
        {
            "type": "object",
            "required": ["masked", "hint"],
            "properties": {"masked": {"type": "boolean", "enum": [True]}, "hint": {"type": "string"}},
        },
    ]
}


@extend_schema_field(
    {
        "nullable": True,
        "oneOf": [
            {
                "type": "object",
                "required": ["value", "unit", "qualifier"],
                "properties": {
                    "value": {"type": "integer"},
                    "unit": {"type": "string"},
                    "qualifier": {"type": "string"},
                },
            },
            MASKED["oneOf"][1],
        ],
    }
)
class FigureField(serializers.Field[Any, Any, Any, Any]):
    """A figure, `{masked: true, hint}` when it is kept from the reader, null when nobody knows it."""

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(MASKED)
class MaskedField(serializers.Field[Any, Any, Any, Any]):
    """A personal value: whole, or `{masked: true, hint}` without `view_contacts`."""

    def to_representation(self, value: Any) -> Any:
        return value.as_dict()


class TermSerializer(serializers.Serializer[Any]):
    """`[start, end)`: `end` is the first day on which it no longer holds, null while open."""

    start = serializers.DateField(read_only=True)
    end = serializers.DateField(read_only=True, allow_null=True)


class RefusalSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    reason = serializers.CharField()


class OutcomeSerializer(serializers.Serializer[Outcome]):
    """What a bulk act did: rows changed, rows that were so already, rows refused and why."""

    done = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = RefusalSerializer(many=True)
