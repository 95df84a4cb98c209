"""Answers taken apart for mutators and put together again: redirects, ID tokens, key sets, status lists. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws

from eid.crypto.keys import SigningKey
from eid.crypto.status_list import StatusList, StatusType, build_status_list, parse_status_list
from eid.late_dataclasses import frozen
from eid.oauth.faults.mutators import IdToken, Signer
from eid.oauth.opaque import encode_base64url

_ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@frozen
class Keys:
    """Who may sign what a trial gives out."""

    ours: SigningKey
    stranger: SigningKey
    following: SigningKey
    """Published from the moment of the fault on, at the trial's address of keys."""


def read_answer(location: str) -> dict[str, str]:
    """The parameters of an authorization response, or its one parameter `response`."""
    return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True))


def code_of(location: str) -> str:
    """The code that an authorization response bears, signed or not; empty where there is none."""
    found = read_answer(location)
    said = read_token(found["response"]).claims if "response" in found else found
    return str(said.get("code", ""))


def write_answer(location: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The address with these parameters instead of those before; what else its query has is kept (RFC 6749, section 3.1.2)."""
    parts = urlsplit(location)
    own = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in before]
    return urlunsplit(parts._replace(query=urlencode([*own, *after.items()])))


def read_token(token: str) -> IdToken:
    """Header and claims of a compact JWS that is our own, so nothing is verified here."""
    header, claims, _signature = token.split(".")
    return IdToken(_decode(header), _decode(claims))


def is_signed(token: str) -> bool:
    """Whether it is a JWS; a JWE has five parts."""
    return token.count(".") == 2


def write_token(token: IdToken, keys: Keys) -> str:
    """A compact JWS by whoever the fault has sign it."""
    if token.signer is Signer.NOBODY:
        return f"{_signing_input(token.header, token.claims)}."
    if token.signer is Signer.PUBLIC_KEY:
        signed = _signing_input(token.header, token.claims)
        return f"{signed}.{encode_base64url(hmac.digest(public_pem(keys.ours), signed.encode(), hashlib.sha256))}"
    if token.signer is Signer.NEXT:
        return sign(
            {**token.header, "alg": keys.following.alg, "kid": keys.following.kid}, token.claims, keys.following
        )
    return sign(token.header, token.claims, keys.stranger if token.signer is Signer.STRANGER else keys.ours)


def sign(header: Mapping[str, Any], claims: Mapping[str, Any], key: SigningKey) -> str:
    """A compact JWS with this very header."""
    payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    return jws.serialize_compact(dict(header), payload, key.jwk, algorithms=[key.alg])


def public_pem(key: SigningKey) -> bytes:
    """The published half as PEM, which careless verifiers take for the secret of an HMAC."""
    return key.private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def derive_key(secret: bytes, reference: str) -> SigningKey:
    """The next key of this trial's fault: the same in every process, and kept nowhere."""
    drawn = HKDF(hashes.SHA256(), 48, salt=None, info=b"key of a trial " + reference.encode()).derive(secret)
    return SigningKey(ec.derive_private_key(int.from_bytes(drawn) % (_ORDER_P256 - 1) + 1, ec.SECP256R1()))


def mark_invalid(claims: Mapping[str, Any], *, index: int, uri: str) -> dict[str, Any]:
    """The claims of a status list token with this place invalid, at this address."""
    found = parse_status_list(claims["status_list"])
    packed = bytearray(found.packed)
    place = index * found.bits
    packed[place // 8] |= StatusType.INVALID << place % 8
    return {**claims, "sub": uri, "status_list": build_status_list(StatusList(found.bits, bytes(packed)))}


def _signing_input(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    parts = (json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode() for part in (header, claims))
    return ".".join(encode_base64url(part) for part in parts)


def _decode(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
