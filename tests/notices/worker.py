"""A real worker on this process's test database."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def environment(**more: str) -> dict[str, str]:
    """For a process of the product that works on the database of this test."""
    to = connection.get_connection_params()
    place = urlencode({name: to[name] for name in ("host", "port") if name in to})
    return {**os.environ, "DATABASE_URL": f"postgres://{to['user']}@/{to['dbname']}?{place}", **more}


def start(*options: str, program: str = "manage.py", stderr: int | None = None, **more: str) -> subprocess.Popen[bytes]:
    """A worker; whoever starts it ends it."""
    command = [sys.executable, str(ROOT / program), "work", *options]
    return subprocess.Popen(command, env=environment(**more), cwd=ROOT, stderr=stderr)


def once(**more: str) -> str:
    """Let a worker do what is in the queue; returns what it complained of. AssertionError when it fails."""
    worker = start("--once", stderr=subprocess.PIPE, **more)
    _out, complaint = worker.communicate(timeout=120)
    assert worker.returncode == 0, complaint.decode()
    return complaint.decode()
