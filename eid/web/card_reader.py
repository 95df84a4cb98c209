"""The virtual reader of the demo: what would be a phone's NFC reader reads a card's folder, and its chip answers for real."""

from __future__ import annotations

import re
from dataclasses import dataclass

from eid.accounts.registration import PresentedCard
from eid.cards.reader import read_demo_card
from eid.cards.service import open_challenge
from eid.config import current_settings
from eid.errors import Malformed, Refused
from eid.population.numbers import FIRST_FREE_SERIAL

PIN = re.compile(r"\d{12}", re.ASCII)
MOST_SHOWN = 8


@dataclass(frozen=True)
class DemoCardChoice:
    pin: str
    is_own: bool


def list_demo_cards(own_pin: str | None) -> list[DemoCardChoice]:
    """The cards that lie before the reader: the person's own first, then others', so that the wrong one can be tried.

    Of the others, those of the cast come first, because their stories are known.
    """
    settings = current_settings()
    if not settings.is_demo or not settings.cards_dir.is_dir():
        return []
    found = [folder.name for folder in settings.cards_dir.iterdir() if PIN.fullmatch(folder.name)]
    pins = sorted(found, key=lambda pin: (int(pin[6:]) >= FIRST_FREE_SERIAL, pin))
    own = [pin for pin in pins if pin == own_pin]
    others = [pin for pin in pins if pin != own_pin]
    return [DemoCardChoice(pin, pin == own_pin) for pin in (own + others)[:MOST_SHOWN]]


def present_demo_card(pin: str) -> PresentedCard:
    """Hold a demo card to the reader: its files, and its chip's answer to a fresh challenge of ours.

    Raises Refused outside of the demo, Malformed for what names no card, NotFound for a card that is not there.
    """
    settings = current_settings()
    if not settings.is_demo:
        raise Refused("demo_only", "The virtual card reader works in the demo only.")
    if not PIN.fullmatch(pin):
        raise Malformed("card_unknown", "Choose a card.")
    card = read_demo_card(settings.cards_dir / pin)
    drawn = open_challenge()
    return PresentedCard(card.files, drawn.id, card.answer_challenge(drawn.challenge))
