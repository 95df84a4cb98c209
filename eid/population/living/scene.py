"""What every act of a window needs at hand: the country, the rates, the day, and chance of its own. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from eid.late_dataclasses import frozen
from eid.population.life.state import Happened, Home, People
from eid.population.living.country import Country
from eid.population.living.luck import Luck
from eid.population.living.rates import Rates
from eid.population.living.weddings import Suitors
from eid.population.snapshot import SNAPSHOT


@frozen
class Scene:
    """One act on one day; everything that it records bears the same time."""

    country: Country
    rates: Rates
    suitors: Mapping[date, Suitors]
    """By the first day of the month."""
    day: date
    at: datetime
    luck: Luck

    def look_back(self, most_days: int, *, not_before: date = SNAPSHOT) -> date:
        """The day on which it took effect, up to so many days before it is recorded; mostly few."""
        drawn = self.day - timedelta(days=int(most_days * self.luck.share() ** 2))
        return min(max(drawn, not_before, SNAPSHOT), self.day)

    def latest_day(self, people: People, homes: Collection[int | None]) -> date:
        return self.country.latest_day(people, homes)

    def record(self, happened: list[Happened], *, home: Home | None = None) -> None:
        self.country.record(happened, self.at, home=home)
        for month in self.suitors.values():
            for event in happened:
                person = self.country.find(event.person_id)
                if person is not None:
                    month.notice(person)
