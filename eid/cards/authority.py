"""The authority that certifies cards: its CSCA, its document signers, and what it publishes for verifiers to trust.

ICAO 9303-12, 7.1: a CSCA signs for five years and a document signer for three months, and their certificates outlive
the longest card that they vouch for. Keys are kept in the key store and made when the world's clock needs new ones;
every CSCA stays an anchor.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from eid.cards.certificates import (
    build_crl,
    build_csca_certificate,
    build_list_signer_certificate,
    build_signer_certificate,
)
from eid.cards.personalisation import Signer
from eid.clock import world_now
from eid.config import current_settings
from eid.crypto.algorithms import PrivateKey
from eid.crypto.master_list import build_master_list
from eid.crypto.x509 import parse_certificate
from eid.errors import Unavailable
from eid.keystore import CertificateUse, CertifiedKey, current_keystore


def find_csca() -> CertifiedKey:
    """The CSCA that may sign now in the world, made where there is none."""
    return _find_current(CertificateUse.CSCA) or _make(CertificateUse.CSCA)


def find_document_signer() -> Signer:
    """The document signer that may sign now in the world, made where there is none, and its certificate."""
    return _find_signer(CertificateUse.DOCUMENT_SIGNER)


def _find_signer(use: CertificateUse) -> Signer:
    found = _find_current(use) or _make(use)
    return Signer(_private_key(found), found.certificate.public_bytes(Encoding.DER))


def list_anchors() -> list[bytes]:
    """Every CSCA certificate that there ever was, DER, oldest first; a first one is made where there is none."""
    find_csca()
    return [_der(found) for found in current_keystore().find_certified_keys(CertificateUse.CSCA)]


def list_revocation_lists() -> list[bytes]:
    """The revocation list of every CSCA as of today in the world, DER, in the order of list_anchors."""
    today = world_now().replace(hour=0, minute=0, second=0, microsecond=0)
    return [_sign_revocation_list(anchor, today) for anchor in list_anchors()]


@lru_cache(maxsize=64)
def _sign_revocation_list(anchor: bytes, day: datetime) -> bytes:
    """One a day: the same list is the same bytes, so that what was verified against it is remembered."""
    cscas = current_keystore().find_certified_keys(CertificateUse.CSCA)
    csca = next(found for found in cscas if _der(found) == anchor)
    return build_crl(csca.certificate, _private_key(csca), at=day).public_bytes(Encoding.DER)


def publish_trust() -> Path:
    """Afterwards the trust folder holds every CSCA certificate, a fresh revocation list of each, and a master list of them
    all where there is a key to sign it with; returns the folder."""
    folder = current_settings().trust_dir
    folder.mkdir(parents=True, exist_ok=True)
    find_csca()
    for number, csca in enumerate(current_keystore().find_certified_keys(CertificateUse.CSCA), 1):
        _write(folder / f"csca-{number:04d}.cer", _der(csca))
        crl = build_crl(csca.certificate, _private_key(csca), at=world_now())
        _write(folder / f"csca-{number:04d}.crl", crl.public_bytes(Encoding.DER))
    if current_keystore().may_create or current_keystore().find_certified_keys(CertificateUse.MASTER_LIST_SIGNER):
        _write(folder / "master-list.ml", _sign_master_list())
    return folder


def _sign_master_list() -> bytes:
    signer = _find_signer(CertificateUse.MASTER_LIST_SIGNER)
    return build_master_list(
        list_anchors(), signer_certificate=signer.certificate, signer_key=signer.key, signed_at=world_now()
    )


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
    key: PrivateKey
    if use is CertificateUse.CSCA:
        key, number = ec.generate_private_key(ec.SECP384R1()), len(keystore.find_certified_keys(use)) + 1
        certificate = build_csca_certificate(key, at=_this_second(), number=number)
    else:
        # the CSCA first, then the time: one that is made for this signer must not begin a second after it
        key, csca = ec.generate_private_key(ec.SECP256R1()), find_csca()
        build = build_signer_certificate if use is CertificateUse.DOCUMENT_SIGNER else build_list_signer_certificate
        certificate = build(key, csca.certificate, _private_key(csca), at=_this_second())
    return keystore.add_certified_key(use, CertifiedKey(key, certificate))


def _this_second() -> datetime:
    return world_now().replace(microsecond=0)


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
