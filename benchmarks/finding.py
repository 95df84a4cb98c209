"""How long the first page of a search takes in a register that is there.

Example: python -m benchmarks.finding sqlite:///var/eid.sqlite3

Searches are asked in every combination of words, of birth dates and years, of provinces and of living or dead; the slowest
are printed, each the median of four after a first one, the use case included.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select

from eid.app import create_app
from eid.clock import world_today
from eid.config import Settings
from eid.db import close_database, db
from eid.population.finding import search_people
from eid.population.models import NameWord, Person
from eid.population.person_query import PersonQuery, parse_query

BAR_MS = 50
TIMES = 5
NAMES = (
    *(
        "nguyen",
        "thi",
        "thi nguyen",
        "van nguyen",
        "duc",
        "bao",
        "hung",
        "mai",
        "an nguyen van",
        "van thi nguyen hung mai",
    ),
    *("ngoc", "minh thi", "y", "lo thi", "nong", "kpa", "h'hen", "son ca", "thach", "hoang anh thu", "zzz"),
)
BORN = ("", "1931", "1935", "1955", "1975", "1990", "1991", "2012", "2020", "2025", "05/09/1990", "01/01/1960")
PROVINCES = ("", "79", "01", "11", "96", "19", "Bắc Kạn", "Hà Giang", "Long An")
LIFE = (None, True, False)


def milliseconds(act: Callable[[], object]) -> float:
    """The median of some runs after a first one."""
    seconds = []
    for _ in range(TIMES):
        db.session.rollback()
        db.session.expunge_all()
        started = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - started)
    return 1000 * statistics.median(seconds[1:])


def combine(some: int | None) -> list[tuple[str, PersonQuery]]:
    """All searches that may be asked, or `some` of them by chance, always the same."""
    found = []
    for name, born, province, alive in itertools.product(("", *NAMES), BORN, PROVINCES, LIFE):
        if (born or (name and name.strip())) and not (not name and born.isdigit() and not province):
            query = parse_query(name=name, born=born, province=province, alive=alive, today=world_today())
            life = {None: "", True: "living", False: "dead"}[alive]
            found.append((" · ".join(filter(None, (name, born, province, life))), query))
    return found if some is None else random.Random(1).sample(found, some)


def measure_searches(some: int | None, worst: int) -> None:
    """Each search, and the slowest of all."""
    times = []
    for asked, query in combine(some):
        took = milliseconds(lambda query=query: search_people(query))  # type: ignore[misc]
        times.append((took, asked, len(search_people(query).people)))
    times.sort(reverse=True)
    over = sum(took > BAR_MS for took, _, _ in times)
    median = statistics.median(took for took, _, _ in times)
    print(f"{len(times)} searches: median {median:.1f} ms, slowest {times[0][0]:.1f} ms, {over} over {BAR_MS} ms")
    for took, asked, people in times[:worst]:
        print(f"  {took:7.1f} ms  {asked}  ({people} on the first page)")


def measure(url: str, *, some: int | None, worst: int) -> None:
    """Print how long searches take in this register, and the slowest."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(state_dir=Path(folder), database_url=url, log_level="error"))
        with app.app_context():
            people, names = (db.session.scalar(select(func.count()).select_from(t)) for t in (Person, NameWord))
            print(f"{db.engine.dialect.name}: {people:,} people, {names:,} words of names")
            measure_searches(some, worst)
            close_database()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of the register's database")
    parser.add_argument("--some", type=int, help="so many searches by chance instead of all")
    parser.add_argument("--worst", type=int, default=15, help="how many of the slowest to print")
    arguments = parser.parse_args()
    measure(arguments.url, some=arguments.some, worst=arguments.worst)


if __name__ == "__main__":
    main()
