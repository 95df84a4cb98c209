"""The virtual reader of the demo: what would be a phone's NFC reader reads a card's folder, and its chip answers for real."""

from __future__ import annotations

from eid.accounts.registration import PresentedCard
from eid.cards.demo_cards import find_demo_card
from eid.cards.service import open_challenge


def present_demo_card(pin: str) -> PresentedCard:
    """Hold a demo card to the reader: its files, and its chip's answer to a fresh challenge of ours. Raises as find_demo_card."""
    card = find_demo_card(pin)
    drawn = open_challenge()
    return PresentedCard(card.files, drawn.id, card.answer_challenge(drawn.challenge))
