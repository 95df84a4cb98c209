"""The service's processes where they run on this machine: which they are, by the port on which they listen, what processor time
they used, and with which database they were started. Reads Linux's /proc (proc(5)); elsewhere nothing is known.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"
"""The state of a listening socket in /proc/net/tcp."""


def find_listeners(port: int) -> set[int]:
    """The processes of this machine that listen on a TCP port, as far as we may look into them."""
    sockets = {f"socket:[{inode}]" for inode in _find_listening_sockets(port)}
    return {process for process in _list_processes() if sockets and _holds(process, sockets)}


def find_family(ancestors: Iterable[int]) -> set[int]:
    """These processes and all their descendants."""
    children: dict[int, list[int]] = {}
    for process in _list_processes():
        if fields := _read_stat(process):
            children.setdefault(int(fields[1]), []).append(process)
    family, waiting = set[int](), [*ancestors]
    while waiting:
        process = waiting.pop()
        if process not in family:
            family.add(process)
            waiting += children.get(process, [])
    return family


def find_parent(process: int) -> int | None:
    """None where there is no such process."""
    fields = _read_stat(process)
    return int(fields[1]) if fields else None


def read_command(process: int) -> str:
    """The name of its program; empty where there is no such process."""
    try:
        return (PROC / str(process) / "comm").read_text().strip()
    except OSError:
        return ""


def read_variable(process: int, name: str) -> str | None:
    """A variable of the environment with which a process of our own was started; None where it has none, or we may not look."""
    try:
        variables = (PROC / str(process) / "environ").read_bytes().split(b"\0")
    except OSError:
        return None
    prefix = name.encode() + b"="
    return next((v.removeprefix(prefix).decode("utf-8", "replace") for v in variables if v.startswith(prefix)), None)


@dataclass
class ProcessorTime:
    """Of the families of some processes, whose members may come and go."""

    ancestors: set[int]
    _before: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.take()

    def take(self) -> float:
        """Processor seconds that all of them used since the last call; of one that ended meanwhile, its last are not known."""
        now = {
            process: spent for process in find_family(self.ancestors) if (spent := _read_seconds(process)) is not None
        }
        used = sum(spent - self._before.get(process, 0.0) for process, spent in now.items())
        self._before = now
        return used


def _find_listening_sockets(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        path = PROC / "net" / table
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port:
                found.add(fields[9])
    return found


def _list_processes() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()] if PROC.exists() else []


def _holds(process: int, sockets: set[str]) -> bool:
    try:
        return any(str(file.readlink()) in sockets for file in (PROC / str(process) / "fd").iterdir())
    except OSError:
        return False  # it ended, or is somebody else's


def _read_stat(process: int) -> list[str]:
    """The fields after the name of the program, from `state` on; none where there is no such process."""
    try:
        return (PROC / str(process) / "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _read_seconds(process: int) -> float | None:
    """User and system time (utime, stime)."""
    fields = _read_stat(process)
    return sum(int(value) for value in fields[11:13]) / os.sysconf("SC_CLK_TCK") if fields else None
