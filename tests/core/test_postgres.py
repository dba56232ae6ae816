"""The private server: started once, shared, stopped by the last user, up again after every kind of death."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from crm.core.postgres import binaries
from crm.core.postgres.server import Server

ROOT = Path(__file__).parents[2]

# A second user of a server: says that it has joined, then leaves when told to (or is killed).
NEIGHBOUR = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from crm.core.postgres.server import Server
server = Server(Path(sys.argv[2]), durable=False)
server.join()
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's owner can reach, which pytest's own is not for `nobody`."""
    path = Path(tempfile.mkdtemp(prefix="lianlian-test-", dir="/tmp"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    server = Server(folder / "cluster", durable=False)
    yield server
    server.leave()
    server.stop()


@pytest.fixture
def durable_server(folder: Path) -> Iterator[Server]:
    server = Server(folder / "cluster", durable=True)
    yield server
    server.leave()
    server.stop()


def ask(server: Server, question: str) -> object:
    """One value from the server, asked as the application would."""
    with psycopg.connect(host=server.socket_folder, port=5432, user="lianlian", dbname="lianlian") as connection:
        cursor = connection.execute(question)
        while cursor.nextset():  # the last statement's answer
            pass
        row = cursor.fetchone()
    return row and row[0]


def neighbour(server: Server) -> subprocess.Popen[str]:
    """Another process that uses the same server; returns after it has joined."""
    process = subprocess.Popen(
        [sys.executable, "-c", NEIGHBOUR, str(ROOT), str(server.home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    process.stdout.readline()
    return process


def wait_for_keeper(server: Server) -> None:
    """Return when the keeper has ended, that is, after it has stopped the server."""
    with (server.home / "keeper").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)


def test_it_starts_serves_chinese_to_an_ordinary_role_and_stops(server: Server) -> None:
    assert not server.answers()
    server.join()
    assert ask(server, "SELECT current_setting('listen_addresses')") == ""
    assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert ask(server, "CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist; SELECT 1") == 1
    assert ask(server, "SELECT cardinality(show_trgm('联链服务站'))") == 6
    assert Path(server.socket_folder).stat().st_mode & 0o777 == 0o700
    assert server.data.stat().st_mode & 0o777 == 0o700
    socket_folder = server.socket_folder
    server.leave()
    assert not server.answers()
    assert not Path(socket_folder).exists()


@pytest.mark.parametrize("durable", [True, False])
def test_only_the_demo_is_durable(folder: Path, durable: bool) -> None:
    server = Server(folder / "cluster", durable=durable)
    server.join()
    state = "on" if durable else "off"
    assert [ask(server, f"SHOW {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")] == [state] * 3
    server.leave()


def test_what_was_committed_is_there_after_a_stop(server: Server) -> None:
    server.join()
    ask(server, "CREATE TABLE note AS SELECT 7 AS n; SELECT 1")
    server.leave()
    server.join()
    assert ask(server, "SELECT n FROM note") == 7


def test_two_processes_share_one_server_and_the_last_one_stops_it(server: Server) -> None:
    other = neighbour(server)
    pid = server.pid
    server.join()
    assert server.pid == pid
    other.communicate()
    assert server.answers()
    server.leave()
    assert server.pid is None


def test_a_process_that_leaves_first_does_not_stop_it_for_the_other(server: Server) -> None:
    server.join()
    other = neighbour(server)
    server.leave()
    assert server.answers()
    other.communicate()
    assert server.pid is None


def test_the_keeper_stops_it_when_the_last_user_is_killed(server: Server) -> None:
    other = neighbour(server)
    other.kill()
    other.communicate()
    wait_for_keeper(server)
    assert server.pid is None


def test_it_stops_even_when_the_keeper_was_killed(server: Server) -> None:
    server.join()
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        words = process.read_bytes().split(b"\0")
        if os.fsencode(server.home) in words:
            os.kill(int(process.parent.name), signal.SIGKILL)
    wait_for_keeper(server)
    assert server.answers()
    server.leave()
    assert server.pid is None


def test_it_comes_back_after_the_server_was_killed(durable_server: Server) -> None:
    server = durable_server  # the fast one may lose its last commits
    server.join()
    ask(server, "CREATE TABLE note AS SELECT 7 AS n; SELECT 1")
    killed = server.pid
    assert killed
    os.kill(killed, signal.SIGKILL)
    while server.pid == killed:  # it takes the kernel a moment
        pass
    server.join()
    assert server.pid != killed
    assert ask(server, "SELECT n FROM note") == 7


def test_it_comes_back_when_the_stale_pid_is_somebody_elses_by_now(server: Server) -> None:
    server.join()
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.leave()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    shutil.chown(pid_file, server.data.stat().st_uid)
    assert server.pid is None
    server.join()
    assert ask(server, "SELECT 1") == 1


def test_it_comes_back_when_its_socket_was_swept_away(server: Server) -> None:
    server.join()
    shutil.rmtree(server.socket_folder)
    server.join()
    assert ask(server, "SELECT 1") == 1


def test_a_disposable_cluster_that_is_broken_is_made_anew(server: Server) -> None:
    server.join()
    server.leave()
    (server.data / "global" / "pg_control").unlink()
    server.join()
    assert ask(server, "SELECT 1") == 1


def test_a_durable_cluster_that_is_broken_is_left_alone_and_says_why(folder: Path) -> None:
    server = Server(folder / "cluster", durable=True)
    server.join()
    server.leave()
    (server.data / "global" / "pg_control").unlink()
    with pytest.raises(binaries.PostgresError, match="does not start: .*pg_control"):
        server.join()
    assert (server.data / "base").exists()
    server.leave()


def test_an_interrupted_creation_is_begun_again(server: Server) -> None:
    server.home.mkdir()
    if person := binaries.owner():
        os.chown(server.home, person.pw_uid, person.pw_gid)
    (server.home / "partial").mkdir()
    server.join()
    assert ask(server, "SELECT 1") == 1


def test_a_deep_path_with_a_space_and_chinese(folder: Path) -> None:
    home = folder / "下载 files" / ("very-long-folder-name-" * 5) / "联链 project" / "cluster"
    home.parent.mkdir(parents=True)
    server = Server(home, durable=False)
    server.join()
    assert ask(server, "SELECT 1") == 1
    server.leave()


def test_remove_refuses_while_somebody_uses_it(server: Server) -> None:
    other = neighbour(server)
    with pytest.raises(binaries.PostgresError, match="in use"):
        server.remove()
    other.communicate()
    server.remove()
    assert not server.home.exists()


@pytest.fixture
def no_binaries(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine where no program answers."""
    monkeypatch.setattr(binaries, "run_as_owner", lambda *_, **__: SimpleNamespace(stdout=""))
    binaries.find_binaries.cache_clear()
    yield
    binaries.find_binaries.cache_clear()


def test_without_binaries_it_says_what_to_install(no_binaries: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIANLIAN_PG_BIN", raising=False)
    monkeypatch.setattr(binaries, "_wheel", list)
    with pytest.raises(binaries.PostgresError, match="apt-get install postgresql") as refusal:
        binaries.find_binaries()
    assert "\n" not in str(refusal.value)


def test_a_wrong_choice_of_binaries_is_named(no_binaries: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANLIAN_PG_BIN", "/nowhere")
    with pytest.raises(binaries.PostgresError, match="LIANLIAN_PG_BIN=/nowhere"):
        binaries.find_binaries()
