"""The line to a chip: commands in plain or secured, whole files by SELECT and READ BINARY (ICAO 9303-10, 3.6)."""

from __future__ import annotations

from collections.abc import Callable

from eid.crypto.apdu import (
    INS,
    SHORT_MAX,
    Command,
    Response,
    StatusWord,
    Transmit,
    build_command,
    parse_response,
)
from eid.crypto.chip_files import APPLICATION, APPLICATION_FILES, CARD_FILES
from eid.crypto.secure_messaging import SecureMessaging
from eid.crypto.tlv import MAX_BYTES, build_tlv, parse_tlv
from eid.errors import Malformed, Refused

_FILE_IDS = {**CARD_FILES, **APPLICATION_FILES}
_BLOCK = 223
"""Octets asked for at once: what, secured with AES, fits a response of short length."""
_EXTENDED_BLOCK = 16 * 1024
_HEAD = 6
"""Octets that hold every tag and length of a file."""
_LAST_EVEN_OFFSET = 0x7FFF
"""What P1 and P2 of READ BINARY can say; beyond it the odd instruction takes over."""

OnProgress = Callable[[str, int, int], None]
"""File, octets read so far, octets it has."""


class Channel:
    """One chip. `session` is what secures commands; None sends them in plain."""

    def __init__(self, transmit: Transmit, *, extended: bool = False) -> None:
        self._transmit, self._extended = transmit, extended
        self.session: SecureMessaging | None = None

    def send(self, command: Command) -> Response:
        """The chip's response, whatever its status. Raises VerificationFailed (`sm_…`) where a secured response does not
        hold, and Malformed where it is none."""
        if self.session is None:
            return parse_response(self._transmit(build_command(command)))
        raw = self._transmit(self.session.protect_command(command))
        return self.session.unprotect_response(raw, ins=command.ins)

    def demand(self, command: Command, what: str) -> bytes:
        """The data of a response that says that the command was done. Raises Refused (`chip_refused`)."""
        response = self.send(command)
        if response.status != StatusWord.DONE:
            raise chip_refused(what, response.status)
        return response.data

    def select_application(self) -> None:
        """Afterwards the files of the travel-document application can be selected. Raises Refused."""
        self.demand(Command(0x00, INS.SELECT, 0x04, 0x0C, APPLICATION), "SELECT of the application")

    def read_file(self, name: str, on_progress: OnProgress | None = None) -> bytes | int:
        """The whole file, or the status word by which the chip did not let it be selected or read. Raises Malformed
        (`file_unknown`, `file_malformed`, `file_too_large`)."""
        identifier = _FILE_IDS.get(name)
        if identifier is None:
            raise Malformed("file_unknown", "There is no such file on a chip.")
        status = self.send(Command(0x00, INS.SELECT, 0x02, 0x0C, identifier.to_bytes(2, "big"))).status
        if status != StatusWord.DONE:
            return status
        head = self._read(0, _HEAD)
        if isinstance(head, int):
            return head
        size = _size_of(head)
        content = bytearray(head[:size])
        while len(content) < size:
            block = min(_EXTENDED_BLOCK if self._extended else _BLOCK, size - len(content))
            part = self._read(len(content), block)
            if isinstance(part, int):
                return part
            content += part[: size - len(content)]
            if on_progress:
                on_progress(name, len(content), size)
        return bytes(content)

    def _read(self, offset: int, count: int) -> bytes | int:
        """Some octets of the selected file, at least one and at most so many; else the status word."""
        response = self.send(_read_command(offset, count))
        if response.status & 0xFF00 == StatusWord.WRONG_EXPECTED_LENGTH:
            response = self.send(_read_command(offset, response.status & 0xFF or SHORT_MAX))
        if response.status not in (StatusWord.DONE, StatusWord.END_OF_FILE):
            return response.status
        data = response.data
        if offset > _LAST_EVEN_OFFSET and data:
            data = parse_tlv(data, 0x53).value
        if not data:
            return StatusWord.END_OF_FILE
        return data[:count]


def _read_command(offset: int, count: int) -> Command:
    if offset <= _LAST_EVEN_OFFSET:
        return Command(0x00, INS.READ_BINARY, offset >> 8, offset & 0xFF, b"", count)
    where = build_tlv(0x54, offset.to_bytes((offset.bit_length() + 7) // 8, "big"))
    around = 2 if count < 0x80 else 3 if count < 0x100 else 4
    return Command(0x00, INS.READ_BINARY_ODD, 0x00, 0x00, where, count + around)


def _size_of(head: bytes) -> int:
    """How long a file is, by the tag of one octet and the length at its beginning. Raises Malformed."""
    octets = head[1] & 0x7F if len(head) > 1 and head[1] & 0x80 else 0
    if len(head) < 2 + octets or octets > 3 or head[1] == 0x80:
        raise Malformed("file_malformed", "A file of the chip does not begin with tag and length.")
    size = 2 + octets + (int.from_bytes(head[2 : 2 + octets], "big") if octets else head[1])
    if size > MAX_BYTES:
        raise Malformed("file_too_large", "A file is larger than a chip's file can be.")
    return size


def chip_refused(what: str, status: int) -> Refused:
    return Refused("chip_refused", "The chip refused a command.", reason=f"{what}: {status:04X}")
