"""Tokens of other systems: knox's, hashed at rest, revocable, without an end of their own."""

from binascii import Error as NoHex
from hmac import compare_digest
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import get_token_model
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed


class ServiceToken(TokenAuthentication):
    """`Authorization: Token …`; one query. What is no token is refused, whatever its bytes."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        try:
            text = token.decode("ascii")
            digest = hash_token(text)
        except (UnicodeDecodeError, TypeError, ValueError, NoHex) as error:
            raise AuthenticationFailed(_("Sign in or send a valid token")) from error
        rows = get_token_model().objects.filter(token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH])
        for row in rows.select_related("user__person"):
            if compare_digest(digest, row.digest):
                return self.validate_user(row)
        raise AuthenticationFailed(_("Sign in or send a valid token"))


class ServiceTokenScheme(OpenApiAuthenticationExtension):
    """How the schema names it."""

    target_class = "api.tokens.ServiceToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return build_bearer_security_scheme_object(header_name="Authorization", token_prefix="Token")  # noqa: S106
