"""Starts the player in a process of its own, hears what it says, and ends it cleanly when it is interrupted.

The wall between: Locust patches sockets, locks and threads in its process; nothing of that reaches this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from eid.errors import Refused, Unavailable
from eid.scenarios.observations import Observations, Tick


@dataclass(frozen=True)
class Job:
    """What the player is told, as one line of JSON."""

    plan: str
    """A path of a TOML file."""
    people: int | None
    duration: float | None
    """Seconds."""
    url: str
    state_dir: str
    """Where cohort.json, load-client.json and cards/ are."""


def play_scenario(
    plan_file: Path,
    *,
    people: int | None,
    duration: timedelta | None,
    url: str,
    state_dir: Path,
    on_tick: Callable[[Tick], None],
) -> Observations:
    """What the run saw. An interrupt (Ctrl-C) ends the run early, and what there was comes back; a second one abandons it.

    Raises Refused or Unavailable with the player's own words where it could not begin.
    """
    seconds = None if duration is None else duration.total_seconds()
    job = Job(str(plan_file.resolve()), people, seconds, url.rstrip("/"), str(state_dir.resolve()))
    with tempfile.TemporaryFile("w+") as complaints:
        player = subprocess.Popen(
            [sys.executable, "-m", "eid.scenarios.play"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,  # an interrupt at the terminal reaches us alone, and we tell the player
        )
        try:
            return _hear(player, job, on_tick)
        except _Ended as ended:
            complaints.seek(0)
            raise Unavailable(
                "player_ended", "The player of the scenario ended before the run did.", reason=complaints.read()[-2000:]
            ) from ended
        finally:
            player.kill()
            player.wait()
            for pipe in (player.stdin, player.stdout):
                if pipe:
                    pipe.close()


class _Ended(Exception):
    """The player said nothing more."""


def _hear(player: subprocess.Popen[str], job: Job, on_tick: Callable[[Tick], None]) -> Observations:
    assert player.stdin
    player.stdin.write(json.dumps(vars(job)) + "\n")
    player.stdin.flush()
    for event, facts in _lines(player):
        if event == "tick":
            on_tick(Tick(**facts))
        elif event == "refused":
            raise Refused(facts["code"], facts["detail"])
        elif event == "end":
            return Observations.from_plain(facts)
    raise _Ended


def _lines(player: subprocess.Popen[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(event, facts) as they are said; the first interrupt is passed on and the hearing goes on."""
    assert player.stdout
    interrupted = False
    while True:
        try:
            line = player.stdout.readline()
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            player.terminate()
            continue
        if not line:
            return
        facts = json.loads(line)
        yield facts.pop("event"), facts
