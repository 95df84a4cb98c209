"""Starts the player in a process of its own, hears what it says, and ends it cleanly when it is interrupted.

The wall between: Locust patches sockets, locks and threads in its process; nothing of that reaches this one.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import IO, Any

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
    scale: float | None = None
    """Share of the nation."""


def play_scenario(
    plan_file: Path,
    *,
    people: int | None,
    duration: timedelta | None,
    url: str,
    state_dir: Path,
    on_tick: Callable[[Tick], None],
    scale: float | None = None,
) -> Observations:
    """What the run saw. An interrupt (Ctrl-C) ends the run early, and what there was comes back; a second one abandons it.

    Raises Refused or Unavailable with the player's own words where it could not begin.
    """
    seconds = None if duration is None else duration.total_seconds()
    job = Job(str(plan_file.resolve()), people, seconds, url.rstrip("/"), str(state_dir.resolve()), scale)
    with tempfile.TemporaryFile("w+") as complaints, _start_player(complaints) as player:
        try:
            with _interrupts_go_to(player):
                return _hear(player, job, on_tick)
        except _Ended as ended:
            complaints.seek(0)
            raise Unavailable(
                "player_ended", "The player of the scenario ended before the run did.", reason=complaints.read()[-2000:]
            ) from ended
        finally:
            player.kill()


def _start_player(complaints: IO[str]) -> subprocess.Popen[str]:
    """The player in a session of its own: an interrupt at the terminal reaches us alone, and we tell the player."""
    return subprocess.Popen(
        [sys.executable, "-m", "eid.scenarios.play"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        text=True,
        start_new_session=True,
    )


@contextmanager
def _interrupts_go_to(player: subprocess.Popen[str]) -> Iterator[None]:
    """The first interrupt or termination asks the player to end, and what it saw is still heard; a second one is an interrupt."""
    asked = False

    def ask_to_end(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        player.terminate()

    before = {number: signal.signal(number, ask_to_end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
    """(event, facts) as they are said."""
    assert player.stdout
    for line in player.stdout:
        facts = json.loads(line)
        yield facts.pop("event"), facts
