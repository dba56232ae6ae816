"""Forms of sign-in."""

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """User name and password; says one sentence for every way in which they do not fit."""

    error_messages = {
        "invalid_login": _("User name and password do not fit. Mind upper and lower case."),
        "inactive": _("User name and password do not fit. Mind upper and lower case."),
    }
