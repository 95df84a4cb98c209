"""Whether the audit finds each planted defect and names nobody else: precision and recall by rule, and by kind of duplicate.

A register from a seed, spoilt with all kinds in turn or with duplicates alone, in each engine. Rules are told that miss 1.0.

Examples: python -m benchmarks.quality 100000 1 2 3
          python -m benchmarks.quality --duplicates 100000 1 2 3
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.databases import Engine, running_engines
from eid.app import create_app
from eid.cli.population.inspection import CHECKS
from eid.cli.population.spoiling import KINDS
from eid.config import Settings
from eid.db import close_database, upgrade_schema
from eid.population.loading import load_population
from eid.population.spoiling.duplicates import DUPLICATE_KINDS
from eid.population.spoiling.planting import spoil_register
from eid.population.spoiling.spoiler import Kind, Planted

RATE = 0.01

Broken = Mapping[str, set[int]]
"""Rule → who breaks it."""


def audit_spoilt(people: int, seed: int, kinds: Sequence[Kind]) -> tuple[list[Planted], Broken, float]:
    """What was planted into a register of this seed, what was found there, and how long that took."""
    load_population(people=people, seed=seed)
    planted = spoil_register(rate=RATE, seed=seed, kinds=kinds)
    started = time.perf_counter()
    found = {check.rule.id: {defect.id for defect in check.find()} for check in CHECKS}
    return planted, found, time.perf_counter() - started


def group(planted: Sequence[Planted]) -> Broken:
    broken: dict[str, set[int]] = defaultdict(set)
    for defect in planted:
        broken[defect.rule].add(defect.person_id)
    return broken


def describe(planted: Sequence[Planted], found: Broken) -> list[str]:
    """A line on all rules, one on each rule that is not perfect, one on each kind of duplicate."""
    broken = group(planted)
    right = {rule: len(who & broken.get(rule, set())) for rule, who in found.items()}
    asked, named = sum(map(len, broken.values())), sum(map(len, found.values()))
    lines = [f"{len(broken)} of {len(CHECKS)} rules broken: {tell(sum(right.values()), named, asked)}"]
    for rule, who in found.items():
        if who != broken.get(rule, set()):
            lines.append(f"  {rule}: {tell(right[rule], len(who), len(broken.get(rule, ())))}")
    kinds = Counter(p.kind for p in planted if p.rule == "duplicate")
    hit = Counter(p.kind for p in planted if p.rule == "duplicate" and p.person_id in found["duplicate"])
    return lines + [f"  {kind}: {hit[kind]} of {count} found" for kind, count in sorted(kinds.items())]


def tell(right: int, named: int, asked: int) -> str:
    precision, recall = right / named if named else 1.0, right / asked if asked else 1.0
    return f"{named} named of {asked} planted, precision {precision:.4f}, recall {recall:.4f}"


def measure_engine(engine: Engine, people: int, seed: int, kinds: Sequence[Kind]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = engine.create(folder, "spoilt")
        app = create_app(Settings(state_dir=Path(folder), database_url=url, log_level="error"))
        with app.app_context():
            upgrade_schema()
            planted, found, seconds = audit_spoilt(people, seed, kinds)
            close_database()
    print(f"{engine.name}, {people:,} people of seed {seed}, audited in {seconds:.1f} s")
    print("\n".join(describe(planted, found)), flush=True)


def main(kinds: Sequence[Kind], people: int, *seeds: int) -> None:
    with running_engines() as engines:
        for engine in engines:
            for seed in seeds:
                measure_engine(engine, people, seed, kinds)


def run() -> None:
    main(KINDS, 100_000, 1)


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--duplicates"] or ["100000", "1", "2", "3"]
    main(DUPLICATE_KINDS if "--duplicates" in sys.argv else KINDS, *map(int, arguments))
