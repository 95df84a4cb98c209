"""What a look-up by PIN costs in a large register against a small one: blocks of both in turn, the median of the ratios.

Example: python -m benchmarks.pin_look_ups sqlite:///small.sqlite3 sqlite:///large.sqlite3

Both registers are there already (eid population synthesise). People are looked up all over them, each once in a block; the
use case is all that is measured, on wall time, because waiting for the database is part of it.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from eid.app import create_app
from eid.config import Settings
from eid.db import close_database, db
from eid.population.models import Person
from eid.population.service import find_person

BLOCKS, LOOK_UPS = 40, 250


def draw_pins(many: int) -> list[str]:
    """Of people all over the register."""
    first, last = db.session.execute(select(func.min(Person.id), func.max(Person.id))).one()
    ids = random.Random(1).sample(range(first, last + 1), min(2 * many, last - first))
    pins = list(db.session.scalars(select(Person.pin).where(Person.id.in_(ids)).limit(many)))
    random.Random(2).shuffle(pins)
    return pins


def look_up(pins: list[str]) -> float:
    """Microseconds a look-up."""
    db.session.rollback()
    started = time.perf_counter()
    for pin in pins:
        find_person(pin)
    took = time.perf_counter() - started
    db.session.expunge_all()
    return 1e6 * took / len(pins)


def main(small: str, large: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        apps = [
            create_app(Settings(state_dir=Path(folder), database_url=url, log_level="error")) for url in (small, large)
        ]
        blocks = [[*_draw(app)] for app in apps]
        for app, pins in zip(apps, blocks, strict=True):
            with app.app_context():
                look_up([pin for block in pins for pin in block])  # both are in the machine's memory now
        found: list[list[float]] = [[], []]
        for number in range(BLOCKS):
            for app, pins, times in zip(apps, blocks, found, strict=True):
                with app.app_context():
                    times.append(look_up(pins[number]))
        for app, _url, times in zip(apps, (small, large), found, strict=True):
            with app.app_context():
                people = db.session.scalar(select(func.count()).select_from(Person)) or 0
                print(f"{db.engine.dialect.name}, {people:,} people: {statistics.median(times):.0f} µs a look-up")
                close_database()
        ratio = statistics.median(b / a for a, b in zip(*found, strict=True))
        print(f"the large one costs {ratio:.2f} times the small one ({len(blocks[0])} blocks of {LOOK_UPS})")


def _draw(app: Flask) -> list[list[str]]:
    with app.app_context():
        pins = draw_pins(BLOCKS * LOOK_UPS)
        return [pins[i : i + LOOK_UPS] for i in range(0, len(pins), LOOK_UPS)]


if __name__ == "__main__":
    main(*sys.argv[1:])
