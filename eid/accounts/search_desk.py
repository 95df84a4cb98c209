"""An officer looks for people at the desk: for a purpose, a page at a time, and the audit log knows who was shown to whom.

What is searched for is kept nowhere: the log has the kinds of terms, and the numbers of the rows that were shown.
"""

from __future__ import annotations

from datetime import date

from eid.accounts.desk import check_purpose
from eid.audit import ActorKind, record_act, record_disclosure
from eid.clock import world_today
from eid.db import db
from eid.late_dataclasses import frozen
from eid.population.finding import search_people
from eid.population.life.recording import take_state
from eid.population.life.state import PersonState
from eid.population.person_query import PersonQuery, parse_query

FOUND_ATTRIBUTES = ("name", "pin", "birthdate", "gender", "province", "is_alive")
"""What a line of a search shows, as the audit log names it."""


@frozen
class SearchTerms:
    """As they were written; empty texts ask nothing."""

    name: str = ""
    born: str = ""
    """dd/mm/yyyy or yyyy."""
    province: str = ""
    """Code or name, on the day `province_on` where there is one."""
    province_on: date | None = None
    alive: bool | None = None


@frozen
class SearchPage:
    people: tuple[PersonState, ...]
    next_after: int | None
    """The id after which the next page begins; None on the last one."""


def search_people_at_desk(terms: SearchTerms, *, purpose: str, officer: int, after: int | None = None) -> SearchPage:
    """A page of the people of whom all of this is true, the one behind person `after`; committed to the audit log.

    Raises Malformed: purpose_missing, search_page; and as parse_query.
    """
    check_purpose(purpose)
    query = parse_query(
        name=terms.name,
        born=terms.born,
        province=terms.province,
        province_on=terms.province_on,
        alive=terms.alive,
        today=world_today(),
    )
    found = search_people(query, after=after)
    page = SearchPage(tuple(take_state(person) for person in found.people), found.next_after)
    record_act(
        "search_people_at_desk",
        actor_kind=ActorKind.OFFICER,
        actor=officer,
        purpose=purpose,
        terms=list_kinds_of_terms(query),
        is_first_page=after is None,
        shown=[person.id for person in page.people],
    )
    for person in page.people:
        record_disclosure(
            "find_person_at_desk",
            actor_kind=ActorKind.OFFICER,
            actor=officer,
            person_id=person.id,
            attributes=FOUND_ATTRIBUTES,
            purpose=purpose,
        )
    db.session.commit()
    return page


def list_kinds_of_terms(query: PersonQuery) -> list[str]:
    """What was asked about, never what was asked."""
    asked = {
        "pin": query.pin is not None,
        "name": bool(query.words),
        "birth_date": query.has_birth_date,
        "birth_year": query.born_from is not None and not query.has_birth_date,
        "province": query.province is not None and query.old_province is None,
        "former_province": query.old_province is not None,
        "living": query.alive is not None,
    }
    return [kind for kind, is_asked in asked.items() if is_asked]
