"""Errors as problem+json (RFC 9457), in the user's language, with the messages of each field."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as ServiceError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

# code → (status, title). The code is the last part of the problem's type; clients may rely on it.
KINDS: dict[str, tuple[int, Any]] = {
    "malformed": (status.HTTP_400_BAD_REQUEST, _("The request cannot be read")),
    "invalid": (status.HTTP_400_BAD_REQUEST, _("Something in the request is wrong")),
    "not-authenticated": (status.HTTP_401_UNAUTHORIZED, _("Sign in or send a valid token")),
    "forbidden": (status.HTTP_403_FORBIDDEN, _("Your post does not do this")),
    "not-found": (status.HTTP_404_NOT_FOUND, _("There is no such row")),
    "method-not-allowed": (status.HTTP_405_METHOD_NOT_ALLOWED, _("This address does not know the method")),
    "not-acceptable": (status.HTTP_406_NOT_ACCEPTABLE, _("The answer comes as JSON only")),
    "conflict": (status.HTTP_409_CONFLICT, _("Somebody else was faster, or the number was used before")),
    "too-large": (status.HTTP_413_REQUEST_ENTITY_TOO_LARGE, _("The request is too large")),
    "unsupported-media-type": (status.HTTP_415_UNSUPPORTED_MEDIA_TYPE, _("Send JSON (Content-Type: application/json)")),
    "too-many-requests": (status.HTTP_429_TOO_MANY_REQUESTS, _("Too many requests")),
}
GENERAL = "general"  # the key of messages that belong to no field


_CODE_OF: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ParseError, "malformed"),
    (exceptions.AuthenticationFailed, "not-authenticated"),
    (exceptions.NotAuthenticated, "not-authenticated"),
    (exceptions.PermissionDenied, "forbidden"),
    (PermissionDenied, "forbidden"),
    (exceptions.NotFound, "not-found"),
    (Http404, "not-found"),
    (exceptions.MethodNotAllowed, "method-not-allowed"),
    (exceptions.NotAcceptable, "not-acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported-media-type"),
    (RequestDataTooBig, "too-large"),
    (exceptions.Throttled, "too-many-requests"),
)


class ProblemRenderer(JSONRenderer):
    media_type = "application/problem+json"


class Problem(serializers.Serializer[Any]):
    """The shape of every error."""

    type = serializers.CharField(help_text="urn:lianlian:problem:<code>")
    title = serializers.CharField()
    status = serializers.IntegerField()
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Messages by field (nested ones with a dot); `general` for those of no field.",
    )


def as_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer for an error that is the client's; None for ours (a server error). DRF's exception handler."""
    found = _kind(error)
    if found is None:
        return None
    code, errors = found
    number, title = KINDS[code]
    body: dict[str, Any] = {"type": f"urn:lianlian:problem:{code}", "title": str(title), "status": number}
    if errors:
        body["errors"] = errors
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    request = context.get("request")
    if request is not None:  # whatever the view renders usually, a problem is JSON
        request.accepted_renderer, request.accepted_media_type = ProblemRenderer(), ProblemRenderer.media_type
    return Response(body, status=number, headers=headers)


def _kind(error: Exception) -> tuple[str, dict[str, list[str]]] | None:
    """(code, messages by field) of a client's error."""
    if isinstance(error, ServiceError):
        return ("conflict" if _conflicts(error) else "invalid"), _of_service(error)
    if isinstance(error, exceptions.ValidationError):
        return "invalid", dict(_flat(error.detail))
    for kind, code in _CODE_OF:
        if isinstance(error, kind):
            return code, {}
    return None


def _conflicts(error: ServiceError) -> bool:
    return (
        any(one.code == "conflict" for one in error.error_list)
        if not hasattr(error, "error_dict")
        else any(one.code == "conflict" for errors in error.error_dict.values() for one in errors)
    )


def _of_service(error: ServiceError) -> dict[str, list[str]]:
    if not hasattr(error, "error_dict"):
        return {GENERAL: [_plain(message) for message in error.messages]}
    return {
        (GENERAL if name == NON_FIELD_ERRORS else name): [_plain(message) for message in messages]
        for name, messages in error.message_dict.items()
    }


def _flat(detail: Any, path: str = "") -> Iterable[tuple[str, list[str]]]:
    """(dotted field, messages) of the nested errors of serializers."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            part = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(filter(None, (path, part))))
    elif isinstance(detail, list) and any(isinstance(one, (dict, list)) for one in detail):
        for place, inner in enumerate(detail):
            if inner:
                yield from _flat(inner, ".".join(filter(None, (path, str(place)))))
    elif detail:
        yield _plain(path) or GENERAL, [_plain(one) for one in (detail if isinstance(detail, list) else [detail])]


def _plain(message: Any) -> str:
    """A message as it can be sent: it may quote what the client sent, half characters included."""
    return str(message).encode("utf-8", "replace").decode()
