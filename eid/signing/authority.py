"""The signing authority's keys, its seal on papers and its time-stamping key; made when they are needed, renewed in time.

Their certificates are judged by outsiders, so their times are wall time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.signing_certificates import (
    AUTHORITY_LASTS,
    SEAL_LASTS,
    TIMESTAMPER_LASTS,
    RevokedCertificate,
    SigningAuthority,
    build_authority_certificate,
    build_seal_certificate,
    build_signing_crl,
    build_timestamper_certificate,
)
from eid.db import db
from eid.errors import Unavailable
from eid.keystore import CertificateUse, CertifiedKey, Keystore, current_keystore
from eid.signing.models import SigningCertificate

CERTIFICATE_PATH, CRL_PATH = "/signing/authority.cer", "/signing/authority.crl"
"""Where the authority is published, and its revocation list."""
_RENEWED = 5
"""A key is followed by another when less than this part of its time is left: an authority after eight of ten years."""

_Certify = Callable[[ec.EllipticCurvePrivateKey, datetime], x509.Certificate]


def find_authority(keystore: Keystore | None = None) -> SigningAuthority:
    """The authority that certifies today. Raises Unavailable: key_missing, where none may be made."""

    def certify(key: ec.EllipticCurvePrivateKey, at: datetime) -> x509.Certificate:
        return build_authority_certificate(key, at=at)

    return _as_authority(_find(CertificateUse.SIGNING_AUTHORITY, AUTHORITY_LASTS, certify, keystore))


def find_seal(keystore: Keystore | None = None) -> CertifiedKey:
    """What papers are sealed with today. Raises as find_authority."""

    def certify(key: ec.EllipticCurvePrivateKey, at: datetime) -> x509.Certificate:
        return build_seal_certificate(key.public_key(), find_authority(keystore), at=at)

    return _find(CertificateUse.PAPER_SEAL, SEAL_LASTS, certify, keystore)


def find_timestamper(keystore: Keystore | None = None) -> CertifiedKey:
    """What times are stamped with today. Raises as find_authority."""

    def certify(key: ec.EllipticCurvePrivateKey, at: datetime) -> x509.Certificate:
        return build_timestamper_certificate(key.public_key(), find_authority(keystore), at=at)

    return _find(CertificateUse.TIMESTAMPER, TIMESTAMPER_LASTS, certify, keystore)


def make_signing_keys() -> None:
    """Afterwards there are keys of every use, in production too: an operator's own act."""
    keystore = Keystore(current_keystore().directory, may_create=True)
    find_seal(keystore)
    find_timestamper(keystore)


def list_authorities() -> list[bytes]:
    """Every certificate that this authority ever had, DER, oldest first; a first one is made where there is none."""
    find_authority()
    found = current_keystore().find_certified_keys(CertificateUse.SIGNING_AUTHORITY)
    return [each.certificate.public_bytes(Encoding.DER) for each in found]


def build_revocation_list() -> bytes:
    """The authority's list as of now, DER: people's certificates that were revoked and have not ended."""
    now = wall_now()
    query = select(SigningCertificate).where(
        SigningCertificate.revoked_at.is_not(None), SigningCertificate.expires_at > now
    )
    revoked = [
        RevokedCertificate(int(each.serial, 16), each.revoked_at, x509.ReasonFlags(each.revocation_reason))
        for each in db.session.scalars(query.order_by(SigningCertificate.id))
        if each.revoked_at is not None
    ]
    return build_signing_crl(find_authority(), revoked, at=now).public_bytes(Encoding.DER)


def _as_authority(found: CertifiedKey) -> SigningAuthority:
    url = current_settings().public_url
    assert isinstance(found.private_key, ec.EllipticCurvePrivateKey)
    return SigningAuthority(found.private_key, found.certificate, url + CERTIFICATE_PATH, url + CRL_PATH)


def _find(use: CertificateUse, lasts: timedelta, certify: _Certify, keystore: Keystore | None) -> CertifiedKey:
    keystore, now = keystore or current_keystore(), wall_now()
    made = keystore.find_certified_keys(use)
    if made and made[-1].certificate.not_valid_after_utc - now > lasts / _RENEWED:
        return made[-1]
    if not keystore.may_create:
        if made and made[-1].certificate.not_valid_after_utc > now:
            return made[-1]
        raise Unavailable("key_missing", "A key is missing.", reason=f"no {use} that is valid; run: eid keys signing")
    key = ec.generate_private_key(ec.SECP256R1())
    added = CertifiedKey(key, certify(key, now))
    return keystore.add_certified_key(use, added, number=len(made) + 1)
