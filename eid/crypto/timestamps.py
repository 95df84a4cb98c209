"""Time stamps (RFC 3161, with the certificate's digest of RFC 5816): a request read strictly, a token built, a refusal written.

Written with our own TLV, as certificates and CMS are. Verifying a token is not here.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from enum import IntEnum

from eid.crypto.algorithms import PrivateKey, build_hash_algorithm, parse_algorithm
from eid.crypto.sod import build_signed_data
from eid.crypto.tlv import (
    BIT_STRING,
    BOOLEAN,
    GENERALIZED_TIME,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    Tlv,
    build_integer,
    build_oid,
    build_sequence,
    build_set,
    build_text,
    build_tlv,
    parse_tlv,
)
from eid.errors import Malformed
from eid.late_dataclasses import frozen

QUERY_TYPE, REPLY_TYPE = "application/timestamp-query", "application/timestamp-reply"
POLICY = "2.999.26.1"
"""Under the arc that is for examples: what these stamps are worth is that of a simulation."""
TST_INFO = "1.2.840.113549.1.9.16.1.4"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
HASHES = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
MAX_REQUEST = 4096
MAX_NONCE = 1 << 256
ACCURACY_SECONDS = 1


class Failure(IntEnum):
    """PKIFailureInfo (section 2.4.2): the number of its bit."""

    BAD_ALG = 0
    BAD_REQUEST = 2
    BAD_DATA_FORMAT = 5
    UNACCEPTED_POLICY = 15
    UNACCEPTED_EXTENSION = 16


class RequestRefused(Malformed):
    """A request that is answered with this failure."""

    def __init__(self, failure: Failure, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.failure = failure


@frozen
class TimestampRequest:
    hash_name: str
    digest: bytes
    nonce: int | None
    wants_certificate: bool


@frozen
class Timestamper:
    """Who signs time stamps: a key and its certificate, DER."""

    key: PrivateKey
    certificate: bytes


def parse_timestamp_request(data: bytes) -> TimestampRequest:
    """What is to be stamped (section 2.4.1). Raises RequestRefused: timestamp_malformed, timestamp_version,
    timestamp_algorithm, timestamp_digest, timestamp_policy, timestamp_extension."""
    try:
        version, imprint, *rest = parse_tlv(data, SEQUENCE, max_bytes=MAX_REQUEST).children(min_count=2, max_count=6)
        algorithm, digest = imprint.expect(SEQUENCE).children(SEQUENCE, OCTET_STRING)
        if version.integer() != 1:
            raise _refused(Failure.BAD_REQUEST, "timestamp_version", "The request is of another version.")
        hash_name = HASHES.get(parse_algorithm(algorithm).oid)
        policy, nonce, wants_certificate = _read_rest(rest)
    except RequestRefused:
        raise
    except Malformed as refusal:
        raise _refused(
            Failure.BAD_DATA_FORMAT, "timestamp_malformed", "This is no request for a time stamp."
        ) from refusal
    if hash_name is None:
        raise _refused(Failure.BAD_ALG, "timestamp_algorithm", "Digests are those of SHA-256, SHA-384 or SHA-512.")
    if len(digest.value) != hashlib.new(hash_name).digest_size:
        raise _refused(Failure.BAD_DATA_FORMAT, "timestamp_digest", "The digest is of another length.")
    if policy not in (None, POLICY):
        raise _refused(Failure.UNACCEPTED_POLICY, "timestamp_policy", "Time stamps are given under one policy alone.")
    return TimestampRequest(hash_name, digest.value, nonce, wants_certificate)


def _read_rest(rest: list[Tlv]) -> tuple[str | None, int | None, bool]:
    """reqPolicy, nonce, certReq and extensions, each at most once and in this order."""
    policy, nonce, wants_certificate = None, None, False
    if rest and rest[0].tag == OID:
        policy = rest.pop(0).oid()
    if rest and rest[0].tag == INTEGER:
        nonce = rest.pop(0).integer()
    if rest and rest[0].tag == BOOLEAN:
        wants_certificate = rest.pop(0).boolean()
    if rest and rest[0].tag == 0xA0:
        raise _refused(Failure.UNACCEPTED_EXTENSION, "timestamp_extension", "No extension is understood.")
    if rest or (nonce is not None and not 0 <= nonce < MAX_NONCE):
        raise _refused(Failure.BAD_DATA_FORMAT, "timestamp_malformed", "This is no request for a time stamp.")
    return policy, nonce, wants_certificate


def build_timestamp_reply(request: TimestampRequest, *, timestamper: Timestamper, serial: int, now: datetime) -> bytes:
    """A granted TimeStampResp (section 2.4.2)."""
    token = build_timestamp_token(request, timestamper=timestamper, serial=serial, now=now)
    return build_sequence(build_sequence(build_integer(0)), token)


def build_timestamp_token(request: TimestampRequest, *, timestamper: Timestamper, serial: int, now: datetime) -> bytes:
    """A TimeStampToken: that this digest was there at `now`, to the second."""
    content = build_sequence(
        build_integer(1),
        build_oid(POLICY),
        build_sequence(build_hash_algorithm(request.hash_name), build_tlv(OCTET_STRING, request.digest)),
        build_integer(serial),
        build_tlv(GENERALIZED_TIME, f"{now.astimezone(UTC):%Y%m%d%H%M%S}Z".encode()),
        build_sequence(build_integer(ACCURACY_SECONDS)),
        b"" if request.nonce is None else build_integer(request.nonce),
    )
    return build_signed_data(
        content,
        content_type=TST_INFO,
        signer_certificate=timestamper.certificate,
        signer_key=timestamper.key,
        signed_at=now,
        more_attributes=[build_signing_certificate(timestamper.certificate)],
        is_certificate_sent=request.wants_certificate,
    )


def build_timestamp_refusal(refusal: RequestRefused) -> bytes:
    """A TimeStampResp that says no, and why."""
    bit = int(refusal.failure)
    octets = bytearray(bit // 8 + 1)
    octets[bit // 8] = 0x80 >> bit % 8
    flags = build_tlv(BIT_STRING, bytes([7 - bit % 8]), bytes(octets))
    return build_sequence(build_sequence(build_integer(2), build_sequence(build_text(refusal.detail)), flags))


def build_signing_certificate(certificate: bytes) -> bytes:
    """The signed attribute that says under which certificate, by its SHA-256 (RFC 5035, section 3; RFC 5816, 2.2.1)."""
    named = build_sequence(build_tlv(OCTET_STRING, hashlib.sha256(certificate).digest()))
    value = build_sequence(build_sequence(named))
    return build_sequence(build_oid(_SIGNING_CERTIFICATE_V2), build_set([value]))


def _refused(failure: Failure, code: str, detail: str) -> RequestRefused:
    return RequestRefused(failure, code, detail)
