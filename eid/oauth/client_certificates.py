"""Certificates of clients (RFC 8705): as a proxy passes them on (RFC 9440), and whether one is the certificate of a client. Pure.

The proxy has seen that the client holds the certificate's key. Whose certificate it is, and who vouches for that, is judged here.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from eid.crypto.jwks import MAX_RSA_BITS, MIN_RSA_BITS, PublicKey
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen
from eid.oauth.opaque import encode_base64url

SUBJECT_KINDS = (
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)
"""RFC 8705, section 2.1.2."""

MAX_HEADER = 16 * 1024
MAX_CHAIN = 8
_BYTE_SEQUENCE = re.compile(r":([A-Za-z0-9+/=]*):")
"""RFC 8941, section 3.3.5."""


@frozen
class ClientCertificate:
    """A certificate whose key the client holds; nothing else is certain of it."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def thumbprint(self) -> str:
        """`x5t#S256` of RFC 8705, section 3.1: what a token is bound to."""
        return encode_base64url(hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).digest())


def parse_client_certificate(header: str, chain_header: str = "") -> ClientCertificate:
    """What the fields Client-Cert and Client-Cert-Chain of RFC 9440 say. Raises Malformed (client_certificate)."""
    chain = [_parse_certificate(item.strip()) for item in chain_header.split(",")] if chain_header.strip() else []
    if len(chain) > MAX_CHAIN:
        raise _malformed("too many certificates")
    return ClientCertificate(_parse_certificate(header.strip()), tuple(chain))


def verify_certified_client(
    shown: ClientCertificate,
    *,
    anchors: Sequence[x509.Certificate],
    expected_kind: str,
    expected_subject: str,
    now: datetime,
) -> None:
    """Return if this is the certificate of the client so registered (RFC 8705, section 2.1); else VerificationFailed.

    1. One of our authorities vouches for it, now, and it may be used by a client. Step `chain`.
    2. Its subject, or a name of the kind that was registered, is the client's. Step `subject`.
    3. Its key is long enough. Step `key`.
    """
    # (1)
    _verify_chain(shown, anchors, now)
    # (2)
    if not _bears_subject(shown.certificate, expected_kind, expected_subject):
        raise VerificationFailed("subject", "certificate_subject", "The certificate is somebody else's.")
    # (3)
    _check_strength(shown.certificate)


def verify_self_signed_client(shown: ClientCertificate, *, keys: Sequence[PublicKey], now: datetime) -> None:
    """Return if the client registered the key of this certificate (RFC 8705, section 2.2); else VerificationFailed.

    1. It is valid now. Step `time`.
    2. Its public key is one of the client's. Step `subject`.
    3. That key is long enough. Step `key`.
    """
    # (1)
    certificate = shown.certificate
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise VerificationFailed("time", "certificate_time", "The certificate is not valid now.")
    # (2)
    if _encode_key(_read_key(certificate)) not in {_encode_key(key.jwk.public_key) for key in keys}:
        raise VerificationFailed("subject", "certificate_subject", "The certificate is somebody else's.")
    # (3)
    _check_strength(certificate)


def check_subject(kind: str, subject: str) -> None:
    """Raise Malformed (tls_subject) unless a certificate can bear this."""
    try:
        if kind == "tls_client_auth_subject_dn":
            is_possible = len(x509.Name.from_rfc4514_string(subject).rdns) > 0
        elif kind == "tls_client_auth_san_ip":
            is_possible = bool(ip_address(subject))
        else:
            is_possible = bool(subject) and subject.isascii() and subject.isprintable() and "*" not in subject
    except ValueError as error:
        raise _no_subject(kind) from error
    if kind not in SUBJECT_KINDS or not is_possible or len(subject) > 1000:
        raise _no_subject(kind)


def _parse_certificate(item: str) -> x509.Certificate:
    found = _BYTE_SEQUENCE.fullmatch(item)
    if found is None or len(item) > MAX_HEADER:
        raise _malformed("no byte sequence")
    try:
        return x509.load_der_x509_certificate(base64.b64decode(found[1], validate=True))
    except (ValueError, x509.InvalidVersion) as error:
        raise _malformed(type(error).__name__) from error


def _verify_chain(shown: ClientCertificate, anchors: Sequence[x509.Certificate], now: datetime) -> None:
    if not anchors:
        raise VerificationFailed("chain", "certificate_untrusted", "Nobody vouches for certificates of clients here.")
    usage = ExtensionPolicy.permit_all().may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _check_usage)
    policy = PolicyBuilder().store(Store(list(anchors))).time(now.replace(tzinfo=None)).max_chain_depth(MAX_CHAIN)
    policy = policy.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=usage)
    try:
        policy.build_client_verifier().verify(shown.certificate, list(shown.chain))
    except (VerificationError, ValueError, UnsupportedAlgorithm) as error:
        raise VerificationFailed(
            "chain", "certificate_untrusted", "The certificate is not vouched for.", reason=str(error)[:200]
        ) from error


def _check_usage(_policy: object, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
    if usage is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise ValueError("not for clients")


def _bears_subject(certificate: x509.Certificate, kind: str, subject: str) -> bool:
    try:
        if kind == "tls_client_auth_subject_dn":
            return certificate.subject == x509.Name.from_rfc4514_string(subject)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False
    if kind == "tls_client_auth_san_dns":
        return subject.lower() in [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    if kind == "tls_client_auth_san_uri":
        return subject in names.get_values_for_type(x509.UniformResourceIdentifier)
    if kind == "tls_client_auth_san_ip":
        return ip_address(subject) in names.get_values_for_type(x509.IPAddress)
    return kind == "tls_client_auth_san_email" and subject in names.get_values_for_type(x509.RFC822Name)


def _check_strength(certificate: x509.Certificate) -> None:
    """FAPI 2.0 Security Profile, section 5.4.1."""
    key = _read_key(certificate)
    if isinstance(key, rsa.RSAPublicKey) and MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        return
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= 224:
        return
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return
    raise VerificationFailed("key", "certificate_weak", "The certificate's key is too short.")


def _read_key(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise VerificationFailed("key", "certificate_weak", "The certificate's key cannot be read.") from error


def _encode_key(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]


def _malformed(reason: str) -> Malformed:
    return Malformed("client_certificate", "The field Client-Cert holds no certificate.", reason=reason)


def _no_subject(kind: str) -> Malformed:
    return Malformed("tls_subject", f"A certificate's subject is one of {', '.join(SUBJECT_KINDS)}.", reason=kind)
