"""The time-stamping authority: says of a digest that it was there now. It keeps nothing of what it stamps."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.serialization import Encoding

from eid.clock import wall_now
from eid.crypto.timestamps import (
    HASHES,
    RequestRefused,
    Timestamper,
    TimestampRequest,
    build_timestamp_refusal,
    build_timestamp_reply,
    build_timestamp_token,
    parse_timestamp_request,
)
from eid.errors import OAuthError
from eid.keystore import CertifiedKey
from eid.randomness import system_rng
from eid.signing.authority import find_timestamper


def answer_timestamp_request(data: bytes) -> bytes:
    """A TimeStampResp, DER: granted, or refused with its reason. Raises Unavailable where there is no key."""
    try:
        request = parse_timestamp_request(data)
    except RequestRefused as refusal:
        return build_timestamp_refusal(refusal)
    found = find_timestamper()
    serial = system_rng().getrandbits(127)
    return build_timestamp_reply(request, timestamper=_as_timestamper(found), serial=serial, now=wall_now())


def _as_timestamper(found: CertifiedKey) -> Timestamper:
    return Timestamper(found.private_key, found.certificate.public_bytes(Encoding.DER))  # type: ignore[arg-type]


def issue_timestamp_token(digest: bytes, algorithm: str, nonce: int | None) -> bytes:
    """A time-stamp token, DER, over a digest of the hash of this object identifier; its certificate goes along (CSC API 2.0,
    section 11.13). Raises OAuthError."""
    hash_name = HASHES.get(algorithm)
    if hash_name is None:
        raise OAuthError("invalid_request", "Invalid parameter hashAlgo")
    if len(digest) != hashlib.new(hash_name).digest_size:
        raise OAuthError("invalid_request", "Invalid digest value length")
    serial = system_rng().getrandbits(127)
    request = TimestampRequest(hash_name, digest, nonce, wants_certificate=True)
    timestamper = _as_timestamper(find_timestamper())
    return build_timestamp_token(request, timestamper=timestamper, serial=serial, now=wall_now())
