"""Errors as problem+json (RFC 9457)."""

from typing import Any

from rest_framework.response import Response


def as_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    return None
