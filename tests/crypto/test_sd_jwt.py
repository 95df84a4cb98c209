"""Selective Disclosure for JWTs, RFC 9901: the examples of the specification, and every way in which a token is refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from eid.crypto.disclosures import build_disclosure, digest_of_disclosure, disclose, parse_disclosure
from eid.crypto.jwt import LargeHeaders, build_jwt, verify_signature
from eid.crypto.keys import generate_signing_key
from eid.crypto.sd_jwt import (
    MAX_DISCLOSURES,
    SdJwt,
    build_sd_jwt,
    parse_sd_jwt,
    present_sd_jwt,
    verify_presentation,
    verify_sd_jwt,
)
from eid.errors import VerificationFailed

EXAMPLES = json.loads((Path(__file__).parent.parent / "vectors/sd_jwt/vectors.json").read_text())
STRUCTURED = json.loads((Path(__file__).parent.parent / "vectors/sd_jwt/structured.json").read_text())["examples"]
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ISSUER, HOLDER = generate_signing_key(), generate_signing_key()
TYP, URL, CLINIC = "dc+sd-jwt", "https://eid.example", "https://clinic.example"
CLAIMS = {"iss": URL, "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 3600, "vct": "licence"}
LICENCE = {"name": "Trần Văn Minh", "points": 12, "classes": [{"class": "B"}], "may_drive": True}


def issue(key: Any = ISSUER, typ: str = TYP, decoys: int = 0, **changes: Any) -> SdJwt:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return build_sd_jwt(
        claims, disclosable=LICENCE, key=key, typ=typ, rng=Random(1), holder_key=HOLDER.public_jwk(), decoys=decoys
    )


def sign(payload: dict[str, Any]) -> str:
    return build_jwt(CLAIMS | {"cnf": {"jwk": HOLDER.public_jwk()}} | payload, key=ISSUER, typ=TYP)


def check(sd_jwt: SdJwt, now: datetime = NOW) -> dict[str, Any]:
    verified = verify_sd_jwt(sd_jwt, keys=[ISSUER.public_jwk()], expected_typ=TYP, expected_issuer=URL, now=now)
    return dict(verified.claims)


def show(reveal: set[str] = frozenset({"points"}), sd_jwt: SdJwt | None = None, **changes: Any) -> SdJwt:  # type: ignore[assignment]
    bound = {"key": HOLDER, "audience": CLINIC, "nonce": "n-1", "now": NOW} | changes
    return present_sd_jwt(sd_jwt or issue(), reveal=reveal, **bound)


def check_shown(text: str, now: datetime = NOW) -> dict[str, Any]:
    verified = verify_presentation(
        text,
        keys=[ISSUER.public_jwk()],
        expected_typ=TYP,
        expected_issuer=URL,
        expected_audience=CLINIC,
        expected_nonce="n-1",
        now=now,
    )
    return dict(verified.claims)


@pytest.mark.parametrize("example", EXAMPLES["disclosures"], ids=lambda example: str(example["content"][-1])[:20])
def test_the_disclosures_of_the_specification_are_read_and_have_their_digests(example: dict[str, Any]) -> None:
    """RFC 9901, sections 4.2.1, 4.2.2, 4.2.3 and 5.1."""
    name, value = parse_disclosure(example["disclosure"])
    assert [part for part in (name, value) if part is not None] == example["content"][1:]
    assert digest_of_disclosure(example["disclosure"]) == example["digest"]


def test_the_example_of_the_specification_is_verified_with_its_key_binding() -> None:
    """The worked example of the specification's section 5.2, by its issuer's and its holder's keys."""
    shown = parse_sd_jwt("".join(EXAMPLES["presentation"]["sd_jwt"]))
    signed = verify_signature(
        shown.issuer_jwt, keys=[EXAMPLES["issuer_key"]], expected_typ="example+sd-jwt", needs_kid=False
    ).claims
    assert disclose(signed, shown.disclosures) == EXAMPLES["presentation"]["claims"] | {"cnf": signed["cnf"]}
    assert shown.key_binding is not None
    binding = verify_signature(
        shown.key_binding, keys=[signed["cnf"]["jwk"]], expected_typ="kb+jwt", needs_kid=False
    ).claims
    assert binding["nonce"] == "1234567890"
    assert binding["sd_hash"] == digest_of_disclosure(shown.bound_part)


