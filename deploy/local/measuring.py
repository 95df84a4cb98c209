"""What a drill measures: writers at the edge while something is broken, and whether all that was confirmed is there after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.cluster import Cluster, wait_for
from deploy.local.shape import PUBLIC_URL, Secrets, command_environ

CALM = 8.0
"""Seconds of writing before something is broken."""


@dataclass
class Outcome:
    drill: str
    scenario: str = ""
    """What is played beside the writers, where the drill plays something."""
    figures: dict[str, Any] = field(default_factory=dict)
    held: dict[str, bool] = field(default_factory=dict)

    def note(self, **figures: Any) -> None:
        for name, value in figures.items():
            self.figures[name] = round(value, 1) if isinstance(value, float) else value
            print(f"  {name}: {self.figures[name]}", flush=True)

    def expect(self, what: str, holds: bool) -> None:
        self.held[what] = holds
        print(f"  {'held' if holds else 'DID NOT HOLD'}: {what}", flush=True)


class Writing:
    """Four writers at the edge, for so many seconds, in a process of their own on the site's network."""

    def __init__(self, cluster: Cluster, seconds: float, *, writers: int = 4) -> None:
        self._cluster = cluster
        command = [sys.executable, "-m", "deploy.local.writer", PUBLIC_URL, str(seconds), str(writers)]
        self._process = subprocess.Popen(cluster.site.command_within("", command), stdout=subprocess.PIPE, text=True)

    def end(self, outcome: Outcome, *, broken_at: float) -> list[dict[str, Any]]:
        """When it is over: what was answered, and that everything confirmed is in the database. The requests that failed."""
        diary = json.loads(self._process.communicate()[0])
        requests = diary["requests"]
        failed = [one for one in requests if one["status"] != 200]
        ends = [one["at"] + one["took"] - broken_at for one in failed]
        answered = Counter(one["status"] for one in requests)
        outcome.note(
            requests=len(requests),
            answered={str(status): count for status, count in sorted(answered.items())},
            confirmed=len(diary["confirmed"]),
            longest_answer_s=max(one["took"] for one in requests),
            first_error_after_s=min((one["at"] + one["took"] - broken_at for one in failed), default=0.0),
            last_error_after_s=max(ends, default=0.0),
        )
        missing = set(diary["confirmed"]) - find_written(self._cluster)
        outcome.note(lost=len(missing))
        outcome.expect("nothing confirmed is lost", not missing)
        served = [one for one in requests if one["status"] == 200 and one["at"] > broken_at + max(ends, default=0.0)]
        outcome.expect("people are served again", bool(served))
        refused = [one for one in failed if one["status"] not in (0, 502, 503, 504)]
        outcome.expect("whoever is not served is told that it passes (503), or the connection ends", not refused)
        return failed


def find_written(cluster: Cluster) -> set[str]:
    """Every challenge that was answered, as the primary has it."""
    statement = "SELECT id FROM card_challenges"
    command = ["psql", "-XAtqd", "eid", "-c", statement]
    ask = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *command]
    done = subprocess.run(
        cluster.site.command_within(cluster.primary(), ask), check=True, capture_output=True, text=True, cwd="/"
    )
    return set(done.stdout.split())


def audit_log_verifies(cluster: Cluster) -> bool:
    """`eid audit seal --once`, then `eid audit verify`."""
    python = [sys.executable, "-m", "eid", "audit"]
    cluster.eid("audit", [*python, "seal", "--once"])
    try:
        cluster.eid("audit", [*python, "verify"])
    except subprocess.CalledProcessError:
        return False
    return True


def wait_until(at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))


def is_ready(cluster: Cluster, app: str) -> bool:
    return cluster.fetch(f"http://{cluster.site.addresses[app]}:8000/readyz", timeout=4) is not None


class Scenario:
    """A load scenario beside the writers: people sign in, show cards and fetch papers."""

    def __init__(self, cluster: Cluster, name: str, seconds: int) -> None:
        self._folder, self._file = cluster.folder, cluster.folder / "scenario.json"
        self._before = count_sign_ins(cluster.folder)
        known, host = Secrets.of(cluster.folder), cluster.site.addresses[cluster.primary()]
        environ = os.environ | command_environ(cluster.folder, f"postgresql://eid:{known.eid}@{host}/eid")
        played = ["--url", PUBLIC_URL, "--duration", f"{seconds}s", "--json", str(self._file)]
        self._process = subprocess.Popen(
            cluster.site.command_within("", [sys.executable, "-m", "eid", "scenarios", "run", name, *played]),
            env=environ,
            stdout=(cluster.folder / "scenario.log").open("a"),
            stderr=subprocess.STDOUT,
        )

    def wait_until_under_way(self) -> None:
        """People have come: the app hosts' logs have sign-ins that they had not before."""
        wait_for(lambda: count_sign_ins(self._folder) >= self._before + 10, 120, "people of the scenario")

    def end(self, outcome: Outcome) -> None:
        """When it is over: visits begun and finished, requests and errors, by its own count. That it fails is no surprise."""
        self._process.wait()
        result = json.loads(self._file.read_text())
        visits, requests = result["visits"], result["requests"]
        outcome.note(
            visits_began=visits["began"],
            visits_finished=visits["finished"],
            scenario_requests=requests["http"],
            scenario_errors=requests["errors"],
        )


def count_sign_ins(folder: Path) -> int:
    """How often an app host was asked to sign somebody in for a service."""
    return sum(path.read_text().count('"/oauth/authorize"') for path in folder.glob("app*/logs/eid.log"))
