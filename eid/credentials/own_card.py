"""What holders show of their own identity cards: the code that readers check."""

from __future__ import annotations

from eid.cards.service import check_card_usable
from eid.clock import wall_now
from eid.config import current_settings
from eid.credentials.card_code import LIFETIME, CardHolder, build_card_code
from eid.credentials.service import IssuedToken
from eid.keystore import KeyUse, current_keystore
from eid.population.service import find_person_by_id


def sign_card_code(person_id: int) -> IssuedToken:
    """A code for the holder's screen, good for less than a minute. Nothing is kept of it: it says what the page beside it shows.

    Raises NotFound: card_missing; Conflict where the card is not in use, so that nobody shows a card that they could not lay on
    the counter.
    """
    check_card_usable(person_id)
    person, now = find_person_by_id(person_id), wall_now()
    holder = CardHolder(person.pin, person.full_name, person.birth_date)
    key = current_keystore().find_signing_key(KeyUse.PAPERS)
    token = build_card_code(holder, issuer=current_settings().public_url, now=now, key=key)
    return IssuedToken(token, now + LIFETIME)
