"""What one cell of a register's file may hold, column by column: the code of a refusal, or None. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from eid.errors import Malformed
from eid.population.life.kinds import MaritalStatus, Relation
from eid.population.life.rules import LONGEST_NAME, check_name
from eid.population.names import fold_name
from eid.population.numbers import FIRST_YEAR, LAST_YEAR, Sex, parse_pin
from eid.population.origins import COUNTRIES, STATELESS, ethnic_groups
from eid.population.places import MERGER, is_province_code, list_provinces

Check = Callable[[str], str | None]

MOST_NUMBER = 10**15 - 1
_NUMBER = re.compile(r"[1-9][0-9]{0,14}")
_OLD_NUMBER = re.compile(r"9[0-9]{8}")
_PHONE = re.compile(r"01[0-9]{8}")
_COMPUTED = ("=", "+", "-", "@")
"""What a cell begins with that a spreadsheet computes."""


def check_number(text: str) -> str | None:
    return None if _NUMBER.fullmatch(text) else "number_malformed"


def check_pin(text: str) -> str | None:
    """Also refuses the numbers of real people: a register of ours has none."""
    try:
        return None if parse_pin(text).is_synthetic else "pin_not_synthetic"
    except Malformed as refusal:
        return refusal.code


def check_date(text: str) -> str | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "date_malformed"
    return None if day.isoformat() == text and FIRST_YEAR <= day.year <= LAST_YEAR else "date_malformed"


def check_part_of_name(text: str) -> str | None:
    """As the desk has it (check_name), with a letter, and no longer without accents than with."""
    try:
        check_name(text, "", text)
    except Malformed:
        return "name_letters"
    if not any(sign.isalpha() for sign in text) or text[0] in _COMPUTED:
        return "name_letters"
    return None if len(fold_name(text)) <= LONGEST_NAME else "name_letters"


def check_province_of_birth(text: str) -> str | None:
    """Whether there was one on that day is asked with the date."""
    return None if is_province_code(text) else "province_unknown"


def text_of(longest: int) -> Check:
    def check(text: str) -> str | None:
        if text.startswith(_COMPUTED):
            return "text_formula"
        if not text.isprintable():
            return "text_control"
        return None if len(text) <= longest else "text_long"

    return check


def _one_of(known: Iterable[str], code: str) -> Check:
    words = frozenset(str(word) for word in known)
    return lambda text: None if text in words else code


def _matches(pattern: re.Pattern[str], code: str) -> Check:
    return lambda text: None if pattern.fullmatch(text) else code


CELLS: dict[str, Check] = {
    "id": check_number,
    "pin": check_pin,
    "surname": check_part_of_name,
    "middle_name": check_part_of_name,
    "given_name": check_part_of_name,
    "folded_name": text_of(122),
    "birth_date": check_date,
    "sex": _one_of(Sex, "sex_unknown"),
    "birth_province": check_province_of_birth,
    "birth_country": _one_of(COUNTRIES, "country_unknown"),
    "ethnicity": _one_of(ethnic_groups(), "ethnicity_unknown"),
    "religion": text_of(60),
    "nationality": _one_of((*COUNTRIES, *STATELESS), "country_unknown"),
    "household_id": check_number,
    "relation_to_head": _one_of(Relation, "relation_unknown"),
    "father_id": check_number,
    "mother_id": check_number,
    "spouse_id": check_number,
    "marital_status": _one_of(MaritalStatus, "status_unknown"),
    "residence_province": _one_of([p.code for p in list_provinces(MERGER)], "province_unknown"),
    "residence_old_province": _one_of([p.code for p in list_provinces(date(2025, 6, 30))], "province_unknown"),
    "residence_commune": text_of(80),
    "residence_address": text_of(200),
    "died_on": check_date,
    "old_id_number": _matches(_OLD_NUMBER, "old_number_malformed"),
    "phone": _matches(_PHONE, "phone_malformed"),
}
"""Of cells that are not empty."""
