"""CBOR, RFC 8949: the examples of its appendix A, the laws, another library's word, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.cbor import MAX_DEPTH, MAX_ITEMS, Tag, build_cbor, build_embedded, parse_cbor
from eid.errors import Malformed

EXAMPLES: list[tuple[Any, str]] = [
    (0, "00"),
    (23, "17"),
    (24, "1818"),
    (1000, "1903e8"),
    (1000000, "1a000f4240"),
    (18446744073709551615, "1bffffffffffffffff"),
    (-1, "20"),
    (-1000, "3903e7"),
    (-18446744073709551616, "3bffffffffffffffff"),
    (0.0, "f90000"),
    (1.1, "fb3ff199999999999a"),
    (65504.0, "f97bff"),
    (100000.0, "fa47c35000"),
    (1e300, "fb7e37e43c8800759c"),
    (-4.1, "fbc010666666666666"),
    (math.inf, "f97c00"),
    (False, "f4"),
    (True, "f5"),
    (None, "f6"),
    (Tag(0, "2013-03-21T20:04:00Z"), "c074323031332d30332d32315432303a30343a30305a"),
    (Tag(24, b"dIETF"), "d818456449455446"),
    (b"", "40"),
    ("ü", "62c3bc"),
    ("水", "63e6b0b4"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    ({1: 2, 3: 4}, "a201020304"),
    ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
]

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 64), (1 << 64) - 1)
    | st.binary()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-300, 300) | st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
        | st.builds(Tag, st.integers(1000, 2000), inner)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(("value", "encoded"), EXAMPLES, ids=[each[1] for each in EXAMPLES])
def test_the_examples_of_the_rfc_are_written_and_read(value: Any, encoded: str) -> None:
    """RFC 8949, appendix A."""
    assert build_cbor(value).hex() == encoded
    assert parse_cbor(bytes.fromhex(encoded)) == value


@given(VALUES)
def test_what_is_written_is_what_is_read(value: Any) -> None:
    assert parse_cbor(build_cbor(value)) == value
    assert build_cbor(parse_cbor(build_cbor(value))) == build_cbor(value)


@given(VALUES.filter(lambda value: "Tag" not in repr(value)))
def test_another_library_reads_the_same_and_writes_the_same(value: Any) -> None:
    encoded = build_cbor(value)
    assert cbor2.dumps(cbor2.loads(encoded), canonical=True) == cbor2.dumps(value, canonical=True)
    assert parse_cbor(cbor2.dumps(value, canonical=True)) == value


def test_keys_are_in_the_order_of_their_octets() -> None:
    """RFC 8949, 4.2.1."""
    value = dict.fromkeys(("aa", "z", -1, 100, 10), 0)
    assert list(parse_cbor(build_cbor(value))) == [10, 100, -1, "z", "aa"]


def test_a_tag_keeps_its_octets() -> None:
    sent = build_embedded(b"\xa0")
    assert parse_cbor(b"\x81" + sent)[0].raw == sent


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "cut off"),
        ("18", "cut off"),
        ("62c3", "cut off"),
        ("9affffffff", "cut off"),
        ("bb0000000100000000", "cut off"),
        ("0000", "something follows"),
        ("9f01ff", "an indefinite length"),
        ("bf6161 01ff", "an indefinite length"),
        ("5f4101ff", "an indefinite length"),
        ("7f6161ff", "an indefinite length"),
        ("1c", "an indefinite length, or a reserved head"),
        ("1817", "longer than it need be"),
        ("190017", "longer than it need be"),
        ("1a0000ffff", "longer than it need be"),
        ("1b00000000ffffffff", "longer than it need be"),
        ("580161", "longer than it need be"),
        ("d80000", "longer than it need be"),
        ("fa00000000", "longer than it need be"),
        ("fb3ff0000000000000", "longer than it need be"),
        ("f7", "a simple value"),
        ("f0", "a simple value"),
        ("f8ff", "a simple value"),
        ("ff", "a simple value"),
        ("a2 0101 0102", "a key stands twice"),
        ("a2 616101 616102", "a key stands twice"),
        ("a1 f501", "a key that is neither"),
        ("a1 8001", "a key that is neither"),
        ("61ff", "no UTF-8"),
        ("63eda080", "no UTF-8"),
    ],
)
def test_what_is_not_written_as_it_must_be_is_refused(data: str, reason: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_cbor(bytes.fromhex(data))
    assert refusal.value.code == "cbor_malformed"
    assert reason in refusal.value.reason


@pytest.mark.parametrize(
    "data",
    [b"\x81" * (MAX_DEPTH + 1) + b"\x00", b"\xc1" * 5000 + b"\x00", build_cbor([0] * MAX_ITEMS), bytes(1 << 21)],
    ids=["deep", "deep tags", "many", "long"],
)
def test_what_is_too_large_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_cbor(data)
    assert "too" in refusal.value.reason


@given(st.binary(max_size=64))
def test_any_octets_are_read_or_refused_and_what_is_read_has_these_heads(data: bytes) -> None:
    try:
        value = parse_cbor(data)
    except Malformed as refusal:
        assert refusal.code == "cbor_malformed"
    else:
        assert len(build_cbor(value)) == len(data)


@pytest.mark.parametrize("value", [1 << 64, {1}, object()])
def test_there_is_no_form_for_other_things(value: object) -> None:
    with pytest.raises(TypeError):
        build_cbor(value)