@pytest.mark.parametrize("example", STRUCTURED, ids=lambda example: example["name"])
def test_the_structured_examples_of_the_specification_are_verified(example: dict[str, Any]) -> None:
    """RFC 9901, appendices A.1 and A.2: nested objects, decoys, elements of arrays, disclosures within disclosures."""
    token = "".join(example["jwt"])
    key = ECKey.import_key(EXAMPLES["issuer_key"])
    signed = json.loads(jws.deserialize_compact(token, key, registry=LargeHeaders(algorithms=["ES256"])).payload)
    assert disclose(signed, example["disclosures"]) == example["claims"]
    assert disclose(signed, []) == example["open"]
    outer = example["disclosures"][:1]
    assert disclose(signed, outer) != example["open"]


def test_with_all_disclosures_everything_is_read_and_without_them_nothing_but_what_is_open() -> None:
    issued = issue(decoys=3)
    everything = check(issued)
    assert {name: everything[name] for name in LICENCE} == LICENCE
    nothing = check(replace(issued, disclosures=()))
    assert set(nothing) == {*CLAIMS, "cnf"}
    assert not {"_sd", "_sd_alg"} & (set(nothing) | set(everything))


def test_a_signed_token_holds_no_value_that_can_be_withheld_and_its_digests_say_nothing_of_order() -> None:
    """RFC 9901, section 4.2.4.1 and 4.2.5."""
    payload = json.loads(urlsafe_b64decode(issue(decoys=3).issuer_jwt.split(".")[1] + "=="))
    assert payload["_sd"] == sorted(payload["_sd"])
    assert len(payload["_sd"]) == len(LICENCE) + 3
    assert "Minh" not in json.dumps(payload, ensure_ascii=False)


def test_no_two_disclosures_share_a_salt() -> None:
    """RFC 9901, section 9.4."""
    salts = [json.loads(urlsafe_b64decode(each + "=="))[0] for each in issue().disclosures]
    assert len(set(salts)) == len(LICENCE)
    assert all(len(urlsafe_b64decode(salt + "==")) == 16 for salt in salts)


@given(st.sets(st.sampled_from(sorted(LICENCE))))
def test_a_checker_learns_what_is_revealed_and_nothing_else(reveal: set[str]) -> None:
    claims = check_shown(str(show(reveal)))
    assert {name: claims[name] for name in LICENCE if name in claims} == {name: LICENCE[name] for name in reveal}


def test_what_judges_a_token_cannot_be_made_disclosable() -> None:
    """SD-JWT VC, section 3.2.2.2."""
    for name in ("iss", "exp", "nbf", "cnf", "vct", "status", "_sd", "...", "_sd_alg", "iat"):
        with pytest.raises(ValueError, match="disclosable"):
            build_sd_jwt(CLAIMS, disclosable={name: 1}, key=ISSUER, typ=TYP, rng=Random(1))


def hidden(*content: Any) -> str:
    return build_disclosure(content, salt=b"0123456789abcdef")


NAME, ELEMENT, EXPIRY = hidden("name", "Minh"), hidden("B"), hidden("exp", 1 << 40)
INNER = hidden("street", "Số 1")
OUTER = hidden("address", {"_sd": [digest_of_disclosure(INNER)]})


def test_nested_disclosures_and_elements_of_arrays_are_put_in_their_places() -> None:
    """RFC 9901, sections 6.2 and 6.3, and 7.1, step 3."""
    payload = {
        "_sd": [digest_of_disclosure(OUTER)],
        "classes": ["A1", {"...": digest_of_disclosure(ELEMENT)}, {"...": digest_of_disclosure(hidden("C"))}],
    }
    claims = check(SdJwt(sign(payload), (ELEMENT, INNER, OUTER)))
    assert claims["classes"] == ["A1", "B"]
    assert claims["address"] == {"street": "Số 1"}


