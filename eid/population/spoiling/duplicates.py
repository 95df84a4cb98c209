"""Second entries of a person, as they come in: alike, under another spelling, or with another date."""

from __future__ import annotations

from datetime import date
from typing import Any

from eid.db import db
from eid.population.models import MaritalStatus, Person, Relation
from eid.population.spoiling.spoiler import Breakage, Kind, Planted, Spoiler

Name = tuple[str, str, str]
_COPIED = (
    "birth_date",
    "sex",
    "birth_province",
    "birth_country",
    "ethnicity",
    "religion",
    "nationality",
    "household_id",
    "father_id",
    "mother_id",
    "residence_province",
    "residence_old_province",
    "residence_commune",
    "residence_address",
)
_FAMILIES = {
    "a": "àáảãạăằắẳẵặâầấẩẫậ",
    "e": "èéẻẽẹêềếểễệ",
    "i": "ìíỉĩị",
    "o": "òóỏõọôồốổỗộơờớởỡợ",
    "u": "ùúủũụưừứửữự",
    "y": "ỳýỷỹỵ",
    "d": "đ",
}
_PLAIN = str.maketrans(
    {c: plain for plain, family in _FAMILIES.items() for c in family}
    | {c.upper(): plain.upper() for plain, family in _FAMILIES.items() for c in family}
)
_I_AS_Y = str.maketrans("iìíỉĩịyỳýỷỹỵ", "yỳýỷỹỵiìíỉĩị")


def _name(person: Person) -> Name:
    return person.surname, person.middle_name, person.given_name


def _enter_again(spoiler: Spoiler, person: Person, name: Name, **changes: Any) -> list[Planted]:
    """A second entry, with a number and a PIN of its own."""
    again = Person(
        id=spoiler.new_id(),
        relation_to_head=Relation.OTHER,
        marital_status=MaritalStatus.SINGLE,
        **{column: getattr(person, column) for column in _COPIED} | changes,
    )
    spoiler.rename(again, *name)
    while not spoiler.renumber(again, f"{person.pin[:6]}{spoiler.digits(6)}"):
        pass
    db.session.add(again)
    broken = [Planted("duplicate", again.id), *spoiler.surname_of_neither(again)]
    return broken


def _in_twice_alike(spoiler: Spoiler, person: Person) -> Breakage:
    return _enter_again(spoiler, person, _name(person))


def _in_twice_without_accents(spoiler: Spoiler, person: Person) -> Breakage:
    surname, middle_name, given_name = _name(person)
    plain = (surname.translate(_PLAIN), middle_name.translate(_PLAIN), given_name.translate(_PLAIN))
    return _enter_again(spoiler, person, plain)


def _in_twice_with_other_accents(spoiler: Spoiler, person: Person) -> Breakage:
    """One vowel of the given name bears another accent: Hoa, Hoà, Hóa."""
    surname, middle_name, given_name = _name(person)
    for at, letter in enumerate(given_name):
        family = _FAMILIES.get(letter.translate(_PLAIN), "")
        others = [c for c in family if c != letter]
        if others:
            changed = f"{given_name[:at]}{spoiler.rng.choice(others)}{given_name[at + 1 :]}"
            return _enter_again(spoiler, person, (surname, middle_name, changed))
    return None


def _in_twice_given_name_first(spoiler: Spoiler, person: Person) -> Breakage:
    return _enter_again(spoiler, person, (person.given_name, person.middle_name, person.surname))


def _in_twice_i_for_y(spoiler: Spoiler, person: Person) -> Breakage:
    surname, middle_name, given_name = _name(person)
    changed = given_name.translate(_I_AS_Y)
    return None if changed == given_name else _enter_again(spoiler, person, (surname, middle_name, changed))


def _in_twice_misspelt(spoiler: Spoiler, person: Person) -> Breakage:
    """A letter of the middle name is doubled, left out, or replaced."""
    name = person.middle_name
    if len(name) < 3:
        return None
    at = spoiler.rng.randrange(1, len(name) - 1)
    if " " in name[at - 1 : at + 2]:
        return None
    wrong = spoiler.rng.choice([name[at] * 2, "", "x"])
    return _enter_again(spoiler, person, (person.surname, name[:at] + wrong + name[at + 1 :], person.given_name))


def _in_twice_letters_swapped(spoiler: Spoiler, person: Person) -> Breakage:
    name = person.given_name
    if len(name) < 4:
        return None
    swapped = f"{name[0]}{name[2]}{name[1]}{name[3:]}"
    return _enter_again(spoiler, person, (person.surname, person.middle_name, swapped))


def _in_twice_without_middle_name(spoiler: Spoiler, person: Person) -> Breakage:
    return _enter_again(spoiler, person, (person.surname, "", person.given_name)) if person.middle_name else None


def _in_twice_middle_name_short(spoiler: Spoiler, person: Person) -> Breakage:
    if not person.middle_name:
        return None
    return _enter_again(spoiler, person, (person.surname, f"{person.middle_name[0]}.", person.given_name))


def _in_twice_day_for_month(spoiler: Spoiler, person: Person) -> Breakage:
    born = person.birth_date
    if person.mother_id is not None or born.day > 12 or born.day == born.month:
        return None
    return _enter_again(spoiler, person, _name(person), birth_date=date(born.year, born.day, born.month))


def _in_twice_by_year_alone(spoiler: Spoiler, person: Person) -> Breakage:
    if person.mother_id is not None:
        return None
    return _enter_again(spoiler, person, _name(person), birth_date=date(person.birth_date.year, 1, 1))


DUPLICATE_KINDS: tuple[Kind, ...] = (
    _in_twice_alike,
    _in_twice_without_accents,
    _in_twice_with_other_accents,
    _in_twice_given_name_first,
    _in_twice_i_for_y,
    _in_twice_misspelt,
    _in_twice_letters_swapped,
    _in_twice_without_middle_name,
    _in_twice_middle_name_short,
    _in_twice_day_for_month,
    _in_twice_by_year_alone,
)
