"""Sign-in by user name and password."""

from django.contrib.auth.backends import ModelBackend

from crm.accounts.models import User


class AccountBackend(ModelBackend):
    """Django's own, but a request's user comes with their person in one query."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("person").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
