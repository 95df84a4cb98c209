"""What must hold for an event to be registered: a refusal with a code, or nothing.

Pure. Law on Civil Status 60/2014/QH13, Law on Marriage and Family 52/2014/QH13, Law on Residence 68/2020/QH14, Law on Vietnamese
Nationality 24/2008/QH12, as far as the register can know. What only a court or a conversation finds out (free will, legal
capacity, the twelve months in which a husband may not ask for divorce) is not decided here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date

from eid.errors import Conflict, Malformed
from eid.population.life.kinds import MaritalStatus
from eid.population.life.state import People, PersonState
from eid.population.numbers import Sex, age_on

YOUNGEST_PARENT = 12
"""Younger than this it is a mistake of entry, not a birth."""
OLDEST_MOTHER = 60
MARRIAGE_AGE = {Sex.FEMALE: 18, Sex.MALE: 20}
"""Law on Marriage and Family, article 8."""
ADULT = 18
LONGEST_NAME = 40
NAME_SIGNS = frozenset("'’-.")
"""Beside letters: H'Hen, Jean-Marie."""


def check_birth(birth_date: date, *, today: date) -> None:
    """A birth on that day can be registered today. Raises Malformed: birth_in_future."""
    if birth_date > today:
        raise Malformed("birth_in_future", "The date of birth lies in the future.")


def check_parent(*, sex: Sex, expected_sex: Sex, born: date, died: date | None, birth_date: date) -> None:
    """Someone of this sex and these dates can be the parent. Raises Conflict: parent_sex, parent_age, parent_dead.

    A mother lives on the day of birth; a father may have died up to ten months before it.
    """
    if sex is not expected_sex:
        raise Conflict("parent_sex", "The person named as mother or father is not of that sex.")
    age = age_on(born, birth_date)
    if age < YOUNGEST_PARENT or (sex is Sex.FEMALE and age > OLDEST_MOTHER):
        raise Conflict("parent_age", "The parent's age on the day of birth cannot be right.")
    if died is not None and (birth_date - died).days > (0 if sex is Sex.FEMALE else 300):
        raise Conflict("parent_dead", "The parent had died before.")


def check_parents_of(child: PersonState, people: People) -> None:
    """Those of the child's parents who are among these people can be its parents. Raises as check_parent."""
    for parent_id, sex in ((child.mother_id, Sex.FEMALE), (child.father_id, Sex.MALE)):
        parent = people.get(parent_id or 0)
        if parent is not None:
            check_parent(
                sex=parent.sex,
                expected_sex=sex,
                born=parent.birth_date,
                died=parent.died_on,
                birth_date=child.birth_date,
            )


def check_death(*, born: date, died: date | None, died_on: date, today: date) -> None:
    """A death on that day can be registered today. Raises Malformed: death_date; Conflict: person_dead."""
    if died is not None:
        raise Conflict("person_dead", "The death of this person is registered already.")
    if not born <= died_on <= today:
        raise Malformed("death_date", "The date of death lies before the birth or in the future.")


def check_day(on: date, people: Iterable[PersonState], *, today: date) -> None:
    """These people live, and did so on that day. Raises Malformed: event_date; Conflict: person_not_alive."""
    for person in people:
        if person.died_on is not None:
            raise Conflict("person_not_alive", "One of the persons concerned has died.", reason=str(person.id))
        if not person.birth_date <= on <= today:
            raise Malformed("event_date", "The date lies in the future or before somebody's birth.")


def check_marriage(one: PersonState, other: PersonState, people: People, *, on: date, today: date) -> None:
    """These two may marry on that day (Law on Marriage and Family, articles 5 and 8).

    Kin are those in direct line and within three generations, as far as `people` holds their ancestors. Raises Malformed:
    marriage_self, event_date; Conflict: person_not_alive, marriage_sex, marriage_age, marriage_married, marriage_kin.
    """
    if one.id == other.id:
        raise Malformed("marriage_self", "A marriage has two people.")
    check_day(on, (one, other), today=today)
    if one.sex is other.sex:
        raise Conflict("marriage_sex", "Only a man and a woman can register a marriage.")
    if any(age_on(person.birth_date, on) < MARRIAGE_AGE[person.sex] for person in (one, other)):
        raise Conflict("marriage_age", "A woman marries from 18, a man from 20 years of age.")
    if any(p.marital_status is MaritalStatus.MARRIED or p.spouse_id is not None for p in (one, other)):
        raise Conflict("marriage_married", "One of the two is married.")
    if find_lineage(one, people) & find_lineage(other, people):
        raise Conflict("marriage_kin", "Close relatives cannot marry each other.")


def find_lineage(person: PersonState, people: People) -> set[int]:
    """The ids of the person, their parents and their grandparents: whoever shares one is kin within three generations."""
    line, generation = {person.id}, {person.id}
    for _ in range(2):
        generation = {parent for i in generation if i in people for parent in people[i].parent_ids}
        line |= generation
    return line


def check_divorce(one: PersonState, other: PersonState, *, on: date, today: date) -> None:
    """These two are married to each other. Raises Malformed: event_date; Conflict: person_not_alive, divorce_not_married."""
    check_day(on, (one, other), today=today)
    if one.spouse_id != other.id or other.spouse_id != one.id:
        raise Conflict("divorce_not_married", "These two are not married to each other.")


def check_move(movers: Iterable[PersonState], home_id: int, *, on: date, today: date) -> None:
    """These can move there. Raises Malformed: move_nobody, event_date; Conflict: person_not_alive, move_same_home."""
    movers = list(movers)
    if not movers:
        raise Malformed("move_nobody", "Somebody has to move.")
    check_day(on, movers, today=today)
    if any(mover.household_id == home_id for mover in movers):
        raise Conflict("move_same_home", "One of them lives in that household already.")


def check_adults_remain(before: People, after: People, *, on: date) -> None:
    """No household has only minors now that had an adult, or nobody, before. Raises Conflict: minors_alone.

    Where a minor lives is where the parents or guardian do (Law on Residence, article 12).
    """
    had, has, lived = (_adult_homes(before, on), _adult_homes(after, on), {p.household_id for p in before.values()})
    homes = {p.household_id for p in after.values()} - {None}
    if any(home not in has and (home in had or home not in lived) for home in homes):
        raise Conflict("minors_alone", "Nobody under 18 can live in a household without an adult.")


def check_name(surname: str, middle_name: str, given_name: str) -> None:
    """Letters and single spaces, family and given name there. Raises Malformed: name_malformed, name_letters."""
    if not surname or not given_name:
        raise Malformed("name_malformed", "A full name has a family name and a given name.")
    for part in (surname, middle_name, given_name):
        signs = set(part.replace(" ", "")) - NAME_SIGNS
        if part != " ".join(part.split()) or len(part) > LONGEST_NAME or not all(map(_is_letter, signs)):
            raise Malformed("name_letters", "A name has letters and single spaces, up to forty of them.")


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM"


def _adult_homes(people: People, on: date) -> set[int | None]:
    return {p.household_id for p in people.values() if p.died_on is None and age_on(p.birth_date, on) >= ADULT}
