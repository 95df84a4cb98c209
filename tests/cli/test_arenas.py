"""Threads of a worker take memory from one place, unless the operator says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from eid.cli.arenas import CHOSEN

ROOT = Path(__file__).parent.parent.parent

COUNTED = """
import ctypes, threading
from eid.cli.arenas import share_one_arena

share_one_arena()
library, together = ctypes.CDLL(None), threading.Barrier(4)
library.malloc.restype = ctypes.c_void_p

def take():
    together.wait()
    library.malloc(1000)
    together.wait()

threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library.malloc_stats()
"""


@pytest.mark.skipif("CS_GNU_LIBC_VERSION" not in os.confstr_names, reason="another C library than glibc")
@pytest.mark.parametrize(("chosen", "arenas"), [({}, 1), ({CHOSEN: "3"}, 3)])
def test_threads_share_one_arena_unless_the_operator_chose(chosen: dict[str, str], arenas: int) -> None:
    environment = {name: value for name, value in os.environ.items() if name != CHOSEN} | chosen
    told = subprocess.run(
        [sys.executable, "-c", COUNTED], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stderr.count("Arena ") == arenas
