"""What happens to a card after it was made: handed over, withheld, returned, lost, revoked, replaced, cancelled.

Each act holds the person's row first and reads the cards after that, so of two acts at once the second finds what the first
left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from eid.audit import ActorKind, record_act
from eid.cards.finding import choose_current_card
from eid.cards.lifecycle import HELD, STANDING, CardEvent, CardState, state_after
from eid.cards.models import Card
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import CardEnded, CardIssued, CardReturned, post_event
from eid.late_dataclasses import frozen
from eid.population.life.acts import CITIZEN
from eid.population.models import Person


@frozen
class CardsInHand:
    """A person and all their cards, newest first, held until the transaction ends."""

    person: Person
    cards: Sequence[Card]

    @property
    def current(self) -> Card:
        """Raises NotFound: card_missing."""
        card = choose_current_card(self.cards)
        if card is None:
            raise NotFound("card_missing", "This person has never been issued a card.")
        return card

    @property
    def waiting(self) -> Card:
        """Raises NotFound: card_not_waiting."""
        card = next((card for card in self.cards if card.state == CardState.MADE), None)
        if card is None:
            raise NotFound("card_not_waiting", "No card waits to be handed over to this person.")
        return card

    def check_may_get_another(self) -> None:
        """Raise Conflict where the person may not be handed a card: person_dead, person_not_citizen, card_withheld. A card
        that an authority keeps is not got around by asking for another."""
        if self.person.died_on is not None:
            raise Conflict("person_dead", "Nobody who has died can be issued a card.")
        if self.person.nationality not in (CITIZEN, ""):
            raise Conflict("person_not_citizen", "Identity cards are for citizens.")
        if any(card.state == CardState.WITHHELD for card in self.cards):
            raise Conflict("card_withheld", "This person's card is withheld; it must be returned or revoked first.")

    def replace_active(self) -> None:
        for card in self.cards:
            if card.state == CardState.ACTIVE:
                move_card(card, CardEvent.REPLACE)

    def cancel_waiting(self, reason: str) -> None:
        for card in self.cards:
            if card.state == CardState.MADE:
                move_card(card, CardEvent.CANCEL, reason)


def hold_cards(person_id: int) -> CardsInHand:
    """The person's row is held, and their cards are read as they are. Raises NotFound: person_unknown."""
    query = select(Person).where(Person.id == person_id).with_for_update()
    person = db.session.scalar(query.execution_options(populate_existing=True))
    if person is None:
        raise NotFound("person_unknown", "Nobody in the register has this number.")
    cards = select(Card).where(Card.person_id == person_id).order_by(Card.id.desc())
    return CardsInHand(person, db.session.scalars(cards.execution_options(populate_existing=True)).all())


def move_card(card: Card, event: CardEvent, reason: str = "") -> None:
    """Change the state of a card, whose person is held, as the table says. Raises Conflict: card_state."""
    card.state = state_after(CardState(card.state), event)
    card.state_changed_at = world_now()
    card.reason = reason[:200] or None
    if event is CardEvent.HAND_OVER:
        card.handed_over_at = card.state_changed_at


def hand_over_card(person_id: int) -> Card:
    """Afterwards the person holds the card that waited for them, and the one before is replaced; committed. Whoever hands it
    over has seen that this is the person.

    Raises NotFound: card_not_waiting; Conflict: person_dead, person_not_citizen, card_withheld, card_expired.
    """
    return act_on_card(person_id, CardEvent.HAND_OVER)


def cancel_card(person_id: int, *, reason: str) -> Card:
    """Afterwards the card that waits for the person never becomes theirs; the one that they hold stays; committed.

    Raises NotFound: card_not_waiting.
    """
    return act_on_card(person_id, CardEvent.CANCEL, reason=reason)


def revoke_card(person_id: int, *, reason: str) -> Card:
    """Afterwards the person's card is revoked for good, and everybody concerned was told; committed.

    Raises NotFound: card_missing; Conflict: card_state.
    """
    return act_on_card(person_id, CardEvent.REVOKE, reason=reason)


