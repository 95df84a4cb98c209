"""A card that is a program, in a slot of pcscd: the card's side of vpcd, the reader driver of the vsmartcard project.

A message is its length in two octets, big-endian, and so many octets. A single octet from the reader is a control: power
off, power on, reset, or the question for the ATR, which alone is answered; whatever is longer is a command APDU.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Protocol

from eid.errors import Unavailable

HOST, PORT = "127.0.0.1", 35963
"""Where vpcd's first slot waits for a card unless it was configured otherwise; its second waits one port higher."""

POWER_OFF, POWER_ON, RESET, ASK_ATR = 0, 1, 2, 4
MAX_MESSAGE = 0xFFFF
PATIENCE_SECONDS = 5
"""pcscd asks an inserted card for its ATR several times a second."""

_WRONG_LENGTH = bytes.fromhex("6700")


class Card(Protocol):
    @property
    def atr(self) -> bytes: ...

    def reset(self) -> None: ...

    def transmit(self, command: bytes) -> bytes:
        """Command APDU → response data, SW1, SW2. Answers whatever it is given."""


def connect_reader(host: str = HOST, port: int = PORT) -> socket.socket:
    """A connection to vpcd, which waits for a card there. Raises Unavailable: reader_absent."""
    try:
        return socket.create_connection((host, port), timeout=PATIENCE_SECONDS)
    except (OSError, UnicodeError) as error:  # the latter is what a name that no host can have raises
        raise Unavailable(
            "reader_absent",
            f"No reader waits for a card on {host}:{port}: install vsmartcard-vpcd and start pcscd, or say where it waits.",
            reason=str(error),
        ) from error


def answer_reader(card: Card, reader: socket.socket) -> Iterator[bool]:
    """Answers one message after the other until the reader goes away; after each, yields whether it was an APDU.

    Raises Unavailable (reader_silent) where the reader, once connected, asks nothing: it holds another card.
    """
    _send_at_once(reader)
    reader.settimeout(PATIENCE_SECONDS)
    card.reset()
    while (message := _receive_message(reader)) is not None:
        reader.settimeout(None)
        answer = answer_message(card, message)
        if answer is not None and not _send_message(reader, answer):
            return
        yield len(message) > 1


def answer_message(card: Card, message: bytes) -> bytes | None:
    """What the card says to a message, None where it says nothing: vpcd waits for no answer to most controls."""
    if len(message) > 1:
        answer = card.transmit(message)
        return answer if len(answer) <= MAX_MESSAGE else _WRONG_LENGTH
    if message == bytes([ASK_ATR]):
        return card.atr
    if message in (bytes([POWER_OFF]), bytes([POWER_ON]), bytes([RESET])):
        card.reset()
    return None


def _receive_message(reader: socket.socket) -> bytes | None:
    length = _receive(reader, 2)
    return None if length is None else _receive(reader, int.from_bytes(length))


def _receive(reader: socket.socket, count: int) -> bytes | None:
    """So many octets; None where the reader goes away before."""
    received = bytearray()
    while len(received) < count:
        try:
            part = reader.recv(count - len(received))
        except TimeoutError as error:
            raise Unavailable(
                "reader_silent",
                "The reader asks for no card; another may be in it already: its second slot waits one port higher.",
            ) from error
        except ConnectionError:
            return None
        if not part:
            return None
        _acknowledge_at_once(reader)
        received += part
    return bytes(received)


def _send_message(reader: socket.socket, answer: bytes) -> bool:
    """Whether the reader was still there. Length and answer leave together: apart, the second part would wait for an
    acknowledgement of the first."""
    try:
        reader.sendall(len(answer).to_bytes(2) + answer)
    except ConnectionError:
        return False
    return True


def _send_at_once(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _acknowledge_at_once(connection)


def _acknowledge_at_once(connection: socket.socket) -> None:
    """vpcd may send length and message apart, and holds the second back until the first is acknowledged, which Linux
    delays by 40 ms: 20 APDUs a second instead of thousands. The option lasts for one acknowledgement (tcp(7))."""
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
