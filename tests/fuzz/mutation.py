"""Changes data that are made of tags and lengths so that they stay made of them: what a fuzzer that knows only bytes
does too rarely. Reads laxly, with code of its own, so that it shares no mistake with what it tries.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

Element = tuple[bytes, bytes]
"""The octets of a tag, and the value."""

_OIDS = [
    "06092a864886f70d010702",
    "06092a864886f70d010701",
    "0606678108010101",
    "0606678108010102",
    "06092a864886f70d010903",
    "06092a864886f70d010904",
    "06092a864886f70d010905",
    "0609608648016503040201",
    "0609608648016503040202",
    "0609608648016503040203",
    "06052b0e03021a",
    "06082a864886f70d0205",
    "06092a864886f70d01010a",
    "06092a864886f70d010108",
    "06092a864886f70d01010b",
    "06092a864886f70d010101",
    "06072a8648ce3d0201",
    "06082a8648ce3d030107",
    "06052b81040022",
    "06092b2403030208010107",
    "06092b2403030208010105",
    "06092b2403030208010109",
    "06082a8648ce3d040302",
    "06082a8648ce3d040303",
    "06072a8648ce3d0101",
    "0603551d0e",
    "0603551d0f",
    "0603551d10",
    "0603551d13",
    "0603551d23",
    "0603551d25",
    "060767810801010602",
    "0603550406",
    "0606678108010105",
    "0606678108010103",
    "060a04007f00070202040202",
    "060a04007f00070202030202",
    "060904007f000702020102",
    "060804007f0007020202",
]


def _spare() -> tuple[bytes, ...]:
    found = [bytes.fromhex(text) for text in _OIDS]
    small = "020100 020101 020103 02020100 0201ff 0101ff 010100 0500 0400 0401ff 3000 3100 a000 a300 0c0141 13024445"
    times = [b"\x17\x0d260302093000Z", b"\x17\x0d491231235959Z", b"\x18\x0f20500101000000Z", b"\x18\x0f99991231235959Z"]
    return (*found, *(bytes.fromhex(text) for text in small.split()), *times, b"\x02\x81\x80" + bytes([1]) * 128)


MOST_ELEMENTS = 5000
SPARE = _spare()
"""Elements that parsers look for: identifiers, small numbers, empty things, times."""


def split(data: bytes) -> list[Element] | None:
    """The elements that fill `data` exactly, or None where it is not made of elements, or of more than MOST_ELEMENTS."""
    found: list[Element] = []
    at, end = 0, len(data)
    while at < end:
        if len(found) == MOST_ELEMENTS:
            return None
        head = at
        at += 2 if data[at] & 0x1F == 0x1F else 1
        if at >= end:
            return None
        tag, length = data[head:at], data[at]
        at += 1
        if length > 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        elif length == 0x80:
            return None
        if at + length > end:
            return None
        found.append((tag, data[at : at + length]))
        at += length
    return found


def join(elements: Sequence[Element]) -> bytes:
    return b"".join([wrap(tag, value) for tag, value in elements])


def wrap(tag: bytes, value: bytes) -> bytes:
    length = len(value)
    if length < 0x80:
        return tag + bytes([length]) + value
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return tag + bytes([0x80 | len(octets)]) + octets + value


def edit(data: bytes, path: Sequence[int | bytes], change: Callable[[bytes], bytes]) -> bytes:
    """`data` with the value at this path (places from 0, or tags) changed and all lengths around it mended.

    Raises LookupError where there is no such place.
    """
    if not path:
        return change(data)
    elements, (step, *rest) = split(data), path
    if elements is None:
        raise LookupError("not made of elements")
    if isinstance(step, bytes):
        step = next((at for at, (tag, _value) in enumerate(elements) if tag == step), len(elements))
    tag, value = elements[step]
    elements[step] = (tag, edit(value, rest, change))
    return join(elements)


def find(data: bytes, path: Sequence[int | bytes]) -> bytes:
    """The value at this path. Raises LookupError."""
    found: list[bytes] = []
    edit(data, path, lambda value: found.append(value) or value)  # type: ignore[func-returns-value]
    return found[0]


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """`data` changed in one to three places somewhere in its structure; at most `max_size` octets."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = _mutate_once(data, rng, max_size)
    return data[:max_size]


