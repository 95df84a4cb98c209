"""The card in a PC/SC reader, through pyscard, which the extra `pcsc` installs. Only `eid cards read` loads this."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smartcard import scard

from eid.crypto.apdu import Transmit
from eid.errors import NotFound, Refused, Unavailable

_NO_READER = {scard.SCARD_E_NO_READERS_AVAILABLE, scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_READER_UNAVAILABLE}
_NO_CARD = {scard.SCARD_E_NO_SMARTCARD, scard.SCARD_W_REMOVED_CARD, scard.SCARD_W_UNPOWERED_CARD}
_PROTOCOLS = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
POLL_SECONDS = 0.2


def list_readers() -> list[str]:
    """The names of all readers. Raises Unavailable where no PC/SC service answers."""
    with _context() as context:
        return _list_readers(context)


@contextmanager
def card_in_reader(name: str | None, *, seconds: float) -> Iterator[tuple[str, Transmit]]:
    """The reader's whole name, and how to exchange an APDU with the card in it; nobody else may meanwhile.

    `name` may be the beginning of a reader's name; without one it is the first reader that holds a card. A card is waited
    for so long, and reset at the end. Raises Unavailable, NotFound (`reader_missing`, `card_missing`), Refused
    (`card_in_use`).
    """
    with _context() as context:
        status, reader, card, protocol = _connect(context, name)
        for _ in range(int(seconds / POLL_SECONDS)):
            if status not in _NO_CARD:
                break
            time.sleep(POLL_SECONDS)
            status, reader, card, protocol = _connect(context, name)
        _check(status)
        try:
            yield reader, lambda command: _transmit(card, protocol, command)
        finally:
            scard.SCardDisconnect(card, scard.SCARD_RESET_CARD)


@contextmanager
def _context() -> Iterator[Any]:
    status, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if status != scard.SCARD_S_SUCCESS:
        raise Unavailable(
            "pcsc_absent",
            "No PC/SC service answers; install and start pcscd.",
            reason=scard.SCardGetErrorMessage(status),
        )
    try:
        yield context
    finally:
        scard.SCardReleaseContext(context)


def _list_readers(context: Any) -> list[str]:
    status, names = scard.SCardListReaders(context, [])
    if status not in _NO_READER:
        _check(status)
    return list(names)


def _connect(context: Any, name: str | None) -> tuple[int, str, Any, int]:
    """What the first reader of that name says that holds a card, or the last one where none does."""
    found = [reader for reader in _list_readers(context) if reader.startswith(name or "")]
    if not found:
        raise NotFound("reader_missing", "There is no such card reader; eid cards read --list says which there are.")
    for reader in found:
        status, card, protocol = scard.SCardConnect(context, reader, scard.SCARD_SHARE_EXCLUSIVE, _PROTOCOLS)
        if status not in _NO_CARD:
            break
    return status, reader, card, protocol


def _transmit(card: Any, protocol: int, command: bytes) -> bytes:
    status, answer = scard.SCardTransmit(card, protocol, list(command))
    _check(status)
    return bytes(answer)


def _check(status: int) -> None:
    reason = "" if status == scard.SCARD_S_SUCCESS else scard.SCardGetErrorMessage(status)
    if status in _NO_CARD:
        raise NotFound("card_missing", "There is no card in the reader.", reason=reason)
    if status == scard.SCARD_E_SHARING_VIOLATION:
        raise Refused("card_in_use", "Another program uses the card; end it and try again.", reason=reason)
    if status != scard.SCARD_S_SUCCESS:
        raise Unavailable(
            "reader_failed", "The reader or its card failed; take the card off and try again.", reason=reason
        )
