"""The TLV reader takes DER's lengths only, keeps spans, and never costs more than its input."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.tlv import (
    MAX_DEPTH,
    SEQUENCE,
    Tlv,
    build_integer,
    build_oid,
    build_sequence,
    build_set,
    build_text,
    build_time,
    build_tlv,
    parse_tlv,
)
from eid.errors import Malformed


def code_of(data: bytes, tag: int = SEQUENCE) -> str:
    with pytest.raises(Malformed) as refused:
        _walk(parse_tlv(data, tag))
    return refused.value.code


def _walk(element: Tlv) -> None:
    if element.tag & 0x20 and element.tag < 0x100:
        for child in element.children():
            _walk(child)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "tlv_truncated"),
        ("30", "tlv_truncated"),
        ("3003020101" + "00", "tlv_trailing_data"),
        ("300402010100", "tlv_truncated"),
        ("30030201", "tlv_truncated"),
        ("3080020101" + "0000", "tlv_indefinite"),
        ("308103020101", "tlv_length"),
        ("30820003020101", "tlv_length"),
        ("3085000000000102", "tlv_length"),
        ("30ff", "tlv_length"),
        ("1f8101", "tlv_tag"),
        ("0101ff", "tlv_unexpected"),
    ],
)
def test_what_is_not_der_is_refused_by_name(data: str, code: str) -> None:
    """X.690, 10.1: lengths are definite and as short as can be."""
    assert code_of(bytes.fromhex(data)) == code


@pytest.mark.parametrize("data", ["0200", "02020001", "0202ff80"])
def test_numbers_are_written_in_their_shortest_form(data: str) -> None:
    """X.690, 8.3.2."""
    with pytest.raises(Malformed) as refused:
        parse_tlv(bytes.fromhex(data), 2).integer()
    assert refused.value.code == "tlv_integer"


@given(st.integers(-(2**300), 2**300))
def test_numbers_survive(number: int) -> None:
    assert parse_tlv(build_integer(number), 2).integer() == number


@given(st.lists(st.integers(0, 2**70), max_size=8), st.integers(0, 2), st.integers(0, 39))
def test_object_identifiers_survive(rest: list[int], first: int, second: int) -> None:
    dotted = ".".join(map(str, [first, second, *rest]))
    encoded = build_oid(dotted)
    if len(encoded) <= 66:
        assert parse_tlv(encoded, 6).oid() == dotted


@pytest.mark.parametrize("dotted", ["2.23.136.1.1.1", "1.2.840.113549.1.7.2", "2.999.3", "2.5.29.19"])
def test_object_identifiers_are_read_as_others_read_them(dotted: str) -> None:
    assert parse_tlv(build_oid(dotted), 6).oid() == x509.ObjectIdentifier(dotted).dotted_string


@pytest.mark.parametrize("data", ["0600", "060180", "06022a80", "0603808001", "06028001"])
def test_object_identifiers_that_are_none_are_refused(data: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_tlv(bytes.fromhex(data), 6).oid()
    assert refused.value.code == "tlv_oid"


@given(st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1)).map(lambda t: t.replace(microsecond=0, tzinfo=UTC)))  # noqa: DTZ001
def test_times_survive_on_both_sides_of_2050(time: datetime) -> None:
    """RFC 5280, 4.1.2.5."""
    encoded = build_time(time)
    assert encoded[0] == (0x17 if time.year < 2050 else 0x18)
    assert parse_tlv(encoded, encoded[0]).time() == time


@pytest.mark.parametrize(
    "text", ["", "2603020930Z", "260302093000", "260302093000+0700", "261302093000Z", "26030209300aZ"]
)
def test_times_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_tlv(build_tlv(0x17, text.encode()), 0x17).time()
    assert refused.value.code == "tlv_time"


@pytest.mark.parametrize("data", ["0100", "010101", "0102ffff"])
def test_truth_values_are_all_ones_or_all_zeros(data: str) -> None:
    """X.690, 11.1."""
    with pytest.raises(Malformed) as refused:
        parse_tlv(bytes.fromhex(data), 1).boolean()
    assert refused.value.code == "tlv_boolean"


def test_text_that_is_none_is_refused() -> None:
    assert parse_tlv(build_text("Nguyễn"), 0x0C).text() == "Nguyễn"
    for data in (b"\x0c\x01\xff", b"\x13\x01\x80"):
        with pytest.raises(Malformed) as refused:
            parse_tlv(data, data[0]).text()
        assert refused.value.code == "tlv_text"


def test_a_set_is_in_ascending_order() -> None:
    """X.690, 11.6."""
    parts = [build_integer(300), build_integer(2), build_integer(1)]
    assert [c.integer() for c in parse_tlv(build_set(parts), 0x31).children()] == [1, 2, 300]


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_every_length_survives_and_spans_are_exact(length: int) -> None:
    inner = build_tlv(0x04, bytes(length))
    [child] = parse_tlv(build_sequence(inner), SEQUENCE).children(0x04)
    assert (child.raw, len(child.value)) == (inner, length)


def test_tags_of_two_octets_are_read() -> None:
    [child] = parse_tlv(bytes.fromhex("60055f0102" + "3031"), 0x60).children(0x5F01)
    assert child.value == b"01"


def test_a_bomb_is_refused_at_once() -> None:
    bomb = b""
    for _ in range(MAX_DEPTH + 2):
        bomb = build_sequence(bomb)
    assert code_of(bomb) == "tlv_too_deep"
    wide = build_sequence(*[b"\x05\x00"] * 100_000)
    assert code_of(wide) == "tlv_too_many"
    assert code_of(build_sequence(bytes(300_000))) == "tlv_too_large"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        _walk(parse_tlv(data, data[0] if data else 0))
    except Malformed:
        return
