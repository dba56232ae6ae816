"""Embedded PostgreSQL for demo and tests.

`DATABASES = database_settings()` is all that settings need: nothing starts before the first connection.
There are two servers: "demo" is durable, "test" is fast and disposable. A bench makes durable ones of its own ("bench-…") and
removes them.
"""

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any

from .binaries import CLONE, PostgresError, find_binaries, owner, root_folder
from .server import PORT, ROLE, Server

__all__ = ["Kind", "PostgresError", "Server", "data_folder", "database_settings", "ensure_server"]

Kind = str  # "demo", "test", or "bench-" and a word


def database_settings(kind: Kind = "demo") -> dict[str, dict[str, Any]]:
    """Django's DATABASES for one of our own servers."""
    return {"default": {"ENGINE": __name__, "SERVER": kind, "NAME": ROLE, "USER": ROLE, "PORT": PORT}}


def ensure_server(kind: Kind) -> Server:
    """The running server, started when need be; it stops after the last process that asked for it has ended."""
    server = _server(kind)
    server.join()
    return server


def data_folder() -> Path:
    """Where the clusters lie. Root's are outside the clone, for `nobody` must reach them."""
    if not owner():
        return CLONE / "var" / "pg"
    return root_folder() / hashlib.sha256(os.fsencode(CLONE)).hexdigest()[:16]


@cache
def _server(kind: Kind) -> Server:
    name = f"{kind}-{find_binaries().major}"
    other_day = os.environ.get("LIANLIAN_TODAY")
    if kind == "demo" and other_day:
        name += f"-{other_day}"  # a demo of another day has its own cluster and leaves today's alone
    return Server(data_folder() / name, durable=kind != "test")
