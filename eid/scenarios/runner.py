"""Starts the player in a process of its own, hears what it says, and ends it cleanly when it is interrupted.

The wall between: Locust patches sockets, locks and threads in its process; nothing of that reaches this one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import IO, Any

from eid.errors import Refused, Unavailable
from eid.late_dataclasses import frozen
from eid.scenarios.errands import parse_place
from eid.scenarios.observations import Observations, Tick


@frozen
class Job:
    """What the player is told, as one line of JSON."""

    plan: str
    """The text of its TOML file."""
    people: int | None
    duration: float | None
    """Seconds."""
    url: str
    state_dir: str
    """Where cohort.json, load-client.json and cards/ are."""
    processes: int = 1
    """How many play on this machine."""
    master: str = ""
    """HOST:PORT at which processes of other machines are met."""
    joining: int = 0
    """How many of those are waited for."""
    scale: float | None = None
    """Share of the nation."""
    folder: str = ""
    """Where the plan's file is, and a tester's class beside it."""


@frozen
class Company:
    """Who plays a run together."""

    processes: int = 1
    master: str = ""
    joining: int = 0


def play_scenario(
    plan_file: Path,
    *,
    people: int | None,
    duration: timedelta | None,
    url: str,
    state_dir: Path,
    on_tick: Callable[[Tick], None],
    scale: float | None = None,
    company: Company = Company(),  # noqa: B008 - a frozen value
    on_listening: Callable[[int], None] = lambda _joining: None,
) -> Observations:
    """What the run saw. An interrupt (Ctrl-C) ends the run early, and what there was comes back; a second one abandons it.

    `on_listening` is told how many players of other machines are waited for. Raises Refused or Unavailable with the player's own
    words where it could not begin.
    """
    seconds = None if duration is None else duration.total_seconds()
    text = plan_file.read_text(encoding="utf-8")
    job = Job(
        text,
        people,
        seconds,
        url.rstrip("/"),
        str(state_dir.resolve()),
        **vars(company),
        scale=scale,
        folder=str(plan_file.resolve().parent),
    )
    with tempfile.TemporaryFile("w+") as complaints, _start_player(complaints) as player:
        try:
            with _interrupts_go_to([player]):
                return _hear(player, job, on_tick, on_listening)
        except _Ended as ended:
            complaints.seek(0)
            raise Unavailable(
                "player_ended", "The player of the scenario ended before the run did.", reason=complaints.read()[-2000:]
            ) from ended
        finally:
            _kill(player)


def join_run(place: str, *, processes: int) -> bool:
    """Play in so many processes what the leader at HOST:PORT gives out; whether each was told that the run is over.

    An interrupt ends the whole run, as at the leader's machine; a second one abandons it. Raises Malformed where it is no place.
    """
    parse_place(place)
    command = [sys.executable, "-m", "eid.scenarios.worker", place]
    players = [subprocess.Popen(command, start_new_session=True) for _ in range(processes)]  # noqa: S603 - our own
    try:
        with _interrupts_go_to(players):
            return {player.wait() for player in players} == {0}
    finally:
        for player in players:
            player.kill()
            player.wait()


def _kill(player: subprocess.Popen[str]) -> None:
    """Neither the player nor a process that it started runs any more: they are a session of their own."""
    with suppress(ProcessLookupError):
        os.killpg(player.pid, signal.SIGKILL)


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
def _interrupts_go_to(players: Sequence[subprocess.Popen[Any]]) -> Iterator[None]:
    """The first interrupt or termination asks the players to end, and what they saw is still heard; a second is an interrupt."""
    asked = False

    def ask_to_end(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        for player in players:
            player.terminate()

    before = {number: signal.signal(number, ask_to_end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Ended(Exception):
    """The player said nothing more."""


def _tell(player: subprocess.Popen[str], job: Job) -> None:
    """The player has its job. Raises _Ended where it is dead already."""
    assert player.stdin
    try:
        player.stdin.write(json.dumps(vars(job)) + "\n")
        player.stdin.flush()
    except BrokenPipeError as error:
        with suppress(BrokenPipeError):  # what was not heard is given up, or the next to close would stumble over it
            player.stdin.close()
        raise _Ended from error


def _hear(
    player: subprocess.Popen[str], job: Job, on_tick: Callable[[Tick], None], on_listening: Callable[[int], None]
) -> Observations:
    _tell(player, job)
    for event, facts in _lines(player):
        if event == "tick":
            on_tick(Tick(**facts))
        elif event == "listening":
            on_listening(facts["joining"])
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
