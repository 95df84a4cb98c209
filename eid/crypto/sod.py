"""EF.SOD, the document security object: ICAO 9303-10, 4.6.2, a CMS SignedData of RFC 5652.

Reading it keeps the exact spans that were hashed and signed. Nothing of it is true before passive_auth has verified
it, so what is read here is called unverified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from eid.crypto.algorithms import (
    Algorithm,
    PrivateKey,
    build_hash_algorithm,
    build_signature_algorithm,
    digest,
    parse_algorithm,
    scheme_for,
    sign,
)
from eid.crypto.lds import build_security_object
from eid.crypto.tlv import (
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    Tlv,
    build_integer,
    build_oid,
    build_sequence,
    build_set,
    build_time,
    build_tlv,
    parse_tlv,
)
from eid.crypto.x509 import Certificate, parse_certificate, read_certificate
from eid.errors import Malformed

SOD_TAG = 0x77
SIGNED_DATA = "1.2.840.113549.1.7.2"
LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"


@dataclass(frozen=True)
class SignerInfo:
    """One SignerInfo of RFC 5652, 5.3. The signer is named by issuer and serial number, or by key identifier."""

    version: int
    raw_issuer: bytes | None
    serial: int | None
    subject_key_id: bytes | None
    digest_algorithm: Algorithm
    raw_signed_attributes: bytes
    """As they are signed: under the tag of a SET, not under [0] (5.4)."""
    signed_attributes: Sequence[tuple[str, Sequence[Tlv]]]
    attributes_are_sorted: bool
    signature_algorithm: Algorithm
    signature: bytes

    def values_of(self, oid: str) -> list[Sequence[Tlv]]:
        """The values of each signed attribute of this type; a proper one occurs once with one value."""
        return [values for found, values in self.signed_attributes if found == oid]


@dataclass(frozen=True)
class SignedData:
    """A CMS SignedData, read and not verified."""

    content_info_type: str
    version: int
    digest_algorithms: Sequence[Algorithm]
    content_type: str
    content: bytes
    """The octets that messageDigest is over."""
    certificates: Sequence[Certificate]
    signers: Sequence[SignerInfo]


def parse_sod(data: bytes) -> SignedData:
    """EF.SOD, read on raw spans and not verified.

    Raises Malformed; `tlv_trailing_data` where something follows it.
    """
    [content_info] = parse_tlv(data, SOD_TAG).children(SEQUENCE)
    return read_signed_data(content_info)


def parse_signed_data(data: bytes, *, max_bytes: int) -> SignedData:
    """CMS SignedData by itself, as master lists are. Raises Malformed."""
    return read_signed_data(parse_tlv(data, SEQUENCE, max_bytes=max_bytes))


def read_signed_data(element: Tlv) -> SignedData:
    """The ContentInfo at this element, which must hold SignedData (the type is reported, and refused by whoever
    verifies)."""
    kind, wrapped = element.children(OID, 0xA0)
    [body] = wrapped.children(SEQUENCE)
    version, algorithms, content_info, *rest = body.children(min_count=4, max_count=6)
    content_type, content_wrapper = content_info.expect(SEQUENCE).children(OID, 0xA0)
    [content] = content_wrapper.children(OCTET_STRING)
    signers = rest.pop().expect(SET)
    if [part.tag for part in rest] not in ([], [0xA0], [0xA1], [0xA0, 0xA1]):
        raise Malformed("cms_malformed", "The signed data are not written as they must be.")
    certificates = rest[0].children(max_count=16) if rest and rest[0].tag == 0xA0 else []
    return SignedData(
        content_info_type=kind.oid(),
        version=version.integer(),
        digest_algorithms=[parse_algorithm(part) for part in algorithms.expect(SET).children(max_count=16)],
        content_type=content_type.oid(),
        content=content.value,
        certificates=[read_certificate(part) for part in certificates],
        signers=[_read_signer(part) for part in signers.children(max_count=16)],
    )


def _read_signer(element: Tlv) -> SignerInfo:
    version, name, digest_algorithm, *rest = element.expect(SEQUENCE).children(min_count=5, max_count=7)
    attributes = rest.pop(0) if rest[0].tag == 0xA0 else None
    if len(rest) < 2:
        raise Malformed("cms_malformed", "The signed data are not written as they must be.")
    raw_issuer, serial, key_id = _read_signer_name(name)
    parts = attributes.children(max_count=32) if attributes else []
    encodings = [part.raw for part in parts]
    return SignerInfo(
        version=version.integer(),
        raw_issuer=raw_issuer,
        serial=serial,
        subject_key_id=key_id,
        digest_algorithm=parse_algorithm(digest_algorithm),
        raw_signed_attributes=bytes([SET]) + attributes.raw[1:] if attributes else b"",
        signed_attributes=[_read_attribute(part) for part in parts],
        attributes_are_sorted=encodings == sorted(encodings),
        signature_algorithm=parse_algorithm(rest[0]),
        signature=rest[1].octets(),
    )


def _read_signer_name(name: Tlv) -> tuple[bytes | None, int | None, bytes | None]:
    if name.tag == 0x80:
        return None, None, name.value
    issuer, serial = name.expect(SEQUENCE).children(SEQUENCE, INTEGER)
    return issuer.raw, serial.integer(), None


def _read_attribute(element: Tlv) -> tuple[str, Sequence[Tlv]]:
    kind, values = element.expect(SEQUENCE).children(OID, SET)
    return kind.oid(), values.children(max_count=16)


def build_sod(
    files: Mapping[int, bytes],
    *,
    signer_certificate: bytes,
    signer_key: PrivateKey,
    signed_at: datetime,
    hash_name: str = "sha256",
) -> bytes:
    """EF.SOD over these data groups' files, signed by a document signer whose certificate (DER) goes along."""
    digests = {number: digest(hash_name, file) for number, file in files.items()}
    signed_data = build_signed_data(
        build_security_object(digests, hash_name=hash_name),
        content_type=LDS_SECURITY_OBJECT,
        signer_certificate=signer_certificate,
        signer_key=signer_key,
        signed_at=signed_at,
        hash_name=hash_name,
    )
    return build_tlv(SOD_TAG, signed_data)


