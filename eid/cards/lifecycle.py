"""The life of a card as a table: what may happen to it in which state. Pure.

Law on Identification 26/2023/QH15, articles 21 to 29. A transition that is not in the table is refused; a state from which
none leads on is final.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from eid.errors import Conflict


class CardState(StrEnum):
    MADE = "made"
    """Personalised, not yet handed over."""
    CANCELLED = "cancelled"
    """Never handed over: not collected, or its holder died or got another number first."""
    ACTIVE = "active"
    EXPIRED = "expired"
    """Never stored: a card whose last day has passed while it was made or active."""
    LOST = "lost"
    WITHHELD = "withheld"
    """Kept by an authority for a while; may be returned."""
    REVOKED = "revoked"
    REPLACED = "replaced"


class CardEvent(StrEnum):
    HAND_OVER = "hand_over"
    CANCEL = "cancel"
    WITHHOLD = "withhold"
    RETURN = "return"
    REPORT_LOST = "report_lost"
    REVOKE = "revoke"
    REPLACE = "replace"
    """Another card is handed over, or the holder has another number."""


TRANSITIONS: dict[tuple[CardState, CardEvent], CardState] = {
    (CardState.MADE, CardEvent.HAND_OVER): CardState.ACTIVE,
    (CardState.MADE, CardEvent.CANCEL): CardState.CANCELLED,
    (CardState.ACTIVE, CardEvent.WITHHOLD): CardState.WITHHELD,
    (CardState.ACTIVE, CardEvent.REPORT_LOST): CardState.LOST,
    (CardState.ACTIVE, CardEvent.REVOKE): CardState.REVOKED,
    (CardState.ACTIVE, CardEvent.REPLACE): CardState.REPLACED,
    (CardState.WITHHELD, CardEvent.RETURN): CardState.ACTIVE,
    (CardState.WITHHELD, CardEvent.REPORT_LOST): CardState.LOST,
    (CardState.WITHHELD, CardEvent.REVOKE): CardState.REVOKED,
    (CardState.WITHHELD, CardEvent.REPLACE): CardState.REPLACED,
}

HELD = (CardState.ACTIVE, CardState.WITHHELD)
"""The card is its holder's, whether in hand or kept for a while. Nobody has two such cards."""
STANDING = (CardState.MADE, *HELD)
"""States that a card can still leave."""

UNUSABLE = {
    CardState.MADE: "This card has not been handed over yet.",
    CardState.CANCELLED: "This card was never handed over, and never will be.",
    CardState.EXPIRED: "This card has expired.",
    CardState.LOST: "This card was reported lost.",
    CardState.WITHHELD: "This card is withheld.",
    CardState.REVOKED: "This card is revoked.",
    CardState.REPLACED: "This card was replaced by a newer one.",
}
"""State → why such a card proves nothing."""


def state_after(state: CardState, event: CardEvent) -> CardState:
    """The state to which the event leads. Raises Conflict: card_state, where it cannot happen in this state."""
    if (state, event) not in TRANSITIONS:
        raise Conflict(
            "card_state", "The card is not in a state in which this can be done.", reason=f"{event} while {state}"
        )
    return TRANSITIONS[state, event]


def state_on(state: CardState, day: date, *, expires_on: date | None) -> CardState:
    """A card's state on a day, with expiry reckoned in."""
    if state in (CardState.MADE, CardState.ACTIVE) and expires_on is not None and day > expires_on:
        return CardState.EXPIRED
    return state
