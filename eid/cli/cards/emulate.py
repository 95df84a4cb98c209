"""eid cards emulate: a card's folder as a card in a reader, for any program that reads cards."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import click

from eid.cards.chip.virtual import VirtualChip
from eid.cards.reader import read_chip_contents
from eid.cli.cards.vpcd import HOST, PORT, answer_reader, connect_reader
from eid.cli.progress import counter
from eid.errors import Unavailable
from eid.randomness import system_rng

RETRY_SECONDS = 1


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--reader-host", default=HOST, show_default=True, help="Where the reader waits for a card.")
@click.option("--reader-port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Its port.")
@click.option("--can", help="The card access number; a Vietnamese card's is the last six digits of the PIN.")
def emulate(directory: Path, reader_host: str, reader_port: int, can: str | None) -> None:
    """Put a card into a virtual reader, where any program that reads cards finds it, until Ctrl-C takes it out.

    The reader is vpcd, a driver of pcscd (Debian: pcscd, vsmartcard-vpcd). Without chip_keys.json in the folder the card is
    a copy: it can be read but cannot prove that it is none.

    Example: eid cards emulate var/cards/901190000101
    """
    contents = read_chip_contents(directory, can=can)
    chip, where = VirtualChip(contents, rng=system_rng()), f"{reader_host}:{reader_port}"
    name = f"Card {contents.mrz_password.document_number}"
    with _until_interrupted(), counter("APDUs") as count:
        for tried, reader in enumerate(_find_readers(reader_host, reader_port)):
            with reader, suppress(Unavailable) if tried else nullcontext():
                asked = 0
                for is_apdu in answer_reader(chip, reader):
                    if not asked:
                        click.echo(f"{name} is in the reader on {where}; Ctrl-C takes it out.")
                    asked += 1
                    count(int(is_apdu))
                if asked:
                    click.echo(f"The reader on {where} is gone; {name} goes in again when it is back.")
    click.echo(f"{name} is out of the reader.")


@contextmanager
def _until_interrupted() -> Iterator[None]:
    """Ctrl-C, or SIGTERM, is how this ends well."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _find_readers(host: str, port: int) -> Iterator[socket.socket]:
    """The reader, and whenever it is gone and back, that. Raises Unavailable where it is not there at first."""
    yield connect_reader(host, port)
    while True:
        time.sleep(RETRY_SECONDS)
        with suppress(Unavailable):
            yield connect_reader(host, port)
