"""Certificates under which documents are signed: an authority, and by it those of people, of the seal on papers and of the
time-stamping authority; and its revocation list (RFC 5280; ETSI EN 319 412-2 for people). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from eid.late_dataclasses import frozen

AUTHORITY_LASTS = timedelta(days=10 * 365)
HOLDER_LASTS = timedelta(days=365)
SEAL_LASTS = timedelta(days=2 * 365)
TIMESTAMPER_LASTS = timedelta(days=5 * 365)
CRL_LASTS = timedelta(days=1)
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""RFC 9336: this key signs documents that people read, and is for nothing else."""
_ORGANISATION = "eid, a simulation"
_BACKDATED = timedelta(minutes=5)
"""Verifiers' clocks may be a little behind."""


@frozen
class SigningAuthority:
    """Who certifies: a key, its certificate, and where both it and its revocation list are published."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    certificate_uri: str
    crl_uri: str


@frozen
class RevokedCertificate:
    serial: int
    revoked_at: datetime
    reason: x509.ReasonFlags


def build_authority_certificate(key: ec.EllipticCurvePrivateKey, *, at: datetime) -> x509.Certificate:
    """An authority that certifies signers itself and no other authority: self-signed, ten years from `at`."""
    name = _name("eid synthetic signing authority")
    builder = _certify(name, name, key.public_key(), at=at, lasts=AUTHORITY_LASTS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.add_extension(_usage(certifies=True), critical=True).sign(key, hashes.SHA256())


def build_holder_certificate(
    public_key: ec.EllipticCurvePublicKey,
    authority: SigningAuthority,
    *,
    full_name: str,
    surname: str,
    given_names: str,
    identifier: str,
    at: datetime,
) -> x509.Certificate:
    """A person's, for a year from `at`. `identifier` tells two of one name apart and is no PIN: whoever reads a document that was
    signed reads the certificate."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.SURNAME, surname),
            x509.NameAttribute(NameOID.GIVEN_NAME, given_names),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, identifier),
            x509.NameAttribute(NameOID.COMMON_NAME, full_name),
        ]
    )
    return _sign_leaf(subject, public_key, authority, at=at, lasts=HOLDER_LASTS, commits=True)


def build_seal_certificate(
    public_key: ec.EllipticCurvePublicKey, authority: SigningAuthority, *, at: datetime
) -> x509.Certificate:
    """The service's own, with which it seals papers that it prints."""
    name = _name("eid synthetic seal of papers")
    return _sign_leaf(name, public_key, authority, at=at, lasts=SEAL_LASTS, commits=True)


def build_timestamper_certificate(
    public_key: ec.EllipticCurvePublicKey, authority: SigningAuthority, *, at: datetime
) -> x509.Certificate:
    """Of whoever stamps times: that use alone, and critical (RFC 3161, section 2.3)."""
    name = _name("eid synthetic time-stamping authority")
    usage = (ExtendedKeyUsageOID.TIME_STAMPING, True)
    return _sign_leaf(name, public_key, authority, at=at, lasts=TIMESTAMPER_LASTS, extended_usage=usage)


def build_signing_crl(
    authority: SigningAuthority, revoked: Iterable[RevokedCertificate], *, at: datetime
) -> x509.CertificateRevocationList:
    """The authority's revocation list as of `at`, for a day."""
    at = at.replace(microsecond=0)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at)
        .next_update(at + CRL_LASTS)
        .add_extension(identifier, critical=False)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
    )
    for each in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(each.serial)
        entry = entry.revocation_date(each.revoked_at.replace(microsecond=0))
        entry = entry.add_extension(x509.CRLReason(each.reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256())


def _sign_leaf(
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    authority: SigningAuthority,
    *,
    at: datetime,
    lasts: timedelta,
    commits: bool = False,
    extended_usage: tuple[ObjectIdentifier, bool] = (DOCUMENT_SIGNING, False),
) -> x509.Certificate:
    issuer = authority.certificate
    lasts = min(lasts, issuer.not_valid_after_utc - at)
    return (
        _certify(subject, issuer.subject, public_key, at=at, lasts=lasts)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certifies=False, commits=commits), critical=True)
        .add_extension(x509.ExtendedKeyUsage([extended_usage[0]]), critical=extended_usage[1])
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .add_extension(x509.CRLDistributionPoints([_point(authority.crl_uri)]), critical=False)
        .add_extension(_where_issuer_is(authority), critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def _certify(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, *, at: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    at = at.replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BACKDATED)
        .not_valid_after(at + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(*, certifies: bool, commits: bool = False) -> x509.KeyUsage:
    """A person's key, and a seal, commits to what it signs (EN 319 412-2, 4.3.2, type A), and does nothing else."""
    return x509.KeyUsage(
        digital_signature=not certifies and not commits,
        content_commitment=commits,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )


def _point(uri: str) -> x509.DistributionPoint:
    named = [x509.UniformResourceIdentifier(uri)]
    return x509.DistributionPoint(full_name=named, relative_name=None, reasons=None, crl_issuer=None)


def _where_issuer_is(authority: SigningAuthority) -> x509.AuthorityInformationAccess:
    place = x509.UniformResourceIdentifier(authority.certificate_uri)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)])
