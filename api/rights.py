"""The API's door: an action without a declared right is refused."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from crm.access.declared import PUBLIC, Open
from crm.access.roles import Right
from crm.access.scope import holds


def right_of(view: Any) -> Right | Open | None:
    """What the view's action has declared: `action_rights[action]` of a viewset, else the view's `declared_right`."""
    table = getattr(view, "action_rights", None)
    if table is None:
        return getattr(view, "declared_right", None)
    return table.get(view.action)


class DeclaredRight(BasePermission):
    """Somebody signed in who holds the action's right on anything; rows are scoped by the view and by the services."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if getattr(view, "action", "") is None or str(request.method).lower() not in view.http_method_names:
            return True  # no such method at this address: DRF answers 405
        right = right_of(view)
        if right is None:
            return False
        if right == PUBLIC:
            return True
        if not request.user.is_authenticated:
            return False
        return isinstance(right, Open) or holds(request.user, right)
