"""The authority that certifies cards: its CSCA, its document signers, and what it publishes for verifiers to trust.

ICAO 9303-12, 7.1: a CSCA signs for five years and a document signer for three months, and their certificates outlive
the longest card that they vouch for. Keys are kept in the key store and made when the world's clock needs new ones;
every CSCA stays an anchor.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from eid.cards.personalisation import Signer
from eid.clock import world_now
from eid.config import current_settings
from eid.crypto.algorithms import PrivateKey
from eid.crypto.tlv import PRINTABLE_STRING, build_integer, build_sequence, build_set, build_tlv
from eid.crypto.x509 import DOCUMENT_TYPES, PRIVATE_KEY_USAGE_PERIOD, parse_certificate
from eid.errors import Unavailable
from eid.keystore import CertificateUse, CertifiedKey, current_keystore

LONGEST_CARD = timedelta(days=50 * 366)
"""A card without an end is checked for as long as its holder lives; half a century must do."""
CSCA_SIGNS = timedelta(days=5 * 365)
SIGNER_SIGNS = timedelta(days=90)
CRL_LASTS = timedelta(days=90)
"""9303-12, 5: at least one list every ninety days."""
_BACKDATED = timedelta(hours=1)
"""Verifiers' clocks may be a little behind."""


def find_csca() -> CertifiedKey:
    """The CSCA that may sign now in the world, made where there is none."""
    return _find_current(CertificateUse.CSCA) or _make(CertificateUse.CSCA)


def find_document_signer() -> Signer:
    """The document signer that may sign now in the world, made where there is none, and its certificate."""
    found = _find_current(CertificateUse.DOCUMENT_SIGNER) or _make(CertificateUse.DOCUMENT_SIGNER)
    return Signer(_private_key(found), found.certificate.public_bytes(Encoding.DER))


def list_anchors() -> list[bytes]:
    """Every CSCA certificate that there ever was, DER, oldest first; a first one is made where there is none."""
    find_csca()
    return [_der(found) for found in current_keystore().find_certified_keys(CertificateUse.CSCA)]


def publish_trust() -> Path:
    """Afterwards the trust folder holds every CSCA certificate and a fresh revocation list; returns the folder."""
    folder = current_settings().trust_dir
    folder.mkdir(parents=True, exist_ok=True)
    for number, certificate in enumerate(list_anchors(), 1):
        _write(folder / f"csca-{number:04d}.cer", certificate)
    _write(folder / "csca.crl", build_crl(find_csca(), at=world_now()))
    return folder


def build_crl(csca: CertifiedKey, *, at: datetime) -> bytes:
    """A certificate revocation list (RFC 5280, 5) of this CSCA, DER, on which nothing stands."""
    at = at.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(csca.certificate.subject)
        .last_update(at - _BACKDATED)
        .next_update(at + CRL_LASTS)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(csca.certificate.public_key()), False)  # type: ignore[arg-type]
        .add_extension(x509.CRLNumber(int(at.timestamp())), False)
    )
    return builder.sign(csca.private_key, hashes.SHA384()).public_bytes(Encoding.DER)


def _find_current(use: CertificateUse) -> CertifiedKey | None:
    now = world_now()
    for found in reversed(current_keystore().find_certified_keys(use)):
        starts, ends = parse_certificate(_der(found)).private_key_usage_period
        if starts is not None and ends is not None and starts <= now < ends:
            return found
    return None


def _make(use: CertificateUse) -> CertifiedKey:
    keystore = current_keystore()
    if not keystore.may_create:
        raise Unavailable("key_missing", "The service lacks a key; its operator must provide one.", reason=str(use))
    now = world_now().replace(microsecond=0)
    if use is CertificateUse.CSCA:
        number = len(keystore.find_certified_keys(use)) + 1
        return keystore.add_certified_key(use, make_csca(at=now, number=number))
    return keystore.add_certified_key(use, make_document_signer(find_csca(), at=now))


def make_csca(*, at: datetime, number: int = 1, country: str = "VN", key: PrivateKey | None = None) -> CertifiedKey:
    """A country signing certificate authority, self-signed (9303-12, 7.1, table 6), that signs for five years from
    `at`."""
    key = key or ec.generate_private_key(ec.SECP384R1())
    name = _name("eid synthetic CSCA", country, serial=f"{number:03d}")
    until = at + CSCA_SIGNS + SIGNER_SIGNS + LONGEST_CARD
    builder = (
        _certificate(name, name, key, at=at, until=until, signs_until=at + CSCA_SIGNS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(certifies=True), critical=True)
    )
    return CertifiedKey(key, builder.sign(key, hashes.SHA384()))


def make_document_signer(
    csca: CertifiedKey, *, at: datetime, country: str = "VN", key: PrivateKey | None = None
) -> CertifiedKey:
    """A document signer under a CSCA (9303-12, 7.1, table 6), that signs identity cards for three months from `at`."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = _name("eid synthetic document signer", country, serial=f"{at:%Y%m%d}")
    types = build_sequence(build_integer(0), build_set([build_tlv(PRINTABLE_STRING, b"ID")]))
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(csca.certificate.public_key())  # type: ignore[arg-type]
    builder = (
        _certificate(
            name,
            csca.certificate.subject,
            key,
            at=at,
            until=at + SIGNER_SIGNS + LONGEST_CARD,
            signs_until=at + SIGNER_SIGNS,
        )
        .add_extension(_key_usage(certifies=False), critical=True)
        .add_extension(authority, critical=False)
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(DOCUMENT_TYPES), types), critical=False)
    )
    return CertifiedKey(key, builder.sign(csca.private_key, hashes.SHA384()))


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    *,
    at: datetime,
    until: datetime,
    signs_until: datetime,
) -> x509.CertificateBuilder:
    starts = at - _BACKDATED
    period = build_sequence(
        build_tlv(0x80, f"{starts:%Y%m%d%H%M%SZ}".encode()), build_tlv(0x81, f"{signs_until:%Y%m%d%H%M%SZ}".encode())
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier(PRIVATE_KEY_USAGE_PERIOD), period), critical=False
        )
    )


def _name(common_name: str, country: str, *, serial: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "eid, a simulation"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, serial),
        ]
    )


def _key_usage(*, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certifies,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )


def _der(found: CertifiedKey) -> bytes:
    return found.certificate.public_bytes(Encoding.DER)


def _private_key(found: CertifiedKey) -> PrivateKey:
    if not isinstance(found.private_key, PrivateKey):
        raise Unavailable("key_missing", "The service's card keys are of a kind that signs no cards.")
    return found.private_key


def _write(path: Path, content: bytes) -> None:
    """Replace a file whole, unless it says this already."""
    if path.exists() and path.read_bytes() == content:
        return
    temporary = path.with_suffix(".new")
    temporary.write_bytes(content)
    temporary.replace(path)
