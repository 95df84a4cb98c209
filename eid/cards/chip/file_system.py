"""The files of a chip as commands reach them: SELECT and READ BINARY (ICAO 9303-10, 3.6).

Outside of the application there are EF.CardAccess and EF.CardSecurity, in it EF.COM, EF.SOD and the data groups. Data
groups 3 and 4 hold biometrics that open to terminal authentication alone, which is not here: they stay closed.
"""

from __future__ import annotations

from collections.abc import Mapping

from eid.crypto.apdu import (
    EXTENDED_MAX,
    INS,
    SHORT_MAX,
    Command,
    Response,
    StatusWord,
)
from eid.crypto.chip_files import APPLICATION, APPLICATION_FILES, CARD_FILES
from eid.crypto.lds import CARD_ACCESS, data_group_file
from eid.crypto.tlv import build_tlv, parse_tlv
from eid.errors import Malformed

_MASTER = {identifier: name for name, identifier in CARD_FILES.items()}
_IN_APPLICATION = {
    # It answers here too: the way back, SELECT MF, is one that Vietnam's card does not know.
    CARD_FILES[CARD_ACCESS]: CARD_ACCESS,
    **{identifier: name for name, identifier in APPLICATION_FILES.items()},
}
_NEVER = {data_group_file(3), data_group_file(4)}
_MF = b"\x3f\x00"
_OFFSET, _DISCRETIONARY = 0x54, 0x53


class FileSystem:
    """The files, what is selected, and whether access was gained. A short file identifier is the low five bits of a
    file's identifier."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self.in_application = False
        self.accessible = False
        self._current: str | None = None

    def close(self) -> None:
        """Access is gone, and so is a current file that needed it."""
        self.accessible = False
        if self._current != CARD_ACCESS:
            self._current = None

    def select(self, command: Command) -> Response:
        """SELECT by application identifier or by file identifier (ISO/IEC 7816-4, 11.2.2)."""
        if command.p2 not in (0x00, 0x04, 0x0C):
            return Response(b"", StatusWord.WRONG_P1_P2)
        if command.p1 == 0x04:
            return self._select_application(command)
        if command.p1 not in (0x00, 0x02):
            return Response(b"", StatusWord.WRONG_P1_P2)
        if command.p1 == 0x00 and command.data in (b"", _MF):
            return Response(b"", StatusWord.INSTRUCTION_NOT_SUPPORTED)  # as Vietnam's card is observed to answer
        if len(command.data) != 2:
            return Response(b"", StatusWord.WRONG_LENGTH)
        name, status = self._find(int.from_bytes(command.data, "big"))
        if name is None:
            return Response(b"", status)
        self._current = name
        size = len(self._files[name])
        return self._selected(command, build_tlv(0x80, size.to_bytes(2 if size < 0x10000 else 3, "big")), 0x83)

    def _select_application(self, command: Command) -> Response:
        if command.data != APPLICATION:
            return Response(b"", StatusWord.FILE_NOT_FOUND)
        self.in_application, self._current = True, None
        return self._selected(command, b"", 0x84)

    def _selected(self, command: Command, details: bytes, name_tag: int) -> Response:
        if command.p2 == 0x0C or command.expected is None:
            return Response(b"", StatusWord.DONE)
        template = build_tlv(0x6F if command.p2 == 0x00 else 0x62, details, build_tlv(name_tag, command.data))
        return Response(template[: command.expected], StatusWord.DONE)

    def _find(self, identifier: int) -> tuple[str | None, int]:
        """The file that this identifier means here and now; else why there is none."""
        name = (_IN_APPLICATION if self.in_application else _MASTER).get(identifier)
        if name is None or (name == CARD_ACCESS and name not in self._files):
            return None, StatusWord.FILE_NOT_FOUND
        if name != CARD_ACCESS and (not self.accessible or name in _NEVER):
            return None, StatusWord.SECURITY_STATUS_NOT_SATISFIED  # whether it exists is told to nobody
        if name not in self._files:
            return None, StatusWord.FILE_NOT_FOUND
        return name, StatusWord.DONE

    def read(self, command: Command, *, limit: int) -> Response:
        """READ BINARY (ISO/IEC 7816-4, 11.3.3), at most `limit` octets of a file."""
        if command.expected is None:
            return Response(b"", StatusWord.WRONG_LENGTH)
        # Le 00 asks for whatever there is; a number asks for so many octets.
        exact = command.expected not in (SHORT_MAX, EXTENDED_MAX)
        room = min(limit, command.expected)
        if command.ins == INS.READ_BINARY_ODD:
            return self._read_odd(command, room, exact=exact)
        if command.data:
            return Response(b"", StatusWord.WRONG_LENGTH)
        if not command.p1 & 0x80:
            return self._read_at(0, command.p1 << 8 | command.p2, room, exact=exact)
        if command.p1 & 0x60:
            return Response(b"", StatusWord.WRONG_P1_P2)
        return self._read_at(command.p1 & 0x1F, command.p2, room, exact=exact)

    def _read_odd(self, command: Command, room: int, *, exact: bool) -> Response:
        """Offset and answer as data objects 54 and 53, for what lies beyond the first 32767 octets. The short file
        identifier is in P2's low five bits, 00000 for the current file."""
        if command.p1 or command.p2 & 0xE0:
            return Response(b"", StatusWord.WRONG_P1_P2)
        try:
            offset = parse_tlv(command.data, _OFFSET).value
        except Malformed:
            return Response(b"", StatusWord.WRONG_DATA)
        if not 1 <= len(offset) <= 4:
            return Response(b"", StatusWord.WRONG_DATA)
        around = 2 if room < 130 else 3 if room < 259 else 4  # tag and length of the data object around the answer
        if room <= around:
            return Response(b"", StatusWord.WRONG_LENGTH)
        found = self._read_at(command.p2, int.from_bytes(offset, "big"), room - around, exact=exact)
        return found._replace(data=build_tlv(_DISCRETIONARY, found.data)) if found.data else found

    def _read_at(self, short_identifier: int, offset: int, room: int, *, exact: bool) -> Response:
        name = self._current
        if short_identifier:
            name, status = self._find(0x0100 | short_identifier)
            if name is None:
                return Response(b"", status)
            self._current = name
        if name is None:
            # Who selected nothing because nothing may be selected yet is told that.
            closed = self.in_application and not self.accessible
            return Response(b"", StatusWord.SECURITY_STATUS_NOT_SATISFIED if closed else StatusWord.NO_CURRENT_FILE)
        content = self._files[name]
        if offset >= len(content):
            return Response(b"", StatusWord.OFFSET_OUTSIDE)
        found = content[offset : offset + room]
        ended = exact and offset + room > len(content)
        return Response(found, StatusWord.END_OF_FILE if ended else StatusWord.DONE)
