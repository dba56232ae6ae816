"""Sign-in by user name and password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from crm.accounts.models import User

_brought: dict[str, Any] = {}


def bring(name: str, expression: Any) -> None:
    """Let every request's user come with this annotation, in the query that is made anyway.

    For what the frame of each page shows; rooms above call it when they load.
    """
    _brought[name] = expression


class AccountBackend(ModelBackend):
    """Django's own, but a request's user comes with their person and what was asked to be brought, in one query."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("person").annotate(**_brought).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
