"""What came of a command: a response, and perhaps the keys under which the chip speaks from then on."""

from __future__ import annotations

from typing import NamedTuple

from eid.crypto.apdu import Response, StatusWord
from eid.crypto.secure_messaging import SecureMessaging


class Outcome(NamedTuple):
    response: Response
    session: SecureMessaging | None = None
    """Begins after the response, which still travels as the command did."""


def refuse(status: int) -> Outcome:
    return Outcome(Response(b"", status))


def answer(data: bytes = b"", session: SecureMessaging | None = None) -> Outcome:
    return Outcome(Response(data, StatusWord.DONE), session)
