"""Certificates and security objects in the making: right in every part until one is changed. For decks of mutants and
for tests.

Pure: keys and times come in. Nothing here decides what is right; eid.crypto does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from eid.crypto import sod
from eid.crypto.algorithms import (
    PrivateKey,
    Scheme,
    build_hash_algorithm,
    build_signature_algorithm,
    digest,
    scheme_for,
    sign,
)
from eid.crypto.lds import build_security_object
from eid.crypto.tlv import (
    PRINTABLE_STRING,
    build_integer,
    build_oid,
    build_sequence,
    build_set,
    build_tlv,
    parse_tlv,
)
from eid.crypto.x509 import DOCUMENT_TYPES, NAME_CHANGE, PRIVATE_KEY_USAGE_PERIOD, parse_certificate
from eid.late_dataclasses import frozen


def name_of(common_name: str, country: str | None = "VN", *, upside_down: bool = False) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, country)] if country else []
    parts += [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Forge"),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ]
    return x509.Name(reversed(parts) if upside_down else parts)


@frozen
class Authority:
    """A certificate in the making: every field is right until a test changes it."""

    key: PrivateKey
    subject: x509.Name
    issuer: x509.Name
    issuer_key: PrivateKey
    starts: datetime
    ends: datetime
    serial: int = 4711
    hash: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 = field(default_factory=hashes.SHA256)
    pss: padding.PSS | None = None
    ca: bool | None = True
    path_length: int | None = 0
    usage: frozenset[str] | None = frozenset({"key_cert_sign", "crl_sign"})
    document_types: Sequence[str] | None = None
    key_period: tuple[datetime, datetime] | None = None
    extended_usage: str | None = None
    critical_extension: str | None = None
    authority_key_id: bool = True
    subject_key_id: bool = True
    name_change: bool = False
    miscast: Set[str] = frozenset()
    """Of basic_constraints, usage and extended_usage, those whose extension is not critical, as it should be."""
    more: Sequence[tuple[str, bool, bytes]] = ()
    """Further extensions: identifier, critical, value."""

    def build(self) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(self.issuer)
            .public_key(self.key.public_key())
            .serial_number(self.serial)
            .not_valid_before(self.starts)
            .not_valid_after(self.ends)
        )
        if self.subject_key_id:
            builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), False)
        if self.authority_key_id:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuer_key.public_key()), False
            )
        if self.ca is not None:
            constraints = x509.BasicConstraints(self.ca, self.path_length if self.ca else None)
            builder = builder.add_extension(constraints, "basic_constraints" not in self.miscast)
        if self.usage is not None:
            builder = builder.add_extension(_usage(self.usage), "usage" not in self.miscast)
        if self.document_types is not None:
            types = build_set([build_tlv(PRINTABLE_STRING, kind.encode()) for kind in self.document_types])
            builder = builder.add_extension(_raw(DOCUMENT_TYPES, build_sequence(build_integer(0), types)), False)
        if self.key_period is not None:
            times = [f"{time:%Y%m%d%H%M%S}Z".encode() for time in self.key_period]
            period = build_sequence(build_tlv(0x80, times[0]), build_tlv(0x81, times[1]))
            builder = builder.add_extension(_raw(PRIVATE_KEY_USAGE_PERIOD, period), False)
        if self.extended_usage is not None:
            usages = x509.ExtendedKeyUsage([x509.ObjectIdentifier(self.extended_usage)])
            builder = builder.add_extension(usages, "extended_usage" not in self.miscast)
        if self.critical_extension is not None:
            builder = builder.add_extension(_raw(self.critical_extension, b"\x05\x00"), True)
        if self.name_change:
            builder = builder.add_extension(_raw(NAME_CHANGE, b"\x05\x00"), False)
        for oid, critical, value in self.more:
            builder = builder.add_extension(_raw(oid, value), critical)
        return builder.sign(self.issuer_key, self.hash, rsa_padding=self.pss).public_bytes(Encoding.DER)


def _raw(oid: str, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)


def _usage(names: frozenset[str]) -> x509.KeyUsage:
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign "
        "encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name in names for name in every.split()})


def resign(certificate: bytes, key: PrivateKey, scheme: Scheme, *, public_key: bytes | None = None) -> bytes:
    """The certificate with another signature algorithm, inside and outside, and perhaps another key, signed anew."""
    old = parse_certificate(certificate)
    algorithm = build_signature_algorithm(scheme)
    changed = {old.algorithm.raw: algorithm, old.raw_public_key: public_key or old.raw_public_key}
    parts = [part.raw for part in parse_tlv(old.raw_tbs, 0x30).children()]
    tbs = build_sequence(*(changed.get(part, part) for part in parts))
    return build_sequence(tbs, algorithm, build_tlv(0x03, b"\x00", sign(key, scheme, tbs)))


@dataclass
class Forge:
    """EF.SOD in the making: every part is right until a test changes it."""

    groups: dict[int, bytes]
    signer: Authority
    at: datetime | None
    hash_name: str = "sha256"
    lds_hash_name: str = "sha256"
    version: int = 3
    signer_version: int = 1
    content: bytes | None = None
    content_type: str = sod.LDS_SECURITY_OBJECT
    kind: str = sod.SIGNED_DATA
    scheme: Scheme | None = None
    named_algorithm: bytes | None = None
    listed_hash: str | None = None
    sorted_attributes: bool = True
    by_key_id: bool = False
    certificates: list[bytes] | None = None
    change_attributes: Callable[[list[bytes]], list[bytes]] = list
    change_signature: Callable[[bytes], bytes] = bytes
    sid: bytes | None = None
    signers: int = 1

    def build(self) -> bytes:
        certificate = self.signer.build()
        parsed = parse_certificate(certificate)
        digests = {number: digest(self.lds_hash_name, data) for number, data in self.groups.items()}
        content = self.content or build_security_object(digests, hash_name=self.lds_hash_name)
        attributes = sod.build_signed_attributes(content, signed_at=self.at, hash_name=self.hash_name)
        attributes = self.change_attributes(attributes)
        signed = build_set(attributes) if self.sorted_attributes else build_tlv(0x31, *sorted(attributes, reverse=True))
        scheme = self.scheme or scheme_for(self.signer.key, hash_name=self.hash_name)
        sid = self.sid or build_sequence(parsed.raw_issuer, build_integer(parsed.serial))
        if self.by_key_id:
            sid = build_tlv(0x80, parsed.subject_key_id or b"")
        info = build_sequence(
            build_integer(self.signer_version),
            sid,
            build_hash_algorithm(self.hash_name),
            *([bytes([0xA0]) + signed[1:]] if attributes else []),
            self.named_algorithm or build_signature_algorithm(scheme),
            build_tlv(0x04, self.change_signature(sign(self.signer.key, scheme, signed))),
        )
        body = build_sequence(
            build_integer(self.version),
            build_set([build_hash_algorithm(self.listed_hash or self.hash_name)]),
            build_sequence(build_oid(self.content_type), build_tlv(0xA0, build_tlv(0x04, content))),
            build_tlv(0xA0, *(self.certificates if self.certificates is not None else [certificate])),
            build_set([info] * self.signers),
        )
        return build_tlv(sod.SOD_TAG, build_sequence(build_oid(self.kind), build_tlv(0xA0, body)))
