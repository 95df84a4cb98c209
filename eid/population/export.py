"""A made-up register as a CSV file: one line a person, a header, UTF-8, empty where there is nothing; written as it is made."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import IO

from eid.population.synthesis.batch import PEOPLE_COLUMNS
from eid.population.synthesis.register import synthesise_batches


def write_people_csv(file: IO[str], *, people: int, seed: int, progress: Callable[[int], None] | None = None) -> None:
    """Write the first `people` people of this seed. Memory does not grow with their number. Raises as check_synthesis does."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PEOPLE_COLUMNS)
    for batch in synthesise_batches(people, seed):
        writer.writerows(batch.people_rows())
        if progress is not None:
            progress(len(batch))
