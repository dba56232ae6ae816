"""OpenAPI: the schema of all operations, each with the problem that it may answer."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication

from api.problems import Problem, ProblemRenderer
from api.rights import DeclaredRight
from api.tokens import ServiceToken
from crm.access.declared import SIGNED_IN


class ApiSchema(AutoSchema):
    """Adds the common error to every operation."""

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)  # type: ignore[no-untyped-call]
        bodies["default"] = self._get_response_for_code(  # type: ignore[no-untyped-call]
            Problem, "default", [ProblemRenderer.media_type], direction
        )
        return bodies


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView):
    """The OpenAPI document, for whoever is signed in."""

    declared_right = SIGNED_IN
    permission_classes = [DeclaredRight]
    authentication_classes = [ServiceToken, SessionAuthentication]
