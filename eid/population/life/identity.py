"""What changes who somebody is on paper: corrections, naturalisation, loss of citizenship, the ages at which a card is due.

Pure. A PIN tells sex, year and place of birth, so it is established anew where one of these was wrong (Decree 137/2015, article
16), and where a foreigner becomes a citizen; names can be corrected without.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date

from eid.errors import Conflict, Malformed
from eid.population.life.acts import CITIZEN
from eid.population.life.households import conclude
from eid.population.life.kinds import LifeEventKind, MaritalStatus
from eid.population.life.rules import MARRIAGE_AGE, check_birth, check_day, check_name, check_parents_of
from eid.population.life.state import Happened, People, PersonState
from eid.population.names import fold_name, join_name
from eid.population.numbers import ABROAD, FOREIGNER, Sex, age_on, check_pin_agrees, synthetic_prefix

CARD_AGES = (14, 25, 40, 60)
"""Law on Identification 26/2023, article 21, and 14, from which one must have a card (article 19)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What a correction can change of somebody. `birth_province` is None where the country is not Vietnam."""

    surname: str
    middle_name: str
    given_name: str
    birth_date: date
    sex: Sex
    birth_province: str | None
    birth_country: str
    ethnicity: str
    religion: str


def particulars_of(person: PersonState) -> Particulars:
    """What the register says now."""
    return Particulars(**{name: getattr(person, name) for name in Particulars.__slots__})


def needs_new_pin(person: PersonState, particulars: Particulars) -> bool:
    """Whether birth date, sex or place of birth would change."""
    told = ("birth_date", "sex", "birth_province", "birth_country")
    return any(getattr(person, name) != getattr(particulars, name) for name in told)


def pin_prefix(nationality: str, birth_province: str | None) -> str:
    """The first three digits of a number of a person of this nationality, born there or abroad."""
    if nationality != CITIZEN:
        return FOREIGNER
    return ABROAD if birth_province is None else synthetic_prefix(birth_province)


def correct(
    person_id: int, particulars: Particulars, *, pin: str | None, on: date, today: date, people: People
) -> list[Happened]:
    """The person's entry says this from now on; `pin` is the new one exactly where needs_new_pin says so.

    `people` also holds the children. Raises Malformed: event_date, birth_in_future, name_malformed, name_letters,
    pin_disagrees, correction_nothing, birth_place; Conflict: person_not_alive, correction_spouse, marriage_age, parent_….
    """
    person = people[person_id]
    check_day(on, [person], today=today)
    if particulars == particulars_of(person):
        raise Malformed("correction_nothing", "Nothing would change.")
    _check_particulars(person, particulars, on=on, today=today)
    corrected = replace(
        person,
        **asdict(particulars),
        folded_name=fold_name(join_name(particulars.surname, particulars.middle_name, particulars.given_name)),
        pin=pin or person.pin,
    )
    if needs_new_pin(person, particulars):
        check_pin_agrees(corrected.pin, birth_date=corrected.birth_date, sex=corrected.sex)
    after = {**people, person.id: corrected}
    check_parents_of(corrected, after)
    for child in people.values():
        if person.id in child.parent_ids:
            check_parents_of(child, after)
    return conclude(people, after, {person.id: LifeEventKind.CORRECTION}, on=on)


def naturalise(
    person_id: int, *, pin: str, ethnicity: str, name: tuple[str, str, str], on: date, today: date, people: People
) -> list[Happened]:
    """A foreigner is a citizen, under a new number and, as they wish, a Vietnamese name (Law on Nationality, article 19).

    Raises Malformed: event_date, name_malformed, name_letters, pin_disagrees; Conflict: person_not_alive, citizen_already.
    """
    person = people[person_id]
    check_day(on, [person], today=today)
    if person.nationality == CITIZEN:
        raise Conflict("citizen_already", "The person is a Vietnamese citizen already.")
    check_name(*name)
    check_pin_agrees(pin, birth_date=person.birth_date, sex=person.sex)
    surname, middle_name, given_name = name
    citizen = replace(
        person,
        nationality=CITIZEN,
        pin=pin,
        ethnicity=ethnicity,
        surname=surname,
        middle_name=middle_name,
        given_name=given_name,
        folded_name=fold_name(join_name(*name)),
    )
    return conclude(people, {**people, person.id: citizen}, {person.id: LifeEventKind.NATURALISATION}, on=on)


def lose_citizenship(person_id: int, *, nationality: str, on: date, today: date, people: People) -> list[Happened]:
    """A citizen is one no longer (Law on Nationality, article 26); entry, number and residence stay, with the new nationality.

    Raises Malformed: event_date, nationality_unknown; Conflict: person_not_alive, citizen_not.
    """
    person = people[person_id]
    check_day(on, [person], today=today)
    if person.nationality != CITIZEN:
        raise Conflict("citizen_not", "The person is not a Vietnamese citizen.")
    if len(nationality) != 3 or not nationality.isascii() or not nationality.isupper() or nationality == CITIZEN:
        raise Malformed("nationality_unknown", "Name another nationality by the three letters of its country.")
    foreigner = replace(person, nationality=nationality)
    return conclude(people, {**people, person.id: foreigner}, {person.id: LifeEventKind.CITIZENSHIP_LOSS}, on=on)


def come_of_card_age(person: PersonState, *, since: date, until: date) -> list[Happened]:
    """The days after `since` and up to `until` on which a living person turned 14, 25, 40 or 60; nothing changes by it."""
    days = [_birthday(person.birth_date, age) for age in CARD_AGES]
    return [
        Happened(person.id, LifeEventKind.CARD_DUE, day, {})
        for day in days
        if since < day <= until and (person.died_on is None or person.died_on > day)
    ]


def _birthday(birth_date: date, age: int) -> date:
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:  # born on 29 February: 1 March of other years, as age_on has it
        return date(birth_date.year + age, 3, 1)


def _check_particulars(person: PersonState, particulars: Particulars, *, on: date, today: date) -> None:
    check_name(particulars.surname, particulars.middle_name, particulars.given_name)
    check_birth(particulars.birth_date, today=today)
    if (particulars.birth_province is None) == (particulars.birth_country == CITIZEN):
        raise Malformed("birth_place", "Who was born in Vietnam was born in a province, and nobody else.")
    if person.spouse_id is not None and particulars.sex is not person.sex:
        raise Conflict("correction_spouse", "The sex of somebody who is married cannot be corrected.")
    married_before = person.marital_status is not MaritalStatus.SINGLE
    if married_before and age_on(particulars.birth_date, on) < MARRIAGE_AGE[particulars.sex]:
        raise Conflict("marriage_age", "A woman marries from 18, a man from 20 years of age.")
