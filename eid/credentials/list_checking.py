"""Status lists under what a verifier trusts: in either form, by a key that is known or by a certificate of a root. Pure."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from eid.credentials.reports import Report, build_steps
from eid.credentials.unverified import Form, find_form, read_header, read_list_uri, unwrap
from eid.credentials.verifier_trust import Trust
from eid.credentials.withdrawal import check_not_withdrawn
from eid.crypto.cbor import parse_cbor
from eid.crypto.cose import KID, X5CHAIN, parse_sign1
from eid.crypto.iaca import VerifiedIssuer, verify_issuer
from eid.crypto.status_list import StatusReference, VerifiedStatusList, check_status, verify_status_list
from eid.crypto.status_list_cwt import MAX_TOKEN_BYTES, verify_status_list_cwt
from eid.errors import Malformed, VerificationFailed

STEPS = ("structure", "typ", "key", "signature", "status_uri", "status_time", "status_list")
_STEP_OF = {"certificate": "key"}


def check_status_list(data: bytes, *, trust: Trust, now: datetime) -> Report:
    """What there is to say about a status list: who looks at it alone expects no address, so it is of its own."""
    try:
        verified = verify_list(data, trust=trust, uri=read_list_uri(data) or "", now=now)
    except VerificationFailed as failure:
        step = _STEP_OF.get(failure.step, failure.step)
        return Report(build_steps(STEPS, {"status_uri"}, failure, step if step in STEPS else "structure"))
    return Report(build_steps(STEPS, {"status_uri"}, None), status_list=verified)


def check_listed_status(
    reference: StatusReference | None, token: str | bytes | None, *, trust: Trust, now: datetime
) -> None:
    """Raise VerificationFailed (step status) unless the list, where there is one, holds and says `valid` at this place."""
    if token is None:
        return
    if reference is None:
        raise VerificationFailed("status", "token_status", "The token does not say where its status stands.")
    check_status(reference, verify_list_at_status(token, trust=trust, uri=reference.uri, now=now))


def verify_list_at_status(token: str | bytes, *, trust: Trust, uri: str, now: datetime) -> VerifiedStatusList:
    """As verify_list; whatever is wrong with the list fails the step `status` of what points to it."""
    try:
        return verify_list(token if isinstance(token, bytes) else token.encode(), trust=trust, uri=uri, now=now)
    except VerificationFailed as failure:
        raise VerificationFailed("status", failure.code, failure.detail, reason=failure.reason) from failure


def verify_list(data: bytes, *, trust: Trust, uri: str, now: datetime) -> VerifiedStatusList:
    """The list at this address; else VerificationFailed, as verify_status_list, verify_status_list_cwt and verify_issuer."""
    if find_form(data) is Form.STATUS_LIST_CWT:
        return _verify_cwt(unwrap(data), trust, uri, now)
    text = data.decode("utf-8", errors="replace").strip()
    return verify_status_list(text, keys=_jwt_keys(text, trust, now), expected_uri=uri, now=now)


def _verify_cwt(data: bytes, trust: Trust, uri: str, now: datetime) -> VerifiedStatusList:
    return verify_status_list_cwt(data, keys=_cwt_keys(data, trust, now), expected_uri=uri, now=now)


def _jwt_keys(text: str, trust: Trust, now: datetime) -> Sequence[Mapping[str, Any]]:
    header = read_header(text)
    chain = header.get("x5c")
    if not trust.roots or _knows(trust, header.get("kid")) or not isinstance(chain, list):
        return trust.keys
    try:
        certificates = [b64decode(each, validate=True) for each in chain]
    except (TypeError, ValueError, Base64Error) as error:
        raise VerificationFailed("certificate", "certificate_malformed", "A certificate cannot be read.") from error
    public = ECKey.import_key(_verify_chain(certificates, trust, now).key).as_dict(private=False)
    return [{**public, "kid": header.get("kid")}]


def _cwt_keys(data: bytes, trust: Trust, now: datetime) -> Mapping[str, ec.EllipticCurvePublicKey]:
    known = {str(key.get("kid")): _import(key) for key in trust.keys}
    keys = {kid: key for kid, key in known.items() if key is not None}
    try:
        sign1 = parse_sign1(parse_cbor(data, max_bytes=MAX_TOKEN_BYTES))
    except Malformed:
        return keys
    name, chain = sign1.unprotected.get(KID), sign1.unprotected.get(X5CHAIN)
    named = name.decode(errors="replace") if isinstance(name, bytes) else ""
    if trust.roots and named not in keys and isinstance(chain, bytes):
        keys[named] = _verify_chain([chain], trust, now).key
    return keys


def _verify_chain(certificates: Sequence[bytes], trust: Trust, now: datetime) -> VerifiedIssuer:
    issuer = verify_issuer(certificates, anchors=trust.roots, at=now, usage=None)
    check_not_withdrawn(issuer, trust.withdrawn)
    return issuer


def _knows(trust: Trust, kid: object) -> bool:
    return any(key.get("kid") == kid for key in trust.keys)


def _import(key: Mapping[str, Any]) -> ec.EllipticCurvePublicKey | None:
    try:
        public = ECKey.import_key(dict(key)).public_key
    except (JoseError, ValueError):
        return None
    return public if isinstance(public, ec.EllipticCurvePublicKey) else None
