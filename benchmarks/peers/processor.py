"""Processor time of process trees: what a server has used, with every process that it started.

A living process's own time is read from its clock (clock_getcpuclockid(3)), in nanoseconds, ended threads included; that of
children that have ended from /proc/<pid>/stat (proc(5)), in hundredths of a second. Linux only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
"""Clock ticks a second: the unit of /proc/<pid>/stat."""


PROCESS_CLOCK = 2
"""CPUCLOCK_SCHED of the kernel's posix-timers.h: with the number of a process it makes a clock's number."""


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    ticks: int
    """Of its children that have ended and were waited for, and theirs."""


def parse_stat(line: str) -> Process:
    """One line of /proc/<pid>/stat; the name in brackets may itself hold spaces and brackets."""
    pid, rest = int(line[: line.index(" ")]), line[line.rindex(")") + 2 :].split()
    return Process(pid, int(rest[1]), sum(int(field) for field in rest[13:15]))


def list_processes() -> dict[int, Process]:
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = parse_stat((folder / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
    return found


def list_tree(roots: Iterable[int], processes: Mapping[int, Process]) -> set[int]:
    """These processes and everything that descends from them."""
    tree = set(roots)
    while True:
        more = {process.pid for process in processes.values() if process.parent in tree} - tree
        if not more:
            return tree
        tree |= more


def processor_seconds(roots: Iterable[int]) -> float:
    """What these processes and all that they started have used since they began. Raises ProcessLookupError where a root is gone:
    nothing measured of it would be true."""
    roots, processes = set(roots), list_processes()
    if not roots <= processes.keys():
        raise ProcessLookupError(f"process {min(roots - processes.keys())} has ended")
    tree = list_tree(roots, processes)
    return sum(_own_seconds(pid) + processes[pid].ticks / TICKS for pid in tree)


def _own_seconds(pid: int) -> float:
    """Of all threads of a process, by the clock that the kernel keeps for it; 0 where it has just ended."""
    try:
        return time.clock_gettime((~pid << 3) | PROCESS_CLOCK)
    except OSError:
        return 0.0


def pin_tree(roots: Iterable[int], core: int) -> None:
    """Every thread of these processes, and what they start from now on, runs on this core alone."""
    for pid in list_tree(roots, list_processes()):
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})


def signal_tree(roots: Iterable[int], signal: int) -> None:
    for pid in list_tree(roots, list_processes()):
        os.kill(pid, signal)


def memory_of(pid: int) -> float:
    """Megabytes of a process that are in memory now, what it shares with others included (resident set size)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(f"process {pid} has no memory")


def share_of_memory_of(pid: int) -> float:
    """Megabytes of a process that are in memory now, what it shares with others divided among them (proportional set size)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(f"process {pid} has no memory")
