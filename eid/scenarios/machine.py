"""What a run ran on, so that two reports can be compared: processor, memory, system, versions. No names of hosts or people."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from eid import __version__


def describe_machine() -> dict[str, str]:
    """Facts by name, in the order in which they are shown."""
    return {
        "processor": _read_field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1),
        "memory": _describe_memory(),
        "system": f"{platform.system()} {platform.release()}",
    }


def describe_versions() -> dict[str, str]:
    """Versions of what played."""
    return {"eid": __version__, "python": platform.python_version()} | {
        name: version(name) for name in ("locust", "gevent")
    }


def _describe_memory() -> str:
    kib = _read_field("/proc/meminfo", "MemTotal").split(" ")[0]
    return f"{int(kib) / 1024**2:.1f} GiB" if kib.isdigit() else "unknown"


def _read_field(path: str, name: str) -> str:
    """The value of the first `name: value` line of a file; empty where there is none."""
    if not Path(path).exists():
        return ""
    lines = Path(path).read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "")
