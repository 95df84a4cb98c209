"""Selective Disclosure for JWTs (RFC 9901), with key binding: building, presenting a part, verifying.

Everything that may be withheld stands in the signed token as a digest only; who holds the token reveals what is asked for.
An issuer here makes top-level claims disclosable; a verifier reads any structure that the RFC allows. Not here: the JSON
serialization (section 8), and fetching keys or type metadata (SD-JWT VC).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from eid.crypto.disclosures import (
    RESERVED,
    Json,
    algorithm_of,
    build_disclosure,
    digest_of_disclosure,
    disclose,
    encode,
    parse_disclosure,
)
from eid.crypto.jwt import LAST_SECOND, LEEWAY, build_jwt, verify_signature
from eid.crypto.keys import SigningKey
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen

SALT_BYTES = 16
"""Section 9.3: at least 128 bits."""

KEY_BINDING_TYP = "kb+jwt"
KEY_BINDING_AGE = timedelta(minutes=5)
MAX_DISCLOSURES = 256

NEVER_DISCLOSED = {"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"}
"""SD-JWT VC, section 3.2.2.2: what says whether the token holds may not be withheld, so it may not come from a disclosure."""


@frozen
class SdJwt:
    """The parts between the tildes (section 4)."""

    issuer_jwt: str
    disclosures: tuple[str, ...] = ()
    key_binding: str | None = None

    @property
    def bound_part(self) -> str:
        """All up to the last tilde: what a key binding signs the digest of (section 4.3.1)."""
        return "~".join([self.issuer_jwt, *self.disclosures]) + "~"

    def __str__(self) -> str:
        return self.bound_part + (self.key_binding or "")


@frozen
class VerifiedSdJwt:
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    """What is signed, and what was disclosed, at its place; nothing about what was withheld."""
    holder_key: Mapping[str, Any] | None
    """The JSON Web Key that the token is bound to, if it is."""
    algorithm: str
    """Of its digests (section 4.1.1)."""


def build_sd_jwt(
    claims: Mapping[str, Json],
    *,
    disclosable: Mapping[str, Json],
    key: SigningKey,
    typ: str,
    rng: Random,
    holder_key: Mapping[str, Any] | None = None,
    decoys: int = 0,
) -> SdJwt:
    """A token that says `claims` to everybody and each claim of `disclosable` only where its holder reveals it.

    Digests are sorted, so their order says nothing; `decoys` hide how many there are (section 4.2.5). `rng` must be one that
    nobody can predict. Raises ValueError where a claim cannot be disclosable or stands in both.
    """
    if disclosable.keys() & (NEVER_DISCLOSED | RESERVED | {"_sd_alg"} | claims.keys()):
        raise ValueError(
            "a claim cannot be both signed openly and disclosable, nor may those that judge the token be withheld"
        )
    disclosures = [build_disclosure(pair, salt=rng.randbytes(SALT_BYTES)) for pair in disclosable.items()]
    digests = [digest_of_disclosure(disclosure) for disclosure in disclosures]
    digests += [encode(hashlib.sha256(rng.randbytes(SALT_BYTES)).digest()) for _ in range(decoys)]
    payload = dict(claims)
    if digests:
        payload |= {"_sd": sorted(digests), "_sd_alg": "sha-256"}
    if holder_key is not None:
        payload["cnf"] = {"jwk": dict(holder_key)}
    return SdJwt(build_jwt(payload, key=key, typ=typ), tuple(disclosures))


def parse_sd_jwt(text: str) -> SdJwt:
    """The parts of a compact serialization (section 4). Raises VerificationFailed: sd_jwt_malformed."""
    parts = text.split("~")
    if len(parts) < 2 or len(parts) > MAX_DISCLOSURES + 2 or not parts[0] or not all(parts[1:-1]):
        raise VerificationFailed("format", "sd_jwt_malformed", "This is no token with selective disclosure.")
    return SdJwt(parts[0], tuple(parts[1:-1]), parts[-1] or None)


def present_sd_jwt(
    sd_jwt: SdJwt, *, reveal: Collection[str], key: SigningKey, audience: str, nonce: str, now: datetime
) -> SdJwt:
    """The token with only those top-level claims revealed, bound by the holder's key to this audience and nonce (4.3)."""
    kept = tuple(each for each in sd_jwt.disclosures if parse_disclosure(each)[0] in reveal)
    return bind_sd_jwt(replace(sd_jwt, disclosures=kept), key=key, audience=audience, nonce=nonce, now=now)


def bind_sd_jwt(sd_jwt: SdJwt, *, key: SigningKey, audience: str, nonce: str, now: datetime) -> SdJwt:
    """The token with just the disclosures that it has here, bound by the holder's key to this audience and nonce (4.3)."""
    shown = replace(sd_jwt, key_binding=None)
    claims = {
        "iat": int(now.timestamp()),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": digest_of_disclosure(shown.bound_part),
    }
    return replace(shown, key_binding=build_jwt(claims, key=key, typ=KEY_BINDING_TYP))


