"""Encrypted answers: the right one opens, and whatever else is in its place is one refusal."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from joserfc.jwk import ECKey

from eid.errors import Refusal
from eid.presentations.answers import build_answer, build_refusal, read_answer
from eid.presentations.authorization_requests import Asked, ResponseMode

KEY = ECKey.generate_key("P-256", {"use": "enc", "alg": "ECDH-ES"}, auto_kid=True)
PRIVATE, PUBLIC = dict(KEY.as_dict(private=True)), dict(KEY.as_dict(private=False))
ASKED = Asked("x509_hash:a", ResponseMode.DIRECT_POST_JWT, "https://verifier.example/answer", "n", "s", {}, PUBLIC)
POINT = {"kty": "EC", "crv": "P-256"}


def encrypted() -> tuple[dict[str, Any], str]:
    """A header, and the rest of an answer."""
    head, rest = build_answer({"a": ["x"]}, asked=ASKED)["response"].split(".", 1)
    return json.loads(base64.urlsafe_b64decode(head + "==")), rest


def test_an_answer_or_a_refusal_opens() -> None:
    """RFC 7516, RFC 7518, section 4.6."""
    assert read_answer(build_answer({"a": ["x"]}, asked=ASKED), asked=ASKED, key=PRIVATE).presentations == {"a": ("x",)}
    assert read_answer(build_refusal(asked=ASKED), asked=ASKED, key=PRIVATE).error == "access_denied"
    in_the_open = {"error": "access_denied", "state": "s"}
    assert read_answer(in_the_open, asked=ASKED, key=PRIVATE).error == "access_denied"


@pytest.mark.parametrize(
    "change",
    [
        {"epk": None},
        {"epk": "x"},
        {"epk": {}},
        {"epk": {**POINT, "x": "AA", "y": "AA"}},
        {"epk": {**POINT, "x": 7, "y": []}},
        {"epk": {"kty": "OKP", "crv": "X25519", "x": "AA"}},
        {"alg": "dir"},
        {"alg": "ECDH-ES+A128KW"},
        {"alg": 7},
        {"enc": "A128CBC-HS256"},
        {"enc": 7},
        {"zip": "DEF"},
        {"crit": ["x"]},
        {"apu": 7},
    ],
)
def test_another_header_opens_nothing(change: dict[str, Any]) -> None:
    header, rest = encrypted()
    head = base64.urlsafe_b64encode(json.dumps(header | change).encode()).rstrip(b"=").decode()
    with pytest.raises(Refusal) as refusal:
        read_answer({"response": f"{head}.{rest}"}, asked=ASKED, key=PRIVATE)
    assert refusal.value.code in ("response_malformed", "response_encryption")


@pytest.mark.parametrize(
    "content",
    [
        {"vp_token": {}},
        {"vp_token": []},
        {"vp_token": {"a": []}},
        {"vp_token": {"a": "x"}},
        {"vp_token": {"a": [7]}},
        {"vp_token": {"a": [""]}},
        {"vp_token": {str(number): ["x"] for number in range(17)}},
        {},
    ],
)
def test_what_is_no_vp_token_is_malformed(content: dict[str, Any]) -> None:
    """OpenID4VP, section 8.1."""
    plain = Asked("c", ResponseMode.DIRECT_POST, "https://verifier.example/answer", "n", "s", {})
    form = {name: json.dumps(value) for name, value in content.items()} | {"state": "s"}
    with pytest.raises(Refusal) as refusal:
        read_answer(form, asked=plain, key=None)
    assert refusal.value.code == "response_malformed"
