"""Virtual chips of the forge's good card, and short ways to speak with them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache

from eid.cards.chip.contents import ChipContents
from eid.cards.chip.virtual import VirtualChip
from eid.cards.inspection.access import choose_protocol, open_by_bac, open_by_pace
from eid.cards.inspection.channel import Channel
from eid.cards.personalisation import ChipKeys
from eid.crypto.apdu import Command, StatusWord, Transmit
from eid.crypto.chip_access import MrzPassword
from eid.crypto.lds import CARD_ACCESS
from tests.crypto.forge import chip_keys, make_card, make_csca, make_signer

CAN = "000101"
ZONE = MrzPassword("190000101", "900312", "300312")


@cache
def good_files(kind: str = "P-256") -> Mapping[str, bytes]:
    """The files of a good card whose key of active authentication is of this kind."""
    return make_card(make_signer(make_csca()), keys=chip_keys(kind))


def contents_of(
    files: Mapping[str, bytes] | None = None, keys: ChipKeys | None = None, **given: object
) -> ChipContents:
    keys = keys or chip_keys()
    parts = {
        "files": files or good_files(),
        "active_authentication": keys.active_authentication,
        "chip_authentication": keys.chip_authentication,
    }
    return ChipContents(**(parts | given))  # type: ignore[arg-type]


def make_chip(contents: ChipContents | None = None) -> VirtualChip:
    return VirtualChip(contents or contents_of(), rng=random.Random(1))


def status_of(chip: VirtualChip, raw: str) -> int:
    """The status word of a command in hexadecimal digits."""
    return int.from_bytes(chip.transmit(bytes.fromhex(raw))[-2:], "big")


def recording(chip: VirtualChip, seen: list[tuple[bytes, bytes]]) -> Transmit:
    """The line to a chip, with everything that goes over it written down."""

    def transmit(command: bytes) -> bytes:
        seen.append((command, chip.transmit(command)))
        return seen[-1][1]

    return transmit


def open_with_pace(chip: VirtualChip, transmit: Transmit | None = None) -> Channel:
    """A channel secured by PACE, the application selected."""
    channel = Channel(transmit or chip.transmit)
    chosen = choose_protocol(good_files()[CARD_ACCESS])
    assert chosen is not None
    open_by_pace(channel, chosen[0], ZONE, random.Random(2))
    channel.select_application()
    return channel


def open_basically(chip: VirtualChip, transmit: Transmit | None = None) -> Channel:
    """A channel secured by basic access control."""
    channel = Channel(transmit or chip.transmit)
    channel.select_application()
    open_by_bac(channel, ZONE, random.Random(2))
    return channel


def select(channel: Channel, identifier: str) -> int:
    return channel.send(Command(0x00, 0xA4, 0x02, 0x0C, bytes.fromhex(identifier))).status


def is_open(channel: Channel) -> bool:
    return select(channel, "0101") == StatusWord.DONE
