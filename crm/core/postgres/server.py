"""A private PostgreSQL server: made on first use, shared by processes, stopped after its last user. Standard library only.

Three lock files say who does what, and the kernel frees them however a process ends:
`users`  is held shared by every process that uses the server;
`gate`   is held while one joins or leaves, so that only one process starts the server;
`keeper` is held by a small process that waits for `users` to be free and then stops the server.
"""

import atexit
import fcntl
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

if __package__:
    from .binaries import PostgresError, find_binaries, owner, run_as_owner
else:  # the keeper runs this file by its path, without Django and without the project on its path
    sys.path.insert(0, str(Path(__file__).parent))
    from binaries import PostgresError, find_binaries, owner, run_as_owner  # type: ignore[import-not-found,no-redef]

ROLE = "lianlian"
PORT = "5432"  # only names the socket: the server never listens on TCP
PATIENCE = 60  # seconds for a server to come up, recovery included
SOCKET_PREFIX = "lianlian-"
LONGEST_SOCKET_FOLDER = 107 - len(f"/.s.PGSQL.{PORT}") - len(SOCKET_PREFIX) - 16

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "dynamic_shared_memory_type": "mmap",  # containers may give only 64 MB of /dev/shm
    "jit": "off",
    "log_error_verbosity": "terse",  # a refused row's values are personal data: keep them out of the log
    "log_min_error_statement": "panic",
}
UNSAFE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "256MB",
}


