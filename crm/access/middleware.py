"""The door: no view without a declared right, no view without the right."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from crm.access.declared import PUBLIC, Open, declared_right
from crm.access.grants import one_request
from crm.access.scope import holds
from crm.core import journal


class DoorMiddleware:
    """Opens one request's grants and checks the declared right before the view runs.

    An API view authenticates itself (tokens), so for it only the declaration is checked here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = journal.request_id.set(uuid.uuid4().hex)
        try:
            with one_request():
                return self.get_response(request)
        finally:
            journal.request_id.reset(token)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        right = declared_right(view)
        if right is None:
            raise Http404
        if right == PUBLIC or hasattr(view, "cls"):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not isinstance(right, Open) and not holds(request.user, right):
            raise PermissionDenied
        return None
