"""Who answers for what a wallet keeps: the agencies for papers, the register and the cards for an identity card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from eid.agencies.service import ANSWERS as AGENCIES
from eid.agencies.values import EntitlementState
from eid.cards.portrait import draw_portrait
from eid.cards.service import check_card_usable
from eid.clock import world_today
from eid.credentials.identity import AGES, IDENTITY, IdentityRecord
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.population.models import Person
from eid.population.numbers import age_on
from eid.population.places import write_address, write_birth_place
from eid.population.service import find_person_by_id


def find_identity(person_id: int, *, hold: bool = False) -> IdentityRecord:
    """The identity card that somebody can prove themselves with today; `hold` keeps the register's row until a commit.

    Raises NotFound: person_unknown, paper_unknown, where there is no card that is in use.
    """
    if hold:
        db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    person, today = find_person_by_id(person_id), world_today()
    try:
        card = check_card_usable(person_id)
    except Conflict as refusal:
        raise NotFound("paper_unknown", "This person has no such paper.", reason=refusal.code) from refusal
    return IdentityRecord(
        person_id=person_id,
        pin=person.pin,
        family_name=person.surname,
        given_name=f"{person.middle_name} {person.given_name}".strip(),
        nationality=person.nationality,
        place_of_birth=write_birth_place(person.birth_province, person.birth_country, on=person.birth_date),
        address=write_address(person, on=today),
        document_number=card.document_number,
        issued_on=card.issued_on,
        expires_on=card.expires_on,
        portrait=draw_portrait(person.pin, sex=person.sex).jpeg,
        ages=tuple(age_on(person.birth_date, today) >= age for age in AGES),
        state=EntitlementState.VALID,
        updated_at=card.state_changed_at,
    )


ANSWERS: dict[str, Callable[..., Any]] = {IDENTITY.name: find_identity, **AGENCIES}
"""From a person's id to what is so today, or NotFound."""