class Server:
    """One cluster in one folder. `durable` servers keep what is committed; others are fast and may be made anew."""

    def __init__(self, home: Path, *, durable: bool) -> None:
        self.home = home
        self.durable = durable
        self._thread_lock = threading.Lock()
        self._membership: int | None = None

    @property
    def data(self) -> Path:
        """The cluster's data folder. It appears complete or not at all."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server itself has to say."""
        return self.home / "server.log"

    @property
    def socket_folder(self) -> str:
        """Where clients find the running server."""
        return self._pid_file()[4]

    @property
    def pid(self) -> int | None:
        """The running server's process id, or None. A stale file after a kill does not count."""
        with suppress(OSError, ValueError, IndexError):
            pid = int(self._pid_file()[0])
            os.kill(pid, 0)
            command = Path(f"/proc/{pid}/cmdline")  # the number may belong to somebody else by now
            if not command.exists() or os.fsencode(self.data) in command.read_bytes():
                return pid
        return None

    def answers(self) -> bool:
        """Whether a client can connect."""
        with suppress(OSError, IndexError), socket.socket(socket.AF_UNIX) as client:
            if self._pid_file()[7].strip() == "ready" and self.pid:
                client.connect(f"{self.socket_folder}/.s.PGSQL.{PORT}")
                return True
        return False

    def join(self) -> None:
        """Make this process a user of the server, starting it when it is not running. Cheap when it is."""
        with self._thread_lock:
            if self._membership is not None and self.answers():
                return
            self._make_home()
            with _lock(self.home / "gate", fcntl.LOCK_EX):
                if self._membership is None:
                    self._membership = _open(self.home / "users")
                    fcntl.flock(self._membership, fcntl.LOCK_SH)  # waits for a keeper that is just stopping it
                    atexit.register(self._leave_at_exit, os.getpid())
                if not self.answers():
                    self._start()
                self._appoint_keeper()

    def leave(self) -> None:
        """Stop being a user. Returns after the server has stopped when this was the last one."""
        with self._thread_lock:
            if self._membership is None:
                return
            with _lock(self.home / "gate", fcntl.LOCK_EX):
                os.close(self._membership)
                self._membership = None
                users = self.home / "users"
                if _free(users, fcntl.LOCK_EX) or not _free(users, fcntl.LOCK_SH):  # nobody left, or keeper at work
                    with _lock(self.home / "keeper", fcntl.LOCK_SH):
                        self.stop()  # normally done by now; the keeper may have been killed

    def remove(self) -> None:
        """Delete the cluster with all its data. Refuses while anybody uses it."""
        if not self.home.exists():
            return
        with _lock(self.home / "gate", fcntl.LOCK_EX):
            if not _free(self.home / "users", fcntl.LOCK_EX):
                raise PostgresError(f"{self.home} is in use; stop the demo or the tests first.")
            self.stop()
            shutil.rmtree(self.home)

    def stop(self) -> None:
        """Stop the server whoever uses it. Everyday code joins and leaves instead."""
        if pid := self.pid:
            folder = self.socket_folder
            for sign in (signal.SIGINT, signal.SIGQUIT):  # fast, then immediate
                with suppress(ProcessLookupError):
                    os.kill(pid, sign)
                if _wait(lambda: not self.pid):
                    break
            shutil.rmtree(folder, ignore_errors=True)

    def _leave_at_exit(self, process: int) -> None:
        if os.getpid() == process:  # a forked child shares the membership and must not end it
            self.leave()

    def _pid_file(self) -> list[str]:
        return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()

    def _make_home(self) -> None:
        self.home.parent.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.home.parent, self.home):
            if not folder.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
                _give(folder)

    def _start(self) -> None:
        _wait(lambda: self.answers() or not self.pid or self._is_cut_off(), PATIENCE)  # it may be recovering
        if self.answers():
            return
        self.stop()  # it may have lost its socket to a sweep of /tmp
        self._sweep()
        if not self.data.exists():
            self._create()
        complaint = self._launch()
        if complaint and not self.durable:
            shutil.rmtree(self.data)
            self._create()
            complaint = self._launch()
        if complaint:
            raise PostgresError(f"PostgreSQL does not start: {complaint} (see {self.log})")

    def _is_cut_off(self) -> bool:
        """Whether the server calls itself ready and yet has no socket: something swept it away."""
        with suppress(OSError, IndexError):
            ready = self._pid_file()[7].strip() == "ready"
            return ready and not Path(self.socket_folder, f".s.PGSQL.{PORT}").exists()
        return False

    def _sweep(self) -> None:
        """Remove what a killed server left: its socket folder and a pid file that may name somebody else's process."""
        with suppress(OSError, IndexError):
            folder = Path(self.socket_folder)
            if folder.name.startswith(SOCKET_PREFIX):
                shutil.rmtree(folder, ignore_errors=True)
            (self.data / "postmaster.pid").unlink()

    def _create(self) -> None:
        partial = self.home / "partial"
        shutil.rmtree(partial, ignore_errors=True)
        made = _run(
            "initdb", "-D", str(partial), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
            *([] if self.durable else ["--no-sync"]),
        )  # fmt: skip
        if made.returncode == 0:
            rights = "LOGIN" if self.durable else "LOGIN CREATEDB"  # tests clone databases
            statements = f"CREATE ROLE {ROLE} {rights};\nCREATE DATABASE {ROLE} OWNER {ROLE};\n"
            made = _run(
                "postgres", "--single", "-D", str(partial), "-c", "exit_on_error=on", "postgres", input=statements
            )
        if made.returncode != 0:
            raise PostgresError(f"PostgreSQL cannot make its data folder: {_last_line(made.stderr)} ({self.home})")
        partial.rename(self.data)

    def _launch(self) -> str:
        """Start the server; return its complaint, empty when it is up."""
        settings = SETTINGS | {"unix_socket_directories": _socket_folder()} | ({} if self.durable else UNSAFE)
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
        command = ("-D", str(self.data), "-w", "-t", str(PATIENCE), "-l", str(self.log), "-o", options, "start")
        orphans = time.monotonic() + 10  # the killed server's sessions may take a moment to notice
        while True:
            position = self.log.stat().st_size if self.log.exists() else 0
            started = _run("pg_ctl", *command)
            if started.returncode == 0:
                return ""
            complaint = ""
            if self.log.exists():
                complaint = self.log.read_bytes()[position:].decode(errors="replace")
            if "shared memory block" not in complaint or time.monotonic() > orphans:
                shutil.rmtree(settings["unix_socket_directories"], ignore_errors=True)
                fatal = [line for line in complaint.splitlines() if "FATAL" in line]
                return fatal[-1] if fatal else _last_line(started.stderr)
            time.sleep(0.1)

    def _appoint_keeper(self) -> None:
        keeper = _open(self.home / "keeper")
        try:
            fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # there is one
        else:  # the lock goes over to the child with the open file
            subprocess.run(
                [sys.executable, "-I", "-S", __file__, str(self.home)], pass_fds=[keeper], cwd="/", check=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        finally:
            os.close(keeper)


def keep(home: Path) -> None:
    """Wait in the background until no process uses the server in `home`, then stop it."""
    if os.fork():
        os._exit(0)
    os.setsid()
    with _lock(home / "users", fcntl.LOCK_EX):
        Server(home, durable=True).stop()


def _run(program: str, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return run_as_owner([str(find_binaries().folder / program), *args], **options)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _lock(path: Path, how: int) -> Iterator[None]:
    handle = _open(path)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _free(path: Path, how: int) -> bool:
    """Whether the lock could be had this moment."""
    try:
        with _lock(path, how | fcntl.LOCK_NB):
            return True
    except BlockingIOError:
        return False


def _wait(condition: Callable[[], object], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _socket_folder() -> str:
    """A new private folder with a short name: a socket's path may have 107 bytes."""
    base = tempfile.gettempdir()
    if owner() or len(os.fsencode(base)) > LONGEST_SOCKET_FOLDER:
        base = "/tmp"
    folder = tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=base)
    _give(Path(folder))
    return folder


def _give(path: Path) -> None:
    if person := owner():
        os.chown(path, person.pw_uid, person.pw_gid)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
