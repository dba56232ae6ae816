"""`manage.py api_token USER`: a token for another system's account, shown once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.services import service
from stations.selectors import posts_of


@service
def issue_token(*, user: User) -> str:
    """A new token of the account; the journal says so, the database keeps only its hash."""
    _row, token = user.auth_token_set.create()  # type: ignore[attr-defined]  # knox, without types
    journal.record(actor=None, verb="issue_token", obj=user)
    return token


@service
def revoke_tokens(*, user: User) -> int:
    """Make all tokens of the account worthless."""
    count, _by_model = user.auth_token_set.all().delete()  # type: ignore[attr-defined]  # knox, without types
    journal.record(actor=None, verb="revoke_tokens", obj=user, changes={"tokens": [count, 0]})
    return count


class Command(BaseCommand):
    help = "Make a token for another system's account (it must hold an API consumer's post today), or revoke all of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the account's user name")
        parser.add_argument("--revoke", action="store_true", help="revoke all tokens of the account")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).select_related("person").first()
        if user is None:
            raise CommandError(f"There is no account “{options['user']}”.")
        if options["revoke"]:
            self.stdout.write(f"Revoked: {revoke_tokens(user=user)}")
            return
        if not user.is_active or user.person is None or not user.person.is_service:
            raise CommandError(f"“{user.username}” is no open account of another system.")
        if not any(post.role == Role.API_CONSUMER for post in posts_of(user, clock.today())):
            raise CommandError(f"“{user.username}” holds no API consumer's post today.")
        self.stdout.write(issue_token(user=user))
        self.stderr.write("This is shown once. Send it as:  Authorization: Token <token>")
