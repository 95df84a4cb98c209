"""A site on this machine: a network of its own with a bridge, and hosts on it, each with its own network, mounts and processes.

Needs root (`ip netns`, `unshare`). Touches nothing of the machine's own network: the bridge is in a namespace too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HOSTS = HERE.parent / "hosts"


def read_addresses() -> dict[str, str]:
    """Name of the host → its address, as deploy/hosts has them."""
    lines = (line.split() for line in HOSTS.read_text().splitlines() if line and not line.startswith("#"))
    return {name: address for address, name in lines if name != "localhost"}


@dataclass(frozen=True)
class Mount:
    kind: str
    """`bind`, or a file system's type."""
    source: str
    target: str
    options: str = ""


@dataclass(frozen=True)
class Service:
    name: str
    command: list[str]
    user: str = "root"
    environ: dict[str, str] = field(default_factory=dict)
    owns: list[str] = field(default_factory=list)
    """Folders, as the host sees them, that are its user's."""
    folder: str = "/"


@dataclass(frozen=True)
class Host:
    name: str
    mounts: list[Mount]
    services: list[Service]


class Site:
    """The hosts of one folder; what runs is written there, so that another process can end it, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.addresses = read_addresses()
        self._pids = folder / "pids"

    def network(self, host: str = "") -> str:
        """The name of a network namespace: a host's, or the bridge's."""
        return f"{self.folder.name}{'-' if host else ''}{host}"

    def lay_network(self) -> None:
        """There is a bridge, and whoever is let in by `command_within` reaches every host."""
        self._pids.mkdir(parents=True)
        run("ip", "netns", "add", self.network())
        self._ip("", "link", "set", "lo", "up")
        self._ip("", "link", "add", "bridge", "type", "bridge")
        self._ip("", "addr", "add", "10.77.0.1/24", "dev", "bridge")
        self._ip("", "link", "set", "bridge", "up")

    def start(self, host: Host) -> None:
        """The host is on the network and its services are started; a host that was killed comes back with its disks."""
        if self.network(host.name) not in list_networks():
            self._connect(host.name)
        self._ip("", "link", "set", host.name, "up")
        logs = self.folder / host.name / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        description = self.folder / host.name / "host.json"
        description.write_text(json.dumps(asdict(host) | {"logs": str(logs)}, indent=1))
        unshare = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]
        process = subprocess.Popen(
            [
                "ip",
                "netns",
                "exec",
                self.network(host.name),
                *unshare,
                sys.executable,
                str(HERE / "host.py"),
                str(description),
            ],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=(logs / "host.log").open("a"),
            stderr=subprocess.STDOUT,
        )
        (self._pids / host.name).write_text(f"{process.pid} {started_at(process.pid)}")

    def cut_power(self, host: str) -> None:
        """The host is silent at once: first its cable, so that not even the end of a connection is told, then all processes."""
        self.unplug(host)
        self._end(host, signal.SIGKILL)

    def kill_processes(self, host: str) -> None:
        """Every process of the host has had SIGKILL; the network stays and says that nobody listens."""
        self._end(host, signal.SIGKILL)

    def shut_down(self, host: str) -> None:
        """Every service of the host has ended as it does when it is asked to."""
        pid = self._find(host)
        if pid is not None:
            os.kill(self._first_process(pid), signal.SIGTERM)
            self._wait(host, pid, seconds=45)

    def unplug(self, host: str) -> None:
        self._ip("", "link", "set", host, "down")

    def plug(self, host: str) -> None:
        self._ip("", "link", "set", host, "up")

    def is_up(self, host: str) -> bool:
        return self._find(host) is not None

    def command_within(self, host: str, command: Sequence[str]) -> list[str]:
        """The command, run on this host: its network, its files, its processes. "" is the network alone."""
        if not host:
            return ["ip", "netns", "exec", self.network(), *command]
        pid = self._find(host)
        if pid is None:
            raise RuntimeError(f"{host} is not up")
        return ["nsenter", "--target", str(self._first_process(pid)), "--net", "--mount", "--pid", "--uts", *command]

    def take_down(self) -> None:
        """Every process and network of this site is gone."""
        for host in (path.name for path in sorted(self._pids.glob("*"))):
            self._end(host, signal.SIGKILL)
        for name in list_networks():
            if name == self.network() or name.startswith(f"{self.network()}-"):
                run("ip", "netns", "del", name)

    def _connect(self, host: str) -> None:
        run("ip", "netns", "add", self.network(host))
        self._ip("", "link", "add", host, "type", "veth", "peer", "name", "eth0", "netns", self.network(host))
        self._ip("", "link", "set", host, "master", "bridge")
        self._ip(host, "link", "set", "lo", "up")
        self._ip(host, "addr", "add", f"{self.addresses[host]}/24", "dev", "eth0")
        self._ip(host, "link", "set", "eth0", "up")
        run("ip", "netns", "exec", self.network(host), "sysctl", "--quiet", "--load", str(HERE.parent / "sysctl.conf"))

    def _ip(self, host: str, *words: str) -> None:
        run("ip", "-n", self.network(host), *words)

    def _first_process(self, pid: int) -> int:
        """Process 1 of the host, as its parent's child out here."""
        [child] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(child)

    def _find(self, host: str) -> int | None:
        """The process that we started for the host, unless it has ended: a number alone may be another's by now."""
        kept = self._pids / host
        if not kept.exists():
            return None
        pid, at = kept.read_text().split()
        return int(pid) if started_at(int(pid)) == at else None

    def _end(self, host: str, number: signal.Signals) -> None:
        pid = self._find(host)
        if pid is None:
            return
        os.kill(pid, number)
        self._wait(host, pid, seconds=10)

    def _wait(self, host: str, pid: int, *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._find(host) is not None and time.monotonic() < deadline:
            reap(pid)
            time.sleep(0.02)


def run(*command: str, **more: Any) -> str:
    """What the command printed. Raises CalledProcessError where it failed."""
    return subprocess.run(command, check=True, text=True, capture_output=True, **more).stdout


def list_networks() -> list[str]:
    return [line.split()[0] for line in run("ip", "netns", "list").splitlines() if line]


def reap(pid: int) -> None:
    """Where it is our own child that has ended, it is no more."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def started_at(pid: int) -> str:
    """When the process started, in the kernel's ticks; empty where there is none, or what is left of one that ended."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if words[0] in "ZX" else words[19]
