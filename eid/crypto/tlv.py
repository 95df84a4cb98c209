"""Tag-length-value (X.690): a strict reader that keeps raw byte spans, and a small writer.

The reader takes DER's lengths only (definite, shortest form) and never copies or re-encodes: what was signed is
hashed as it was sent. Size, depth and count are capped, so no input costs more than its length. Indefinite lengths
are refused by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from eid.crypto.records import make
from eid.errors import Malformed

MAX_BYTES = 256 * 1024
"""A chip's file has at most 64 kB by its two-byte lengths in the field; four times that is generous."""
MAX_DEPTH = 24
"""The deepest structure read here, a certificate inside a CMS, has 11 levels."""
MAX_CHILDREN = 4096

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, PRINTABLE_STRING, UTC_TIME, GENERALIZED_TIME = 0x0C, 0x13, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31


class Tlv(NamedTuple):
    """One element: where it lies in `data`, never a copy. `start` is that of its tag, `body` that of its value."""

    data: bytes
    tag: int
    start: int
    body: int
    end: int
    depth: int

    @property
    def raw(self) -> bytes:
        """The whole element as it was sent, tag and length included."""
        return self.data[self.start : self.end]

    @property
    def value(self) -> bytes:
        return self.data[self.body : self.end]

    def children(self, *expected_tags: int, min_count: int = 0, max_count: int = MAX_CHILDREN) -> list[Tlv]:
        """The elements that fill this one exactly; with `expected_tags` there must be precisely these.

        Raises Malformed where they overrun, leave a gap, nest too deep or are too many.
        """
        if self.depth >= MAX_DEPTH:
            raise Malformed("tlv_too_deep", "The data are nested too deeply.")
        data, position, end, depth = self.data, self.body, self.end, self.depth + 1
        found: list[Tlv] = []
        try:
            while position < end:  # written out here and in _read: a call for each element would cost a third more
                tag, length, body = data[position], data[position + 1], position + 2
                if length >= 0x80 or tag & 0x1F == 0x1F:
                    tag, length, body = _read_long_head(data, position)
                stop = body + length
                if stop > end:
                    raise _truncated()
                if len(found) == max_count:  # counted here: what is refused costs no more than what may be
                    raise Malformed("tlv_too_many", "The data hold too many elements.")
                found.append(make(Tlv, (data, tag, position, body, stop, depth)))
                position = stop
        except IndexError as error:
            raise _truncated() from error
        if len(found) < min_count or (expected_tags and tuple([child.tag for child in found]) != expected_tags):
            raise Malformed("tlv_unexpected", "The data do not have the elements that they must have.")
        return found

    def pair(self) -> tuple[Tlv, Tlv]:
        """The two elements that fill this one exactly: `children` for what structures have most of. Raises Malformed."""
        data, end, depth = self.data, self.end, self.depth + 1
        if depth > MAX_DEPTH:
            raise Malformed("tlv_too_deep", "The data are nested too deeply.")
        first = _read(data, self.body, end, depth)
        second = _read(data, first.end, end, depth) if first.end < end else first
        if second.end != end or second is first:
            raise Malformed("tlv_unexpected", "The data do not have the elements that they must have.")
        return first, second

    @property
    def span(self) -> slice:
        """Where the whole element lies."""
        return slice(self.start, self.end)

    @property
    def body_span(self) -> slice:
        """Where its value lies."""
        return slice(self.body, self.end)

    def as_tag(self, tag: int) -> Tlv:
        """The element under the tag that an IMPLICIT one stands for."""
        return make(Tlv, (self.data, tag, *self[2:]))

    def on(self, data: bytes) -> Tlv:
        """The element at the same place in other data, whose tags and lengths stand where these do (layouts.py)."""
        return make(Tlv, (data, *self[1:]))

    def expect(self, tag: int) -> Tlv:
        """This element, whose tag is `tag`. Raises Malformed where it is another one."""
        if self.tag != tag:
            raise Malformed(
                "tlv_unexpected",
                "The data do not have the elements that they must have.",
                reason=f"tag {self.tag:02X} instead of {tag:02X}",
            )
        return self

    def integer(self) -> int:
        """The value of an INTEGER, in its shortest form (X.690, 8.3.2)."""
        if self.tag != INTEGER:
            self.expect(INTEGER)
        return decode_integer(self.data[self.body : self.end])

    def boolean(self) -> bool:
        value = self.expect(BOOLEAN).value
        if value not in (b"\x00", b"\xff"):
            raise Malformed("tlv_boolean", "A truth value is not written as it must be.")
        return value == b"\xff"

    def oid(self) -> str:
        """The dotted form of an OBJECT IDENTIFIER."""
        value = self.data[self.body : self.end]
        return (_DOTTED.get(value) if self.tag == OID else None) or _dotted(self.expect(OID).value)

    def octets(self) -> bytes:
        return self.expect(OCTET_STRING).value

    def bits(self) -> bytes:
        """The octets of a BIT STRING that fills whole octets."""
        return decode_bits(self.expect(BIT_STRING).value)

    def text(self) -> str:
        """The text of a UTF8String or PrintableString."""
        if self.tag not in (UTF8_STRING, PRINTABLE_STRING):
            self.expect(UTF8_STRING)
        try:
            return self.value.decode("utf-8" if self.tag == UTF8_STRING else "ascii")
        except UnicodeDecodeError as error:
            raise Malformed("tlv_text", "A text is not written as it must be.") from error

    def time(self) -> datetime:
        """The time of a UTCTime or GeneralizedTime in Z (RFC 5280, 4.1.2.5); aware, UTC."""
        if self.tag not in (UTC_TIME, GENERALIZED_TIME):
            self.expect(UTC_TIME)
        return decode_time(self.tag, self.data[self.body : self.end])


