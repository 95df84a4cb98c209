"""The time-stamping authority: says of a digest that it was there now. It keeps nothing of what it stamps."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding

from eid.clock import wall_now
from eid.crypto.timestamps import (
    RequestRefused,
    Timestamper,
    build_timestamp_refusal,
    build_timestamp_reply,
    parse_timestamp_request,
)
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
