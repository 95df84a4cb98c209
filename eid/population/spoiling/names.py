"""Defects of names and origins."""

from __future__ import annotations

import unicodedata

from eid.population.models import Person
from eid.population.names import fold_name, join_name
from eid.population.spoiling.spoiler import Breakage, Kind, Planted, Spoiler


def _no_given_name(spoiler: Spoiler, person: Person) -> Breakage:
    spoiler.rename(person, person.surname, person.middle_name, "")
    return [Planted("name-missing", person.id)]


def _digit_in_name(spoiler: Spoiler, person: Person) -> Breakage:
    spoiler.rename(person, person.surname, person.middle_name, person.given_name + spoiler.rng.choice("0123456789"))
    return [Planted("name-form", person.id)]


def _spaces_in_name(spoiler: Spoiler, person: Person) -> Breakage:
    spoiler.rename(person, person.surname, f"{person.middle_name}  Anh", f"{person.given_name} ")
    return [Planted("name-form", person.id)]


def _accents_apart(spoiler: Spoiler, person: Person) -> Breakage:
    """As a keyboard of another system writes them; to the eye nothing has changed."""
    apart = unicodedata.normalize("NFD", person.given_name)
    if apart == person.given_name:
        return None
    person.given_name = apart
    return [Planted("name-composed", person.id)]


def _found_under_another_name(spoiler: Spoiler, person: Person) -> Breakage:
    """The name was changed, what it is found by was not."""
    given_name = spoiler.rng.choice([name for name in ("Bình", "Yến", "Quỳnh") if name != person.given_name])
    if fold_name(given_name) == fold_name(person.given_name):
        return None
    person.given_name = given_name
    return [Planted("folded-name", person.id)]


def _found_by_no_word(spoiler: Spoiler, person: Person) -> Breakage:
    """A name that nobody else has, and that was not added to the words."""
    person.given_name = f"{person.given_name}{spoiler.rng.choice('bcdfghk')}{spoiler.rng.choice('qwxz')}tz"
    person.folded_name = fold_name(join_name(person.surname, person.middle_name, person.given_name))
    return [Planted("name-findable", person.id)]


def _no_ethnic_group(spoiler: Spoiler, person: Person) -> Breakage:
    person.ethnicity = ""
    return [Planted("origin-missing", person.id)]


def _no_such_ethnic_group(spoiler: Spoiler, person: Person) -> Breakage:
    person.ethnicity = spoiler.rng.choice(("KINH", "Kin", "Không rõ"))
    return [Planted("ethnicity-unknown", person.id)]


def _nationality_by_two_letters(spoiler: Spoiler, person: Person) -> Breakage:
    if person.nationality != "VNM":
        return None
    person.nationality = "VN"
    return [Planted("nationality-unknown", person.id), Planted("pin-foreigner", person.id)]


def _born_in_no_country(spoiler: Spoiler, person: Person) -> Breakage:
    if person.nationality != "VNM" or not spoiler.renumber(person, f"997{person.pin[3:]}"):
        return None
    person.birth_country, person.birth_province = "ZZZ", None
    return [Planted("birth-country-unknown", person.id)]


NAME_KINDS: tuple[Kind, ...] = (
    _no_given_name,
    _digit_in_name,
    _spaces_in_name,
    _accents_apart,
    _found_under_another_name,
    _found_by_no_word,
    _no_ethnic_group,
    _no_such_ethnic_group,
    _nationality_by_two_letters,
    _born_in_no_country,
)
