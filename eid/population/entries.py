"""Birth, death, marriage, divorce and move, added to the register with their date of effect; the caller's transaction commits.

What each changes, and what it refuses, is said in eid/population/life/. Corrections and citizenship are in renewal.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from eid.audit import record_act
from eid.clock import world_today
from eid.db import db
from eid.errors import Malformed, Unavailable
from eid.events import PersonDied, post_event
from eid.population import places
from eid.population.homes import Address, find_home, record_home
from eid.population.life.acts import CITIZEN, Newborn, be_born, die, divorce, marry, move
from eid.population.life.identity import pin_prefix
from eid.population.life.kinds import LifeEventKind
from eid.population.life.recording import hold_people, record_happenings
from eid.population.life.rules import ADULT, check_birth
from eid.population.life.state import Happened, PersonState
from eid.population.models import Person, ReplacedPin
from eid.population.numbers import Sex, age_on, allocate_pin
from eid.population.service import find_person, find_person_by_id
from eid.population.snapshot import FIRST_GENERATED_ID
from eid.randomness import system_rng

_TRIES = 20


def record_birth(
    *,
    mother_pin: str,
    father_pin: str | None = None,
    keeper_pin: str | None = None,
    surname: str,
    middle_name: str,
    given_name: str,
    birth_date: date,
    sex: Sex,
    province: str,
) -> list[Happened]:
    """Afterwards the newborn is in the register and in the keeper's household (the mother's, unless told), with a PIN.

    `province` is the code, on the day of birth, of the province that registers it. Raises NotFound: person_unknown,
    province_unknown; and as be_born.
    """
    sex, today = Sex(sex), world_today()
    check_birth(birth_date, today=today)
    places.find_province(province, on=birth_date)
    mother = find_person(mother_pin)
    father = find_person(father_pin) if father_pin else None
    keeper = find_person(keeper_pin) if keeper_pin else mother
    concerned = {person.id for person in (mother, father, keeper) if person is not None}
    people = hold_people(concerned)
    parents = [parent for parent in (father, mother) if parent is not None]
    nationality = CITIZEN if CITIZEN in {parent.nationality for parent in parents} else mother.nationality

    def bear(pin: str) -> list[Happened]:
        child = Newborn(
            id=max((db.session.scalar(select(func.max(Person.id))) or 0) + 1, FIRST_GENERATED_ID),
            pin=pin,
            surname=surname,
            middle_name=middle_name,
            given_name=given_name,
            birth_date=birth_date,
            sex=sex,
            birth_province=province,
        )
        father_id = father.id if father else None
        return be_born(child, mother_id=mother.id, father_id=father_id, keeper_id=keeper.id, today=today, people=people)

    happened = record_under_new_pin(bear, prefix=pin_prefix(nationality, province), birth_year=birth_date.year, sex=sex)
    record_act("register_birth", person_id=find_newborn(happened).id)
    return happened


def find_newborn(happened: list[Happened]) -> Person:
    """Whose birth is among what happened."""
    return find_person_by_id(next(event.person_id for event in happened if event.kind is LifeEventKind.BIRTH))


def record_death(pin: str, *, died_on: date) -> list[Happened]:
    """Afterwards the person is dead since that day, the spouse widowed, and everybody concerned was told.

    Raises NotFound: person_unknown; and as die.
    """
    person = find_person(pin)
    people = hold_people({person.id})
    happened = die(person.id, on=died_on, today=world_today(), people=people)
    record_happenings(happened)
    post_event(PersonDied(person_id=person.id, died_on=died_on))
    record_act("register_death", person_id=person.id)
    return happened


def record_marriage(pin: str, spouse_pin: str, *, married_on: date, lives_with: str = "") -> list[Happened]:
    """Afterwards the two are married; where `lives_with` is the PIN of one of them, both live in that one's household.

    Who moves takes along children under 18. Raises NotFound: person_unknown; Malformed: home_unknown; and as marry.
    """
    person, spouse = find_person(pin), find_person(spouse_pin)
    if lives_with not in ("", person.pin, spouse.pin):
        raise Malformed("home_unknown", "Choose in whose household they will live.")
    host, guest = (person, spouse) if lives_with == person.pin else (spouse, person)
    moves = lives_with and host.household_id != guest.household_id and host.id != guest.id
    people = hold_people({person.id, spouse.id})
    home = find_home(host) if moves else None
    movers = [guest.id, *_find_minors_of(guest.id, people)] if moves else []
    given: dict[str, Any] = {"on": married_on, "today": world_today(), "people": people}
    happened = marry(person.id, spouse.id, home=home, movers=movers, **given)
    return _record("register_marriage", happened, (spouse.id, person.id))


def record_divorce(
    pin: str, *, divorced_on: date, leaver_pin: str = "", address: Address | None = None
) -> list[Happened]:
    """Afterwards the person and the spouse are divorced; one may leave, alone, for a new household.

    Raises NotFound: person_unknown, province_unknown, commune_unknown; Malformed: home_unknown; and as divorce.
    """
    person = find_person(pin)
    people = hold_people({person.id})
    spouse_id = person.spouse_id or person.id
    spouse = find_person_by_id(spouse_id)
    if leaver_pin not in ("", person.pin, spouse.pin) or bool(leaver_pin) != (address is not None):
        raise Malformed("home_unknown", "Choose in whose household they will live.")
    home = record_home(address) if address is not None else None
    movers = [person.id if leaver_pin == person.pin else spouse.id] if home else []
    given: dict[str, Any] = {"on": divorced_on, "today": world_today(), "people": people}
    happened = divorce(person.id, spouse.id, home=home, movers=movers, **given)
    return _record("register_divorce", happened, (spouse.id, person.id))


def record_move(
    pin: str, *, moved_on: date, companions: Collection[int] = (), address: Address | None = None, host_pin: str = ""
) -> list[Happened]:
    """Afterwards the person, and companions of the same household, live at a new address, or in the host's household.

    Raises NotFound: person_unknown, province_unknown, commune_unknown; Malformed: home_unknown, move_stranger; and as move.
    """
    person = find_person(pin)
    host = find_person(host_pin) if host_pin else None
    if (address is None) == (host is None):
        raise Malformed("home_unknown", "Choose in whose household they will live.")
    people = hold_people({person.id} | ({host.id} if host else set()))
    movers = {person.id, *companions}
    if any(i not in people or people[i].household_id != person.household_id for i in movers):
        raise Malformed("move_stranger", "Only members of one household can move together.")
    home = find_home(host) if host is not None else record_home(address) if address is not None else None
    assert home is not None
    happened = move(sorted(movers), home, on=moved_on, today=world_today(), people=people)
    return _record("register_move", happened, (*sorted(movers - {person.id}), person.id))


def record_under_new_pin(
    act: Callable[[str], list[Happened]], *, prefix: str, birth_year: int, sex: Sex, reason: str = ""
) -> list[Happened]:
    """What the act did under a number that nobody ever had; two acts at once may want the same, then again.

    Raises Unavailable: pin_not_allocated; and whatever the act refuses.
    """
    for _ in range(_TRIES):
        pin = allocate_pin(prefix=prefix, birth_year=birth_year, sex=sex, rng=system_rng())
        if db.session.get(ReplacedPin, pin) is not None:
            continue
        happened = act(pin)
        try:
            with db.session.begin_nested():
                record_happenings(happened, reason=reason)
                return happened
        except IntegrityError:
            continue
    raise Unavailable("pin_not_allocated", "No number could be given now; please try again.")


def _find_minors_of(person_id: int, people: Mapping[int, PersonState]) -> list[int]:
    """The children under 18 of a person, in the same household."""
    home, today = people[person_id].household_id, world_today()
    mine = (p for p in people.values() if person_id in p.parent_ids and p.household_id == home and p.died_on is None)
    return [child.id for child in mine if age_on(child.birth_date, today) < ADULT]


def _record(act: str, happened: list[Happened], person_ids: Iterable[int]) -> list[Happened]:
    """The rows are as the act leaves them, and the audit log names whose act it was."""
    record_happenings(happened)
    for person_id in person_ids:
        record_act(act, person_id=person_id)
    return happened
