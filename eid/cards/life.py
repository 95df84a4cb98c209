"""What becomes of cards when something happens to their holders: handlers, in the transaction of the act."""

from __future__ import annotations

from eid.cards.acts import record_end_of_cards
from eid.cards.lifecycle import CardEvent, CardState
from eid.events import CardEnded, CitizenshipLost, PersonDied, PinReplaced, post_event


def end_cards_of_dead_person(death: PersonDied) -> None:
    """Handler: afterwards no card of somebody who died is good for anything."""
    _revoke(death.person_id, "death")


def end_card_of_lost_citizenship(lost: CitizenshipLost) -> None:
    """Handler: an identity card is a citizen's (Law on Identification, article 19)."""
    _revoke(lost.person_id, "citizenship")


def replace_card_of_old_pin(replaced: PinReplaced) -> None:
    """Handler: a card that tells the old number proves nothing; the account, which is the person's, goes on."""
    record_end_of_cards(replaced.person_id, CardEvent.REPLACE, "new PIN")


def _revoke(person_id: int, reason: str) -> None:
    card = record_end_of_cards(person_id, CardEvent.REVOKE, reason)
    if card is not None:
        post_event(CardEnded(card_id=card.id, person_id=card.person_id, state=CardState.REVOKED))
