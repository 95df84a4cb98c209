"""What is process 1 of one host: mounts what the host sees, starts its services, ends them when it is told to.

Started in a process namespace of its own: whoever kills it kills all that runs on the host at once, as a power cut does. Knows
the standard library alone.
"""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

PATIENCE = 10.0
"""Seconds that each service has to end by itself."""


def main() -> None:
    """The host's description is a file of JSON: name, mounts (kind, source, target, options) and services."""
    host = json.loads(Path(sys.argv[1]).read_text())
    subprocess.run(["hostname", host["name"]], check=True)
    for mount in host["mounts"]:
        mount_one(**mount)
    logs = Path(host["logs"])
    running: dict[int, str] = {}
    for service in host["services"]:
        running[start(service, logs)] = service["name"]
    signal.signal(signal.SIGTERM, lambda *_: end(running))
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            time.sleep(1)  # every service has ended; the host stands
            continue
        if pid in running:
            name = running.pop(pid)
            with (logs / f"{name}.log").open("a") as log:
                log.write(f"-- {name} ended with {os.waitstatus_to_exitcode(status)}\n")


def mount_one(*, kind: str, source: str, target: str, options: str = "") -> None:
    """The file or folder is seen at its place by this host alone."""
    if kind == "bind":
        subprocess.run(["mount", "--bind", source, target], check=True)
    else:
        Path(target).mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", kind, "-o", options or "rw", source, target], check=True)


def start(service: dict[str, Any], logs: Path) -> int:
    """The service runs as its user; its process's number within this host."""
    log = (logs / f"{service['name']}.log").open("a")
    if service["user"] != "root":
        for folder in service.get("owns", ()):
            subprocess.run(["chown", "-R", f"{service['user']}:", folder], check=True)
    entry = pwd.getpwnam(service["user"])
    environ = {"PATH": os.environ["PATH"], "HOME": entry.pw_dir, "LANG": "C.UTF-8"} | service.get("environ", {})
    process = subprocess.Popen(
        service["command"],
        env=environ,
        cwd=service.get("folder", "/"),
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        start_new_session=True,
    )
    return process.pid


def end(running: dict[int, str]) -> NoReturn:
    """Services end one after the other, the last that was started first; what does not is killed with the host."""
    for pid in reversed(running):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ended, _ = os.waitpid(-1, os.WNOHANG)
            if ended == pid:
                break
            time.sleep(0.05)
    sys.exit(0)


if __name__ == "__main__":
    main()
