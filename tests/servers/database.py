"""A PostgreSQL cluster of the tests' own: never the one that Debian's package may have started."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.servers.process import LOOPBACK, Server, ServerError
from tests.servers.programs import find_postgres

OWNER = "smartvoda"


class Postgres(Server):
    """One cluster for the whole run; every test takes a `new_database()`.

    PostgreSQL refuses to run as root: then its own user runs it. That user can't enter the folders that pytest
    makes, so the cluster has a temporary folder of its own.
    """

    name = "postgres"
    orphan_signal = signal.SIGQUIT  # its way of ending at once, children included
    stop_signal = signal.SIGINT

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder or Path(tempfile.mkdtemp(prefix="smartvoda-postgres-")))
        self.user = "postgres" if os.geteuid() == 0 else None
        self._numbers = itertools.count(1)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def command(self) -> list[str]:
        if not self.data.exists():
            self._init()
        # The tests' data needs to survive kill -9 of the server, never a power cut: no fsync.
        settings = (f"listen_addresses={LOOPBACK}", f"port={self.port}", "fsync=off", "timezone=UTC")
        options = [word for setting in settings for word in ("-c", setting)]
        return [find_postgres("postgres"), "-D", str(self.data), "-k", str(self.folder), *options]

    def is_ready(self) -> bool:
        try:
            with psycopg.connect(self._address("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def new_database(self) -> str:
        """An empty database's SQLAlchemy URL."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgresql+psycopg://{OWNER}@{LOOPBACK}:{self.port}/{name}"

    def remove(self) -> None:
        """Delete the cluster's folder, which no one else cleans."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _address(self, database: str) -> str:
        return f"postgresql://{OWNER}@{LOOPBACK}:{self.port}/{database}"

    def _init(self) -> None:
        if self.user is not None:
            shutil.chown(self.folder, self.user, self.user)
        command = [find_postgres("initdb"), "-D", str(self.data), "-U", OWNER, "-A", "trust", "-E", "UTF8"]
        command += ["--locale=C.UTF-8", "--no-sync"]
        answer = subprocess.run(
            command,
            cwd=self.folder,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if answer.returncode != 0:
            raise ServerError(f"initdb failed: {answer.stderr.strip().splitlines()[-1:]}")
