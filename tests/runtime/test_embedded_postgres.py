"""The embedded server among processes that come, go and are killed."""

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from runtime.embedded_postgres import (
    MAJOR_VERSION,
    SERVER_USER,
    EmbeddedPostgres,
    EmbeddedPostgresError,
    default_settings,
    server_version,
)
from tests.support.databases import REPOSITORY

FAST = {"fsync": "off", "shared_buffers": "16MB"}

USER_OF_THE_SERVER = f"""
import sys, time
from pathlib import Path
from runtime.embedded_postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), settings={FAST!r}) as server:
    print(server.uri, flush=True)
    if sys.argv[2] == "stay":
        time.sleep(60)
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that root's server account can reach, which pytest's own folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="arrayan-tests-"))
    yield folder
    shutil.rmtree(folder)


def test_serves_sync_and_async_clients(data_dir: Path) -> None:
    async def ask(uri: str) -> object:
        async with await psycopg.AsyncConnection.connect(uri) as connection:
            return await (await connection.execute("SELECT 2")).fetchone()

    with EmbeddedPostgres(data_dir, settings=FAST) as server:
        assert ask_server(server.uri, "SELECT 1") == 1
        assert asyncio.run(ask(server.uri)) == (2,)


def test_orders_text_by_code_points_in_utf8(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=FAST) as server:
        assert ask_server(server.uri, "SHOW server_encoding") == "UTF8"
        assert ask_server(server.uri, "SELECT 'Z' < 'a' AND 'z' < 'ñ' AND lower('Ñ') = 'ñ'") is True


def test_keeps_what_was_committed_and_joins_given_settings_to_its_own(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.uri) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('arrayán')")
    with EmbeddedPostgres(data_dir, settings={"work_mem": "7MB"}) as server:
        assert ask_server(server.uri, "SELECT word FROM kept") == "arrayán"
        assert ask_server(server.uri, "SHOW work_mem") == "7MB"
        assert ask_server(server.uri, "SHOW jit") == "off"
        assert ask_server(server.uri, "SHOW fsync") == "on"
        assert ask_server(server.uri, "SHOW synchronous_commit") == "on"


def test_default_settings_leave_durability_alone() -> None:
    assert not default_settings().keys() & {"fsync", "synchronous_commit", "full_page_writes"}


def test_last_user_stops_the_server(data_dir: Path) -> None:
    first, second = EmbeddedPostgres(data_dir, settings=FAST), EmbeddedPostgres(data_dir, settings=FAST)
    assert first.start() == second.start() == first.start()
    pid = server_pid(data_dir)
    first.stop()
    assert ask_server(second.uri, "SELECT 1") == 1
    second.stop()
    second.stop()
    assert not is_alive(pid)


def test_other_process_keeps_the_server_when_we_leave(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=FAST) as server:
        uri = server.uri
        other = start_user(data_dir, "stay")
    pid = server_pid(data_dir)
    assert ask_server(uri, "SELECT 1") == 1
    other.terminate()
    assert other.wait(20) == 128 + signal.SIGTERM
    assert not is_alive(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stops_the_server_when_interrupted(data_dir: Path, number: signal.Signals) -> None:
    user = start_user(data_dir, "stay")
    pid = server_pid(data_dir)
    user.send_signal(number)
    user.wait(20)
    assert not is_alive(pid)


@pytest.mark.parametrize("delay", [0.0, 0.2, 0.4])
def test_leaves_nothing_running_when_interrupted_during_the_start(data_dir: Path, delay: float) -> None:
    user = spawn_user(data_dir, "stay")
    wait_for(data_dir / "users.lock")
    time.sleep(delay)
    user.send_signal(signal.SIGINT)
    user.wait(20)
    assert not servers_in(data_dir)
    with EmbeddedPostgres(data_dir, settings=FAST) as server:
        assert ask_server(server.uri, "SELECT 1") == 1


def test_takes_over_the_server_of_a_killed_process(data_dir: Path) -> None:
    killed = start_user(data_dir, "stay")
    killed.kill()
    killed.wait(20)
    pid = server_pid(data_dir)
    assert is_alive(pid)
    with EmbeddedPostgres(data_dir, settings=FAST) as server:
        assert ask_server(server.uri, "SELECT 1") == 1
        assert server_pid(data_dir) == pid
    assert not is_alive(pid)


def test_starts_again_after_the_server_was_killed(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=FAST) as server:
        with psycopg.connect(server.uri) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        os.kill(server_pid(data_dir), signal.SIGKILL)
        time.sleep(0.5)
    with EmbeddedPostgres(data_dir, settings=FAST) as server:
        assert ask_server(server.uri, "SELECT number FROM kept") == 1


def test_is_not_misled_by_a_pid_file_that_names_a_stranger(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=FAST):
        pid_file = (data_dir / "data" / "postmaster.pid").read_text()
    stranger = subprocess.Popen(["sleep", "60"], user=server_owner(data_dir))
    try:
        _, _, rest = pid_file.partition("\n")
        (data_dir / "data" / "postmaster.pid").write_text(f"{stranger.pid}\n{rest}")
        with EmbeddedPostgres(data_dir, settings=FAST) as server:
            assert ask_server(server.uri, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_many_processes_start_at_once(data_dir: Path) -> None:
    users = [spawn_user(data_dir, "leave") for _ in range(6)]
    outputs = [user.communicate(timeout=60)[0] for user in users]
    assert [user.returncode for user in users] == [0] * 6
    assert len(set(outputs)) == 1
    assert not servers_in(data_dir)


def test_forked_child_does_not_stop_the_server(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=FAST) as server:
        child = os.fork()
        if child == 0:
            server.stop()
            os._exit(0)
        os.waitpid(child, 0)
        assert ask_server(server.uri, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["deep/" * 40 + "end", 'it\'s a, "b" $c `d` %e\\f &ñ'])
def test_takes_any_path(data_dir: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = data_dir / "tmp"
    sockets.mkdir()
    sockets.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(sockets))
    for _ in range(2):
        with EmbeddedPostgres(data_dir / name, settings=FAST) as server:
            assert ask_server(server.uri, "SELECT 1") == 1
            assert len(list(sockets.iterdir())) == 1
    assert list(sockets.iterdir()) == []


def test_clears_what_an_interrupted_first_start_left(data_dir: Path) -> None:
    (data_dir / "data.new-1234").mkdir()
    with EmbeddedPostgres(data_dir, settings=FAST):
        assert sorted(path.name for path in data_dir.iterdir()) == ["data", "start.lock", "users.lock"]


def test_closes_its_socket_to_other_users(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=FAST):
        assert (data_dir / "data").stat().st_mode & 0o077 == 0


def test_refuses_the_folder_of_another_major_version(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=FAST):
        pass
    (data_dir / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresError, match=r"was made by PostgreSQL 16, .* ARRAYAN_DATA_DIR"):
        EmbeddedPostgres(data_dir).start()


def test_says_what_is_wrong_with_a_damaged_folder(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=FAST):
        pass
    (data_dir / "data" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(EmbeddedPostgresError, match=r"global/pg_control.* damaged: restore it from a copy"):
        EmbeddedPostgres(data_dir).start()


def test_says_what_is_wrong_with_a_setting(data_dir: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        EmbeddedPostgres(data_dir, settings={"no_such_setting": "1"}).start()


def test_refuses_a_file_in_place_of_its_folder(data_dir: Path) -> None:
    (data_dir / "file").touch()
    with pytest.raises(EmbeddedPostgresError, match="Move that file away"):
        EmbeddedPostgres(data_dir / "file").start()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_refuses_a_folder_that_it_cannot_write_in(data_dir: Path) -> None:
    data_dir.chmod(0o500)
    with pytest.raises(EmbeddedPostgresError, match="Give yourself the right to write there"):
        EmbeddedPostgres(data_dir / "inside").start()
    data_dir.chmod(0o700)


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="only root can mount a small disk")
@pytest.mark.parametrize("filled", ["before the first start", "before the second start"])
def test_says_that_the_disk_is_full(data_dir: Path, filled: str) -> None:
    user = shlex.join([sys.executable, "-c", USER_OF_THE_SERVER, f"{data_dir}/disk/db", "leave"])
    fill = f"dd if=/dev/zero of={data_dir}/disk/filler bs=1M count=100 2>/dev/null"
    steps = f"{fill}; {user}" if filled.startswith("before the first") else f"{user}; {fill}; {user}"
    script = f"mkdir {data_dir}/disk; mount -t tmpfs -o size=80m tmpfs {data_dir}/disk || exit 77; {steps}"
    # A mount namespace of its own: the disk goes with it.
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if done.returncode == 77:
        pytest.skip("this machine does not let us mount a small disk")
    assert "EmbeddedPostgresError" in done.stderr
    assert "The disk is full: free some space" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the account")
def test_root_runs_the_server_as_an_ordinary_user(data_dir: Path) -> None:
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedPostgres(closed / "db", settings=FAST):
        assert (closed / "db" / "data").owner() == SERVER_USER
        assert closed.stat().st_mode & 0o777 == 0o701


def test_wheel_has_the_version_that_the_code_expects() -> None:
    assert server_version().partition(".")[0] == str(MAJOR_VERSION)


def ask_server(uri: str, statement: str) -> object:
    with psycopg.connect(uri) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


def spawn_user(data_dir: Path, then: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", USER_OF_THE_SERVER, str(data_dir), then]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def start_user(data_dir: Path, then: str) -> subprocess.Popen[str]:
    user = spawn_user(data_dir, then)
    assert user.stdout is not None
    assert user.stdout.readline().startswith("postgresql://")
    return user


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "data" / "postmaster.pid").read_text().split()[0])


def server_owner(data_dir: Path) -> int:
    return (data_dir / "data").stat().st_uid


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that nobody has buried yet does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def servers_in(data_dir: Path) -> list[int]:
    """Living servers whose working folder is below this one, also before they wrote a pid file."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            folder = (process / "cwd").readlink()
            if folder.is_relative_to(data_dir) and (process / "comm").read_text().startswith("postgres"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
