"""The cards of the demo: folders that stand for what people carry. What holds one to a reader holds it here.

A chip's private keys stay in its folder; whoever reads a card gets its files and its answers, as from a real one.
"""

from __future__ import annotations

import re

from eid.cards.reader import DemoCard, read_demo_card
from eid.config import current_settings
from eid.errors import Malformed, Refused
from eid.late_dataclasses import frozen
from eid.population.numbers import FIRST_FREE_SERIAL

PIN = re.compile(r"\d{12}", re.ASCII)
MOST_SHOWN = 16


@frozen
class DemoCardChoice:
    pin: str
    is_own: bool


def list_demo_cards(own_pin: str | None) -> list[DemoCardChoice]:
    """The cards that lie before the reader: the person's own first, then others', so that the wrong one can be tried.

    Of the others, those of the cast come first, because their stories are known. There are none outside of the demo.
    """
    settings = current_settings()
    if not settings.is_demo or not settings.cards_dir.is_dir():
        return []
    found = [folder.name for folder in settings.cards_dir.iterdir() if PIN.fullmatch(folder.name)]
    pins = sorted(found, key=lambda pin: (int(pin[6:]) >= FIRST_FREE_SERIAL, pin))
    own = [pin for pin in pins if pin == own_pin]
    others = [pin for pin in pins if pin != own_pin]
    return [DemoCardChoice(pin, pin == own_pin) for pin in (own + others)[:MOST_SHOWN]]


def find_demo_card(pin: str) -> DemoCard:
    """The demo's card of the person with this PIN, held to the reader.

    Raises Refused outside of the demo, Malformed for what names no card, NotFound for a card that is not there.
    """
    check_demo()
    if not PIN.fullmatch(pin):
        raise Malformed("card_unknown", "Choose a card.")
    return read_demo_card(current_settings().cards_dir / pin)


def check_demo() -> None:
    """Raise Refused outside of the demo."""
    if not current_settings().is_demo:
        raise Refused("demo_only", "The virtual card reader works in the demo only.")
