"""Whom defects are planted into, by chance: each person at most once, never two of one family or household."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select

from eid.clock import world_today
from eid.db import db, insert_unless_present
from eid.errors import Conflict
from eid.late_dataclasses import frozen
from eid.population.models import Household, LifeEvent, LifeEventKind, MaritalStatus, NameWord, Person, Relation
from eid.population.names import fold_name, index_words, join_name
from eid.population.snapshot import FIRST_GENERATED_ID

NOBODYS_ID = 10**12
TRIES = 4000


@frozen
class Planted:
    """A rule that somebody breaks now; of a rule about households, the household's id."""

    rule: str
    person_id: int
    kind: str = ""
    """How it was broken, in words."""


Breakage = list[Planted] | None
"""None where the person is not suited to this kind of defect; then nothing was changed."""


class Spoiler:
    def __init__(self, rng: random.Random, spared: Collection[int] = ()) -> None:
        self.rng = rng
        self.today = world_today()
        self.touched: set[int] = set(spared)
        self.children: dict[int, list[int]] = defaultdict(list)
        links = select(Person.id, Person.mother_id, Person.father_id).order_by(Person.id)
        for person_id, *parents in db.session.execute(links):
            for parent in parents:
                if parent is not None:
                    self.children[parent].append(person_id)
        self.newest = db.session.scalar(select(func.max(Person.id))) or 0
        self.last_free_id = self.newest

    def plant(self, kind: Kind) -> list[Planted]:
        """Break somebody suited to this kind of defect."""
        for _ in range(TRIES):
            victim = self.pick()
            if victim is None:
                continue
            family = self.family(victim)
            self.touched |= family
            planted = kind(self, victim)
            if planted is not None:
                db.session.flush()
                how = kind.__name__.strip("_").replace("_", " ")
                return [replace(broken, kind=how) for broken in planted]
            self.touched -= family
        raise Conflict(
            "population_too_small",
            "The register is too small for so many defects of every kind.",
            reason=kind.__name__,
        )

    def pick(self) -> Person | None:
        """Somebody alive and untouched, of an untouched family; None where chance named somebody else."""
        person = db.session.get(Person, self.rng.randint(FIRST_GENERATED_ID, self.newest))
        unfit = person is None or person.died_on is not None or self.family(person) & self.touched
        return None if unfit else person

    def other(self, suits: Callable[[Person], bool]) -> Person | None:
        """Somebody untouched and suited; touched from now on."""
        for _ in range(TRIES):
            person = self.pick()
            if person is not None and suits(person):
                self.touched |= self.family(person)
                return person
        return None

    def members(self, person: Person) -> list[int]:
        """Everybody of the person's household, by id."""
        return list(
            db.session.scalars(select(Person.id).where(Person.household_id == person.household_id).order_by(Person.id))
        )

    def family(self, person: Person) -> set[int]:
        links = (person.mother_id, person.father_id, person.spouse_id)
        return {*self.members(person), person.id, *self.children[person.id], *(i for i in links if i is not None)}

    def is_alone(self, person: Person) -> bool:
        """Without spouse and children, and not the head: what happens to the person happens to nobody else."""
        return person.spouse_id is None and not self.children[person.id] and person.relation_to_head != Relation.HEAD

    def age(self, person: Person) -> int:
        return (self.today - person.birth_date).days // 365

    def parents(self, person: Person) -> tuple[Person | None, Person | None]:
        """Mother and father, where they are in the register."""
        mother = db.session.get(Person, person.mother_id) if person.mother_id else None
        return mother, db.session.get(Person, person.father_id) if person.father_id else None

    def is_only_child(self, person: Person) -> bool:
        """Of a living mother of at most forty, and of no dead father: the birth may move by some years."""
        mother, father = self.parents(person)
        if mother is None or mother.died_on or self.age(mother) > 40 or self.age(mother) < 25:
            return False
        return (father is None or father.died_on is None) and self.children[mother.id] == [person.id]

    def surname_of_neither(self, person: Person) -> list[Planted]:
        """What is broken where neither parent bears the child's surname."""
        surnames = [parent.surname for parent in self.parents(person) if parent is not None]
        is_odd = len(surnames) == 2 and person.surname not in surnames and person.nationality == "VNM"
        return [Planted("child-surname", person.id)] if is_odd else []

    def renumber(self, person: Person, pin: str) -> bool:
        """Give the person this PIN, unless somebody has it."""
        if self.is_borne(pin):
            return False
        person.pin = pin
        return True

    def is_borne(self, pin: str) -> bool:
        return db.session.scalar(select(Person.id).where(Person.pin == pin)) is not None

    def be_born(self, person: Person, born: date) -> bool:
        """Let the person be born on another day, the PIN telling so; False where somebody has that PIN."""
        digit = 2 * (born.year // 100 - 19) + int(person.pin[3]) % 2
        if not self.renumber(person, f"{person.pin[:3]}{digit}{born.year % 100:02d}{person.pin[6:]}"):
            return False
        person.birth_date = born
        return True

    def rename(self, person: Person, surname: str, middle_name: str, given_name: str) -> None:
        """Give the person this name, to be found by too."""
        person.surname, person.middle_name, person.given_name = surname, middle_name, given_name
        person.folded_name = fold_name(join_name(surname, middle_name, given_name))
        for word in sorted(index_words(person.folded_name)):
            insert_unless_present(NameWord, word=word, folded_name=person.folded_name)

    def die(self, person: Person, died_on: date, *, recorded_after: int | None, widow: bool = True) -> bool:
        """Let the person die as it should be but for what is told; False where the household would have no adult."""
        if person.relation_to_head == Relation.HEAD:
            others = [db.session.get_one(Person, i) for i in self.members(person) if i != person.id]
            heir = next((other for other in others if self.age(other) >= 20), None)
            if heir is None:
                return False
            heir.relation_to_head = Relation.HEAD
        if widow and person.spouse_id is not None:
            survivor = db.session.get_one(Person, person.spouse_id)
            survivor.spouse_id, survivor.marital_status = None, MaritalStatus.WIDOWED
        person.died_on, person.household_id, person.relation_to_head = died_on, None, None
        if recorded_after is not None:
            self.record(person, LifeEventKind.DEATH, died_on, recorded_after)
        return True

    def record(
        self, person: Person, kind: LifeEventKind, day: date, days_later: int, changes: dict[str, Any] | None = None
    ) -> None:
        recorded_at = datetime.combine(day + timedelta(days=days_later), time(3), UTC)
        details = {"changes": changes} if changes else {}
        db.session.add(
            LifeEvent(person_id=person.id, kind=kind, effective_on=day, recorded_at=recorded_at, details=details)
        )

    def home(self, person: Person) -> Household | None:
        return db.session.get(Household, person.household_id) if person.household_id else None

    def new_id(self) -> int:
        self.last_free_id += 1
        return self.last_free_id

    def digits(self, count: int) -> str:
        """Of chance; the first is not zero."""
        return str(self.rng.randrange(10 ** (count - 1), 10**count))


class Kind(Protocol):
    """One kind of defect: how it is planted into a person."""

    __name__: str

    def __call__(self, spoiler: Spoiler, person: Person, /) -> Breakage: ...
