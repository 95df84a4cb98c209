"""Client assertions: a JWT by which a client proves itself (RFC 7521, 7523; OpenID Connect Core, section 9). Pure.

Strict clients (FAPI 2.0) must name the issuer, alone and as a string, as their audience; whoever has nothing but a signed token
for somebody else's address has then nothing for us. What has been used is kept by eid.oauth.client_authentication.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from eid.crypto.jwks import PublicKey, read_unverified_claims, verify_jws
from eid.crypto.jwt import LEEWAY
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""RFC 7523, section 2.2."""

STRICT_ALGORITHMS = ("PS256", "ES256", "EdDSA", "Ed25519")
"""FAPI 2.0 Security Profile, section 5.4.1."""
ALGORITHMS = (*STRICT_ALGORITHMS, "RS256")
SECRET_ALGORITHMS = ("HS256",)

LONGEST_LIFE = timedelta(hours=1)
"""From now: for so long, at most, we have to remember what was used (RFC 7523, section 3, item 4)."""
MAX_JTI = 256
_NEVER = 10**11
"""Seconds; no time of a token lies beyond."""

_TYPES = {None, "jwt", "application/jwt", "client-authentication+jwt", "application/client-authentication+jwt"}
"""No token that is explicitly of another kind passes for an assertion (RFC 8725, section 3.11)."""


@frozen
class VerifiedAssertion:
    client_id: str
    jti: str
    expires_at: datetime


def read_claimed_client(assertion: str) -> str:
    """Whom the assertion says it is of, unverified. Raises VerificationFailed (step `sub`) where it does not say."""
    return _require_text(read_unverified_claims(assertion), "sub")


def verify_client_assertion(
    assertion: str,
    *,
    keys: Sequence[PublicKey],
    algorithms: Collection[str],
    expected_client: str,
    expected_audiences: Sequence[str],
    is_strict: bool,
    now: datetime,
) -> VerifiedAssertion:
    """What has to be remembered of an assertion of which all of this holds; else VerificationFailed with the step.

    1. It is a JWS of one of these algorithms, signed by one of these keys. Steps of verify_jws.
    2. Its `typ`, if any, is that of an assertion or of any JWT. Step `typ`.
    3. `iss` and `sub` are the client (RFC 7523, section 3, items 1 and 2.B). Steps `iss`, `sub`.
    4. `aud` is one of the audiences, as a string, or, unless strict, as a list of one. Step `aud`.
    5. It has not expired, was not made in the future and will not live for long. Steps `exp`, `nbf`, `iat`.
    6. It has a `jti`, by which it is used once (OpenID Connect Core, section 9). Step `jti`.
    """
    # (1)
    verified = verify_jws(assertion, keys=keys, algorithms=algorithms)
    claims = verified.claims
    # (2)
    typ = verified.header.get("typ")
    if (typ.lower() if isinstance(typ, str) else typ) not in _TYPES:
        raise VerificationFailed("typ", "token_typ", "The token is of another kind.")
    # (3)
    for name in ("iss", "sub"):
        if _require_text(claims, name) != expected_client:
            raise VerificationFailed(name, "assertion_client", "The assertion is another client's.")
    # (4)
    _check_audience(claims.get("aud"), expected_audiences, is_strict=is_strict)
    # (5)
    expires_at = _check_times(claims, now)
    # (6)
    jti = _require_text(claims, "jti")
    if len(jti) > MAX_JTI:
        raise VerificationFailed("jti", "assertion_jti", f"A jti has at most {MAX_JTI} characters.")
    return VerifiedAssertion(expected_client, jti, expires_at)


def _check_audience(given: object, expected: Sequence[str], *, is_strict: bool) -> None:
    single = given[0] if isinstance(given, list) and len(given) == 1 and not is_strict else given
    if not isinstance(single, str) or single not in expected:
        raise VerificationFailed("aud", "assertion_audience", "The assertion is not meant for this provider alone.")


def _check_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    """When it expires. Ten seconds of leeway, as FAPI 2.0 has it (section 5.3.2.1: 10 are accepted, 60 refused)."""
    expires_at = _find_time(claims, "exp")
    if expires_at is None or expires_at <= (now - LEEWAY).timestamp():
        raise VerificationFailed("exp", "assertion_expired", "The assertion has expired, or does not say when it does.")
    if expires_at > (now + LONGEST_LIFE + LEEWAY).timestamp():
        raise VerificationFailed("exp", "assertion_long_lived", "An assertion is valid for an hour at most.")
    for name in ("nbf", "iat"):
        made_at = _find_time(claims, name)
        if made_at is not None and made_at > (now + LEEWAY).timestamp():
            raise VerificationFailed(name, "assertion_not_yet_valid", "The assertion is not valid yet.")
    return datetime.fromtimestamp(expires_at, UTC)


def _find_time(claims: Mapping[str, Any], name: str) -> float | None:
    """Seconds since 1970 (RFC 7519, section 2, NumericDate)."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _NEVER:
        raise VerificationFailed(name, "assertion_time", "A time of the assertion is no number of seconds.")
    return value


def _require_text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise VerificationFailed(name, "assertion_incomplete", f"The assertion lacks {name}.")
    return value
