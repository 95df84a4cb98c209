"""Where people can move to: a household that there is, or a new one at an address of today."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.population import places
from eid.population.life.state import Home
from eid.population.models import Household, Person

FIRST_NEW_HOUSEHOLD_ID = 1_000_000_000
"""Households of the cast and of generated people have the id of a person; those founded later begin here."""
LONGEST_ADDRESS = 200


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
    house = " ".join(address.house.split())
    if not 0 < len(house) <= LONGEST_ADDRESS:
        raise Malformed("address_missing", "Write the house and street, or the hamlet.")
    places.find_province(address.province, on=world_today())
    commune = _find_commune(address)
    newest = db.session.scalar(select(func.max(Household.id))) or 0
    household_id = max(newest + 1, FIRST_NEW_HOUSEHOLD_ID)
    home = Home(household_id, commune.province, commune.old_province, commune.name, house)
    db.session.add(
        Household(
            id=home.id,
            province=home.province,
            old_province=home.old_province,
            commune=home.commune,
            address=home.address,
        )
    )
    db.session.flush()
    return home


def _find_commune(address: Address) -> places.Commune:
    for old_code in sorted(places.populations()):
        if places.find_successor(old_code) == address.province:
            for commune in places.list_communes(old_code):
                if commune.name.casefold() == address.commune.strip().casefold():
                    return commune
    raise NotFound("commune_unknown", "No commune of that province has this name.")
