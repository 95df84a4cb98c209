"""What a child is called and numbered: the father's surname, names by ethnic group, sex and year, a PIN that nobody has. Pure."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from eid.population.life.identity import pin_prefix
from eid.population.living.country import Country
from eid.population.living.luck import Lots, Luck
from eid.population.names import cohort_of, given_name_weights, join_name, middle_name_weights
from eid.population.numbers import FIRST_FREE_SERIAL, SERIALS, Sex, century_sex_digit
from eid.population.quality.spelling import is_same_name
from eid.population.sample_data import read_table

Name = tuple[str, str, str]

_TRIES = 100


def name_child(
    luck: Luck, surname: str, ethnicity: str, sex: Sex, birth_year: int, *, siblings: Collection[str], twin: str | None
) -> Name:
    """A name that none of these given names is part of, and that nobody takes for the twin's full name."""
    middle_names, given_names = (
        _names("middle", ethnicity, sex, birth_year),
        _names("given", ethnicity, sex, birth_year),
    )
    for _ in range(_TRIES):
        name = (surname, middle_names.draw(luck), given_names.draw(luck))
        alike = twin is not None and is_same_name(twin, join_name(*name))
        if name[2] not in siblings and not name[1].endswith(name[2]) and not alike:
            return name
    return name


def choose_pin(
    country: Country, luck: Luck, *, nationality: str, birth_province: str | None, birth_year: int, sex: Sex
) -> str:
    """A PIN for these particulars that nobody has or had; the cast's serials are left out."""
    cell = f"{pin_prefix(nationality, birth_province)}{century_sex_digit(birth_year, sex)}{birth_year % 100:02d}"
    serial = FIRST_FREE_SERIAL + luck.below(SERIALS - FIRST_FREE_SERIAL)
    while not country.is_pin_free(pin := f"{cell}{serial:06d}"):
        serial = FIRST_FREE_SERIAL + luck.below(SERIALS - FIRST_FREE_SERIAL)
    country.new_pins.add(pin)
    return pin


@lru_cache
def _names(part: str, ethnicity: str, sex: Sex, birth_year: int) -> Lots[str]:
    """The group's own names, else those of the Kinh."""
    rows = [row for row in _ethnic_rows(part) if (row["ethnic_group"], row["sex"]) == (ethnicity, sex)]
    weights = middle_name_weights if part == "middle" else given_name_weights
    own = [(row["name"], float(row["weight"])) for row in rows]
    return Lots(own or weights(sex, cohort_of(birth_year)))


@lru_cache
def _ethnic_rows(part: str) -> list[dict[str, str]]:
    return read_table(f"names/ethnic_{part}_names.csv")
