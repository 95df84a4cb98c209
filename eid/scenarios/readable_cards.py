"""Cards as a counter's reader has them: read once before a run, from the folders that stand for what people carry."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from eid.cards.reader import DemoCard, read_demo_card
from eid.late_dataclasses import frozen
from eid.scenarios.roster import Member


@frozen
class ReadableCard:
    """A card on the counter's reader: its files as the API takes them, and a chip that answers."""

    files: dict[str, str]
    chip: DemoCard


def read_cards(members: Iterable[Member]) -> dict[str, ReadableCard]:
    """Everybody's card, by PIN."""
    cards = {}
    for member in members:
        chip = read_demo_card(member.card)
        cards[member.pin] = ReadableCard(
            {name: b64encode(content).decode() for name, content in chip.files.items()}, chip
        )
    return cards