def verify_sd_jwt(
    sd_jwt: SdJwt,
    *,
    keys: Iterable[Mapping[str, Any]],
    expected_typ: str,
    expected_issuer: str | None,
    now: datetime,
    needs_kid: bool = True,
) -> VerifiedSdJwt:
    """A token of which all of this holds (section 7.1); else VerificationFailed with the step. Its key binding is not judged.
    Who knows the issuer by its certificate may expect no name of it, and gives the one key that the certificate is for.

    1. Its issuer's JWT bears the expected `typ`, and its signature holds under the key of `keys` that its `kid` names.
    2. Each disclosure belongs to a digest in it, and each digest stands in it once (step disclosures).
    3. What judges the token itself is signed and not disclosed: issuer, times, holder's key, type, status (step disclosures).
    4. It comes from the expected issuer, and is valid now: `iat`, `nbf`, `exp` where they are there (steps iss, time).
    """
    # (1)
    verified = verify_signature(sd_jwt.issuer_jwt, keys=keys, expected_typ=expected_typ, needs_kid=needs_kid)
    # (2)
    claims = disclose(verified.claims, sd_jwt.disclosures)
    # (3)
    if any(claims.get(name) != verified.claims.get(name) for name in NEVER_DISCLOSED):
        raise VerificationFailed("disclosures", "claim_withheld", "What judges the token was not signed openly.")
    # (4)
    if expected_issuer is not None and claims.get("iss") != expected_issuer:
        raise VerificationFailed("iss", "token_issuer", "The token was issued by somebody else.")
    _check_times(claims, now)
    return VerifiedSdJwt(verified.header, claims, _find_holder_key(claims), algorithm_of(verified.claims))


def verify_presentation(
    text: str,
    *,
    keys: Iterable[Mapping[str, Any]],
    expected_typ: str,
    expected_issuer: str,
    expected_audience: str,
    expected_nonce: str,
    now: datetime,
) -> VerifiedSdJwt:
    """A token shown by its holder, of which all of this holds (section 7.3); else VerificationFailed with the step.

    1. The token itself holds (verify_sd_jwt).
    2. It is bound to a key, and a key binding JWT is there, signed by this key: `typ` kb+jwt (step key_binding).
    3. The binding is for the expected audience and nonce (steps aud, nonce), and made just now (step time).
    4. It binds exactly what is shown: `sd_hash` (step sd_hash).
    """
    sd_jwt = parse_sd_jwt(text)
    # (1)
    verified = verify_sd_jwt(sd_jwt, keys=keys, expected_typ=expected_typ, expected_issuer=expected_issuer, now=now)
    # (2) to (4)
    verify_presented(sd_jwt, verified, expected_audience=expected_audience, expected_nonce=expected_nonce, now=now)
    return verified


def verify_presented(
    sd_jwt: SdJwt, verified: VerifiedSdJwt, *, expected_audience: str, expected_nonce: str, now: datetime
) -> None:
    """Steps 2 to 4 of verify_presentation, for a token of which step 1 holds."""
    # (2)
    if verified.holder_key is None or sd_jwt.key_binding is None:
        raise VerificationFailed("key_binding", "key_binding_missing", "Whoever shows this did not prove to hold it.")
    binding = _verify_key_binding(sd_jwt.key_binding, verified.holder_key)
    # (3)
    if binding.get("aud") != expected_audience:
        raise VerificationFailed("aud", "token_audience", "The token is meant for somebody else.")
    if binding.get("nonce") != expected_nonce:
        raise VerificationFailed("nonce", "nonce_mismatch", "The token was shown on another occasion.")
    made_at = binding.get("iat")
    if type(made_at) is not int or abs(now.timestamp() - made_at) > KEY_BINDING_AGE.total_seconds():
        raise VerificationFailed("time", "key_binding_stale", "The token was not shown just now.")
    # (4)
    if binding.get("sd_hash") != digest_of_disclosure(sd_jwt.bound_part, verified.algorithm):
        raise VerificationFailed("sd_hash", "sd_hash_mismatch", "What is shown is not what its holder signed.")


def _verify_key_binding(token: str, holder_key: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims of a key binding JWT; it names no key, because there is only one that it can be signed by."""
    try:
        return verify_signature(token, keys=[holder_key], expected_typ=KEY_BINDING_TYP, needs_kid=False).claims
    except VerificationFailed as failure:
        raise VerificationFailed(
            "key_binding", "key_binding_signature", "Whoever shows this did not prove to hold it.", reason=failure.code
        ) from failure


def _find_holder_key(claims: Mapping[str, Json]) -> Mapping[str, Any] | None:
    confirmation = claims.get("cnf")
    if confirmation is None:
        return None
    key = confirmation.get("jwk") if isinstance(confirmation, dict) else None
    if not isinstance(key, dict) or key.get("kty") != "EC" or "d" in key:
        raise VerificationFailed("key_binding", "holder_key", "The token is bound to something that is no public key.")
    return key


def _check_times(claims: Mapping[str, Json], now: datetime) -> None:
    soonest, latest = (now - LEEWAY).timestamp(), (now + LEEWAY).timestamp()
    for name in ("iat", "nbf", "exp"):
        at = claims.get(name)
        if at is None:
            continue
        if type(at) is not int or not 0 <= at <= LAST_SECOND or (at <= soonest if name == "exp" else at > latest):
            raise VerificationFailed("time", f"token_{name}", "The token is not valid now.")
