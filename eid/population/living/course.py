"""The course of a window: day by day, whoever a candidate's chance befalls acts, and who is born has chances too. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from eid.errors import Refusal
from eid.population.life.state import PersonState
from eid.population.living.births import bear, pass_away
from eid.population.living.country import Country
from eid.population.living.drawing import Candidates, Chance, Population, draw_candidates
from eid.population.living.hazards import rate_for
from eid.population.living.luck import Luck
from eid.population.living.moves import relocate
from eid.population.living.papers import become_citizen, come_of_age, leave_citizenship, mend_entry
from eid.population.living.rates import Rates
from eid.population.living.scene import Scene
from eid.population.living.unions import part, wed
from eid.population.living.weddings import Suitors
from eid.population.numbers import Sex
from eid.population.synthesis.streams import Streams

ACTS: Mapping[Chance, Callable[[Scene, PersonState], None]] = {
    Chance.CARD_DUE: come_of_age,
    Chance.NATURALISATION: become_citizen,
    Chance.CITIZENSHIP_LOSS: leave_citizenship,
    Chance.CORRECTION: mend_entry,
    Chance.BIRTH: bear,
    Chance.WEDDING: wed,
    Chance.DIVORCE: part,
    Chance.MOVE: relocate,
    Chance.DEATH: pass_away,
}
IN_FAMILIES = (Chance.BIRTH, Chance.WEDDING, Chance.DIVORCE, Chance.MOVE, Chance.DEATH)
OPENS, OPEN_FOR = time(0, 30, tzinfo=UTC), timedelta(hours=9)
"""When offices record: from half past seven, in Vietnam."""
_EPOCH = date(1970, 1, 1).toordinal()

Chances = list[tuple[int, int, float]]
"""Of one day: kind, person, need."""


@dataclass
class Course:
    """What one window goes by."""

    seed: int
    rates: Rates
    country: Country
    suitors: Mapping[date, Suitors]
    until: datetime
    """Nothing is recorded after this."""
    refused: Counter[str] = field(default_factory=Counter)

    def prefetch(self, candidates: Candidates) -> None:
        """Whom the window will most likely ask for is read at once."""
        country = self.country
        country.fetch(np.unique(candidates.ids).tolist())
        acting = [person for person, chance, _ in self._likely(candidates) if chance in IN_FAMILIES]
        country.fetch(person.spouse_id for person in acting)
        couples = [*acting, *(s for p in acting if (s := country.find(p.spouse_id)) is not None)]
        country.fetch_households(person.household_id for person in couples)
        members = [m for home in {p.household_id for p in couples} for m in country.list_household(home)]
        country.fetch(parent for person in [*members, *couples] for parent in person.parent_ids)

    def live_days(self, candidates: Candidates, first: date, last: date) -> None:
        """Everything of these days has happened in `country`."""
        later: dict[int, Chances] = defaultdict(list)
        bounds = np.searchsorted(candidates.days, np.arange(first.toordinal(), last.toordinal() + 2))
        kinds, ids, needs = candidates.kinds.tolist(), candidates.ids.tolist(), candidates.needs.tolist()
        for number, day in enumerate(_days(first, last)):
            start, end = int(bounds[number]), int(bounds[number + 1])
            todays = list(zip(kinds[start:end], ids[start:end], needs[start:end], strict=True))
            born = len(self.country.newborn_ids)
            self._live_day(day, sorted(todays + later.pop(day.toordinal(), [])))
            for on, *chance in self._of_newborn(born, day + timedelta(days=1), last):
                later[int(on)].append((int(chance[0]), int(chance[1]), chance[2]))

    def draw_for_newborn(self, born_before: int, first: date, last: date) -> Candidates:
        """What may befall those born in this window, but the first so many, on these days."""
        people = [p for i in self.country.newborn_ids[born_before:] if (p := self.country.find(i)) is not None]
        population = Population(
            np.array([p.id for p in people], np.int64),
            np.array([p.birth_date.toordinal() - _EPOCH for p in people], np.int64),
            np.array([p.sex is Sex.FEMALE for p in people], np.bool_),
        )
        return draw_candidates(Streams(self.seed), self.rates, population, first, last)

    def _live_day(self, day: date, todays: Chances) -> None:
        month = day.replace(day=1)
        for place, (kind, person_id, need) in enumerate(todays):
            chance, person = Chance(kind), self.country.find(person_id)
            if person is None or rate_for(chance, person, self.rates, month) <= need:
                continue
            at = datetime.combine(day, OPENS) + OPEN_FOR * (place / len(todays))
            luck = Luck(self.seed, chance.name, person_id, day)
            scene = Scene(self.country, self.rates, self.suitors, day, min(at, self.until), luck)
            try:
                ACTS[chance](scene, person)
            except Refusal as refusal:
                self.refused[f"{chance.name.lower()} {refusal.code}"] += 1

    def _of_newborn(self, born_before: int, first: date, last: date) -> Iterator[tuple[int, int, int, float]]:
        if len(self.country.newborn_ids) == born_before or first > last:
            return
        drawn = self.draw_for_newborn(born_before, first, last)
        yield from zip(drawn.days.tolist(), drawn.kinds.tolist(), drawn.ids.tolist(), drawn.needs.tolist(), strict=True)

    def _likely(self, candidates: Candidates) -> Iterator[tuple[PersonState, Chance, date]]:
        columns = (candidates.days.tolist(), candidates.kinds.tolist(), candidates.ids.tolist())
        for on, kind, person_id, need in zip(*columns, candidates.needs.tolist(), strict=True):
            person, month = self.country.find(person_id), date.fromordinal(on).replace(day=1)
            if person is not None and rate_for(Chance(kind), person, self.rates, month) > need:
                yield person, Chance(kind), month


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
