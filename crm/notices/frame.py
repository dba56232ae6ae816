"""What a job stands in: a request of its own for journal and rights, the site's language, and for most the rights of a user.

A job runs long after it was sent off. So it carries ids, never rows, and whoever it works for is asked for afresh: the
rights are those of this moment, and for an account that has been closed meanwhile nothing happens.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

from django.conf import settings
from django.utils import translation

from crm.access.grants import grants_of, one_request
from crm.accounts.models import User
from crm.core import journal

P = ParamSpec("P")


@contextmanager
def frame() -> Iterator[None]:
    """One request: its id in the journal, its grants resolved once, texts in the language of the site."""
    token = journal.request_id.set(uuid.uuid4().hex)
    try:
        with one_request(), translation.override(settings.LANGUAGE_CODE):
            yield
    finally:
        journal.request_id.reset(token)


def framed(function: Callable[P, None]) -> Callable[P, None]:
    """A job of the system."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with frame():
            function(*args, **kwargs)

    return run


def as_user(function: Callable[..., None]) -> Callable[..., None]:
    """A job with the rights that the user has when it runs; for a closed account it does nothing.

    It is sent off with `user_id`, the function gets the user in front of its other arguments.
    """

    @wraps(function)
    def run(*, user_id: int, **kwargs: Any) -> None:
        with frame():
            user = User.objects.select_related("person").filter(pk=user_id).first()
            if user is not None and grants_of(user) is not None:  # also brings the grants to this day
                function(user, **kwargs)

    return run
