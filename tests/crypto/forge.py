"""Builds chips that are right, and chips that are wrong in one way, at a fixed time, so that nothing expires.

Run as a script it writes one good card and its trust anchors, to look at or to give to other verifiers:
`python -m tests.crypto.forge FOLDER`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from eid.cards.folder import disk_file_name
from eid.cards.personalisation import ChipKeys, Holder, Signer, personalise
from eid.cards.portrait import draw_portrait
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
from eid.crypto.lds import build_security_object, data_group_file
from eid.crypto.tlv import (
    PRINTABLE_STRING,
    build_integer,
    build_oid,
    build_sequence,
    build_set,
    build_tlv,
    parse_tlv,
)
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import DOCUMENT_TYPES, PRIVATE_KEY_USAGE_PERIOD, parse_certificate

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
HOLDER = Holder(
    pin="901190000101",
    surname="Nguyễn",
    given_names="Thị Hoa",
    full_name="Nguyễn Thị Hoa",
    birth_date=date(1990, 3, 12),
    sex="F",
    ethnicity="Kinh",
    religion="Không",
    place_of_origin="Hà Nội",
    place_of_residence="Số 12, ngõ 5, Xã Sông Mẫu, Hà Nội",
    father="Nguyễn Văn Tùng",
    mother="Đỗ Thị Lý",
)


@cache
def key_of(kind: str, use: str = "") -> PrivateKey:
    """A key of this kind, the same one for the same use throughout a run: rsa2048, P-256, bp256 …"""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    curves = {
        "P-256": ec.SECP256R1(),
        "P-384": ec.SECP384R1(),
        "P-521": ec.SECP521R1(),
        "bp256": ec.BrainpoolP256R1(),
        "bp384": ec.BrainpoolP384R1(),
        "bp512": ec.BrainpoolP512R1(),
    }
    return ec.generate_private_key(curves[kind])


def name_of(common_name: str, country: str | None = "VN", *, upside_down: bool = False) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, country)] if country else []
    parts += [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Forge"),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ]
    return x509.Name(reversed(parts) if upside_down else parts)


@dataclass(frozen=True)
class Authority:
    """A certificate in the making: every field is right until a test changes it."""

    key: PrivateKey
    subject: x509.Name
    issuer: x509.Name
    issuer_key: PrivateKey
    starts: datetime = NOW - timedelta(days=10)
    ends: datetime = NOW + timedelta(days=365 * 25)
    serial: int = 4711
    hash: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    pss: padding.PSS | None = None
    ca: bool | None = True
    path_length: int | None = 0
    usage: frozenset[str] | None = frozenset({"key_cert_sign", "crl_sign"})
    document_types: Sequence[str] | None = None
    key_period: tuple[datetime, datetime] | None = None
    extended_usage: str | None = None
    critical_extension: str | None = None
    authority_key_id: bool = True

    def build(self) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(self.issuer)
            .public_key(self.key.public_key())
            .serial_number(self.serial)
            .not_valid_before(self.starts)
            .not_valid_after(self.ends)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), False)
        )
        if self.authority_key_id:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuer_key.public_key()), False
            )
        if self.ca is not None:
            builder = builder.add_extension(x509.BasicConstraints(self.ca, self.path_length if self.ca else None), True)
        if self.usage is not None:
            builder = builder.add_extension(_usage(self.usage), True)
        if self.document_types is not None:
            types = build_set([build_tlv(PRINTABLE_STRING, kind.encode()) for kind in self.document_types])
            builder = builder.add_extension(_raw(DOCUMENT_TYPES, build_sequence(build_integer(0), types)), False)
        if self.key_period is not None:
            times = [f"{time:%Y%m%d%H%M%S}Z".encode() for time in self.key_period]
            period = build_sequence(build_tlv(0x80, times[0]), build_tlv(0x81, times[1]))
            builder = builder.add_extension(_raw(PRIVATE_KEY_USAGE_PERIOD, period), False)
        if self.extended_usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(self.extended_usage)]), True)
        if self.critical_extension is not None:
            builder = builder.add_extension(_raw(self.critical_extension, b"\x05\x00"), True)
        return builder.sign(self.issuer_key, self.hash, rsa_padding=self.pss).public_bytes(Encoding.DER)


def _raw(oid: str, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)


def _usage(names: frozenset[str]) -> x509.KeyUsage:
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign "
        "encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name in names for name in every.split()})


def resign(certificate: bytes, key: PrivateKey, scheme: Scheme) -> bytes:
    """The certificate with another signature algorithm, inside and outside, signed anew."""
    old = parse_certificate(certificate)
    algorithm = build_signature_algorithm(scheme)
    parts = [part.raw for part in parse_tlv(old.raw_tbs, 0x30).children()]
    tbs = build_sequence(*(algorithm if part == old.algorithm.raw else part for part in parts))
    return build_sequence(tbs, algorithm, build_tlv(0x03, b"\x00", sign(key, scheme, tbs)))


def make_csca(kind: str = "P-384", *, use: str = "csca", country: str | None = "VN", **changes: object) -> Authority:
    key, name = key_of(kind, use), name_of("Forged CSCA", country)
    csca = Authority(key=key, subject=name, issuer=name, issuer_key=key, serial=1)
    return replace(csca, **changes)  # type: ignore[arg-type]


def make_signer(csca: Authority, kind: str = "P-256", *, country: str | None = "VN", **changes: object) -> Authority:
    signer = Authority(
        key=key_of(kind, "signer"),
        subject=name_of("Forged signer", country),
        issuer=csca.subject,
        issuer_key=csca.key,
        ca=None,
        usage=frozenset({"digital_signature"}),
        document_types=("ID",),
        key_period=(NOW - timedelta(days=10), NOW + timedelta(days=80)),
    )
    return replace(signer, **changes)  # type: ignore[arg-type]


def make_trust(*cscas: Authority, crls: Iterable[bytes] = ()) -> TrustStore:
    return parse_trust_store([*(csca.build() for csca in cscas), *crls])


@cache
def chip_keys(kind: str = "P-256") -> ChipKeys:
    chip_authentication = key_of("bp256", "chip")
    assert isinstance(chip_authentication, ec.EllipticCurvePrivateKey)
    return ChipKeys(key_of(kind, "aa"), chip_authentication)


def make_card(
    signer: Authority, *, holder: Holder = HOLDER, at: datetime = NOW, keys: ChipKeys | None = None
) -> dict[str, bytes]:
    """The files of a good card."""
    return personalise(
        holder,
        photo=draw_portrait(holder.pin),
        keys=keys or chip_keys(),
        signer=Signer(signer.key, signer.build()),
        issued_on=at.date(),
        signed_at=at,
    )


def groups_of(files: dict[str, bytes]) -> dict[int, bytes]:
    return {n: files[data_group_file(n)] for n in range(1, 17) if data_group_file(n) in files}


@dataclass
class Forge:
    """EF.SOD in the making: every part is right until a test changes it."""

    groups: dict[int, bytes]
    signer: Authority
    hash_name: str = "sha256"
    lds_hash_name: str = "sha256"
    at: datetime | None = NOW
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


def main() -> None:
    folder, csca = Path(sys.argv[1]), make_csca()
    (folder / "trust").mkdir(parents=True, exist_ok=True)
    (folder / "trust" / "csca.cer").write_bytes(csca.build())
    for name, content in make_card(make_signer(csca)).items():
        (folder / disk_file_name(name)).write_bytes(content)


if __name__ == "__main__":
    main()
