"""Who can be given an entitlement."""

from __future__ import annotations

from eid.errors import Conflict
from eid.population.models import Person
from eid.population.service import find_person


def find_living_person(pin: str) -> Person:
    """The person who bears this PIN and lives. Raises NotFound: person_unknown; Conflict: person_dead."""
    person = find_person(pin)
    if not person.is_alive:
        raise Conflict("person_dead", "This person has died.")
    return person
