"""A trust list is believed by whoever has pinned one of its keys, and by nobody else; every broken one is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws

from eid.crypto.keys import SigningKey, generate_signing_key
from eid.crypto.trust_entries import TrustedAuthority, TrustEntry, TrustKind, TrustList, TrustState, write_trust_list
from eid.crypto.trust_list import STEPS, TYP, build_trust_list, build_trust_list_of_several, verify_trust_list
from eid.errors import VerificationFailed

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
OLD, NEW, PAPERS = generate_signing_key(), generate_signing_key(), generate_signing_key()
DAY = timedelta(days=1)
ACTIVE = TrustEntry(TrustKind.PAPER_KEY, since=NOW - DAY, jwk=PAPERS.public_jwk(), certificate=b"DER")
WITHDRAWN = replace(ACTIVE, withdrawn_at=NOW - timedelta(hours=1), certificate=b"another")
LIST = TrustList(
    issuer="https://eid.example",
    sequence=7,
    issued_at=NOW,
    next_update=NOW + 7 * DAY,
    signers=(OLD.kid, NEW.kid),
    authorities=(
        TrustedAuthority(
            "Issuer", ({"paper": "tax", "typ": "eid-tax+jwt"},), "https://eid.example/lists", (ACTIVE, WITHDRAWN)
        ),
    ),
)


def verify(text: str, **changes: Any) -> TrustList:
    terms: dict[str, Any] = {"pinned": {OLD.kid}, "now": NOW, "expected_issuer": LIST.issuer, "last_sequence": 7}
    return verify_trust_list(text, **(terms | changes))


def test_what_was_built_is_verified() -> None:
    assert verify(build_trust_list(LIST, key=OLD)) == LIST


@pytest.mark.parametrize("pinned", [OLD, NEW])
def test_while_keys_follow_one_another_either_may_be_pinned(pinned: SigningKey) -> None:
    """RFC 7515, section 7.2.1: general JWS JSON serialization"""
    text = build_trust_list_of_several(LIST, keys=[OLD, NEW])
    found = verify(text, pinned={pinned.kid})
    assert set(found.signers) == {OLD.kid, NEW.kid}


def test_who_pinned_nothing_believes_the_file_that_they_were_given() -> None:
    assert verify(build_trust_list(LIST, key=NEW), pinned=None) == LIST


def test_entries_count_from_their_time_to_their_time_and_not_once_they_are_withdrawn() -> None:
    later = replace(ACTIVE, since=NOW + DAY, until=NOW + 2 * DAY)
    content = replace(LIST, authorities=[replace(LIST.authorities[0], entries=[ACTIVE, WITHDRAWN, later])])
    found = [len(content.find_entries(TrustKind.PAPER_KEY, at=NOW + days * DAY)) for days in (-2, 0, 1, 2)]
    assert found == [0, 1, 2, 1]
    assert [entry.state for entry in content.find_withdrawn()] == [TrustState.WITHDRAWN]
    assert content.find_entries(TrustKind.CSCA, at=NOW) == []


def test_entries_of_a_kind_that_is_not_known_yet_are_left_out() -> None:
    claims = write_trust_list(LIST)
    claims["authorities"][0]["entries"].append({"kind": "of-tomorrow", "odd": True})
    assert verify(sign(claims)) == LIST


def sign(claims: Any, key: SigningKey = OLD, **header: Any) -> str:
    public = {name: value for name, value in key.public_jwk().items() if name in ("kty", "crv", "x", "y")}
    head = {name: each for name, each in ({"alg": "ES256", "typ": TYP, "jwk": public} | header).items() if each}
    return jws.serialize_compact(head, json.dumps(claims), key.jwk, algorithms=["ES256"])


def altered(change: Callable[[dict[str, Any]], object]) -> str:
    claims = json.loads(json.dumps(write_trust_list(LIST)))
    change(claims)
    return sign(claims)


def entry(change: dict[str, Any]) -> str:
    return altered(lambda claims: claims["authorities"][0]["entries"][0].update(change))


GOOD = build_trust_list(LIST, key=OLD)
HEAD, BODY, SIGNATURE = GOOD.split(".")
REFUSED: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "nothing": ("", {}, "format", "trust_list_malformed"),
    "rubbish": ("a.b.c", {}, "format", "trust_list_malformed"),
    "cut": (f"{HEAD}.{BODY}", {}, "format", "trust_list_malformed"),
    "too large": ("x" * (1 << 21) + "x", {}, "format", "trust_list_malformed"),
    "JSON that is no JWS": ("{}", {}, "format", "trust_list_malformed"),
    "JSON without a signature": ('{"payload":"e30","signatures":[]}', {}, "format", "trust_list_malformed"),
    "nested JSON": ('{"payload":' + "[" * 100_000, {}, "format", "trust_list_malformed"),
    "no key in the header": (sign(write_trust_list(LIST), jwk=None), {}, "format", "trust_list_malformed"),
    "a private key in the header": (
        sign(write_trust_list(LIST), jwk=dict(OLD.jwk.as_dict(private=True))),
        {},
        "format",
        "trust_list_malformed",
    ),
    "another kind of token": (sign(write_trust_list(LIST), typ="statuslist+jwt"), {}, "typ", "token_typ"),
    "another key": (build_trust_list(LIST, key=NEW), {}, "pin", "trust_list_pin"),
    "nobody pinned": (GOOD, {"pinned": set()}, "pin", "trust_list_pin"),
    "the pinned key's name over another's signature": (
        f"{HEAD}.{BODY}.{build_trust_list(LIST, key=NEW).split('.')[2]}",
        {},
        "signature",
        "token_signature",
    ),
    "an altered signature": (f"{HEAD}.{BODY}.{SIGNATURE[:-4]}AAAA", {}, "signature", "token_signature"),
    "another issuer": (GOOD, {"expected_issuer": "https://other.example"}, "iss", "token_issuer"),
    "from tomorrow": (GOOD, {"now": NOW - DAY}, "time", "trust_list_time"),
    "out of date": (GOOD, {"now": NOW + 8 * DAY}, "time", "trust_list_expired"),
    "older than one that was seen": (GOOD, {"last_sequence": 8}, "sequence", "trust_list_sequence"),
    "no claims": (sign([]), {"expected_issuer": None}, "content", "trust_list_malformed"),
    "no times": (altered(lambda claims: claims.pop("exp")), {}, "content", "trust_list_malformed"),
    "a time that is none": (altered(lambda claims: claims.update(iat="now")), {}, "content", "trust_list_malformed"),
    "a time beyond time": (altered(lambda claims: claims.update(exp=1 << 62)), {}, "content", "trust_list_malformed"),
    "no number": (altered(lambda claims: claims.pop("sequence")), {}, "content", "trust_list_malformed"),
    "authorities that are none": (
        altered(lambda claims: claims.update(authorities=[7])),
        {},
        "content",
        "trust_list_malformed",
    ),
    "an entry of nothing": (entry({"jwk": None, "certificate": None}), {}, "content", "trust_list_malformed"),
    "an entry of another state": (entry({"state": "withdrawn"}), {}, "content", "trust_list_malformed"),
    "a withdrawn entry that says active": (entry({"withdrawn_at": 5}), {}, "content", "trust_list_malformed"),
    "a certificate that is no base64": (entry({"certificate": "*"}), {}, "content", "trust_list_malformed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_list_is_refused(name: str) -> None:
    text, terms, step, code = REFUSED[name]
    with pytest.raises(VerificationFailed) as refusal:
        verify(text, **terms)
    assert (refusal.value.step, refusal.value.code) == (step, code)
    assert step in STEPS


def test_any_altered_octet_of_what_is_signed_is_refused() -> None:
    signed = f"{HEAD}.{BODY}"
    for at in range(0, len(signed), 7):
        other = "A" if signed[at] != "A" else "B"
        with pytest.raises(VerificationFailed):
            verify(f"{signed[:at]}{other}{signed[at + 1 :]}.{SIGNATURE}")
