"""The suite itself: every worker that shares it finds the same tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def collect(seed: str, marked: str) -> list[str]:
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", marked, "tests"],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in found.stdout.splitlines() if "::" in line]


@pytest.mark.sweep
def test_every_worker_collects_the_same_tests(request: pytest.FixtureRequest) -> None:
    """Names that depend on a random value or on the order of a set would keep workers from sharing the suite.

    This process has collected the suite already, with a seed of its own; where it has collected a part, another is asked.
    """
    marked = request.config.option.markexpr
    other = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    there = collect(other, marked)
    assert len(there) > 1000
    here = [item.nodeid for item in request.session.items]
    if len(here) <= 1000:
        here = collect("3", marked)
    known = set(here)
    assert [name for name in there if name in known] == here
