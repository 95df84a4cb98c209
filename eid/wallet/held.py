"""Credentials as a wallet holds them: each with the key that it is bound to; what it says, and how it is shown. Pure."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.cbor import parse_cbor
from eid.crypto.cose import X5CHAIN
from eid.crypto.disclosures import encode
from eid.crypto.keys import SigningKey
from eid.crypto.mdoc import IssuerSigned, parse_issuer_signed, parse_mso
from eid.crypto.mdoc_device import build_device_response
from eid.crypto.sd_jwt import bind_sd_jwt, parse_sd_jwt
from eid.crypto.x509 import parse_certificate
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen
from eid.presentations.authorization_requests import Asked
from eid.presentations.dcql import MDOC, SD_JWT_VC, ClaimQuery
from eid.presentations.dcql_matching import Shown
from eid.presentations.unverified import read_unverified
from eid.presentations.verification import ENVELOPE, build_transcript, write_json
from eid.wallet.disclosing import choose_disclosures, read_claims


@frozen
class Held:
    """One credential and the key that proves who holds it."""

    format: str
    credential: str
    """As it was issued: an SD-JWT, or IssuerSigned in base64url."""
    key: SigningKey = field(repr=False)
    configuration: str = ""
    issuer: str = ""


def describe(held: Held) -> Shown:
    """What it is and says. Raises Malformed (credential_malformed)."""
    try:
        return _describe_mdoc(held) if held.format == MDOC else _describe_vc(held)
    except (Malformed, VerificationFailed, ValueError, KeyError, TypeError) as error:
        raise Malformed("credential_malformed", "The credential cannot be read.", reason=str(error)[:80]) from error


def _describe_vc(held: Held) -> Shown:
    sd_jwt = parse_sd_jwt(held.credential)
    claims = read_claims(sd_jwt)
    chain = read_unverified(sd_jwt.issuer_jwt)[0].get("x5c", [])
    authorities = _authority_keys([urlsafe_b64decode(each.translate(_FROM_BASE64)) for each in chain])
    told = {name: value for name, value in claims.items() if name not in ENVELOPE}
    return Shown(SD_JWT_VC, str(claims["vct"]), told, frozenset(), authorities)


_FROM_BASE64 = str.maketrans("+/", "-_")


def _describe_mdoc(held: Held) -> Shown:
    signed = read_mdoc(held)
    mso = parse_mso(signed.issuer_auth.payload)
    claims = {space: {item.name: write_json(item.value) for item in items} for space, items in signed.items.items()}
    chain = signed.issuer_auth.unprotected.get(X5CHAIN)
    certificates: list[Any] = chain if isinstance(chain, list) else [chain]
    return Shown(MDOC, mso.doc_type, claims, frozenset(), _authority_keys(certificates))


def _authority_keys(chain: Sequence[bytes]) -> frozenset[str]:
    found = [parse_certificate(each).authority_key_id for each in chain[:1]]
    return frozenset(encode(each) for each in found if each is not None)


def read_mdoc(held: Held) -> IssuerSigned:
    """IssuerSigned as it was issued. Raises Malformed."""
    return parse_issuer_signed(parse_cbor(decode(held.credential)))


def decode(text: str) -> bytes:
    """Base64url without padding. Raises ValueError."""
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("no base64url") from error


def present(held: Held, claims: Sequence[ClaimQuery], asked: Asked, *, now: datetime) -> str:
    """The credential with these claims shown and no others, for this verifier and this session alone."""
    if held.format == MDOC:
        return _present_mdoc(held, claims, asked)
    sd_jwt = parse_sd_jwt(held.credential)
    shown = replace(sd_jwt, disclosures=choose_disclosures(sd_jwt, [claim.path for claim in claims]))
    return str(bind_sd_jwt(shown, key=held.key, audience=asked.client_id, nonce=asked.nonce, now=now))


def _present_mdoc(held: Held, claims: Sequence[ClaimQuery], asked: Asked) -> str:
    reveal: dict[str, set[str]] = {}
    for claim in claims:
        reveal.setdefault(str(claim.path[0]), set()).add(str(claim.path[1]))
    key = held.key.private_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    response = build_device_response(
        decode(held.credential),
        doc_type=describe(held).type,
        reveal=reveal,
        key=key,
        transcript=build_transcript(asked),
    )
    return urlsafe_b64encode(response).rstrip(b"=").decode()


def list_claims(shown: Shown) -> Mapping[str, Any]:
    """What it says, by name; of an mdoc the elements of all its name spaces."""
    if shown.format == MDOC:
        return {name: value for named in shown.claims.values() for name, value in named.items()}
    return shown.claims
