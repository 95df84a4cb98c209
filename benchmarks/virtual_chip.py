"""APDUs a second: the virtual chip alone, and chip and reader together, in one process.

What is exchanged is READ BINARY of DG2 under secure messaging after PACE (AES-128) and after basic access control (3DES).
The chip alone answers commands that a reader made before the clock started, for a chip that drew the same keys.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator

from eid.cards.chip.contents import ChipContents
from eid.cards.chip.virtual import VirtualChip
from eid.cards.inspection.access import choose_protocol, open_by_bac, open_by_pace
from eid.cards.inspection.channel import Channel
from eid.cards.inspection.reading import read_chip
from eid.crypto.apdu import INS, Command
from eid.crypto.lds import CARD_ACCESS
from tests.crypto.forge import chip_keys, make_card, make_csca, make_signer

ROUNDS = 9
BLOCK = 2000
"""Commands in each round."""
_OCTETS = 223


def run() -> None:
    """Measure and print."""
    keys = chip_keys()
    files = make_card(make_signer(make_csca()))
    contents = ChipContents(files, keys.active_authentication, keys.chip_authentication)
    print(f"\nREAD BINARY of {_OCTETS} octets under secure messaging (APDUs per CPU second, median of {ROUNDS})")
    for name, opener in (("AES-128 after PACE", open_with_pace), ("3DES after BAC", open_basically)):
        print_rate(f"{name}: the chip alone", chip_alone(contents, opener))
        print_rate(f"{name}: chip and reader", chip_and_reader(contents, opener))
    print("\nWhole readings with every proof (a CPU second, median)")
    rates = [rate_of(lambda: read_once(contents), 3, units=1) for _ in range(ROUNDS)]
    print(
        f"  {'PACE, all files, both proofs':34} {statistics.median(rates):10,.1f}/s   {len(files['EF.DG2']):,} octets of DG2"
    )


def print_rate(name: str, rates: list[float]) -> None:
    print(f"  {name:34} {statistics.median(rates):10,.0f}/s   ({min(rates):,.0f}–{max(rates):,.0f})")


def open_with_pace(contents: ChipContents, channel: Channel, rng: random.Random) -> None:
    chosen = choose_protocol(contents.files[CARD_ACCESS])
    assert chosen is not None
    open_by_pace(channel, chosen[0], contents.mrz_password, rng)
    channel.select_application()


def open_basically(contents: ChipContents, channel: Channel, rng: random.Random) -> None:
    channel.select_application()
    open_by_bac(channel, contents.mrz_password, rng)


Opener = Callable[[ChipContents, Channel, random.Random], None]


def opened(contents: ChipContents, opener: Opener, sent: list[bytes] | None = None) -> tuple[VirtualChip, Channel]:
    """A chip and a channel to it with DG2 selected, always with the same keys; `sent` keeps every command."""
    chip = VirtualChip(contents, rng=random.Random(1))

    def transmit(command: bytes) -> bytes:
        if sent is not None:
            sent.append(command)
        return chip.transmit(command)

    channel = Channel(transmit)
    opener(contents, channel, random.Random(2))
    channel.demand(Command(0x00, INS.SELECT, 0x02, 0x0C, b"\x01\x02"), "SELECT")
    return chip, channel


def commands(count: int) -> Iterator[Command]:
    for number in range(count):
        offset = number % 8 * _OCTETS
        yield Command(0x00, INS.READ_BINARY, offset >> 8, offset & 0xFF, b"", _OCTETS)


def chip_alone(contents: ChipContents, opener: Opener) -> list[float]:
    """A second chip with the same keys is sent what the first was."""
    sent: list[bytes] = []
    _chip, channel = opened(contents, opener, sent)
    for command in commands(BLOCK):
        channel.send(command)
    rates = []
    for _ in range(ROUNDS):
        chip = VirtualChip(contents, rng=random.Random(1))
        for command in sent[:-BLOCK]:
            chip.transmit(command)

        def answer(chip: VirtualChip = chip) -> None:
            for command in sent[-BLOCK:]:
                assert chip.transmit(command).endswith(b"\x90\x00")

        rates.append(rate_of(answer, 1))
    return rates


def chip_and_reader(contents: ChipContents, opener: Opener) -> list[float]:
    rates = []
    for _ in range(ROUNDS):
        _chip, channel = opened(contents, opener)

        def exchange(channel: Channel = channel) -> None:
            for command in commands(BLOCK):
                assert len(channel.demand(command, "READ BINARY")) == _OCTETS

        rates.append(rate_of(exchange, 1))
    return rates


def read_once(contents: ChipContents) -> None:
    chip = VirtualChip(contents, rng=random.Random(1))
    read = read_chip(chip.transmit, contents.mrz_password, rng=random.Random(2))
    assert read.files == contents.files


def rate_of(way: Callable[[], object], times: int, *, units: int = BLOCK) -> float:
    started = time.process_time()
    for _ in range(times):
        way()
    return units * times / (time.process_time() - started)