def _mutate_once(data: bytes, rng: random.Random, room: int) -> bytes:
    elements = split(data)
    if not elements:
        return change_octets(data, rng)
    at = rng.randrange(len(elements))
    if rng.random() < 0.5:  # large elements hold more that can be changed
        [at] = rng.choices(range(len(elements)), [len(value) + 1 for _tag, value in elements])
    tag, value = elements[at]
    deeper = tag[0] & 0x20 or tag[0] in (0x03, 0x04)
    if value and deeper and rng.random() < 0.8:
        inner = (
            b"\x00" + _mutate_once(value[1:], rng, room)
            if tag[0] == 3 and value[0] == 0
            else _mutate_once(value, rng, room)
        )
        elements[at] = (tag, inner)
        return join(elements)
    return _CHANGES[rng.randrange(len(_CHANGES))](elements, at, rng, room)


def change_octets(data: bytes, rng: random.Random) -> bytes:
    kind, at = rng.randrange(7), rng.randrange(len(data) + 1)
    if kind == 0:
        return data[:at] + rng.randbytes(rng.randint(1, 8)) + data[at:]
    if kind == 1:
        return data[:at] + data[at + rng.randint(1, 8) :]
    if kind == 2:
        return bytes(len(data))
    if kind == 3:
        return b"\xff" * len(data)
    if kind == 4:
        return data * rng.choice((0, 2, 9))
    if not data:
        return rng.randbytes(1)
    changed = bytearray(data)
    changed[at - 1] = changed[at - 1] ^ 1 << rng.randrange(8) if kind == 5 else rng.randrange(256)
    return bytes(changed)


def _delete(elements: list[Element], at: int, _rng: random.Random, _room: int) -> bytes:
    return join(elements[:at] + elements[at + 1 :])


def _repeat(elements: list[Element], at: int, rng: random.Random, room: int) -> bytes:
    size = len(wrap(*elements[at]))
    most = max(1, (room - len(join(elements))) // size)
    count = min(most, rng.choice((1, 1, 2, 15, 63, 4100)))
    return join([*elements[:at], *[elements[at]] * count, *elements[at:]])


def _swap(elements: list[Element], at: int, rng: random.Random, _room: int) -> bytes:
    other = rng.randrange(len(elements))
    elements[at], elements[other] = elements[other], elements[at]
    return join(elements)


def _replace(elements: list[Element], at: int, rng: random.Random, _room: int) -> bytes:
    return join(elements[:at]) + rng.choice(SPARE) + join(elements[at + 1 :])


def _insert(elements: list[Element], at: int, rng: random.Random, _room: int) -> bytes:
    return join(elements[:at]) + rng.choice(SPARE) + join(elements[at:])


def _retag(elements: list[Element], at: int, rng: random.Random, _room: int) -> bytes:
    tags = (
        b"\x02",
        b"\x03",
        b"\x04",
        b"\x0c",
        b"\x13",
        b"\x30",
        b"\x31",
        b"\x80",
        b"\xa0",
        b"\xa1",
        b"\x1e",
        b"\x1c",
        b"\x5f\x1f",
    )
    elements[at] = (rng.choice(tags), elements[at][1])
    return join(elements)


def _change_value(elements: list[Element], at: int, rng: random.Random, _room: int) -> bytes:
    elements[at] = (elements[at][0], change_octets(elements[at][1], rng))
    return join(elements)


def _nest(elements: list[Element], at: int, rng: random.Random, _room: int) -> bytes:
    tag, value = elements[at]
    for _ in range(rng.choice((1, 1, 2, 30))):
        value = wrap(tag, value)
    elements[at] = (tag, value)
    return join(elements)


def _loosen(elements: list[Element], at: int, _rng: random.Random, _room: int) -> bytes:
    tag, value = elements[at]
    return join(elements[:at]) + tag + b"\x80" + value + b"\x00\x00" + join(elements[at + 1 :])


def _lie(elements: list[Element], at: int, rng: random.Random, _room: int) -> bytes:
    """A length that is not the value's, or is not in its shortest form."""
    tag, value = elements[at]
    length = max(0, len(value) + rng.choice((-2, -1, 0, 0, 1, 2, 200, 70_000)))
    octets = rng.randint(1, 5)
    head = bytes([0x80 | octets]) + (length % 256**octets).to_bytes(octets, "big")
    return join(elements[:at]) + tag + head + value + join(elements[at + 1 :])


_CHANGES = (
    _delete,
    _repeat,
    _swap,
    _replace,
    _replace,
    _insert,
    _retag,
    _change_value,
    _change_value,
    _nest,
    _loosen,
    _lie,
)