@pytest.mark.parametrize(
    ("payload", "disclosures", "code"),
    [
        ({}, (NAME,), "disclosure_malformed"),
        ({"_sd": [digest_of_disclosure(OUTER)]}, (INNER,), "disclosure_malformed"),
        ({"_sd": [digest_of_disclosure(NAME)]}, (NAME, NAME), "disclosure_malformed"),
        ({"_sd": [digest_of_disclosure(NAME)] * 2}, (NAME,), "disclosure_malformed"),
        ({"_sd": ["same", "same"]}, (), "disclosure_malformed"),
        ({"_sd": [digest_of_disclosure(NAME)], "name": "Bảo"}, (NAME,), "disclosure_malformed"),
        ({"_sd": "no list"}, (), "disclosure_malformed"),
        ({"_sd": [7]}, (), "disclosure_malformed"),
        ({"_sd": [digest_of_disclosure(ELEMENT)]}, (ELEMENT,), "disclosure_malformed"),
        ({"list": [{"...": digest_of_disclosure(NAME)}]}, (NAME,), "disclosure_malformed"),
        ({"list": [{"...": "x", "more": 1}]}, (), "disclosure_malformed"),
        ({"...": "x"}, (), "disclosure_malformed"),
        ({"_sd_alg": "md5"}, (), "sd_alg_unknown"),
        ({"_sd_alg": 7}, (), "sd_alg_unknown"),
        ({"_sd": [digest_of_disclosure("bm90IGpzb24")]}, ("bm90IGpzb24",), "disclosure_malformed"),
        ({"_sd": [digest_of_disclosure("!")]}, ("!",), "disclosure_malformed"),
        *[
            ({"_sd": [digest_of_disclosure(each)]}, (each,), "disclosure_malformed")
            for each in (hidden("_sd", []), hidden("...", 1), hidden(7, 1), hidden("a", "b", "c"), hidden())
        ],
        ({"exp": None, "_sd": [digest_of_disclosure(EXPIRY)]}, (EXPIRY,), "disclosure_malformed"),
    ],
)
def test_what_does_not_fit_the_token_is_refused(payload: dict[str, Any], disclosures: Any, code: str) -> None:
    """RFC 9901, section 7.1, steps 3 to 5."""
    with pytest.raises(VerificationFailed) as refusal:
        check(SdJwt(sign(payload), disclosures))
    assert (refusal.value.step, refusal.value.code) == ("disclosures", code)


def test_an_expiry_that_could_be_withheld_is_refused() -> None:
    payload = {name: value for name, value in CLAIMS.items() if name != "exp"}
    token = build_jwt(payload | {"_sd": [digest_of_disclosure(EXPIRY)]}, key=ISSUER, typ=TYP)
    with pytest.raises(VerificationFailed) as refusal:
        check(SdJwt(token, (EXPIRY,)))
    assert (refusal.value.step, refusal.value.code) == ("disclosures", "claim_withheld")


@pytest.mark.parametrize(
    ("make", "step"),
    [
        (lambda: issue(key=generate_signing_key()), "signature"),
        (lambda: issue(typ="JWT"), "typ"),
        (lambda: issue(iss="https://elsewhere.example"), "iss"),
        (lambda: issue(iss=None), "iss"),
        (lambda: issue(exp=int(NOW.timestamp()) - 60), "time"),
        (lambda: issue(iat=int(NOW.timestamp()) + 60), "time"),
        (lambda: issue(nbf=int(NOW.timestamp()) + 60), "time"),
        (lambda: issue(exp="never"), "time"),
        (lambda: SdJwt(sign({"cnf": {"kid": "k"}})), "key_binding"),
        (lambda: SdJwt(sign({"cnf": {"jwk": {"kty": "oct", "k": "AAAA"}}})), "key_binding"),
        (lambda: SdJwt(sign({"cnf": {"jwk": HOLDER.public_jwk() | {"d": "AAAA"}}})), "key_binding"),
    ],
)
def test_a_token_is_refused_at_the_step_that_fails(make: Callable[[], SdJwt], step: str) -> None:
    with pytest.raises(VerificationFailed) as refusal:
        check(make())
    assert refusal.value.step == step


