"""What can be seen of the service from outside while it is loaded, once a second: processor time of its processes and of its
database's, and how many wait there for a lock. Only on the machine on which it runs; elsewhere the reason why not is kept.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from eid.errors import Unavailable
from eid.lock_waits import LockWatch
from eid.scenarios.processes import ProcessorTime, find_listeners, find_parent, read_command, read_variable
from eid.scenarios.server_figures import Sample, Watched


class ServiceWatch:
    """Watches the service at an address within its `with` block; `sample` is called once a second."""

    def __init__(self, url: str) -> None:
        self.service = find_service(url)
        self.samples: list[Sample] = []
        self.unknown: list[str] = []
        self._locks: LockWatch | None = None
        self._stack = ExitStack()

    @property
    def is_here(self) -> bool:
        """Whether the service runs on this machine."""
        return bool(self.service)

    def __enter__(self) -> Self:
        if not self.is_here:
            self.unknown.append(
                "processor time and locks: the service does not run on this machine, or as another user"
            )
        elif not (database := self._find_database()):
            self.unknown.append("lock waits in the database: the service was started by somebody else")
        else:
            self._watch_locks(database)
        self._cpu = ProcessorTime(self.service) if self.is_here else None
        self._database_cpu = self._find_database_server()
        self._before = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def sample(self, at: float) -> Sample:
        """Look once, and keep it."""
        now = time.perf_counter()
        length, self._before = max(now - self._before, 1e-6), now
        service, database = (cpu.take() / length if cpu else None for cpu in (self._cpu, self._database_cpu))
        self.samples.append(Sample(at, service, database, self._locks.take_mean() if self._locks else None))
        return self.samples[-1]

    def describe(self) -> Watched:
        return Watched(tuple(self.samples), tuple(self.unknown), len(self.service), os.cpu_count() or 1)

    def _find_database(self) -> str | None:
        return next((url for process in self.service if (url := read_variable(process, "EID_DATABASE_URL"))), None)

    def _watch_locks(self, database_url: str) -> None:
        if database_url.startswith("sqlite"):
            return  # what its transactions wait for is told by the service itself
        try:
            self._locks = self._stack.enter_context(LockWatch(database_url))
        except Unavailable as unavailable:
            self.unknown.append(f"lock waits in the database: {unavailable.detail}")

    def _find_database_server(self) -> ProcessorTime | None:
        """PostgreSQL's processes, where they run on this machine: the parent of our own session's and all its children."""
        parent = find_parent(self._locks.process) if self._locks else None
        if parent is None or "postgres" not in read_command(parent):
            return None
        return ProcessorTime({parent})


def find_service(url: str) -> set[int]:
    """The processes of this machine that serve the address; none where its host is another machine."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return find_listeners(port) if _is_here(parts.hostname or "") else set()


def _is_here(host: str) -> bool:
    """Whether the name leads to an address of this machine: one that a socket of ours can have."""
    try:
        found: list[Any] = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except OSError:
        return False
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as probe:
            try:
                probe.bind(address)
            except OSError:
                continue
            return True
    return False
