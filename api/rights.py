"""The API's door: an action without a declared right is refused."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class DeclaredRight(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return False
