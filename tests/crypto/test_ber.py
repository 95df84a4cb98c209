"""Indefinite lengths become definite, within bounds; what was signed stays octet by octet."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.ber import build_definite
from eid.crypto.lds import SOD
from eid.crypto.policy import ICAO, STRICT, Tolerance
from eid.crypto.tlv import build_integer, build_sequence, build_tlv
from eid.errors import Malformed
from tests.crypto.test_passive_auth import assert_deviates, good, refusal_of, verify


def indefinite(tag: int, *parts: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(parts) + b"\x00\x00"


def loosened_sod() -> bytes:
    """A good EF.SOD whose outer layers are in BER, as some states write it."""
    sod = good()[0][SOD]
    body = sod[4:]
    content_type_end = 4 + 11
    signed_data = body[content_type_end + 4 :]
    return build_tlv(0x77, indefinite(0x30, body[4:content_type_end], indefinite(0xA0, signed_data)))


def test_a_sod_in_ber_is_a_deviation_that_the_icao_policy_knows() -> None:
    changed = {**good()[0], SOD: loosened_sod()}
    assert refusal_of(changed) == ("sod_encoding", "sod_not_der")
    assert verify(changed, policy=ICAO).mrz.surname == "NGUYEN"
    assert_deviates(changed, "sod_not_der", Tolerance.INDEFINITE_LENGTHS)


def test_der_stays_as_it_is() -> None:
    for data in good()[0].values():
        assert build_definite(data) == data
    assert build_definite(build_integer(7) + b"tail") == build_integer(7) + b"tail"


def test_strings_in_pieces_become_whole() -> None:
    """X.690, 8.7.3."""
    pieces = [build_tlv(0x04, b"one "), build_tlv(0x04, b"x" * 200)]
    whole = build_sequence(build_tlv(0x04, b"one " + b"x" * 200))
    assert build_definite(indefinite(0x30, indefinite(0x24, *pieces))) == whole
    assert build_definite(build_sequence(build_tlv(0x24, *pieces))) == whole


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "tlv_truncated"),
        (b"\x30\x80", "tlv_truncated"),
        (b"\x30\x80\x02\x01\x01", "tlv_truncated"),
        (b"\x04\x80\x00\x00", "tlv_indefinite"),
        (b"\x30\x80\x02\x05\x01\x00\x00", "tlv_truncated"),
        (b"\x30\x80" * 40 + b"\x00\x00" * 40, "tlv_too_deep"),
        (bytes(300_000), "tlv_too_large"),
        (indefinite(0x24, build_integer(1)), "tlv_indefinite"),
    ],
)
def test_what_cannot_be_rewritten_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        build_definite(data)
    assert refused.value.code == code


@given(st.binary(max_size=120))
def test_any_bytes_are_rewritten_or_refused(data: bytes) -> None:
    try:
        build_definite(data)
    except Malformed:
        return


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_byte_in_a_sod_in_ber_is_refused(data: st.DataObject) -> None:
    changed = bytearray(loosened_sod())
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at] ^= data.draw(st.integers(1, 255))
    refusal_of({**good()[0], SOD: bytes(changed)}, policy=STRICT)
