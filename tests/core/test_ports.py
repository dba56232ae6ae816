"""A port that is taken is told before anything else starts."""

import socket

import pytest
from django.core.management import CommandError

from crm.core.ports import require_free


def test_a_taken_port_is_named_and_a_free_one_passes() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port}"):
            require_free(port)
    require_free(port)


def test_a_port_whose_server_has_just_ended_is_free() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client, server.accept()[0] as accepted:
            accepted.shutdown(socket.SHUT_RDWR)  # the server's side closes first and stays in TIME_WAIT
            client.recv(1)
    require_free(port)
