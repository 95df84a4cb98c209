"""What a request may hold at all."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import Malformed
from eid.intake import check_json, check_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)
)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "\udc00\ud800"])
def test_what_no_text_may_hold_is_refused(text: str) -> None:
    """RFC 3629, section 3: no surrogates in UTF-8."""
    with pytest.raises(Malformed) as refused:
        check_text(text)
    assert refused.value.code == "text_malformed"


@given(JSON)
def test_json_of_texts_that_can_be_kept_passes(value: object) -> None:
    check_json(json.dumps(value).encode())
    check_json(json.dumps(value, ensure_ascii=False).encode())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"a": ["\\u0000"]}', "text_malformed"),
        (b'{"\\ud800": 1}', "text_malformed"),
        (b'{"a": {"b": "\\uDFFF"}}', "text_malformed"),
        (b"[" * 2_000, "json_malformed"),
        (b"1" * 5_000, "json_malformed"),
    ],
)
def test_json_that_cannot_be_kept_or_read_is_refused(body: bytes, code: str) -> None:
    """RFC 8259, section 9: a parser may limit depth and the range of numbers."""
    with pytest.raises(Malformed) as refused:
        check_json(body)
    assert refused.value.code == code


@pytest.mark.parametrize("body", [b"[" * 1_000, b"{" * 1_000, b"[{" * 500, b"x[" * 1_000, b'{"a": 1}' + b"[x" * 999])
def test_a_thousand_brackets_pass_and_one_more_is_refused(body: bytes) -> None:
    check_json(body)
    for bracket in (b"[", b"{"):
        with pytest.raises(Malformed) as refused:
            check_json(body + bracket)
        assert refused.value.code == "json_malformed"
    check_json(body + b"]}")


@pytest.mark.parametrize("body", [b'"\\ud83d\\ude00"', b'"\\\\u0000"', b"{\\u0000", b"\xff\\u0000", b"[[1, 2], {}]"])
def test_what_can_be_kept_and_what_is_no_json_pass(body: bytes) -> None:
    check_json(body)


def test_a_number_in_an_address_is_one_that_can_be_stored(client: FlaskClient) -> None:
    lists = "/api/v1/status-lists"
    assert client.get(f"{lists}/{2**63}").get_json()["code"] == "not_found"
    assert client.get(f"{lists}/{'9' * 5_000}").get_json()["code"] == "not_found"


@pytest.mark.parametrize("address", ["/citizen/sign-in?next=%00", "/citizen/sign-in?a%00=1"])
def test_a_query_with_a_nul_is_refused_with_a_page(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert b"text_malformed" in answer.data
