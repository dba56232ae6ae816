"""Django's PostgreSQL backend, which starts our private server at the first connection and not before."""

from typing import Any

from django.core.management.base import CommandError
from django.db.backends.postgresql import base

from . import PostgresError, ensure_server


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks for the server named in the setting `SERVER` and connects to wherever that one listens."""

    def get_connection_params(self) -> dict[str, Any]:
        """Django's parameters, with the server's own socket as host."""
        try:
            server = ensure_server(self.settings_dict["SERVER"])
        except PostgresError as error:
            raise CommandError(str(error)) from error  # a command prints it as one line
        return super().get_connection_params() | {"host": server.socket_folder}