def altered_last_disclosure() -> str:
    shown = show({"name", "points"})
    other = issue()
    swapped = next(each for each in other.disclosures if parse_disclosure(each)[0] == "may_drive")
    return str(replace(shown, disclosures=(*shown.disclosures, swapped)))


@pytest.mark.parametrize(
    ("make", "step", "code"),
    [
        (lambda: str(issue()), "key_binding", "key_binding_missing"),
        (lambda: str(show(key=generate_signing_key())), "key_binding", "key_binding_signature"),
        (lambda: str(show())[:-4] + "AAAA", "key_binding", "key_binding_signature"),
        (lambda: str(replace(show(), key_binding=issue().issuer_jwt)), "key_binding", "key_binding_signature"),
        (lambda: str(show(audience="https://bank.example")), "aud", "token_audience"),
        (lambda: str(show(nonce="n-2")), "nonce", "nonce_mismatch"),
        (lambda: str(show(now=NOW - timedelta(minutes=6))), "time", "key_binding_stale"),
        (lambda: str(show(now=NOW + timedelta(minutes=6))), "time", "key_binding_stale"),
        (altered_last_disclosure, "sd_hash", "sd_hash_mismatch"),
        (lambda: str(replace(show({"name", "points"}), disclosures=())), "sd_hash", "sd_hash_mismatch"),
        (
            lambda: str(replace(show(), issuer_jwt=issue(exp=CLAIMS["exp"] + 1).issuer_jwt)),
            "sd_hash",
            "sd_hash_mismatch",
        ),
        (lambda: "no token", "format", "sd_jwt_malformed"),
        (lambda: issue().issuer_jwt, "format", "sd_jwt_malformed"),
        (lambda: "~a~", "format", "sd_jwt_malformed"),
        (lambda: "a~~b", "format", "sd_jwt_malformed"),
        (lambda: "a" + "~b" * (MAX_DISCLOSURES + 2), "format", "sd_jwt_malformed"),
    ],
)
def test_a_presentation_is_refused_at_the_step_that_fails(make: Callable[[], str], step: str, code: str) -> None:
    """RFC 9901, section 7.3."""
    with pytest.raises(VerificationFailed) as refusal:
        check_shown(make())
    assert (refusal.value.step, refusal.value.code) == (step, code)


def test_a_presentation_of_a_token_without_a_key_is_refused() -> None:
    unbound = build_sd_jwt(CLAIMS, disclosable=LICENCE, key=ISSUER, typ=TYP, rng=Random(1))
    with pytest.raises(VerificationFailed) as refusal:
        check_shown(str(show(sd_jwt=unbound)))
    assert refusal.value.code == "key_binding_missing"


def test_a_holders_key_that_is_no_point_of_the_curve_is_refused() -> None:
    key = HOLDER.public_jwk() | {"x": urlsafe_b64encode(b"\x01" * 32).rstrip(b"=").decode()}
    bound = SdJwt(sign({"cnf": {"jwk": key}}))
    with pytest.raises(VerificationFailed) as refusal:
        check_shown(str(show(sd_jwt=bound)))
    assert refusal.value.code == "key_binding_signature"


def test_json_that_is_nested_too_deeply_is_refused() -> None:
    deep = urlsafe_b64encode(b'["s","n",' + b"[" * 40_000 + b"]" * 40_000 + b"]").rstrip(b"=").decode()
    with pytest.raises(VerificationFailed) as refusal:
        check(SdJwt(sign({"_sd": [digest_of_disclosure(deep)]}), (deep,)))
    assert refusal.value.step == "disclosures"


@given(st.text())
def test_no_text_is_a_presentation_by_chance(text: str) -> None:
    with pytest.raises(VerificationFailed):
        check_shown(text)