def withhold_card(person_id: int, *, reason: str) -> Card:
    """Afterwards an authority keeps the person's card until it is returned; committed. Raises as revoke_card."""
    return act_on_card(person_id, CardEvent.WITHHOLD, reason=reason)


def report_card_lost(
    person_id: int, *, reason: str = "", actor_kind: ActorKind = ActorKind.SYSTEM, actor: str | int = ""
) -> Card:
    """Afterwards the person's card is lost for good; committed. Raises as revoke_card."""
    return act_on_card(person_id, CardEvent.REPORT_LOST, reason=reason, actor_kind=actor_kind, actor=actor)


def return_card(person_id: int, *, reason: str = "") -> Card:
    """Afterwards the withheld card is its holder's again, and everybody concerned was told; committed. Raises as
    revoke_card."""
    return act_on_card(person_id, CardEvent.RETURN, reason=reason)


def act_on_card(
    person_id: int,
    event: CardEvent,
    *,
    reason: str = "",
    actor_kind: ActorKind = ActorKind.SYSTEM,
    actor: str | int = "",
) -> Card:
    """Afterwards this happened to the card of the person that it can happen to, and everybody concerned was told; committed.
    Raises as the act that bears its name."""
    card = _record_event(hold_cards(person_id), event, reason)
    told = {"card_id": card.id, "person_id": person_id}
    if event is CardEvent.HAND_OVER:
        post_event(CardIssued(**told))
    elif event is CardEvent.RETURN:
        post_event(CardReturned(**told))
    elif event is not CardEvent.CANCEL:
        post_event(CardEnded(**told, state=card.state))
    record_act(ACT_NAMES[event], actor_kind=actor_kind, actor=actor, person_id=person_id, card_id=card.id)
    db.session.commit()
    return card


ACT_NAMES = {
    CardEvent.HAND_OVER: "hand_over_card",
    CardEvent.CANCEL: "cancel_card",
    CardEvent.WITHHOLD: "withhold_card",
    CardEvent.RETURN: "return_card",
    CardEvent.REPORT_LOST: "report_card_lost",
    CardEvent.REVOKE: "revoke_card",
}
"""What the audit log calls each act that somebody can do. Nobody replaces a card by itself."""


@frozen
class ForeseenCard:
    """What an act would make of a card."""

    issued_on: date
    before: CardState
    after: CardState


def preview_card_act(person_id: int, event: CardEvent) -> list[ForeseenCard]:
    """The cards that an act would change, newest first; nothing has changed. Raises as the act does."""
    with db.session.no_autoflush:
        try:
            held = hold_cards(person_id)
            before = [CardState(card.state) for card in held.cards]
            _record_event(held, event, "")
            pairs = zip(held.cards, before, strict=True)
            return [
                ForeseenCard(card.issued_on, state, CardState(card.state))
                for card, state in pairs
                if card.state != state
            ]
        finally:
            db.session.rollback()


def _record_event(held: CardsInHand, event: CardEvent, reason: str) -> Card:
    """The event happened to the card that it can happen to, uncommitted, and nobody was told."""
    card = held.waiting if event in (CardEvent.HAND_OVER, CardEvent.CANCEL) else held.current
    if event is CardEvent.HAND_OVER:
        held.check_may_get_another()
        if card.state_on(world_today()) is CardState.EXPIRED:
            raise Conflict("card_expired", "This card expired while it waited; cancel it and make another.")
        held.replace_active()
    move_card(card, event, reason)
    return card


def record_end_of_cards(person_id: int, event: CardEvent, reason: str) -> Card | None:
    """No card of this person is good for anything any more: what they hold by this event, what waits because it is cancelled.
    The card that they held, if any; the caller's transaction commits it."""
    cards = [card for card in hold_cards(person_id).cards if card.state in STANDING]
    held = [card for card in cards if card.state in HELD]
    for card in cards:
        move_card(card, event if card in held else CardEvent.CANCEL, reason)
    return held[0] if held else None
