"""Secure messaging: ICAO 9303-11, 9.8. Each end holds the session's keys and counts the messages; every command and
response is encrypted and authenticated with the count, so none can be read, altered, replayed, dropped or reordered.

Both ends are here: a reader protects commands and opens responses, a chip the other way round.
"""

from __future__ import annotations

import hmac

from eid.crypto.apdu import (
    EXTENDED_MAX,
    SECURE,
    SHORT_MAX,
    Command,
    Response,
    build_command,
    parse_data_objects,
    parse_response,
)
from eid.crypto.chip_ciphers import MAC_OCTETS, SessionKeys, pad, unpad
from eid.crypto.tlv import Tlv, build_tlv
from eid.errors import Malformed, VerificationFailed

_CRYPTOGRAM, _CRYPTOGRAM_ODD, _EXPECTED, _STATUS, _MAC = 0x87, 0x85, 0x97, 0x99, 0x8E
_PADDED = b"\x01"
"""What stands before the cryptogram of DO 87: padding method 2."""
STEP = "secure_messaging"


class SecureMessaging:
    """One end of a session. After any refusal the keys must not be used any more: whoever holds this drops it."""

    def __init__(self, keys: SessionKeys, counter: int = 0) -> None:
        self._keys, self._counter = keys, counter

    def _next(self) -> bytes:
        """The send sequence counter, which grows by one before every command and every response."""
        block = self._keys.block
        self._counter = (self._counter + 1) % (1 << 8 * block)
        return self._counter.to_bytes(block, "big")

    def protect_command(self, command: Command) -> bytes:
        """The command as it goes over the air. Its response may have as many octets as the form of its length allows."""
        counter, header = self._next(), bytes((command.cla | SECURE, command.ins, command.p1, command.p2))
        expected = b""
        if command.expected is not None:
            short = not command.extended and command.expected <= SHORT_MAX
            value = (command.expected & 0xFF).to_bytes(1, "big") if short else _two_octets(command.expected)
            expected = build_tlv(_EXPECTED, value)
        objects = self._cryptogram(command.ins, command.data, counter) + expected
        objects += self._authenticate(counter + pad(header, self._keys.block) + objects)
        extended = command.extended or len(objects) > 255 or (command.expected or 0) > SHORT_MAX
        limit = EXTENDED_MAX if extended else SHORT_MAX
        return build_command(command._replace(cla=header[0], data=objects, expected=limit, extended=extended))

    def unprotect_response(self, raw: bytes, *, ins: int) -> Response:
        """The response to a command with this instruction.

        Raises VerificationFailed (`sm_missing`, `sm_malformed`, `sm_mac`): the session is over.
        """
        counter, response = self._next(), parse_response(raw)
        found = _read_objects(response.data, {_CRYPTOGRAM, _CRYPTOGRAM_ODD, _STATUS, _MAC})
        if _STATUS not in found or _MAC not in found:
            raise _failure("sm_missing", f"status {response.status:04X}")
        self._check_mac(counter, response.data, found[_MAC])
        status = int.from_bytes(found[_STATUS].value, "big")
        if len(found[_STATUS].value) != 2 or status != response.status:
            raise _failure("sm_malformed", "two statuses")
        return Response(self._plain(ins, found, counter), status)

    def unprotect_command(self, command: Command) -> Command:
        """The command that a protected one holds.

        Raises VerificationFailed (`sm_missing`, `sm_malformed`, `sm_mac`): the session is over.
        """
        counter = self._next()
        found = _read_objects(command.data, {_CRYPTOGRAM, _CRYPTOGRAM_ODD, _EXPECTED, _MAC})
        if _MAC not in found:
            raise _failure("sm_missing", "no MAC")
        self._check_mac(counter + pad(command.header, self._keys.block), command.data, found[_MAC])
        expected = None
        if _EXPECTED in found:
            value = found[_EXPECTED].value
            if len(value) not in (1, 2):
                raise _failure("sm_malformed", "expected length")
            expected = int.from_bytes(value, "big") or (SHORT_MAX if len(value) == 1 else EXTENDED_MAX)
        data = self._plain(command.ins, found, counter)
        return command._replace(cla=command.cla & ~SECURE, data=data, expected=expected)

    def protect_response(self, response: Response, *, ins: int) -> bytes:
        """The response as it goes over the air."""
        counter, status = self._next(), response.status.to_bytes(2, "big")
        objects = self._cryptogram(ins, response.data, counter) + build_tlv(_STATUS, status)
        return objects + self._authenticate(counter + objects) + status

    def room(self, command: Command) -> int:
        """How many octets of data a response can hold that must fit, protected, to this form of command."""
        block, limit = self._keys.block, command.response_limit
        around = 2 + MAC_OCTETS + 4 + 1 + (3 if limit == SHORT_MAX else 4)  # MAC, status, and before the cryptogram
        return (limit - around) // block * block - 1

    def _cryptogram(self, ins: int, data: bytes, counter: bytes) -> bytes:
        """9303-11, 9.8.5: DO 87 with an octet for the padding; DO 85 without one where the instruction is odd."""
        if not data:
            return b""
        cryptogram = self._keys.encrypt(pad(data, self._keys.block), counter)
        return build_tlv(_CRYPTOGRAM_ODD, cryptogram) if ins & 1 else build_tlv(_CRYPTOGRAM, _PADDED, cryptogram)

    def _plain(self, ins: int, found: dict[int, Tlv], counter: bytes) -> bytes:
        odd = ins & 1
        if (_CRYPTOGRAM if odd else _CRYPTOGRAM_ODD) in found:
            raise _failure("sm_malformed", "cryptogram of the other form")
        element = found.get(_CRYPTOGRAM_ODD if odd else _CRYPTOGRAM)
        if element is None:
            return b""
        value = element.value
        if not odd:
            if not value.startswith(_PADDED):
                raise _failure("sm_malformed", "padding indicator")
            value = value[1:]
        if not value or len(value) % self._keys.block:
            raise _failure("sm_malformed", "cryptogram of no whole blocks")
        plain = unpad(self._keys.decrypt(value, counter), self._keys.block)
        if plain is None:
            raise _failure("sm_malformed", "padding")
        return plain

    def _authenticate(self, message: bytes) -> bytes:
        return build_tlv(_MAC, self._keys.mac(pad(message, self._keys.block)))

    def _check_mac(self, before: bytes, data: bytes, element: Tlv) -> None:
        """The MAC is over the counter, the header of a command, and every data object before the MAC, as they were sent."""
        message = before + data[: len(data) - len(element.raw)]
        if not hmac.compare_digest(self._keys.mac(pad(message, self._keys.block)), element.value):
            raise _failure("sm_mac", "another MAC")


def _two_octets(expected: int) -> bytes:
    return (expected & 0xFFFF).to_bytes(2, "big")


def _read_objects(data: bytes, known: set[int]) -> dict[int, Tlv]:
    """The data objects by tag: each once, none unknown, the MAC last."""
    try:
        found = parse_data_objects(data, max_count=3)
    except Malformed as error:
        raise _failure("sm_malformed", error.code) from error
    if not found.keys() <= known or (_MAC in found and next(reversed(found)) != _MAC):
        raise _failure("sm_malformed", "data objects")
    return found


def _failure(code: str, reason: str) -> VerificationFailed:
    return VerificationFailed(STEP, code, "A secured message between chip and reader does not hold.", reason=reason)
