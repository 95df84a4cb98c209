"""How many people a second one core makes up: the rows alone, as columns of final values and as tuples, and the peak of memory.

Example: python -m benchmarks.synthesis 1000000
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

from eid.population.synthesis.batch import Batch
from eid.population.synthesis.register import synthesise_batches


def measure(people: int, use: Callable[[Batch], object]) -> float:
    """People for each second of processor time."""
    start = time.process_time()
    for batch in synthesise_batches(people, 1):
        use(batch)
    return people / (time.process_time() - start)


def main(people: int) -> None:
    measure(1000, len)  # the tables are read
    print(f"columns: {measure(people, len):,.0f} people a second")
    print(f"tuples: {measure(people, lambda batch: sum(1 for _ in batch.people_rows())):,.0f} people a second")
    print(f"peak: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def run() -> None:
    main(512_000)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
