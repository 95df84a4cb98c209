"""Certificates and revocation lists that an authority over cards issues: ICAO 9303-12, 7.1, table 6. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from eid.crypto.algorithms import PrivateKey
from eid.crypto.checks.profiles import MASTER_LIST_SIGNER
from eid.crypto.tlv import PRINTABLE_STRING, build_integer, build_sequence, build_set, build_tlv
from eid.crypto.x509 import DOCUMENT_TYPES, PRIVATE_KEY_USAGE_PERIOD

LONGEST_CARD = timedelta(days=50 * 366)
"""A card without an end is checked for as long as its holder lives; half a century must do."""
CSCA_SIGNS = timedelta(days=5 * 365)
SIGNER_SIGNS = timedelta(days=90)
CRL_LASTS = timedelta(days=90)
"""9303-12, 5: at least one list every ninety days."""
_BACKDATED = timedelta(hours=1)
"""Verifiers' clocks may be a little behind."""


def build_csca_certificate(key: PrivateKey, *, at: datetime, number: int = 1, country: str = "VN") -> x509.Certificate:
    """A country signing certificate authority, self-signed, that may sign for five years from `at`."""
    name = _name("eid synthetic CSCA", country, serial=f"{number:03d}")
    until = at + CSCA_SIGNS + SIGNER_SIGNS + LONGEST_CARD
    builder = (
        _certificate(name, name, key, at=at, until=until, signs_until=at + CSCA_SIGNS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(certifies=True), critical=True)
    )
    return builder.sign(key, hashes.SHA384())


def build_signer_certificate(
    key: PrivateKey, csca: x509.Certificate, csca_key: PrivateKey, *, at: datetime, country: str = "VN"
) -> x509.Certificate:
    """A document signer under a CSCA, that may sign identity cards for three months from `at`."""
    name = _name("eid synthetic document signer", country, serial=f"{at:%Y%m%d}")
    types = build_sequence(build_integer(0), build_set([build_tlv(PRINTABLE_STRING, b"ID")]))
    until = at + SIGNER_SIGNS + LONGEST_CARD
    builder = (
        _certificate(name, csca.subject, key, at=at, until=until, signs_until=at + SIGNER_SIGNS)
        .add_extension(_key_usage(certifies=False), critical=True)
        .add_extension(_authority_key_id(csca_key), critical=False)
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(DOCUMENT_TYPES), types), critical=False)
    )
    return builder.sign(csca_key, hashes.SHA384())


def build_list_signer_certificate(
    key: PrivateKey, csca: x509.Certificate, csca_key: PrivateKey, *, at: datetime
) -> x509.Certificate:
    """A signer of master lists under a CSCA; it signs for as long as its CSCA does at most."""
    name = _name("eid synthetic master list signer", "VN", serial=f"{at:%Y%m%d}")
    builder = (
        _certificate(name, csca.subject, key, at=at, until=csca.not_valid_after_utc, signs_until=at + CSCA_SIGNS)
        .add_extension(_key_usage(certifies=False), critical=True)
        .add_extension(_authority_key_id(csca_key), critical=False)
        .add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(MASTER_LIST_SIGNER)]), critical=True)
    )
    return builder.sign(csca_key, hashes.SHA384())


def build_crl(
    csca: x509.Certificate, csca_key: PrivateKey, *, at: datetime, revoked: Iterable[int] = ()
) -> x509.CertificateRevocationList:
    """A revocation list (RFC 5280, 5) of this CSCA with these serial numbers on it."""
    at = at.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(csca.subject)
        .last_update(at - _BACKDATED)
        .next_update(at + CRL_LASTS)
        .add_extension(_authority_key_id(csca_key), critical=False)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
    )
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at - _BACKDATED).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(csca_key, hashes.SHA384())


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


def _authority_key_id(csca_key: PrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(csca_key.public_key())
