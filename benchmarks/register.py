"""A large register beside a small one, loaded for the purpose: what a look-up by PIN costs, and how soon a search answers.

Example: python -m benchmarks.register 10000000

Both engines in turn; ten million people take some four minutes and 5 GB of disk on each.
"""

from __future__ import annotations

import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from benchmarks import finding, pin_look_ups
from benchmarks.databases import Engine, running_engines
from eid.app import create_app
from eid.config import Settings
from eid.db import close_database, upgrade_schema
from eid.population.loading import load_population

SMALL, LARGE = 100_000, 10_000_000
SEARCHES, WORST = 1_000, 5


def fill(url: str, folder: str, people: int) -> float:
    """Seconds that a load took."""
    with create_app(Settings(state_dir=Path(folder), database_url=url, log_level="error")).app_context():
        upgrade_schema()
        started = time.perf_counter()
        load_population(people=people, seed=1)
        close_database()
    return time.perf_counter() - started


def load(engine: Engine, folder: str, people: int) -> str:
    """The URL of a register of so many people, filled by a process of its own."""
    url = engine.create(folder, f"people_{people}")
    with get_context("spawn").Pool(1) as pool:
        seconds = pool.apply(fill, (url, folder, people))
    print(f"{engine.name}: {people:,} people loaded in {seconds:.0f} s", flush=True)
    return url


def main(people: int) -> None:
    with running_engines() as engines:
        for engine in engines:
            with tempfile.TemporaryDirectory() as folder:
                small, large = load(engine, folder, SMALL), load(engine, folder, people)
                pin_look_ups.main(small, large)
                finding.measure(large, some=SEARCHES, worst=WORST)


def run() -> None:
    main(LARGE)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LARGE)