def decode_integer(value: bytes) -> int:
    """The value of an INTEGER, in its shortest form (X.690, 8.3.2). Raises Malformed."""
    if len(value) == 1:
        return value[0] if value[0] < 0x80 else value[0] - 0x100
    if not value or (value[0] == 0 and value[1] < 0x80) or (value[0] == 0xFF and value[1] >= 0x80):
        raise Malformed("tlv_integer", "A number is not written as it must be.")
    return int.from_bytes(value, "big", signed=True)


def decode_time(tag: int, value: bytes) -> datetime:
    """The time of a UTCTime or GeneralizedTime in Z (RFC 5280, 4.1.2.5); aware, UTC. Raises Malformed."""
    if tag == UTC_TIME:
        value = (b"19" if value[:1] >= b"5" else b"20") + value
    day, time = value[:8], value[8:]
    if not day.isdigit() or not time[:-1].isdigit() or time[6:] != b"Z" or time[:2] == b"24":
        raise Malformed("tlv_time", "A time is not written as it must be.")
    try:
        return datetime.fromisoformat((day + b"T" + time).decode("ascii"))
    except ValueError as error:
        raise Malformed("tlv_time", "A time is not written as it must be.") from error


def decode_bits(value: bytes) -> bytes:
    """The octets of a BIT STRING that fills whole octets. Raises Malformed."""
    if not value or value[0] != 0:
        raise Malformed("tlv_bits", "A bit string does not fill whole octets.")
    return value[1:]


def parse_tlv(data: bytes, expected_tag: int, *, max_bytes: int = MAX_BYTES) -> Tlv:
    """The one element that `data` is, with nothing after it.

    Raises Malformed (`tlv_too_large`, `tlv_trailing_data`, `tlv_truncated`, `tlv_indefinite`, `tlv_length`,
    `tlv_unexpected`).
    """
    if len(data) > max_bytes:
        raise Malformed("tlv_too_large", "The data are larger than they may be.", reason=f"{len(data)} bytes")
    found = _read(data, 0, len(data), 0).expect(expected_tag)
    if found.end != len(data):
        raise Malformed("tlv_trailing_data", "Something follows the data that does not belong to them.")
    return found


def read_tlv(data: bytes) -> Tlv:
    """The first element of `data`, whatever follows it. Raises Malformed."""
    return _read(data, 0, len(data), 0)


