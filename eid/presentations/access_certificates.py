"""The certificate by which wallets know this verifier, and the authority behind it: made in the demo, provided in production.

Relying services have no certificate of their own: this service asks for them, in its own name, and says for whom.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from eid.clock import wall_now
from eid.config import current_settings
from eid.errors import Unavailable
from eid.keystore import CertificateUse, CertifiedKey, current_keystore
from eid.presentations.authorization_requests import find_dns_names

AUTHORITY_LIFE, VERIFIER_LIFE = timedelta(days=3650), timedelta(days=397)
AHEAD = timedelta(days=30)
"""How long before its end a certificate is replaced."""
_BACKDATED = timedelta(hours=1)


def find_verifier() -> CertifiedKey:
    """The verifier's key and its certificate for today. Raises Unavailable (key_missing) where none may be made."""
    return _find(CertificateUse.VERIFIER)


def find_access_authority() -> x509.Certificate:
    """The certificate that wallets trust verifiers by."""
    return _find(CertificateUse.ACCESS_AUTHORITY).certificate


def encode_certificate(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _find(use: CertificateUse) -> CertifiedKey:
    now, keystore = wall_now(), current_keystore()
    made = keystore.find_certified_keys(use)
    ahead = AHEAD if keystore.may_create else timedelta()
    if made and made[-1].certificate.not_valid_after_utc > now + ahead:
        return made[-1]
    if not keystore.may_create:
        raise Unavailable("key_missing", "The service lacks a key; its operator must provide one.", reason=str(use))
    return keystore.add_certified_key(use, _make(use, now))


def _make(use: CertificateUse, now: datetime) -> CertifiedKey:
    key = ec.generate_private_key(ec.SECP256R1())
    if use is CertificateUse.ACCESS_AUTHORITY:
        name = _name("eid synthetic access CA")
        builder = _builder(key, name, name, now, AUTHORITY_LIFE, is_authority=True)
        return CertifiedKey(key, builder.sign(key, hashes.SHA256()))
    authority = _find(CertificateUse.ACCESS_AUTHORITY)
    builder = _builder(key, _name("eid verifier"), authority.certificate.subject, now, VERIFIER_LIFE)
    issuer_key = authority.private_key
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
    )
    host = urlsplit(current_settings().public_url).hostname or "localhost"
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return CertifiedKey(key, builder.sign(issuer_key, hashes.SHA256()))


def _builder(
    key: ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    issuer: x509.Name,
    now: datetime,
    life: timedelta,
    *,
    is_authority: bool = False,
) -> x509.CertificateBuilder:
    """RFC 5280, 4.2.1: constraints, usage and key identifier of an authority, or of who only signs."""
    usage = x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
    constraints = x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + life)
        .add_extension(constraints, critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    country, common = NameOID.COUNTRY_NAME, NameOID.COMMON_NAME
    return x509.Name([x509.NameAttribute(country, "VN"), x509.NameAttribute(common, common_name)])


def find_dns_name(certificate: bytes) -> str:
    """The name that the verifier is reached by, as its certificate says it."""
    return find_dns_names(certificate)[0]
