"""Laws of the reader, the writer and the rewriting of BER; asn1crypto's strict reader is asked where both can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import core
from asn1crypto import parser as asn1
from hypothesis import assume, example, given
from hypothesis import strategies as st

from eid.crypto.ber import build_definite
from eid.crypto.tlv import (
    MAX_DEPTH,
    SEQUENCE,
    Tlv,
    build_integer,
    build_oid,
    build_sequence,
    build_set,
    build_time,
    build_tlv,
    parse_tlv,
    read_tlv,
)
from eid.errors import Malformed

PRIMITIVES = st.tuples(st.sampled_from([0x02, 0x04, 0x0C, 0x13, 0x80, 0x5F1F]), st.binary(max_size=300))
TREES = st.recursive(
    PRIMITIVES,
    lambda parts: st.tuples(st.sampled_from([0x30, 0x31, 0xA0, 0x77, 0x7F61]), st.lists(parts, max_size=4)),
    max_leaves=20,
)
Tree = tuple[int, "bytes | list[Tree]"]


def written(tree: Tree) -> bytes:
    tag, value = tree
    return build_tlv(tag, value) if isinstance(value, bytes) else build_tlv(tag, *map(written, value))


def loosened(tree: Tree) -> bytes:
    """The same tree with indefinite lengths wherever there can be one (X.690, 8.1.3.6)."""
    tag, value = tree
    if isinstance(value, bytes):
        return build_tlv(tag, value)
    head = bytes([tag]) if tag < 0x100 else tag.to_bytes(2, "big")
    return head + b"\x80" + b"".join(map(loosened, value)) + b"\x00\x00"


def read(element: Tlv) -> Tree:
    constructed = (element.tag >> 8 or element.tag) & 0x20
    return element.tag, [read(child) for child in element.children()] if constructed else element.value


def code_of(data: bytes) -> str:
    with pytest.raises(Malformed) as refused:
        read(parse_tlv(data, read_tlv(data).tag))
    return refused.value.code


@given(TREES)
def test_what_is_written_is_read(tree: Tree) -> None:
    data = written(tree)
    assert read(parse_tlv(data, tree[0])) == tree


@given(TREES)
def test_indefinite_lengths_become_the_definite_ones(tree: Tree) -> None:
    """X.690, 8.1.3.6 and 10.1."""
    assert build_definite(loosened(tree)) == written(tree)
    assert build_definite(written(tree)) == written(tree)


@given(TREES, st.binary(max_size=5))
def test_what_follows_the_first_element_is_kept(tree: Tree, rest: bytes) -> None:
    assert build_definite(loosened(tree) + rest) == written(tree) + rest


@given(TREES, st.data())
def test_every_cut_is_refused(tree: Tree, data: st.DataObject) -> None:
    whole = written(tree)
    short = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(Malformed) as refused:
        parse_tlv(short, tree[0])
    assert refused.value.code == "tlv_truncated"


@given(TREES, st.binary(min_size=1, max_size=4))
def test_every_octet_too_many_is_refused(tree: Tree, rest: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        parse_tlv(written(tree) + rest, tree[0])
    assert refused.value.code == "tlv_trailing_data"


@given(st.integers(0, 70_000), st.integers(1, 4))
def test_only_the_shortest_length_is_read(length: int, octets: int) -> None:
    """X.690, 10.1."""
    assume(length < 256**octets)
    shortest = length < 0x80
    head = bytes([0x04, 0x80 | octets]) + length.to_bytes(octets, "big")
    fits = not shortest and octets == (length.bit_length() + 7) // 8
    data = head + bytes(length)
    if fits:
        assert len(parse_tlv(data, 4).value) == length
    else:
        assert code_of(data) == "tlv_length"


@example(b"\x80")
@given(st.binary(min_size=1, max_size=40))
def test_numbers_are_those_of_asn1crypto(value: bytes) -> None:
    """X.690, 8.3: its reader takes longer forms too, ours only the shortest."""
    data = build_tlv(2, value)
    number = core.Integer.load(data, strict=True).native
    try:
        assert parse_tlv(data, 2).integer() == number
    except Malformed as refusal:
        assert refusal.code == "tlv_integer"
        assert build_integer(number) != data
    else:
        assert build_integer(number) == data


@given(st.binary(min_size=1, max_size=24))
def test_identifiers_are_those_of_asn1crypto(value: bytes) -> None:
    """X.690, 8.19."""
    data = build_tlv(6, value)
    try:
        dotted = parse_tlv(data, 6).oid()
    except Malformed as refusal:
        assert refusal.code == "tlv_oid"
        assert value[-1] & 0x80 or any(at == 0x80 and (not n or not value[n - 1] & 0x80) for n, at in enumerate(value))
    else:
        assert core.ObjectIdentifier.load(data).dotted == dotted
        assert build_oid(dotted) == data


@given(st.datetimes(datetime(1950, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - hypothesis wants them so
def test_times_are_those_of_asn1crypto(time: datetime) -> None:
    """RFC 5280, 4.1.2.5: two digits of the year from 1950 to 2049, four from then on."""
    time = time.replace(microsecond=0, tzinfo=UTC)
    data = build_time(time)
    assert data[0] == (0x17 if time.year < 2050 else 0x18)
    kind = core.UTCTime if data[0] == 0x17 else core.GeneralizedTime
    assert kind.load(data, strict=True).native == time == parse_tlv(data, data[0]).time()


@pytest.mark.parametrize(("text", "year"), [("491231235959Z", 2049), ("500101000000Z", 1950), ("991231235959Z", 1999)])
def test_the_century_turns_in_2050(text: str, year: int) -> None:
    """RFC 5280, 4.1.2.5.1."""
    assert parse_tlv(build_tlv(0x17, text.encode()), 0x17).time().year == year
    assert build_time(datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC) + timedelta(seconds=1))[0] == 0x18


@given(st.binary(max_size=40), st.integers(0, 255))
def test_bit_strings_fill_whole_octets(value: bytes, unused: int) -> None:
    """X.690, 8.6: signatures and keys are whole octets, so nothing else is read."""
    data = build_tlv(3, bytes([unused]), value)
    if unused == 0:
        assert parse_tlv(data, 3).bits() == value
    else:
        with pytest.raises(Malformed) as refused:
            parse_tlv(data, 3).bits()
        assert refused.value.code == "tlv_bits"


@given(st.lists(st.binary(max_size=8).map(lambda value: build_tlv(4, value)), max_size=6))
def test_a_set_is_in_one_order_whatever_order_its_parts_come_in(parts: list[bytes]) -> None:
    """X.690, 11.6."""
    data = build_set(parts)
    assert data == build_set(parts[::-1])
    found = [child.raw for child in parse_tlv(data, 0x31).children()]
    assert found == sorted(found) == sorted(parts)


@given(st.integers(1, 2 * MAX_DEPTH))
def test_nests_are_read_to_the_limit_and_not_beyond(depth: int) -> None:
    data = b"\x05\x00"
    for _ in range(depth):
        data = build_sequence(data)
    if depth <= MAX_DEPTH:
        read(parse_tlv(data, SEQUENCE))
    else:
        assert code_of(data) == "tlv_too_deep"


@given(st.one_of(st.binary(max_size=64), TREES.map(written), TREES.map(loosened)), st.data())
def test_what_our_reader_takes_asn1cryptos_takes_too(data: bytes, draws: st.DataObject) -> None:
    """Its strict parser reads BER; ours reads less than that, and what both read they read alike."""
    changed = bytearray(data)
    if changed and draws.draw(st.booleans()):
        changed[draws.draw(st.integers(0, len(changed) - 1))] = draws.draw(st.integers(0, 255))
    try:
        found = read_tlv(bytes(changed))
        parse_tlv(bytes(changed), found.tag)
    except Malformed:
        return
    if found.tag >= 0x100 and found.tag & 0xFF < 0x1F:
        return  # 5F01 of 9303-10 is not in the shortest form of a tag
    _class, _method, tag, header, content, trailer = asn1.parse(bytes(changed), strict=True)
    assert (header + content, content, trailer) == (found.raw, found.value, b"")
    assert tag == (found.tag & 0x1F if found.tag < 0x100 else found.tag & 0x7F)
