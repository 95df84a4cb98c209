"""Commands to a chip and its responses as bytes: ISO/IEC 7816-4, 5.2, in short and in extended length.

A command is a header of four octets, perhaps data, and perhaps how many octets the response may have (Ne); a response
is data and two status octets.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from eid.crypto.tlv import Tlv, build_tlv, parse_tlv
from eid.errors import Malformed

Transmit = Callable[[bytes], bytes]
"""Command APDU → response data and SW1 SW2: one exchange with a chip."""

SHORT_MAX, EXTENDED_MAX = 256, 65536
"""The most octets that a response may have, and what Le 00 means, by the length's form."""

SECURE, CHAINED = 0x0C, 0x10
"""Bits of the class octet: secure messaging with the header authenticated; more of the same command follows."""


class INS(IntEnum):
    """Instructions (ISO/IEC 7816-4, table 4) that chips of travel documents know; an odd one has data objects for data."""

    MANAGE_SECURITY_ENVIRONMENT = 0x22
    MUTUAL_AUTHENTICATE = 0x82
    """EXTERNAL AUTHENTICATE, by which basic access control authenticates both sides."""
    GET_CHALLENGE = 0x84
    GENERAL_AUTHENTICATE = 0x86
    INTERNAL_AUTHENTICATE = 0x88
    SELECT = 0xA4
    READ_BINARY = 0xB0
    READ_BINARY_ODD = 0xB1


class StatusWord(IntEnum):
    """SW1 SW2: ISO/IEC 7816-4, tables 5 to 7; 9303-10 and 9303-11 name those that a reader meets."""

    DONE = 0x9000
    END_OF_FILE = 0x6282
    AUTHENTICATION_FAILED = 0x6300
    WRONG_LENGTH = 0x6700
    CHAINING_NOT_SUPPORTED = 0x6884
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_FILE = 0x6986
    SECURE_MESSAGING_MISSING = 0x6987
    SECURE_MESSAGING_INCORRECT = 0x6988
    WRONG_DATA = 0x6A80
    FILE_NOT_FOUND = 0x6A82
    WRONG_P1_P2 = 0x6A86
    REFERENCE_NOT_FOUND = 0x6A88
    OFFSET_OUTSIDE = 0x6B00
    WRONG_EXPECTED_LENGTH = 0x6C00
    """The low octet says which length would be right."""
    INSTRUCTION_NOT_SUPPORTED = 0x6D00
    CLASS_NOT_SUPPORTED = 0x6E00


class Command(NamedTuple):
    """A command. `expected` is Ne: None for no response data, else at most so many octets."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    expected: int | None = None
    extended: bool = False
    """Whether its lengths are written in the extended form."""

    @property
    def header(self) -> bytes:
        return bytes(self[:4])

    @property
    def is_secure(self) -> bool:
        return self.cla & SECURE == SECURE

    @property
    def is_chained(self) -> bool:
        return bool(self.cla & CHAINED)

    @property
    def response_limit(self) -> int:
        """How many octets of data a response to this form of command can carry."""
        return EXTENDED_MAX if self.extended else SHORT_MAX


class Response(NamedTuple):
    """A response: its data and SW1 SW2 as one number."""

    data: bytes
    status: int

    @property
    def raw(self) -> bytes:
        return self.data + self.status.to_bytes(2, "big")


def build_command(command: Command) -> bytes:
    """The octets of a command; in extended length where it says so or where short length cannot hold it.

    Raises Malformed (`apdu_malformed`) where no length can.
    """
    cla, ins, p1, p2, data, expected, extended = command
    count = len(data)
    if count >= EXTENDED_MAX or (expected is not None and not 1 <= expected <= EXTENDED_MAX):
        raise _malformed("no length holds it")
    if extended or count > 255 or (expected or 0) > SHORT_MAX:
        lc = b"\x00" + count.to_bytes(2, "big") if data else b""
        le = b"" if expected is None else (b"" if data else b"\x00") + (expected & 0xFFFF).to_bytes(2, "big")
    else:
        lc, le = bytes([count]) if data else b"", b"" if expected is None else bytes([expected & 0xFF])
    return b"".join((bytes((cla, ins, p1, p2)), lc, data, le))


def parse_command(raw: bytes) -> Command:
    """The inverse of build_command. Raises Malformed (`apdu_malformed`) where the lengths do not add up."""
    size = len(raw)
    if size < 4:
        raise _malformed("no header")
    cla, ins, p1, p2 = raw[:4]
    if size == 4:
        return Command(cla, ins, p1, p2)
    if size == 5:
        return Command(cla, ins, p1, p2, b"", raw[4] or SHORT_MAX)
    if raw[4]:
        return _parse_lengths(raw, 5, raw[4], 1, SHORT_MAX)
    if size == 7:
        return Command(cla, ins, p1, p2, b"", int.from_bytes(raw[5:], "big") or EXTENDED_MAX, True)
    if size < 7 or not (count := int.from_bytes(raw[5:7], "big")):
        raise _malformed("extended length without a length")
    return _parse_lengths(raw, 7, count, 2, EXTENDED_MAX)


def _parse_lengths(raw: bytes, body: int, count: int, le_octets: int, limit: int) -> Command:
    end = body + count
    rest = len(raw) - end
    if rest not in (0, le_octets):
        raise _malformed("the lengths do not add up")
    expected = (int.from_bytes(raw[end:], "big") or limit) if rest else None
    return Command(raw[0], raw[1], raw[2], raw[3], raw[body:end], expected, limit == EXTENDED_MAX)


def parse_response(raw: bytes) -> Response:
    """Data and status of a response. Raises Malformed (`apdu_malformed`) where there is no status."""
    if not 2 <= len(raw) <= EXTENDED_MAX + 2:
        raise _malformed("no status, or more than a response can hold")
    return Response(raw[:-2], int.from_bytes(raw[-2:], "big"))


def parse_data_objects(data: bytes, *, max_count: int = 8) -> dict[int, Tlv]:
    """The data objects of a command's or response's data by tag, in their order (ISO/IEC 7816-4, 6.3).

    Raises Malformed where they overrun, are too many, or one occurs twice.
    """
    elements = parse_tlv(build_tlv(0x7C, data), 0x7C).children(max_count=max_count)
    found = {element.tag: element for element in elements}
    if len(found) != len(elements):
        raise _malformed("a data object occurs twice")
    return found


def _malformed(reason: str) -> Malformed:
    return Malformed("apdu_malformed", "A command or response of a chip does not have its form.", reason=reason)
