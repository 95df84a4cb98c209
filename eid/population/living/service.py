"""Lets the country live: window by window, each one transaction that also moves the world's clock to its end.

The days that were lived are kept with the data, as the audit entry of each window; so no day is lived twice, and a window that
was cut off is lived again whole. Life begins on the day of the first window.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import func, select

from eid.audit import AuditEntry, record_act
from eid.clock import advance_world, advancing_world, world_now, world_today
from eid.db import db
from eid.errors import Conflict
from eid.events import CitizenshipLost, DaysLived, PersonDied, PinReplaced, post_event
from eid.late_dataclasses import frozen
from eid.population.bulk import lock_table
from eid.population.homes import FIRST_NEW_HOUSEHOLD_ID
from eid.population.life.kinds import LifeEventKind
from eid.population.life.recording import post_people_changed
from eid.population.life.state import Happened
from eid.population.living.country import Country
from eid.population.living.course import Course
from eid.population.living.drawing import Candidates, Chance, draw_candidates, join_candidates, list_months
from eid.population.living.rates import national_rates
from eid.population.living.reading import (
    RegisterReader,
    read_latest_children,
    read_next_ids,
    read_suitors,
    scan_living,
)
from eid.population.living.weddings import Suitors
from eid.population.living.writing import record_country
from eid.population.models import Person
from eid.population.synthesis.streams import Streams

ACT = "live_days"
PERSON_DAYS = 31_000_000
"""People times days of one window: what it holds in memory is bounded."""
SPAN_DAYS = 366
SPAN_PERSON_DAYS = 2_000_000_000
"""Of one reading of everybody, whose candidates are kept until they are due."""


@frozen
class Lived:
    """One window, committed."""

    first_day: date
    last_day: date
    events: Counter[str]
    refused: Counter[str]


def live_days(days: int, *, seed: int = 1) -> Iterator[Lived]:
    """Each window of these days, once it is committed; days by which the clock was moved unlived are made up for first.

    Raises Conflict: population_missing.
    """
    first, last = _catch_up(), world_today() + timedelta(days=days)
    people = db.session.scalar(select(func.count()).select_from(Person).where(Person.died_on.is_(None))) or 0
    if not people:
        raise Conflict("population_missing", "The register holds nobody who could live.")
    db.session.rollback()
    while first <= last:
        end = min(last, first + timedelta(days=max(0, min(SPAN_DAYS, SPAN_PERSON_DAYS // people) - 1)))
        yield from _live_span(first, end, people, seed)
        first = end + timedelta(days=1)


def find_lived_until() -> date | None:
    """The last day that the country has lived; None before the first."""
    details = _find_last_window()
    return date.fromisoformat(details["last_day"]) if details else None


def _find_last_window() -> dict[str, Any] | None:
    query = select(AuditEntry.details).where(AuditEntry.act == ACT).order_by(AuditEntry.id.desc()).limit(1)
    return db.session.scalar(query)


def _catch_up() -> date:
    """The first day that is not lived yet. A clock that was stopped between a commit and its move is moved now."""
    today, lived_until = world_today(), find_lived_until()
    if lived_until is not None and lived_until > today:
        advance_world(lived_until - today)
    return (lived_until or today) + timedelta(days=1)


def _live_span(first: date, last: date, people: int, seed: int) -> Iterator[Lived]:
    drawn = join_candidates(
        [draw_candidates(Streams(seed), national_rates(), some, first, last) for some in scan_living()]
    )
    db.session.rollback()
    length = timedelta(days=max(0, min(31, PERSON_DAYS // people) - 1))
    while first <= last:
        end = min(last, first + length)
        lived, newborn = _live_window(drawn, first, end, last, seed)
        drawn = join_candidates([drawn, newborn])
        yield lived
        first = end + timedelta(days=1)


def _live_window(drawn: Candidates, first: date, last: date, span_end: date, seed: int) -> tuple[Lived, Candidates]:
    with advancing_world(max(last - world_today(), timedelta(0))):
        lock_table(Person.__tablename__)
        course = _open_course(drawn, first, last, seed)
        acting = drawn.kinds != Chance.SUIT
        due = drawn[np.flatnonzero(acting & (drawn.days >= first.toordinal()) & (drawn.days <= last.toordinal()))]
        course.prefetch(due)
        course.live_days(due, first, last)
        record_country(course.country)
        for entry in course.country.entries:
            _post(entry.happened)
        post_people_changed(entry.happened for entry in course.country.entries)
        post_event(DaysLived(last))
        lived = Lived(first, last, Counter(e.happened.kind.value for e in course.country.entries), course.refused)
        record_act(
            ACT,
            first_day=first.isoformat(),
            last_day=last.isoformat(),
            next_household=course.country.next_household_id,
            events=dict(sorted(lived.events.items())),
        )
        db.session.commit()
    newborn = course.draw_for_newborn(0, last + timedelta(days=1), span_end)
    return lived, newborn


def _post(event: Happened) -> None:
    """Cards, accounts and papers follow what concerns them, in the window's transaction."""
    if event.kind is LifeEventKind.DEATH:
        post_event(PersonDied(person_id=event.person_id, died_on=event.effective_on))
    if event.kind is LifeEventKind.CITIZENSHIP_LOSS:
        post_event(CitizenshipLost(person_id=event.person_id))
    if "pin" in event.changes and event.kind is not LifeEventKind.BIRTH:
        post_event(PinReplaced(person_id=event.person_id))


def _open_course(drawn: Candidates, first: date, last: date, seed: int) -> Course:
    person_id, household_id = read_next_ids()
    never_given = (_find_last_window() or {}).get("next_household", FIRST_NEW_HOUSEHOLD_ID)
    country = Country(RegisterReader(), person_id, max(household_id, never_given))
    country.latest_child.update(read_latest_children(first - timedelta(days=400)))
    suitors = {}
    for month in list_months(first, last):
        men = drawn[np.flatnonzero((drawn.kinds == Chance.SUIT) & (drawn.days == month.toordinal()))]
        suitors[month] = Suitors(month, read_suitors(men.ids.tolist(), men.needs.tolist()), national_rates())
    return Course(seed, national_rates(), country, suitors, world_now().astimezone(UTC))
