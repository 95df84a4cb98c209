"""The part of the register that a window touches, as values: read when first asked for, changed by what happens.

Pure but for the reader that it is given. What was read once is not read again: the register changes here first, and is written
at the end of the window.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from eid.population.life.kinds import LifeEventKind
from eid.population.life.state import Happened, Home, People, PersonState, apply_changes


class Reader(Protocol):
    """Reads the register as it stood when the window began."""

    def read_people(self, ids: Collection[int]) -> Iterable[PersonState]: ...

    def read_households(self, ids: Collection[int]) -> Iterable[PersonState]:
        """Everybody who lives in these."""
        ...

    def read_latest_days(self, ids: Collection[int]) -> Iterable[tuple[int, date]]:
        """For each of these people to whom something happened, the last day on which an event took effect."""
        ...

    def has_pin(self, pin: str) -> bool:
        """Whether somebody has this PIN, or had it before it was replaced."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One event and the time at which it was recorded."""

    happened: Happened
    recorded_at: datetime


@dataclass
class Country:
    reader: Reader
    next_person_id: int
    next_household_id: int
    entries: list[Entry] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)
    """Households that were founded."""
    replaced_pins: list[tuple[str, int, date, str]] = field(default_factory=list)
    newborn_ids: list[int] = field(default_factory=list)
    new_pins: set[str] = field(default_factory=set)
    latest_child: dict[int, date] = field(default_factory=dict)
    """Mother → birth date of her youngest, if that was lately."""
    _people: dict[int, PersonState] = field(default_factory=dict)
    _members: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    _known_homes: set[int] = field(default_factory=set)
    _latest: dict[int, date] = field(default_factory=dict)

    def fetch(self, ids: Iterable[int | None]) -> None:
        """Afterwards these people are in memory, as far as there are such people."""
        missing = {i for i in ids if i is not None and i not in self._people}
        if missing:
            self._take(self.reader.read_people(missing))

    def fetch_households(self, ids: Iterable[int | None]) -> None:
        """Afterwards everybody of these households is in memory, and when something last happened to them."""
        missing = {i for i in ids if i is not None and i not in self._known_homes}
        if not missing:
            return
        self._take(self.reader.read_households(missing))
        self._known_homes |= missing
        members = {i for home in missing for i in self._members[home] if i not in self._latest}
        self._latest.update(dict.fromkeys(members, date.min))
        self._latest.update(self.reader.read_latest_days(members))

    def find(self, person_id: int | None) -> PersonState | None:
        """The person as they are now; None where there is nobody of this id."""
        if person_id is None:
            return None
        self.fetch((person_id,))
        return self._people.get(person_id)

    def list_household(self, household_id: int | None) -> list[PersonState]:
        """Who lives there now, ordered by id."""
        if household_id is None:
            return []
        self.fetch_households((household_id,))
        return [self._people[i] for i in sorted(self._members[household_id])]

    def gather(self, ids: Iterable[int | None], *, homes: Iterable[int | None] = (), generations: int = 1) -> People:
        """These people, everybody of their households and of these homes, and so many generations of ancestors of them all."""
        named = [person for i in ids if (person := self.find(i)) is not None]
        people = {person.id: person for person in named}
        for household_id in {person.household_id for person in named} | set(homes):
            people |= {person.id: person for person in self.list_household(household_id)}
        generation = list(people.values())
        for _ in range(generations):
            parents = {i for person in generation for i in person.parent_ids if i not in people}
            self.fetch(parents)
            generation = [self._people[i] for i in parents if i in self._people]
            people |= {person.id: person for person in generation}
        return people

    def latest_day(self, people: People, home_ids: Collection[int | None]) -> date:
        """When something last took effect for those who live in these homes: nothing else can take effect before."""
        return max(
            (self._latest.get(p.id, date.min) for p in people.values() if p.household_id in home_ids), default=date.min
        )

    def latest_day_of(self, person_id: int) -> date:
        """When something last took effect for this person alone."""
        return self._latest.get(person_id, date.min)

    def is_pin_free(self, pin: str) -> bool:
        return pin not in self.new_pins and not self.reader.has_pin(pin)

    def found_home(self, province: str, old_province: str, commune: str, address: str) -> Home:
        """A new household; it is there once somebody moves in."""
        return Home(self.next_household_id, province, old_province, commune, address)

    def record(self, happened: list[Happened], at: datetime, *, home: Home | None = None) -> None:
        """All of this is so from now on."""
        for event in happened:
            before = self._people.get(event.person_id)
            after = apply_changes(before, event.changes) if event.changes else before
            if after is not None:
                self._put(after)
            if event.kind is LifeEventKind.BIRTH:
                self.newborn_ids.append(event.person_id)
            self._latest[event.person_id] = max(event.effective_on, self._latest.get(event.person_id, date.min))
            self.entries.append(Entry(event, at))
        if home is not None and home.id == self.next_household_id:
            self.next_household_id += 1
            self._known_homes.add(home.id)
            self.homes.append(home)

    def list_changed(self) -> list[PersonState]:
        """Everybody of whom something changed, ordered by id; the newborn too."""
        return [self._people[i] for i in sorted({e.happened.person_id for e in self.entries if e.happened.changes})]

    def list_deserted(self) -> list[int]:
        """Households in which nobody lives any longer."""
        return sorted(home for home in self._known_homes if not self._members[home])

    def _take(self, read: Iterable[PersonState]) -> None:
        for person in read:
            if person.id not in self._people:
                self._put(person)

    def _put(self, person: PersonState) -> None:
        before = self._people.get(person.id)
        if before is not None and before.household_id is not None:
            self._members[before.household_id].discard(person.id)
        self._people[person.id] = person
        if person.household_id is not None:
            self._members[person.household_id].add(person.id)
