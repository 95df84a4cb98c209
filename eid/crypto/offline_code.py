"""A signed paper as the text of one QR code, to be read without a network: `EID1:`, then Base45 of zlib of a CWT (RFC 8392), a
COSE_Sign1 over a CBOR map of claims. The layers are those of the EU's digital COVID certificate (HC1), the claims our own.

The portrait may stand among the claims, so that whoever reads the code sees whom it is about. Drawing and reading QR codes is
not here, nor is fetching a status list.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.base45 import MAX_CHARACTERS, build_base45, parse_base45
from eid.crypto.cbor import Cbor, Tag, build_cbor, parse_cbor
from eid.crypto.cose import (
    ALG,
    ES256,
    KID,
    SIGN1,
    TYP,
    Sign1,
    build_sign1,
    cose_key_of_jwk,
    parse_cose_key,
    parse_sign1,
    verify_sign1,
)
from eid.crypto.jwt import check_times
from eid.crypto.keys import SigningKey
from eid.crypto.status_list import StatusReference, VerifiedStatusList, build_status, check_status, parse_status
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

PREFIX = "EID1:"
ISS, EXP, IAT, STATUS = 1, 4, 6, 65535
"""Claims of a CWT (RFC 8392, 4; draft Token Status List, 14.4)."""
MAX_CWT = 1 << 14
STEPS = ("structure", "typ", "key", "signature", "iss", "time", "status")
"""In the order in which they are taken."""


@frozen
class UnverifiedOfflineCode:
    """A code that was taken apart and not verified."""

    unverified_sign1: Sign1
    unverified_claims: Mapping[int | str, Cbor]


@frozen
class VerifiedOfflineCode:
    """A code of which everything holds that can be checked with what was given."""

    typ: str
    issuer: str
    issued_at: int
    """Seconds since 1970, as is expires_at."""
    expires_at: int
    status: StatusReference
    content: Mapping[str, Cbor]
    """The claims that are ours: those with a name instead of a number."""


def build_offline_code(
    content: Mapping[str, Cbor],
    *,
    typ: str,
    issuer: str,
    issued_at: datetime,
    expires_at: datetime,
    status: StatusReference,
    key: SigningKey,
) -> str:
    """The text of the code; `content` is what it says, by names, of CBOR's types."""
    claims: dict[int | str, Cbor] = {
        ISS: issuer,
        IAT: int(issued_at.timestamp()),
        EXP: int(expires_at.timestamp()),
        STATUS: build_status(status),
    }
    claims.update(content)
    assert isinstance(key.private_key, ec.EllipticCurvePrivateKey)
    protected: dict[int | str, Cbor] = {ALG: ES256, KID: key.kid.encode(), TYP: typ}
    return build_code_text(build_sign1(build_cbor(claims), key=key.private_key, protected=protected))


def build_code_text(sign1: bytes) -> str:
    """The outer layers around a COSE_Sign1 without its tag."""
    return PREFIX + build_base45(zlib.compress(bytes([0xC0 | SIGN1]) + sign1, level=9))


def parse_offline_code(text: str) -> UnverifiedOfflineCode:
    """The layers of a code taken off, none of it believed. Raises VerificationFailed (step structure): `code_prefix`,
    `code_length`, `base45_malformed`, `code_compression`, `cbor_malformed`, `cose_malformed`, `code_claims`."""
    if not text.startswith(PREFIX):
        raise _failure("structure", "code_prefix", "This is not a code that is read without a network.")
    if len(text) > MAX_CHARACTERS:
        raise _failure("structure", "code_length", "The code is longer than any QR code.")
    try:
        value = parse_cbor(_decompress(parse_base45(text.removeprefix(PREFIX))))
        sign1 = parse_sign1(value)
        claims = parse_cbor(sign1.payload or b"")
    except Malformed as refusal:
        raise _failure("structure", refusal.code, refusal.detail, refusal.reason) from refusal
    if not isinstance(value, Tag) or not isinstance(claims, dict):
        raise _failure("structure", "code_claims", "The code holds no claims.")
    return UnverifiedOfflineCode(sign1, claims)


def verify_offline_code(
    text: str,
    *,
    keys: Iterable[Mapping[str, Any]],
    expected_issuer: str | None,
    now: datetime,
    expected_typs: Collection[str],
    status_list: VerifiedStatusList | None = None,
) -> VerifiedOfflineCode:
    """A code of which all of this holds; else VerificationFailed with the step.

    1. Its layers come off: prefix, Base45, zlib, COSE_Sign1 with its tag, claims (step structure).
    2. Its protected header says that it is of an expected kind (step typ) and names a key of P-256 among `keys`, JSON Web Keys,
       by its `kid` (step key); the signature holds under that key (step signature).
    3. It comes from the expected issuer, where one is expected (step iss).
    4. `iat` is not in the future and `exp` not in the past (step time).
    5. It says where its status stands and, where a status list is given, it stands there as valid (step status).
    """
    # (1)
    code = parse_offline_code(text)
    sign1, claims = code.unverified_sign1, code.unverified_claims
    # (2)
    typ = sign1.protected.get(TYP)
    if not isinstance(typ, str) or typ not in expected_typs:
        raise _failure("typ", "token_typ", "The token is of another kind.")
    verify_sign1(sign1, _find_key(sign1.protected.get(KID), keys), step="signature", code="token_signature")
    # (3)
    issuer = claims.get(ISS)
    if not isinstance(issuer, str) or (expected_issuer is not None and issuer != expected_issuer):
        raise _failure("iss", "token_issuer", "The token was issued by somebody else.")
    # (4)
    issued_at, expires_at = _check_times(claims, now)
    # (5)
    status = parse_status(claims.get(STATUS))
    if status_list is not None:
        check_status(status, status_list)
    content = {name: value for name, value in claims.items() if isinstance(name, str)}
    return VerifiedOfflineCode(typ, issuer, issued_at, expires_at, status, content)


def _decompress(data: bytes) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        unpacked = unpacker.decompress(data, MAX_CWT)
    except zlib.error as error:
        raise Malformed("code_compression", "The code cannot be unpacked.", reason=str(error)) from error
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed("code_compression", "The code cannot be unpacked.", reason="cut off, too long, or followed")
    return unpacked


def _find_key(kid: object, keys: Iterable[Mapping[str, Any]]) -> ec.EllipticCurvePublicKey:
    for key in keys:
        if isinstance(kid, bytes) and key.get("kid") == kid.decode(errors="replace") and key.get("crv") == "P-256":
            try:
                return parse_cose_key(cose_key_of_jwk(key))
            except (Malformed, ValueError) as error:
                raise _failure("key", "cose_key", "The trusted key cannot be read.", type(error).__name__) from error
    raise _failure("key", "key_unknown", "None of the trusted keys is the one that the token names.")


def _check_times(claims: Mapping[int | str, Cbor], now: datetime) -> tuple[int, int]:
    times = {"iat": claims.get(IAT), "exp": claims.get(EXP)}
    try:
        check_times({name: None if isinstance(at, bool) else at for name, at in times.items()}, now)
    except VerificationFailed as failure:
        raise _failure("time", failure.code, failure.detail, failure.reason) from failure
    return claims[IAT], claims[EXP]


def _failure(step: str, code: str, detail: str, reason: str = "") -> VerificationFailed:
    return VerificationFailed(step, code, detail, reason=reason)
