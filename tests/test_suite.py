"""The suite itself: every worker that shares it finds the same tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def collect(seed: str) -> list[str]:
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests"],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in found.stdout.splitlines() if "::" in line]


def test_every_worker_collects_the_same_tests() -> None:
    """Names that depend on a random value or on the order of a set would keep workers from sharing the suite."""
    first = collect("1")
    assert len(first) > 1000
    assert collect("2") == first
