"""The type of a request behind the door: its user is signed in (`crm.access.middleware` saw to it)."""

from django.http import HttpRequest

from crm.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request whose user is an account."""

    user: User