def build_signed_attributes(
    content: bytes, *, content_type: str = LDS_SECURITY_OBJECT, signed_at: datetime | None, hash_name: str
) -> list[bytes]:
    """contentType, messageDigest and signingTime (RFC 5652, 11) for this content."""
    attributes = [
        _attribute(CONTENT_TYPE, build_oid(content_type)),
        _attribute(MESSAGE_DIGEST, build_tlv(OCTET_STRING, digest(hash_name, content))),
    ]
    if signed_at is not None:
        attributes.append(_attribute(SIGNING_TIME, build_time(signed_at)))
    return attributes


def _attribute(kind: str, value: bytes) -> bytes:
    return build_sequence(build_oid(kind), build_tlv(SET, value))


def build_signed_data(
    content: bytes,
    *,
    content_type: str,
    signer_certificate: bytes,
    signer_key: PrivateKey,
    signed_at: datetime,
    hash_name: str = "sha256",
) -> bytes:
    """CMS SignedData of one signer, named by issuer and serial number, whose certificate goes along."""
    certificate = parse_certificate(signer_certificate)
    scheme = scheme_for(signer_key, hash_name=hash_name)
    attributes = build_signed_attributes(content, content_type=content_type, signed_at=signed_at, hash_name=hash_name)
    signed = build_set(attributes)
    signer_info = build_sequence(
        build_integer(1),
        build_sequence(certificate.raw_issuer, build_integer(certificate.serial)),
        build_hash_algorithm(hash_name),
        bytes([0xA0]) + signed[1:],
        build_signature_algorithm(scheme),
        build_tlv(OCTET_STRING, sign(signer_key, scheme, signed)),
    )
    signed_data = build_sequence(
        build_integer(3),
        build_set([build_hash_algorithm(hash_name)]),
        build_sequence(build_oid(content_type), build_tlv(0xA0, build_tlv(OCTET_STRING, content))),
        build_tlv(0xA0, signer_certificate),
        build_set([signer_info]),
    )
    return build_sequence(build_oid(SIGNED_DATA), build_tlv(0xA0, signed_data))
