"""Base45: the examples of RFC 9285, and its law."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.base45 import build_base45, parse_base45
from eid.errors import Malformed


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")],
)
def test_the_examples_of_the_standard(octets: bytes, text: str) -> None:
    """RFC 9285, sections 4.3 and 4.4."""
    assert build_base45(octets) == text
    assert parse_base45(text) == octets


@given(st.binary(max_size=300))
def test_what_is_written_is_read(octets: bytes) -> None:
    assert parse_base45(build_base45(octets)) == octets


@pytest.mark.parametrize("text", ["A", "AB8C", "bb8", "ÄB8", ":::", "GGW", "::", "000\n"])
def test_what_nobody_writes_is_refused(text: str) -> None:
    """RFC 9285, section 6: GGW would be 65536."""
    with pytest.raises(Malformed) as refusal:
        parse_base45(text)
    assert refusal.value.code == "base45_malformed"