def _read(data: bytes, start: int, end: int, depth: int) -> Tlv:
    try:
        tag, length, body = data[start], data[start + 1], start + 2
        if length >= 0x80 or tag & 0x1F == 0x1F:
            tag, length, body = _read_long_head(data, start)
    except IndexError as error:
        raise _truncated() from error
    stop = body + length
    if stop > end:
        raise _truncated()
    return make(Tlv, (data, tag, start, body, stop, depth))


def _truncated() -> Malformed:
    return Malformed("tlv_truncated", "The data end in the middle.")


def _read_long_head(data: bytes, start: int) -> tuple[int, int, int]:
    tag, position = data[start], start + 1
    if tag & 0x1F == 0x1F:
        if data[position] & 0x80:  # 9303-10's own tag 5F01 is not in X.690's shortest form, so that is not asked
            raise Malformed("tlv_tag", "The data have a tag that nothing here has.")
        tag, position = tag << 8 | data[position], position + 1
    length, position = data[position], position + 1
    if length >= 0x80:
        length, position = _read_long_length(data, position, length & 0x7F)
    return tag, length, position


def _read_long_length(data: bytes, position: int, count: int) -> tuple[int, int]:
    if count == 0:
        raise Malformed("tlv_indefinite", "The data are written with indefinite lengths, not in DER.")
    if count > 4:
        raise Malformed("tlv_length", "The data have a length that nothing here has.")
    length = data[position]
    if length == 0:
        raise Malformed("tlv_length", "A length is not written in its shortest form.")
    for at in range(position + 1, position + count):
        length = length << 8 | data[at]
    if length < 0x80:
        raise Malformed("tlv_length", "A length is not written in its shortest form.")
    return length, position + count


def _dotted(value: bytes) -> str:
    known = _DOTTED.get(value)
    if known is not None:
        return known
    if not value or value[-1] & 0x80 or len(value) > 64:
        raise Malformed("tlv_oid", "An object identifier is not written as it must be.")
    arcs: list[int] = []
    arc = 0
    for octet in value:
        if arc == 0 and octet == 0x80:
            raise Malformed("tlv_oid", "An object identifier is not written as it must be.")
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    dotted = ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))
    if len(_DOTTED) < 512:
        _DOTTED[value] = dotted
    return dotted


_DOTTED: dict[bytes, str] = {}
"""Object identifiers that were read before: decoding them is a third of the cost of reading a certificate. Bounded."""


def build_tlv(tag: int, *parts: bytes) -> bytes:
    """An element of this tag whose value is the parts one after the other."""
    value = b"".join(parts)
    head = bytes([tag]) if tag < 0x100 else bytes([tag >> 8, tag & 0xFF])
    length = len(value)
    if length < 0x80:
        return head + bytes([length]) + value
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return head + bytes([0x80 | len(octets)]) + octets + value


def build_sequence(*parts: bytes) -> bytes:
    return build_tlv(SEQUENCE, *parts)


def build_set(parts: Iterable[bytes]) -> bytes:
    """A SET OF in DER: its elements in ascending order of their encodings (X.690, 11.6)."""
    return build_tlv(SET, *sorted(parts))


def build_integer(value: int) -> bytes:
    bits = (value if value >= 0 else ~value).bit_length()
    return build_tlv(INTEGER, value.to_bytes(bits // 8 + 1, "big", signed=True))


def build_oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return build_tlv(OID, b"".join(_base128(arc) for arc in (40 * first + second, *rest)))


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


def build_text(text: str) -> bytes:
    return build_tlv(UTF8_STRING, text.encode())


def build_time(time: datetime) -> bytes:
    """UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5); whole seconds."""
    utc = time.astimezone(UTC)
    if 1950 <= utc.year < 2050:
        return build_tlv(UTC_TIME, f"{utc:%y%m%d%H%M%S}Z".encode())
    return build_tlv(GENERALIZED_TIME, f"{utc:%Y%m%d%H%M%S}Z".encode())
