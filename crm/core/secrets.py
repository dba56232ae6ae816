"""A secret of this installation, made at first use, readable by its owner alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def local_secret(path: Path) -> str:
    """The secret kept in the file; two processes that make it at once agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        with suppress(FileExistsError):  # another process was first: then its secret holds
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()
