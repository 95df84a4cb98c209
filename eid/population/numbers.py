"""The personal identification number: twelve digits PPP C YY RRRRRR (Decree 137/2015, article 13; Circular 07/2016, article 7).

PPP is where the birth was registered, C the century and sex, YY the year, RRRRRR random; there is no check digit. Numbers of
synthetic people start with 9, a range that nobody has. Real numbers are recognised and never issued.
"""

from __future__ import annotations

import random
from calendar import isleap
from datetime import date
from enum import StrEnum

from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.population.places import is_province_code

SYNTHETIC = "9"
ABROAD = "997"
"""Synthetic people whose birth was registered abroad."""
FOREIGNER = "998"
"""Synthetic foreigners."""
FIRST_FREE_SERIAL = 1_000
"""Serials below are the cast's, so that no generated person ever takes one of theirs."""
SERIALS = 1_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2399


class Sex(StrEnum):
    MALE = "M"
    FEMALE = "F"


@frozen
class Pin:
    """What the twelve digits say."""

    prefix: str
    """Three digits: province or country of birth registration; synthetic ones start with 9."""
    century: int
    """20 for 1900–1999, 21 for 2000–2099 and so on."""
    sex: Sex
    birth_year_two_digits: int
    serial: int

    @property
    def is_synthetic(self) -> bool:
        return self.prefix.startswith(SYNTHETIC)

    @property
    def province_code(self) -> str | None:
        """The two-digit GSO code; None where the birth was registered abroad."""
        is_province = self.prefix[0] in ("0", SYNTHETIC) and is_province_code(self.prefix[1:])
        return self.prefix[1:] if is_province else None

    @property
    def birth_year(self) -> int:
        return (self.century - 1) * 100 + self.birth_year_two_digits


def parse_pin(text: str) -> Pin:
    """What a PIN says. Raises Malformed: pin_malformed, pin_prefix_unknown."""
    if len(text) != 12 or not text.isascii() or not text.isdigit():
        raise Malformed("pin_malformed", "A PIN has twelve digits.")
    prefix, digit = text[:3], int(text[3])
    _check_prefix(prefix)
    return Pin(
        prefix=prefix,
        century=20 + digit // 2,
        sex=Sex.FEMALE if digit % 2 else Sex.MALE,
        birth_year_two_digits=int(text[4:6]),
        serial=int(text[6:]),
    )


def build_pin(pin: Pin) -> str:
    """The twelve digits: parse_pin's inverse. Raises Malformed: pin_prefix_unknown, pin_year, pin_serial."""
    _check_prefix(pin.prefix)
    if not 0 <= pin.serial < SERIALS:
        raise Malformed("pin_serial", "The random part of a PIN has six digits.")
    if not 0 <= pin.birth_year_two_digits <= 99:
        raise Malformed("pin_year", "The year in a PIN has two digits.")
    digit = century_sex_digit(pin.birth_year, pin.sex)
    return f"{pin.prefix}{digit}{pin.birth_year_two_digits:02d}{pin.serial:06d}"


def century_sex_digit(birth_year: int, sex: Sex) -> int:
    """Digit 4: twice the centuries since 1900, plus one for a woman. Raises Malformed outside 1900–2399: pin_year."""
    if not FIRST_YEAR <= birth_year <= LAST_YEAR:
        raise Malformed("pin_year", "No PIN can tell this year of birth.")
    return 2 * (birth_year // 100 - 19) + (sex is Sex.FEMALE)


def synthetic_prefix(province_code: str) -> str:
    """The first three digits of a synthetic person whose birth was registered under this two-digit code."""
    prefix = SYNTHETIC + province_code
    _check_prefix(prefix)
    return prefix


def allocate_pin(*, prefix: str, birth_year: int, sex: Sex, rng: random.Random) -> str:
    """A synthetic PIN with a random serial outside the cast's; the caller sees to it that nobody has it yet."""
    century, year = divmod(birth_year, 100)
    serial = rng.randrange(FIRST_FREE_SERIAL, SERIALS)
    return build_pin(Pin(prefix, century + 1, sex, year, serial))


def check_pin_agrees(text: str, *, birth_date: date, sex: Sex) -> Pin:
    """What the PIN says, which is this sex and this birth year. Raises Malformed as parse_pin does, and: pin_disagrees."""
    pin = parse_pin(text)
    if pin.sex is not sex or pin.birth_year != birth_date.year:
        raise Malformed("pin_disagrees", "The PIN tells another sex or another birth year.")
    return pin


def age_on(birth_date: date, day: date) -> int:
    """Whole years on that day; who was born on 29 February has their birthday on 1 March of other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def years_before(day: date, years: int) -> date:
    """The last birth date of those who are that old on the day; who was born on 29 February has a birthday on 1 March."""
    is_missing = (day.month, day.day) == (2, 29) and not isleap(day.year - years)
    return day.replace(year=day.year - years, day=28 if is_missing else day.day)


def _check_prefix(prefix: str) -> None:
    """Provinces are 001–096, countries run upward from 101 (Circular 07/2016, annexes 1 and 2); synthetic ones start with 9."""
    is_country = prefix.isdigit() and "101" <= prefix <= "899"
    is_province = prefix[:1] in ("0", SYNTHETIC) and is_province_code(prefix[1:])
    if len(prefix) != 3 or not (is_country or is_province or prefix in (ABROAD, FOREIGNER)):
        raise Malformed("pin_prefix_unknown", "The PIN's first three digits name no province or country.")
