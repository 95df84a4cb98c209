"""Certificates under which credentials are issued and asked for: an issuing authority (IACA) and the signers that it certifies
(ISO/IEC 18013-5, annex B; SD-JWT VC and status lists by the same authority), and a verifier's access certificate. Pure.

eid.crypto.iaca is the other side: it decides whether to believe them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from eid.crypto.iaca import MDOC_SIGNER
from eid.late_dataclasses import frozen

ROOT_LASTS = timedelta(days=9 * 365)
SIGNER_LASTS = timedelta(days=440)
"""Table B.3 allows 457 days."""
ACCESS_LASTS = timedelta(days=397)
CRL_LASTS = timedelta(days=90)
_BACKDATED = timedelta(hours=1)
"""Verifiers' clocks may be a little behind."""


class Role(StrEnum):
    """What a certificate under an issuing authority is for."""

    MDOC_SIGNER = "mdoc signer"
    CREDENTIAL_SIGNER = "credential signer"
    """Signs SD-JWT VCs and status lists."""
    VERIFIER = "verifier"
    """Signs requests for presentations (OpenID4VP, 5.9.3: x509_hash, x509_san_dns)."""
    WALLET_PROVIDER = "wallet provider"
    """Attests wallets and their keys (HAIP 1.0, 4.4.1, 4.5.1)."""


_LASTS = {
    Role.MDOC_SIGNER: SIGNER_LASTS,
    Role.CREDENTIAL_SIGNER: SIGNER_LASTS,
    Role.VERIFIER: ACCESS_LASTS,
    Role.WALLET_PROVIDER: ACCESS_LASTS,
}


@frozen
class Authority:
    """A root: its key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @cached_property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


@frozen
class Place:
    """Where the authority is reached, and where its revocation list is."""

    uri: str
    crl_uri: str

    @property
    def host(self) -> str:
        return urlsplit(self.uri).hostname or ""


def build_root_certificate(
    key: ec.EllipticCurvePrivateKey, *, name: str, at: datetime, place: Place, country: str = "VN"
) -> x509.Certificate:
    """An authority that signs signers' certificates itself and nothing else's (table B.1): self-signed, nine years from `at`."""
    subject = _name(name, country)
    builder = (
        _certify(subject, subject, key, at=at, lasts=ROOT_LASTS, place=place)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(certifies=True), critical=True)
    )
    return builder.sign(key, hashes.SHA256())


def build_signer_certificate(
    key: ec.EllipticCurvePrivateKey,
    authority: Authority,
    *,
    role: Role,
    at: datetime,
    place: Place,
    country: str = "VN",
) -> x509.Certificate:
    """A signer under this authority (table B.3): digital signatures alone, of its role alone, of the authority's country.

    All but an mdoc's signer bear where they are reached as a name of theirs: what `iss` or a client identifier says.
    """
    subject = _name(f"eid synthetic {role}", country, serial=f"{at:%Y%m%d%H%M%S}")
    builder = (
        _certify(subject, authority.certificate.subject, key, at=at, lasts=_LASTS[role], place=place)
        .add_extension(_key_usage(certifies=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    if role is Role.MDOC_SIGNER:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ObjectIdentifier(MDOC_SIGNER)]), critical=True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName(_names(place)), critical=False)
    return builder.sign(authority.key, hashes.SHA256())


def build_revocation_list(authority: Authority, *, at: datetime, revoked: Mapping[int, datetime]) -> bytes:
    """The authority's list as of `at`, DER: serial number → since when (table B.5; RFC 5280, 5)."""
    at = at.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at)
        .next_update(at + CRL_LASTS)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
    )
    for serial, since in revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since.replace(microsecond=0))
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)


def fits(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, role: Role, place: Place) -> bool:
    """Whether this certificate is of this key, in this role, and names this place."""
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    common_names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return (
        certificate.public_key() == key.public_key()
        and [name.value for name in common_names] == [f"eid synthetic {role}"]
        and [name.value for point in points for name in point.full_name or []] == [place.crl_uri]
    )


def _certify(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    at: datetime,
    lasts: timedelta,
    place: Place,
) -> x509.CertificateBuilder:
    """What all certificates of annex B have."""
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(place.crl_uri)], None, None, None)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BACKDATED)
        .not_valid_after(at + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.IssuerAlternativeName([x509.UniformResourceIdentifier(place.uri)]), critical=False)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
    )


def _names(place: Place) -> list[x509.GeneralName]:
    return [x509.DNSName(place.host), x509.UniformResourceIdentifier(place.uri)]


def _name(common_name: str, country: str, *, serial: str = "") -> x509.Name:
    parts = [(NameOID.COUNTRY_NAME, country), (NameOID.ORGANIZATION_NAME, "eid, a simulation")]
    parts += [(NameOID.COMMON_NAME, common_name), *([(NameOID.SERIAL_NUMBER, serial)] if serial else [])]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


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
