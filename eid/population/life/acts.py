"""Birth, marriage, divorce, death and move: what each changes of whom. People in, events out, or a refusal.

Pure. `people` holds everybody concerned: those named, everybody of their households and of the home they go to, and the parents
of all of these; for a marriage the grandparents too. What they do not hold, no rule sees.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from eid.errors import Conflict
from eid.population.life.households import conclude, let_in
from eid.population.life.kinds import LifeEventKind, MaritalStatus, Relation
from eid.population.life.rules import (
    check_adults_remain,
    check_birth,
    check_death,
    check_divorce,
    check_marriage,
    check_move,
    check_name,
    check_parents_of,
)
from eid.population.life.state import Happened, Home, People, PersonState
from eid.population.names import fold_name, join_name
from eid.population.numbers import Sex, check_pin_agrees

CITIZEN = "VNM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Newborn:
    """What is said of a child whose birth is registered. `birth_province` is the code of the day of birth."""

    id: int
    pin: str
    surname: str
    middle_name: str
    given_name: str
    birth_date: date
    sex: Sex
    birth_province: str


def be_born(
    newborn: Newborn,
    *,
    mother_id: int,
    father_id: int | None,
    keeper_id: int | None = None,
    today: date,
    people: People,
) -> list[Happened]:
    """The child is in the register, and in the household of its keeper, the mother unless somebody else is named.

    Nationality is Vietnamese where a parent's is (Law on Nationality, articles 15 and 16). Raises Malformed: birth_in_future,
    pin_disagrees, name_malformed, name_letters; Conflict: birth_no_home, parent_sex, parent_age, parent_dead.
    """
    check_birth(newborn.birth_date, today=today)
    check_name(newborn.surname, newborn.middle_name, newborn.given_name)
    check_pin_agrees(newborn.pin, birth_date=newborn.birth_date, sex=newborn.sex)
    mother, father = people[mother_id], people.get(father_id or 0)
    keeper = people[keeper_id or mother_id]
    source = next((p for p in (father, mother) if p is not None and p.nationality == CITIZEN), mother)
    child = PersonState(
        id=newborn.id,
        pin=newborn.pin,
        surname=newborn.surname,
        middle_name=newborn.middle_name,
        given_name=newborn.given_name,
        folded_name=fold_name(join_name(newborn.surname, newborn.middle_name, newborn.given_name)),
        birth_date=newborn.birth_date,
        sex=newborn.sex,
        birth_province=newborn.birth_province,
        birth_country=CITIZEN,
        ethnicity=source.ethnicity,
        religion=mother.religion,
        nationality=source.nationality,
        household_id=keeper.household_id,
        relation_to_head=None,
        father_id=father_id,
        mother_id=mother_id,
        spouse_id=None,
        marital_status=MaritalStatus.SINGLE,
        residence_province=keeper.residence_province,
        residence_old_province=keeper.residence_old_province,
        residence_commune=keeper.residence_commune,
        residence_address=keeper.residence_address,
        died_on=None,
        old_id_number=None,
        phone=None,
    )
    check_parents_of(child, people)
    if keeper.household_id is None:
        raise Conflict("birth_no_home", "Name somebody in whose household the child will live.")
    return conclude(people, {**people, child.id: child}, {child.id: LifeEventKind.BIRTH}, on=newborn.birth_date)


def marry(
    one_id: int,
    other_id: int,
    *,
    on: date,
    today: date,
    people: People,
    home: Home | None = None,
    movers: Collection[int] = (),
) -> list[Happened]:
    """The two are each other's spouses; where a home is named, `movers` (of the two, or with them) live there now.

    Raises as check_marriage, and check_move and check_adults_remain where somebody moves.
    """
    one, other = people[one_id], people[other_id]
    check_marriage(one, other, people, on=on, today=today)
    after = {
        **people,
        one.id: replace(one, spouse_id=other.id, marital_status=MaritalStatus.MARRIED),
        other.id: replace(other, spouse_id=one.id, marital_status=MaritalStatus.MARRIED),
    }
    return _resettle(people, after, (one_id, other_id), LifeEventKind.MARRIAGE, home, movers, on=on, today=today)


def divorce(
    one_id: int,
    other_id: int,
    *,
    on: date,
    today: date,
    people: People,
    home: Home | None = None,
    movers: Collection[int] = (),
) -> list[Happened]:
    """The two are divorced; where a home is named, `movers` (one of the two, and children) live there now.

    Raises as check_divorce, and check_move and check_adults_remain where somebody moves.
    """
    one, other = people[one_id], people[other_id]
    check_divorce(one, other, on=on, today=today)
    after = {
        **people,
        one.id: replace(one, spouse_id=None, marital_status=MaritalStatus.DIVORCED),
        other.id: replace(other, spouse_id=None, marital_status=MaritalStatus.DIVORCED),
    }
    return _resettle(people, after, (one_id, other_id), LifeEventKind.DIVORCE, home, movers, on=on, today=today)


def die(person_id: int, *, on: date, today: date, people: People) -> list[Happened]:
    """The person is dead since that day and registered nowhere (Law on Residence, article 24); the spouse is widowed.

    The dead keep their last spouse and residence. Raises Malformed: death_date; Conflict: person_dead.
    """
    person = people[person_id]
    check_death(born=person.birth_date, died=person.died_on, died_on=on, today=today)
    after = {**people, person.id: replace(person, died_on=on, household_id=None, relation_to_head=None)}
    kinds = {person.id: LifeEventKind.DEATH}
    spouse = people.get(person.spouse_id or 0)
    if spouse is not None and spouse.spouse_id == person.id:
        after[spouse.id] = replace(spouse, spouse_id=None, marital_status=MaritalStatus.WIDOWED)
        kinds[spouse.id] = LifeEventKind.WIDOWHOOD
    return conclude(people, after, kinds, on=on)


def move(movers: Collection[int], home: Home, *, on: date, today: date, people: People) -> list[Happened]:
    """These people live in that home; a whole household keeps its head in a new one.

    Raises as check_move and check_adults_remain.
    """
    check_move((people[i] for i in movers), home.id, on=on, today=today)
    after = let_in(people, movers, home)
    check_adults_remain(people, after, on=on)
    return conclude(people, after, dict.fromkeys(movers, LifeEventKind.MOVE), on=on)


def _resettle(
    before: People,
    after: People,
    couple: tuple[int, int],
    kind: LifeEventKind,
    home: Home | None,
    movers: Collection[int],
    *,
    on: date,
    today: date,
) -> list[Happened]:
    """Whoever moves has moved, and each of the couple has the place in their household that they now have."""
    kinds = dict.fromkeys(movers, LifeEventKind.MOVE) | dict.fromkeys(couple, kind)
    if home is not None:
        check_move((before[i] for i in movers), home.id, on=on, today=today)
        after = let_in(after, movers, home)
        check_adults_remain(before, after, on=on)
    one, other = (after[i] for i in couple)
    if one.household_id == other.household_id:
        lower = [person for person in (one, other) if person.relation_to_head is not Relation.HEAD]
        after = {**after, **{person.id: replace(person, relation_to_head=None) for person in lower}}
    return conclude(before, after, kinds, on=on)
