"""OpenAPI: how every operation is described."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from api.problems import Problem, ProblemRenderer


class ApiSchema(AutoSchema):
    """Adds the common error to every operation."""

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)  # type: ignore[no-untyped-call]
        bodies["default"] = self._get_response_for_code(  # type: ignore[no-untyped-call]
            Problem, "default", [ProblemRenderer.media_type], direction
        )
        return bodies
