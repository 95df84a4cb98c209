"""A little made-up country in memory: people as values, to whom things happen at random, as far as the rules allow."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from eid.errors import Refusal
from eid.population.life.acts import Newborn, be_born, die, divorce, marry, move
from eid.population.life.identity import (
    correct,
    lose_citizenship,
    naturalise,
    needs_new_pin,
    particulars_of,
    pin_prefix,
)
from eid.population.life.kinds import MaritalStatus, Relation
from eid.population.life.state import Changes, Happened, Home, PersonState, apply_changes
from eid.population.names import fold_name, join_name
from eid.population.numbers import Sex, century_sex_digit

TODAY = date(2026, 6, 1)


def home(household_id: int) -> Home:
    return Home(household_id, "01", "01", "Xã Sông Mẫu", f"Số {household_id}, ngõ Thử")


def number(prefix: str, birth_date: date, sex: Sex, serial: int) -> str:
    return f"{prefix}{century_sex_digit(birth_date.year, sex)}{birth_date.year % 100:02}{serial:06}"


def person(person_id: int, *, age: int = 30, sex: Sex = Sex.FEMALE, lives_in: int = 1, **changes: Any) -> PersonState:
    """Somebody of that age on TODAY; the head of a household where nothing else is said."""
    name = ("Nguyễn", "Thị" if sex is Sex.FEMALE else "Văn", "An")
    where = home(lives_in)
    born = changes.pop("birth_date", TODAY.replace(year=TODAY.year - age, day=1))
    plain = PersonState(
        id=person_id,
        pin=number("901", born, sex, 1000 + person_id),
        surname=name[0],
        middle_name=name[1],
        given_name=name[2],
        folded_name=fold_name(join_name(*name)),
        birth_date=born,
        sex=sex,
        birth_province="01",
        birth_country="VNM",
        ethnicity="Kinh",
        religion="Không",
        nationality="VNM",
        household_id=where.id,
        relation_to_head=Relation.HEAD,
        father_id=None,
        mother_id=None,
        spouse_id=None,
        marital_status=MaritalStatus.SINGLE,
        residence_province=where.province,
        residence_old_province=where.old_province,
        residence_commune=where.commune,
        residence_address=where.address,
        died_on=None,
        old_id_number=None,
        phone=None,
    )
    return replace(plain, **changes)


def couple(one: PersonState, other: PersonState) -> list[PersonState]:
    """The two as each other's spouses, the second living with the first."""
    wed = MaritalStatus.MARRIED
    return [
        replace(one, spouse_id=other.id, marital_status=wed),
        replace(
            other,
            spouse_id=one.id,
            marital_status=wed,
            household_id=one.household_id,
            residence_address=one.residence_address,
            relation_to_head=Relation.SPOUSE,
        ),
    ]


def people(*those: PersonState) -> dict[int, PersonState]:
    return {one.id: one for one in those}


def after(before: dict[int, PersonState], happened: Sequence[Happened]) -> dict[int, PersonState]:
    """The people once this has happened; nobody has two events of one act."""
    assert len({event.person_id for event in happened}) == len(happened)
    return before | {e.person_id: apply_changes(before.get(e.person_id), e.changes) for e in happened}


def changes_of(happened: Sequence[Happened], person_id: int) -> Changes:
    return next(event.changes for event in happened if event.person_id == person_id)


class World:
    """Fifteen couples, ten who are alone and a foreigner; `events` is everything that happened, act by act."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.today = TODAY
        self.serial = 900_000
        self.people: dict[int, PersonState] = {}
        for n in range(15):
            age = self.rng.randint(22, 60)
            man, woman = person(2 * n + 1, age=age, sex=Sex.MALE, lives_in=n), person(2 * n + 2, age=age, lives_in=n)
            self.people |= people(*couple(man, woman))
        for n in range(10):
            alone = person(101 + n, age=self.rng.randint(15, 40), sex=self.rng.choice(list(Sex)), lives_in=50 + n)
            self.people[alone.id] = alone
        self.people[200] = person(
            200, lives_in=99, nationality="FRA", birth_country="FRA", birth_province=None, pin="998196000200"
        )
        self.first = dict(self.people)
        self.events: list[list[Happened]] = []

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.today += timedelta(days=self.rng.randint(0, 60))
            act: Callable[[], list[Happened]] = self.rng.choice(
                [self.wed, self.wed, self.part, self.bury, self.bear, self.bear, self.relocate, self.mend, self.turn]
            )
            try:
                happened = act()
            except Refusal:
                continue
            self.events.append(happened)
            self.people = after(self.people, happened)

    def anybody(self) -> PersonState:
        return self.rng.choice([self.people[i] for i in sorted(self.people)])

    def somewhere(self) -> Home:
        return home(self.rng.randrange(120))

    def pin(self, prefix: str, born: date, sex: Sex) -> str:
        self.serial += 1
        return number(prefix, born, sex, self.serial)

    def wed(self) -> list[Happened]:
        one, other, where = self.anybody(), self.anybody(), self.somewhere()
        movers = [p.id for p in (one, other) if p.household_id != where.id] if self.rng.random() < 0.7 else []
        given = {"on": self.today, "today": self.today, "people": self.people}
        return marry(one.id, other.id, home=where if movers else None, movers=movers, **given)

    def part(self) -> list[Happened]:
        one = self.anybody()
        leaves = self.rng.random() < 0.7
        given = {"on": self.today, "today": self.today, "people": self.people}
        return divorce(
            one.id, one.spouse_id or one.id, home=self.somewhere() if leaves else None, movers=[one.id], **given
        )

    def bury(self) -> list[Happened]:
        return die(self.anybody().id, on=self.today, today=self.today, people=self.people)

    def bear(self) -> list[Happened]:
        mother, sex = self.anybody(), self.rng.choice(list(Sex))
        child = Newborn(
            id=max(self.people) + 1,
            pin=self.pin(pin_prefix(mother.nationality, "01"), self.today, sex),
            surname="Trần",
            middle_name="",
            given_name="Bình",
            birth_date=self.today,
            sex=sex,
            birth_province="01",
        )
        return be_born(child, mother_id=mother.id, father_id=mother.spouse_id, today=self.today, people=self.people)

    def relocate(self) -> list[Happened]:
        one = self.anybody()
        whole = [p.id for p in self.people.values() if p.household_id == one.household_id]
        movers = whole if self.rng.random() < 0.5 and not one.died_on else [one.id]
        return move(movers, self.somewhere(), on=self.today, today=self.today, people=self.people)

    def mend(self) -> list[Happened]:
        one = self.anybody()
        wanted = replace(particulars_of(one), given_name="Cúc", birth_province=self.rng.choice(["01", "79", None]))
        wanted = replace(wanted, birth_country="LAO" if wanted.birth_province is None else "VNM")
        prefix = pin_prefix(one.nationality, wanted.birth_province)
        pin = self.pin(prefix, wanted.birth_date, wanted.sex) if needs_new_pin(one, wanted) else None
        return correct(one.id, wanted, pin=pin, on=self.today, today=self.today, people=self.people)

    def turn(self) -> list[Happened]:
        one, given = self.anybody(), {"on": self.today, "today": self.today, "people": self.people}
        if one.nationality == "VNM":
            return lose_citizenship(one.id, nationality="FRA", **given)
        pin = self.pin(pin_prefix("VNM", one.birth_province), one.birth_date, one.sex)
        return naturalise(one.id, pin=pin, ethnicity="Kinh", name=("Lê", "", "Mai"), **given)
