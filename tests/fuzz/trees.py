"""Changes by structure of what is no TLV: CBOR, with the CBOR in its octet strings, and JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from eid.crypto.cbor import Encoded, Tag, build_cbor, parse_cbor
from eid.errors import Malformed
from tests.fuzz.mutation import change_octets

Make = Callable[[random.Random], Any]
SPARE_JSON: Sequence[Any] = (
    *(None, True, False, 0, -1, 1, 7, 256, 65535, 2**31, 2**33, 2**53, 2**63, 2**64 - 1, 0.0, -0.5, 1.5, 1e308),
    *(
        "",
        "a",
        "P-256",
        "EC",
        "ES256",
        "none",
        "\ud800",
        "\x00",
        "é" * 40,
        "A" * 300,
        "=",
        "AQAB",
        "https://[",
        "0" * 30,
    ),
    *([], {}, [[]], [{}], {"": None}, ["a", "a"], {"kty": "EC"}),
)
SPARE_CBOR: Sequence[Any] = (
    *(each for each in SPARE_JSON if each != "\ud800"),
    *(
        -(2**64),
        float("nan"),
        float("inf"),
        b"",
        b"\x00",
        b"\xff" * 32,
        b"\xa0",
        b"\x80",
        Encoded(b"\xf7"),
        Encoded(b"\x1f"),
    ),
    *(
        Tag(0, "2026-01-05T08:00:00Z"),
        Tag(0, "9999-99-99T99:99:99Z"),
        Tag(18, []),
        Tag(24, b"\xa0"),
        Tag(24, 1),
        Tag(2**64 - 1, 0),
    ),
    *(
        {1: 2},
        {-7: b"", "a": 1},
        Encoded(b"\xa2\x00\x01\x00\x01"),
        Encoded(b"\xa1\x80\x00"),
        Encoded(b"\x81" * 20 + b"\x00"),
    ),
)


def mutate_cbor(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """CBOR with one to three values in it put in the place of others, taken away or added; now and then octets changed."""
    try:
        value = parse_cbor(data)
        if rng.random() < 0.15:
            raise Malformed("chance", "Octets this time.")
        for _ in range(rng.choice((1, 1, 2, 3))):
            value = _change(value, rng, SPARE_CBOR)
        return build_cbor(value)[:max_size]
    except (Malformed, TypeError):
        return change_octets(data, rng)[:max_size]


def mutate_json(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """The same of JSON."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return change_octets(data, rng)[:max_size]
    if rng.random() < 0.15:
        return change_octets(data, rng)[:max_size]
    for _ in range(rng.choice((1, 1, 2, 3))):
        value = _change(value, rng, SPARE_JSON)
    return json.dumps(value).encode()[:max_size]


def _change(value: Any, rng: random.Random, spare: Sequence[Any]) -> Any:
    """The value with something in it changed: mostly deep within."""
    if rng.random() < 0.85:
        if isinstance(value, list) and value:
            return _change_list(value, rng, spare)
        if isinstance(value, dict) and value:
            return _change_map(value, rng, spare)
        if isinstance(value, Tag):
            return Tag(value.number, _change(value.value, rng, spare))
        if type(value) is bytes and value and (inner := _embedded(value)) is not None:
            return build_cbor(_change(inner, rng, spare))
    if isinstance(value, bytes | str) and value and rng.random() < 0.5:
        at = rng.randrange(len(value))
        return value[:at] + value[at + rng.randrange(3) :]
    return rng.choice(spare)


def _change_list(value: list[Any], rng: random.Random, spare: Sequence[Any]) -> list[Any]:
    at, kind = rng.randrange(len(value)), rng.randrange(8)
    if kind == 0:
        return value[:at] + value[at + 1 :]
    if kind == 1:
        return [*value[:at], rng.choice(spare), *value[at:]]
    if kind == 2:
        return value + value[at:]
    return [*value[:at], _change(value[at], rng, spare), *value[at + 1 :]]


def _change_map(value: dict[Any, Any], rng: random.Random, spare: Sequence[Any]) -> dict[Any, Any]:
    name, kind = rng.choice(list(value)), rng.randrange(8)
    kept = {each: found for each, found in value.items() if each != name}
    if kind == 0:
        return kept
    if kind == 1:
        names = [each for each in spare if type(each) in (int, str)]
        return value | {rng.choice(names) if spare is SPARE_CBOR else str(rng.choice(names)): rng.choice(spare)}
    if kind == 2:
        return kept | {rng.choice(list(value)): value[name]}
    return value | {name: _change(value[name], rng, spare)}


def _embedded(data: bytes) -> Any:
    """The map, list or tag that these octets are, if they are one."""
    try:
        found = parse_cbor(data)
    except Malformed:
        return None
    return found if isinstance(found, list | dict | Tag) else None
