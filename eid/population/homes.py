"""Where people can move to: a household that there is, or a new one at an address of today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Unavailable
from eid.population import places
from eid.population.life.state import Home
from eid.population.models import Household, LifeEvent, Person

FIRST_NEW_HOUSEHOLD_ID = 1_000_000_000
"""Households of the cast and of generated people have the id of a person; those founded while the country lives begin here."""
FIRST_DESK_HOUSEHOLD_ID = 2_000_000_000
"""Those founded by an act at the desk begin here."""
LONGEST_ADDRESS = 200
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Address:
    """An address of today, as it is written on a form: code of a province, name of a commune, house."""

    province: str
    commune: str
    house: str


def find_home(person: Person) -> Home:
    """The household in which somebody lives. Raises Conflict: person_not_alive, household_missing."""
    if person.died_on is not None:
        raise Conflict("person_not_alive", "One of the persons concerned has died.")
    household = db.session.get(Household, person.household_id or 0)
    if household is None:
        raise Conflict("household_missing", "This person is registered in no household.")
    return Home(household.id, household.province, household.old_province, household.commune, household.address)


def record_home(address: Address) -> Home:
    """A new household at this address; the caller's transaction commits it, and people who move in.

    Raises NotFound: province_unknown, commune_unknown; Malformed: address_missing.
    """
    house, commune = read_house(address), find_commune(address)
    place = {
        "province": commune.province,
        "old_province": commune.old_province,
        "commune": commune.name,
        "address": house,
    }
    return Home(_found_household(place), **place)


def _found_household(place: Mapping[str, str]) -> int:
    """The number of a new household there: one that none ever had, though the newest may have ended.

    Events are never deleted, and whoever moves in has one, so numbers that follow the events' grow for good. Of two
    founded at the same moment the second takes the number after. Raises Unavailable: household_not_founded.
    """
    follows = FIRST_DESK_HOUSEHOLD_ID + (db.session.scalar(select(func.max(LifeEvent.id))) or 0)
    for household_id in range(follows + 1, follows + _TRIES):
        try:
            with db.session.begin_nested():
                db.session.add(Household(id=household_id, **place))
                return household_id
        except IntegrityError:
            continue
    raise Unavailable("household_not_founded", "No household could be founded now; please try again.")


def read_house(address: Address) -> str:
    """The house of this address, with single blanks. Raises Malformed: address_missing."""
    house = " ".join(address.house.split())
    if not 0 < len(house) <= LONGEST_ADDRESS:
        raise Malformed("address_missing", "Write the house and street, or the hamlet.")
    return house


def find_commune(address: Address) -> places.Commune:
    """The commune of this address, as it is called today. Raises NotFound: province_unknown, commune_unknown."""
    places.find_province(address.province, on=world_today())
    for old_code in sorted(places.populations()):
        if places.find_successor(old_code) == address.province:
            for commune in places.list_communes(old_code):
                if commune.name.casefold() == address.commune.strip().casefold():
                    return commune
    raise NotFound("commune_unknown", "No commune of that province has this name.")
