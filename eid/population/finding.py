"""People found by number, name, birth date and province of residence, page by page; nothing is counted.

Pages follow each other by folded name, birth date and id (keyset paging): whoever is found is on exactly one page, and page
one hundred costs what page one does. The statements, and which of them is used when, are in search_plans.
"""

from __future__ import annotations

from sqlalchemy import select

from eid.db import db
from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.person_query import PersonQuery
from eid.population.search_plans import Position, find_ids
from eid.population.service import find_person

PAGE_SIZE = 20


@frozen
class FoundPeople:
    people: tuple[Person, ...]
    next_after: int | None
    """The id after which the next page begins; None on the last one."""


def search_people(query: PersonQuery, *, after: int | None = None, limit: int = PAGE_SIZE) -> FoundPeople:
    """The people of whom all that was asked is true, by folded name, birth date and id, following person `after`.

    Raises NotFound: person_unknown, where a PIN was asked for; Malformed: search_page.
    """
    if query.pin is not None:
        return FoundPeople((find_person(query.pin),), None)
    ids = find_ids(query, after=_find_position(after), limit=limit + 1)
    people = {person.id: person for person in db.session.scalars(select(Person).where(Person.id.in_(ids[:limit])))}
    page = tuple(people[person_id] for person_id in ids[:limit])
    return FoundPeople(page, page[-1].id if len(ids) > limit else None)


def _find_position(after: int | None) -> Position | None:
    """Where in the order this person stands: a page is named by an id, so that no address holds a name."""
    if after is None:
        return None
    place = select(Person.folded_name, Person.birth_date, Person.id).where(Person.id == after)
    row = db.session.execute(place).one_or_none()
    if row is None:
        raise Malformed("search_page", "There is no such page of this search.")
    return Position(*row)
