"""Pages that do not shift while rows come in: the next page begins after the last row of this one, by its keys."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

MOST = 200
USUAL = 50
BIGGEST = 2**63 - 1


class StableCursor(BasePagination):
    """Forward pages by the view's `cursor_keys`: the primary key, or a day and the primary key.

    A row keeps its place whatever is added or taken away meanwhile: nothing is given twice, nothing is passed over.
    """

    page_size = USUAL
    names = ("cursor", "page_size")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page that the address names. Raises ValidationError on cursor, page_size."""
        self.request, self.keys = request, tuple(getattr(view, "cursor_keys", ("pk",)))
        size = _size(request.query_params.get("page_size", ""))
        cursor = request.query_params.get("cursor", "")
        if cursor:
            queryset = queryset.filter(_after(self.keys, _read(cursor, self.keys)))
        rows = list(queryset.order_by(*self.keys)[: size + 1])
        self.last = rows[size - 1] if len(rows) > size else None
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        """`{next, results}`; `next` is None on the last page."""
        link = None
        if self.last is not None:
            cursor = _write([getattr(self.last, key.lstrip("-")) for key in self.keys])
            link = replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)
        return Response({"next": link, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": {"type": "string", "format": "uri", "nullable": True}, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
                "description": "As `next` of the page before gives it.",
            },
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
            },
        ]


def _size(text: str) -> int:
    if not text:
        return USUAL
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST):
        raise ValidationError({"page_size": [_("A page holds 1 to %(most)d rows.") % {"most": MOST}]})
    return int(text)


def _after(keys: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows that follow the given one: greater by the first key, or equal there and greater by the next, and so on."""
    found, equal = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        name = key.lstrip("-")
        found |= equal & Q(**{f"{name}__{'lt' if key.startswith('-') else 'gt'}": value})
        equal &= Q(**{name: value})
    return found


def _write(values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, dt.date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(cursor: str, keys: Sequence[str]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(keys):
            raise ValueError(cursor)
        return [_value(key, value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise ValidationError({"cursor": [_("No such page.")]}) from error


def _value(key: str, value: Any) -> Any:
    if key.endswith("_on"):
        return dt.date.fromisoformat(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= BIGGEST:
        raise ValueError(value)
    return value
