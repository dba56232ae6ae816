"""OpenAPI: how every operation is described."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema

from api.problems import Problem, ProblemRenderer

Direction = Literal["request", "response"]


class ApiSchema(AutoSchema):
    """Adds the common error to every operation."""

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        bodies["default"] = self._get_response_for_code(Problem, "default", [ProblemRenderer.media_type], direction)
        return bodies
