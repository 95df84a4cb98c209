"""The whole shape on this machine: `up` starts it, `drill` breaks it and measures, `down` ends it. As root.

    python -m deploy.local.cluster up
    python -m deploy.local.cluster drill primary-dies
    python -m deploy.local.cluster down

Needs Debian's packages of deploy/packages.txt. Everything lies in one folder (--folder) and in network namespaces that bear its
name; nothing else is touched.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from deploy.local.shape import (
    APPS,
    DATABASES,
    PUBLIC_URL,
    Secrets,
    build_app_host,
    build_database_host,
    build_edge_host,
    command_environ,
)
from deploy.local.site import Site, run

PROGRAMS = ("ip", "unshare", "nsenter", "patroni", "etcd", "pgbouncer", "haproxy", "psql")
MARK = "eid-cluster.json"
"""A folder of ours has it: nothing else is ever removed."""

MOUNT_POINT = Path("/etc/eid")
"""Where a host sees its own configuration; empty outside of the hosts."""


class Cluster:
    """The running shape, and what can be asked of it and done to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = Site(folder)

    @property
    def is_up(self) -> bool:
        return self.site.is_up("edge")

    def up(self, say: Callable[[str], None] = print) -> None:
        """Every host runs, the primary has a synchronous replica, the demo's country is in it, people are let in."""
        check_programs()
        self.folder.mkdir(mode=0o755, parents=True)
        made = [] if MOUNT_POINT.exists() else [str(MOUNT_POINT)]
        (self.folder / MARK).write_text(json.dumps({"made": made}))
        MOUNT_POINT.mkdir(exist_ok=True)
        self.site.lay_network()
        for name in APPS:
            self.site.start(build_app_host(self.folder, name))
        for name in DATABASES:
            self.site.start(build_database_host(self.folder, name))
        say("hosts are up; waiting for a primary and its replicas")
        wait_for(lambda: self.settled(), 120, "a primary with a synchronous replica")
        say(f"{self.primary()} is primary, {self.synchronous()} has all that it confirms; filling the country")
        self.eid("demo-country", [sys.executable, "-m", "deploy.local.country"], on=self.primary())
        self.site.start(build_edge_host(self.folder))
        wait_for(self.lets_in, 60, "the edge")
        say(f"{PUBLIC_URL} answers within the namespace {self.site.network()}")

    def down(self) -> None:
        """Nothing of it runs, and its folder is gone."""
        if not (self.folder / MARK).exists():
            return
        self.site.take_down()
        for folder in json.loads((self.folder / MARK).read_text())["made"]:
            Path(folder).rmdir()
        shutil.rmtree(self.folder)

    def members(self) -> list[dict[str, Any]]:
        """Patroni's own list, from whichever database host answers."""
        for host in DATABASES:
            answer = self.fetch(f"http://{self.site.addresses[host]}:8008/cluster", timeout=3)
            if answer is not None:
                found: list[dict[str, Any]] = json.loads(answer)["members"]
                return found
        return []

    def primary(self) -> str:
        """The host of the primary; empty while there is none."""
        return self._role("leader")

    def synchronous(self) -> str:
        return self._role("sync_standby")

    def settled(self) -> bool:
        """One primary, one synchronous replica, and every database host that is up runs and streams."""
        members = {one["name"]: one for one in self.members()}
        running = [name for name in DATABASES if self.site.is_up(name)]
        followed = all(members.get(name, {}).get("state") in ("running", "streaming") for name in running)
        return bool(followed and self.primary() and self.synchronous() and self.is_writable())

    def is_writable(self) -> bool:
        """Whether Patroni's own check of a primary holds, as HAProxy makes it."""
        name = self.primary()
        return bool(name) and self.fetch(f"http://{self.site.addresses[name]}:8008/primary", timeout=3) is not None

    def lets_in(self) -> bool:
        return self.fetch(f"{PUBLIC_URL}/healthz", timeout=3) is not None

    def fetch(self, url: str, *, timeout: float) -> str | None:
        """What is answered with 200 to somebody on the site's network; None otherwise."""
        ask = ["curl", "--silent", "--fail", "--max-time", str(timeout), url]
        done = subprocess.run(self.site.command_within("", ask), capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def sql(self, host: str, statement: str) -> str:
        """What a superuser on this database host is told; columns with | between."""
        ask = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "psql", "-XAtqc", statement]
        return run(*self.site.command_within(host, ask), cwd="/").strip()

    def eid(self, log: str, command: Sequence[str], *, on: str = "") -> str:
        """What a command of the service printed, run on the site's network past the pooler, on the primary itself.

        Raises CalledProcessError where it failed; its standard error is kept in the folder.
        """
        host, known = self.site.addresses[on or self.primary()], Secrets.of(self.folder)
        environ = os.environ | command_environ(self.folder, f"postgresql://eid:{known.eid}@{host}/eid")
        with (self.folder / f"{log}.log").open("a") as errors:
            done = subprocess.run(
                self.site.command_within("", command), env=environ, check=True, stdout=subprocess.PIPE, stderr=errors
            )
        return done.stdout.decode()

    def _role(self, role: str) -> str:
        return next((one["name"] for one in self.members() if one["role"] == role), "")


def check_programs() -> None:
    """Exit where this machine lacks something."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if os.geteuid() != 0:
        sys.exit("the cluster is made of namespaces and mounts: run it as root")
    if missing:
        sys.exit(f"missing: {', '.join(missing)}; apt-get install --no-install-recommends $(cat deploy/packages.txt)")


def wait_for(holds: Callable[[], bool], seconds: float, what: str) -> float:
    """Seconds until it held. Exits where it does not in time."""
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > seconds:
            sys.exit(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.25)
    return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("act", choices=("up", "status", "down"))
    parser.add_argument("--folder", type=Path, default=Path("/tmp/eid-cluster"))
    given = parser.parse_args()
    cluster = Cluster(given.folder)
    if given.act == "up":
        cluster.up(lambda line: print(line, flush=True))
    elif given.act == "status":
        print(json.dumps(cluster.members(), indent=1))
    else:
        cluster.down()


if __name__ == "__main__":
    main()
