"""Several processes that play one run: it is the same run, one that dies fails it, and none outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from eid.errors import Malformed, Unavailable
from eid.scenarios.judgement import Verdict, judge_run
from eid.scenarios.plan import Step, read_plan
from eid.scenarios.processes import find_family
from eid.scenarios.runner import Company, join_run
from tests.live import free_port
from tests.scenarios.players import PLAN, Player

pytestmark = pytest.mark.load


def find_players() -> list[int]:
    """The processes that play, the leader first; those of this test process alone."""
    found = []
    for process in find_family({os.getpid()}):
        command = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        if b"eid.scenarios.play" in command or b"eid.scenarios.worker" in command:
            found.append((b"eid.scenarios.worker" in command, process))
    return [process for _, process in sorted(found)]


def test_two_processes_play_the_run_that_one_would(player: Player) -> None:
    seen = player.play(seconds=1.5, company=Company(processes=2))
    assert seen.tally.errors == {}
    assert (seen.players, seen.lost, seen.interrupted) == (2, [], False)
    assert seen.planned == seen.began == seen.finished == 8  # what the seed draws
    assert seen.tally.steps[Step.TOKEN].waited.count == seen.finished
    used = player.service.codes_seen
    assert len(used) == len(set(used)) > 0
    assert player.ticks[-1].planned == seen.planned
    assert find_players() == []


@pytest.mark.sweep
def test_a_process_that_dies_is_said_and_fails_the_run(player: Player) -> None:
    player.at_second_tick = lambda: os.kill(find_players()[1], signal.SIGKILL)
    began = time.monotonic()
    seen = player.play(seconds=60, company=Company(processes=2))
    assert time.monotonic() - began < 40
    assert len(seen.lost) == 1 and " of 2, after " in seen.lost[0]
    assert 0 < seen.finished < 100
    assert not seen.interrupted
    assert judge_run(read_plan(player.folder / "test.toml"), seen)[0] is Verdict.FAILED
    assert find_players() == []


@pytest.mark.sweep
def test_an_interrupt_ends_all_and_what_there_was_is_told(player: Player) -> None:
    player.at_second_tick = lambda: os.kill(os.getpid(), signal.SIGINT)
    seen = player.play(seconds=60, company=Company(processes=2))
    assert seen.interrupted and seen.lost == []
    assert 0 < seen.finished < seen.planned
    assert find_players() == []


@pytest.mark.sweep
def test_who_joins_from_elsewhere_needs_nothing_of_this_machine(player: Player, tmp_path: Path) -> None:
    place, ended = f"127.0.0.1:{free_port()}", []
    command = [sys.executable, "-m", "eid.scenarios.worker", place]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent), "TMPDIR": str(elsewhere)}
    with subprocess.Popen(command, cwd=elsewhere, env=environ) as joined:
        seen = player.play(seconds=1.5, company=Company(1, place, 1))
        ended.append(joined.wait(30))
    assert (seen.players, seen.finished, seen.tally.errors, ended) == (2, 8, {}, [0])
    assert list(elsewhere.iterdir()) == []


@pytest.mark.sweep
def test_an_interrupt_at_a_machine_that_joined_ends_the_run(player: Player) -> None:
    place = f"127.0.0.1:{free_port()}"
    joined = subprocess.Popen([sys.executable, "-m", "eid.scenarios.worker", place])
    player.at_second_tick = joined.terminate
    seen = player.play(PLAN, seconds=60, company=Company(1, place, 1))
    assert seen.interrupted
    assert joined.wait(30) == 0


@pytest.mark.sweep
def test_a_leader_that_is_gone_is_left(player: Player) -> None:
    """A worker of another machine whose leader was killed ends by itself, with a status that says so."""
    place, ended = f"127.0.0.1:{free_port()}", []
    joining = threading.Thread(target=lambda: ended.append(_join_unheard(place)))
    joining.start()
    player.at_second_tick = lambda: os.kill(find_players()[0], signal.SIGKILL)
    with pytest.raises(Unavailable) as refused:
        player.play(seconds=60, company=Company(0, place, 1))
    assert refused.value.code == "player_ended"
    joining.join(60)
    assert ended == [1]


def _join_unheard(place: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "eid.scenarios.worker", place], capture_output=True, text=True, timeout=120
    )
    assert "does not answer any more" in done.stderr
    return done.returncode


def test_where_nobody_can_be_met_no_run_is_joined() -> None:
    with pytest.raises(Malformed) as refused:
        join_run("nowhere", processes=1)
    assert refused.value.code == "place_malformed"
