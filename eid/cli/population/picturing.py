"""The half of eid population picture that needs the service and its database."""

from __future__ import annotations

from eid.cli.context import service
from eid.clock import world_today
from eid.db import check_database
from eid.population.pictures.service import tally_register
from eid.population.pictures.tally import Tally


def tally_database() -> Tally:
    """The people of the environment's database, as of today in the world."""
    with service():
        check_database()
        return tally_register(world_today())
