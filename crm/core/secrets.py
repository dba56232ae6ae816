"""A secret of this installation, readable by its owner alone; and secret addresses, of which only the hash is kept."""

import hashlib
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


def secret_address() -> tuple[str, str]:
    """(what is shown once, what is kept): 256 random bits for an address, and their hash."""
    shown = secrets.token_urlsafe(32)
    return shown, kept_of(shown)


def kept_of(shown: str) -> str:
    """The hash under which a secret address is kept. It needs no salt: nobody guesses 256 bits."""
    return hashlib.sha256(shown.encode()).hexdigest()
