"""The half of eid population synthesise that needs the service and its database."""

from __future__ import annotations

from eid.cli.context import service
from eid.cli.progress import progress_bar
from eid.db import check_database
from eid.population.loading import load_population


def fill_database(*, people: int, seed: int) -> None:
    """The register holds these people; a bar shows how far it is."""
    with service(), progress_bar("people", people) as progress:
        check_database()
        load_population(people=people, seed=seed, progress=progress)
