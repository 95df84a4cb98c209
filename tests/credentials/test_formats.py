"""Compact paper tokens: what they hold, and the step at which every altered one is refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from eid.agencies.licence_rules import HeldClass, LicenceClass
from eid.agencies.values import EntitlementState, LicenceRecord
from eid.credentials.catalogue import CATALOGUE, DRIVING_LICENCE, HEALTH_INSURANCE, Holder, find_catalogued
from eid.credentials.formats import build_content, build_paper_token, find_paper_of_typ, verify_paper_token
from eid.crypto.jwt import build_jwt
from eid.crypto.keys import SigningKey, generate_signing_key
from eid.crypto.status_list import StatusReference, VerifiedStatusList, pack_statuses
from eid.errors import NotFound, VerificationFailed

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
KEY = generate_signing_key()
ISSUER, CLINIC = "https://eid.example", "clinic"
URI = f"{ISSUER}/api/v1/status-lists/1"
RECORD = LicenceRecord(
    person_id=2,
    number="990250000001",
    authority="79",
    authority_name="Hồ Chí Minh",
    classes=(HeldClass(LicenceClass.B, date(2025, 1, 5), date(2025, 1, 5), date(2035, 1, 5)),),
    points=12,
    may_drive=True,
    state=EntitlementState.VALID,
    updated_at=NOW,
)
HOLDER = Holder("Trần Văn Minh", date(1985, 11, 2), "M", "VNM")
CONTENT = build_content(DRIVING_LICENCE, RECORD, HOLDER)


def make_token(key: SigningKey = KEY, paper: str = "driving_licence") -> str:
    return build_paper_token(
        CATALOGUE[paper],
        CONTENT,
        issuer=ISSUER,
        audience=CLINIC,
        subject="s-1",
        token_id="t-1",
        status=StatusReference(URI, 5),
        now=NOW,
        key=key,
    )


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=="))
    return claims


def signed(typ: str = "eid-driving_licence+jwt", **changes: object) -> str:
    """A token of ours in which claims were changed before it was signed; None leaves one out."""
    claims = {name: value for name, value in (claims_of(make_token()) | changes).items() if value is not None}
    return build_jwt(claims, key=KEY, typ=typ)


def verify(token: str, now: datetime = NOW, statuses: dict[int, int] | None = None) -> Any:
    listed = None
    if statuses is not None:
        packed = pack_statuses(statuses, size=1 << 17, bits=2)
        listed = VerifiedStatusList(URI, packed, int(NOW.timestamp()), None, None)
    return verify_paper_token(
        token,
        paper=DRIVING_LICENCE,
        keys=[KEY.public_jwk()],
        expected_issuer=ISSUER,
        expected_audience=CLINIC,
        now=now,
        status_list=listed,
    )


def test_a_token_holds_the_claims_that_outsiders_rely_on() -> None:
    """RFC 7519, section 4.1; draft Token Status List 20, section 6.1."""
    token = make_token()
    assert json.loads(urlsafe_b64decode(token.split(".")[0] + "==")) == {
        "alg": "ES256",
        "typ": "eid-driving_licence+jwt",
        "kid": KEY.kid,
    }
    assert claims_of(token) == {
        "iss": ISSUER,
        "sub": "s-1",
        "aud": CLINIC,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 300,
        "jti": "t-1",
        "status": {"status_list": {"idx": 5, "uri": URI}},
        "driving_licence": {
            "name": "Trần Văn Minh",
            "birthdate": "1985-11-02",
            "gender": "male",
            "nationality": "VNM",
            "number": "990250000001",
            "classes": [
                {"class": "B", "first_issued_on": "2025-01-05", "issued_on": "2025-01-05", "expires_on": "2035-01-05"}
            ],
            "authority": "79",
            "points": 12,
            "may_drive": True,
            "licence_status": "valid",
        },
    }


def test_a_good_token_is_verified_with_and_without_a_status_list() -> None:
    for statuses in (None, {}, {4: 1, 6: 2}):
        verified = verify(make_token(), statuses=statuses)
        assert (verified.subject, verified.content) == ("s-1", CONTENT)
        assert verified.status == StatusReference(URI, 5)


def alter(part: int, change: Callable[[bytes], bytes]) -> str:
    parts = make_token().split(".")
    parts[part] = urlsafe_b64encode(change(urlsafe_b64decode(parts[part] + "=="))).rstrip(b"=").decode()
    return ".".join(parts)


@pytest.mark.parametrize(
    ("token", "step", "code"),
    [
        ("", "signature", "token_signature"),
        ("a.b", "signature", "token_signature"),
        ("a.b.c.d.e", "signature", "token_signature"),
        (alter(1, lambda claims: claims.replace(b'"points":12', b'"points":11')), "signature", "token_signature"),
        (alter(2, lambda signature: signature[:-1] + bytes([signature[-1] ^ 1])), "signature", "token_signature"),
        (alter(0, lambda header: header.replace(b"ES256", b"none")), "signature", "token_signature"),
        (alter(0, lambda header: header.replace(b"ES256", b"HS256")), "signature", "token_signature"),
        (make_token(key=generate_signing_key()), "signature", "token_signature"),
        (make_token(paper="health_insurance"), "typ", "token_typ"),
        (signed(typ="JWT"), "typ", "token_typ"),
        (signed(iss="https://elsewhere.example"), "iss", "token_issuer"),
        (signed(iss=None), "iss", "token_issuer"),
        (signed(aud="bank"), "aud", "token_audience"),
        (signed(aud=[CLINIC]), "aud", "token_audience"),
        (signed(aud=[CLINIC, "bank"]), "aud", "token_audience"),
        (signed(aud=None), "aud", "token_audience"),
        (signed(iat=int(NOW.timestamp()) + 60), "iat", "token_not_yet_valid"),
        (signed(exp=int(NOW.timestamp()) - 60), "exp", "token_expired"),
        (signed(exp=None), "time", "token_time"),
        (signed(exp="never"), "time", "token_time"),
        (signed(driving_licence=None), "content", "token_content"),
        (signed(driving_licence=[]), "content", "token_content"),
        (signed(sub=None), "content", "token_content"),
        (signed(sub=""), "content", "token_content"),
        (signed(status=None), "status", "token_status"),
        (signed(status={"status_list": {"idx": -1, "uri": URI}}), "status", "token_status"),
    ],
)
def test_an_altered_token_is_refused_at_the_step_that_fails(token: str, step: str, code: str) -> None:
    with pytest.raises(VerificationFailed) as refusal:
        verify(token)
    assert (refusal.value.step, refusal.value.code) == (step, code)


def test_a_token_is_over_after_five_minutes_and_a_little_leeway() -> None:
    verify(make_token(), now=NOW + timedelta(seconds=309))
    with pytest.raises(VerificationFailed) as refusal:
        verify(make_token(), now=NOW + timedelta(seconds=310))
    assert refusal.value.step == "exp"


@pytest.mark.parametrize(("status", "code"), [(1, "paper_invalid"), (2, "paper_suspended"), (3, "paper_invalid")])
def test_a_token_whose_status_is_not_valid_is_refused(status: int, code: str) -> None:
    with pytest.raises(VerificationFailed) as refusal:
        verify(make_token(), statuses={5: status})
    assert (refusal.value.step, refusal.value.code) == ("status", code)


def test_a_place_outside_the_list_is_refused() -> None:
    with pytest.raises(VerificationFailed) as refusal:
        verify(signed(status={"status_list": {"idx": 1 << 17, "uri": URI}}), statuses={})
    assert refusal.value.step == "status_index"


def test_attributes_without_a_value_are_left_out() -> None:
    class Insurance:
        valid_to = None

        def __getattr__(self, name: str) -> Any:
            return date(2026, 1, 1) if name in ("valid_from", "five_years_on") else "x"

    content = build_content(HEALTH_INSURANCE, Insurance(), HOLDER)
    assert "valid_to" not in content
    assert content["valid_from"] == "2026-01-01"


def test_every_paper_is_found_by_its_typ_and_its_name() -> None:
    for name, paper in CATALOGUE.items():
        assert find_paper_of_typ(f"eid-{name}+jwt") is paper
        assert find_catalogued(name) is paper
    for typ in ("eid-passport+jwt", "JWT", None, 7):
        with pytest.raises(VerificationFailed) as refusal:
            find_paper_of_typ(typ)
        assert refusal.value.step == "typ"
    with pytest.raises(NotFound) as unknown:
        find_catalogued("passport")
    assert unknown.value.code == "paper_kind_unknown"
