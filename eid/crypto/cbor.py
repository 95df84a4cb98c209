"""CBOR (RFC 8949): written in its one deterministic form, and read strictly.

What is read must have definite lengths and the shortest heads, name no key twice, and stay within the caps; whatever was signed
is kept as it was sent. Map keys are integers and texts. Of the simple values there are false, true and null. Tags are kept, not
interpreted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from eid.errors import Malformed

Cbor: TypeAlias = Any
"""int, bytes, str, list, dict, bool, None, float or Tag."""

MAX_BYTES = 1 << 20
MAX_DEPTH = 16
MAX_ITEMS = 10_000

EMBEDDED, DATE_TIME, FULL_DATE = 24, 0, 1004
"""Tags: encoded CBOR (RFC 8949, 3.4.5.1), a point in time (3.4.1), a day (RFC 8943)."""

_FALSE, _TRUE, _NULL = b"\xf4", b"\xf5", b"\xf6"
_SIMPLE = {20: False, 21: True, 22: None}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_NOT_A_NUMBER = b"\xf9\x7e\x00"


class Encoded(bytes):
    """CBOR that is written already, and goes as it is into what is built around it."""


@dataclass(frozen=True, slots=True)
class Tag:
    number: int
    value: Cbor
    raw: bytes = field(default=b"", compare=False, repr=False)
    """The tag and all that it holds as it was sent; empty where it was not read from anything."""


def build_cbor(value: Cbor) -> bytes:
    """The deterministic encoding (RFC 8949, 4.2.1): shortest heads, definite lengths, keys in the order of their octets.

    Raises TypeError for what CBOR has no word for here.
    """
    kind = type(value)
    if kind is str:
        text: bytes = value.encode()
        return build_head(3, len(text)) + text
    if kind is bytes:
        return build_octets(value)
    if kind is int:
        return build_head(0, value) if value >= 0 else build_head(1, -1 - value)
    if kind is dict:
        pairs = sorted([(build_cbor(name), build_cbor(each)) for name, each in value.items()])
        return build_head(5, len(pairs)) + b"".join([name + each for name, each in pairs])
    if kind is list or kind is tuple:
        return build_head(4, len(value)) + b"".join([build_cbor(each) for each in value])
    if kind is Tag:
        return build_head(6, value.number) + build_cbor(value.value)
    if kind is bool:
        return _TRUE if value else _FALSE
    return _build_rest(value)


def _build_rest(value: Cbor) -> bytes:
    if isinstance(value, Encoded):
        return value
    if value is None:
        return _NULL
    if isinstance(value, float):
        return _build_float(value)
    raise TypeError(f"CBOR has no form for {type(value).__name__}")


def build_head(major: int, argument: int) -> bytes:
    """Major type and argument in the fewest octets (RFC 8949, 3)."""
    if 0 <= argument < 1 << 8:
        return _SHORT_HEADS[major << 8 | argument]
    if argument < 1 << 16:
        return struct.pack(">BH", major << 5 | 25, argument)
    if argument < 1 << 32:
        return struct.pack(">BI", major << 5 | 26, argument)
    if argument < 1 << 64:
        return struct.pack(">BQ", major << 5 | 27, argument)
    raise TypeError("CBOR has no head for a number of more than 64 bits")


_SHORT_HEADS = [
    bytes((major << 5 | argument,) if argument < 24 else (major << 5 | 24, argument))
    for major in range(8)
    for argument in range(1 << 8)
]


def build_octets(value: bytes) -> bytes:
    """As build_cbor writes an octet string."""
    return build_head(2, len(value)) + value


def build_embedded(encoded: bytes) -> bytes:
    """`#6.24(bstr .cbor …)`: CBOR as an octet string that says that it is one."""
    return b"\xd8\x18" + build_octets(encoded)


def _build_float(value: float) -> bytes:
    if value != value:
        return _NOT_A_NUMBER
    for info, form in _FLOATS.items():
        try:
            packed = struct.pack(form, value)
        except OverflowError:
            continue
        if struct.unpack(form, packed)[0] == value:
            return bytes((7 << 5 | info,)) + packed
    raise AssertionError("a float is a double")


def parse_cbor(data: bytes, *, max_bytes: int = MAX_BYTES) -> Cbor:
    """The one value that these octets are. Raises Malformed: `cbor_malformed`, whatever is wrong with them."""
    if len(data) > max_bytes:
        raise _malformed("too long")
    reader = _Reader(data)
    value = reader.read(0)
    if reader.at != len(data):
        raise _malformed("something follows")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.items = data, 0, 0

    def read(self, depth: int) -> Cbor:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise _malformed("too deep or too many")
        start = self.at
        initial = self._take(1)[0]
        major, info = initial >> 5, initial & 31
        if major == 7:
            return self._read_simple(info)
        argument = self._read_argument(info)
        if major < 2:
            return argument if major == 0 else -1 - argument
        if major == 2:
            return self._take(argument)
        if major == 3:
            return self._read_text(argument)
        if major == 4:
            return [self.read(depth + 1) for _ in range(self._count(argument))]
        if major == 5:
            return self._read_map(argument, depth)
        value = self.read(depth + 1)
        return Tag(argument, value, self.data[start : self.at])

    def _take(self, count: int) -> bytes:
        taken = self.data[self.at : self.at + count]
        if len(taken) != count:
            raise _malformed("cut off")
        self.at += count
        return taken

    def _read_argument(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise _malformed("an indefinite length, or a reserved head")
        size = 1 << info - 24
        argument = int.from_bytes(self._take(size), "big")
        if argument < (24 if size == 1 else 1 << 4 * size):
            raise _malformed("a head that is longer than it need be")
        return argument

    def _count(self, count: int) -> int:
        if count > len(self.data) - self.at:
            raise _malformed("cut off")
        return count

    def _read_text(self, length: int) -> str:
        try:
            return self._take(length).decode()
        except UnicodeDecodeError as error:
            raise _malformed("a text that is no UTF-8") from error

    def _read_map(self, count: int, depth: int) -> dict[int | str, Cbor]:
        found: dict[int | str, Cbor] = {}
        for _ in range(self._count(count)):
            name = self.read(depth + 1)
            if type(name) not in (int, str):
                raise _malformed("a key that is neither number nor text")
            if name in found:
                raise _malformed("a key stands twice")
            found[name] = self.read(depth + 1)
        return found

    def _read_simple(self, info: int) -> bool | float | None:
        if info in _SIMPLE:
            return _SIMPLE[info]
        if info not in _FLOATS:
            raise _malformed("a simple value without meaning")
        raw = self._take(struct.calcsize(_FLOATS[info]))
        value: float = struct.unpack(_FLOATS[info], raw)[0]
        if _build_float(value)[1:] != raw:
            raise _malformed("a number that is longer than it need be")
        return value


def _malformed(reason: str) -> Malformed:
    return Malformed("cbor_malformed", "This is not CBOR as it must be written.", reason=reason)
