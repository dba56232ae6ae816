"""Whether the address that a server wants is free."""

import socket

from django.core.management import CommandError
from django.utils.translation import gettext as _


def require_free(port: int, host: str = "127.0.0.1") -> None:
    """Return when a server can listen at the address; raise CommandError, naming the way out, when another one does."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that has just ended is no hindrance
        try:
            trial.bind((host, port))
            trial.listen(1)
        except OSError as error:
            raise CommandError(
                _("%(host)s:%(port)s is taken by another program. Stop that program, then try again. (%(reason)s)")
                % {"host": host, "port": port, "reason": error.strerror}
            ) from error
