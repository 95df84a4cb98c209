"""Two clocks: the world's can be moved forward, by every process alike; the wall's cannot."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from eid.clock import advance_world, keep_world_offset_in, wall_now, world_now, world_today

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def offset_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "world-clock.json"
    keep_world_offset_in(path)
    yield path
    keep_world_offset_in(None)


def test_the_world_runs_on_wall_time_until_it_is_moved(offset_file: Path) -> None:
    with time_machine.travel(NOON, tick=False):
        assert world_now() == wall_now() == NOON


def test_moving_the_world_leaves_the_wall_alone_and_adds_up(offset_file: Path) -> None:
    with time_machine.travel(NOON, tick=False):
        advance_world(timedelta(days=30))
        assert advance_world(timedelta(days=1)) == NOON + timedelta(days=31)
        assert world_now() == NOON + timedelta(days=31)
        assert wall_now() == NOON


def test_another_process_sees_the_moved_world(offset_file: Path) -> None:
    advance_world(timedelta(days=400))
    program = (
        "import sys, pathlib, eid.clock as c; c.keep_world_offset_in(pathlib.Path(sys.argv[1]));"
        "print((c.world_now() - c.wall_now()).days)"
    )
    seen = subprocess.run([sys.executable, "-c", program, offset_file], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() in ("399", "400")


def test_the_world_never_runs_backward(offset_file: Path) -> None:
    with pytest.raises(ValueError, match="forward"):
        advance_world(timedelta(days=-1))


def test_a_day_begins_when_it_begins_in_vietnam() -> None:
    with time_machine.travel(datetime(2026, 11, 22, 17, 30, tzinfo=UTC), tick=False):
        assert world_today() == date(2026, 11, 23)
