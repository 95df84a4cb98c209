"""Where people go who move: a province, a commune in it, a house. Pure."""

from __future__ import annotations

from functools import lru_cache

from eid.population.life.state import Home, PersonState
from eid.population.living.country import Country
from eid.population.living.luck import Lots, Luck
from eid.population.places import list_communes, populations, street_words

MOST_HOUSE_NUMBERS = 400


def find_new_home(country: Country, mover: PersonState, luck: Luck, *, stays: float) -> Home:
    """An empty house, with this chance in a commune of the province (as it was until June 2025) that the mover lives in."""
    province = mover.residence_old_province if luck.share() < stays else _province_lots().draw(luck)
    return settle_in(country, province, luck)


def find_home_nearby(country: Country, mover: PersonState, luck: Luck) -> Home:
    """An empty house in the mover's commune."""
    return settle_in(country, mover.residence_old_province, luck, commune_name=mover.residence_commune)


def settle_in(country: Country, province: str, luck: Luck, *, commune_name: str | None = None) -> Home:
    """An empty house in one of the 63 provinces: in the commune of this name, if there is one, else in any."""
    communes = list_communes(province)
    commune = next((c for c in communes if c.name == commune_name), None) or luck.pick(communes)
    streets, hamlets = street_words()
    word, number = luck.pick(streets if commune.is_ward else hamlets), 1 + luck.below(MOST_HOUSE_NUMBERS)
    address = f"Số {number}, {word}" if commune.is_ward else word
    return country.found_home(commune.province, commune.old_province, commune.name, address)


def home_of(person: PersonState) -> Home | None:
    """The household that somebody lives in."""
    if person.household_id is None:
        return None
    return Home(
        person.household_id,
        person.residence_province,
        person.residence_old_province,
        person.residence_commune,
        person.residence_address,
    )


@lru_cache
def _province_lots() -> Lots[str]:
    return Lots(populations().items())
