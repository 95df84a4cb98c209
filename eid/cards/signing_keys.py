"""The authority's keys: its CSCAs one after the other, and the signers that they certify; made when the world's clock
needs new ones.

ICAO 9303-12, 4.2: a CSCA's key signs for five years, a document's for three months. Ninety days before a CSCA's key is
done, its successor is made, and the old key signs the link certificate that leads from one to the other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from eid.cards.certificates import (
    Style,
    build_csca_certificate,
    build_link_certificate,
    build_list_signer_certificate,
    build_signer_certificate,
)
from eid.cards.models import RevokedSigner, write_serial
from eid.cards.personalisation import Signer
from eid.clock import world_now
from eid.config import current_settings
from eid.crypto.algorithms import PrivateKey
from eid.crypto.key_kinds import CURVES, RSA_BITS, KeyKind, choose_scheme
from eid.crypto.x509 import parse_certificate
from eid.db import db
from eid.errors import Unavailable
from eid.keystore import CertificateUse, CertifiedKey, Keystore, current_keystore

ROLL_OVER = timedelta(days=90)
"""How long before a CSCA's key is done its successor is made: as long as a revocation list lasts, so that whoever
fetches lists in time has met the new certificate before the old key is silent."""
TRUST_PATH = "/trust"
"""Where the service publishes what verifiers need."""
SIGNERS = (CertificateUse.DOCUMENT_SIGNER, CertificateUse.MASTER_LIST_SIGNER)


def generate_key(kind: KeyKind) -> PrivateKey:
    """A new private key of this kind."""
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind])
    return rsa.generate_private_key(65537, RSA_BITS[kind])


def find_csca(keystore: Keystore | None = None) -> CertifiedKey:
    """The CSCA that may sign now in the world. Where its successor is due, that is made first, and so on until now.

    Raises Unavailable: key_missing, where none may be made.
    """
    keystore = keystore or current_keystore()
    while True:
        cscas = keystore.find_certified_keys(CertificateUse.CSCA)
        if not cscas:
            _add_csca(keystore, cscas, _this_second())
            continue
        newest, now = cscas[-1], world_now()
        due = find_key_period(newest.certificate)[1] - ROLL_OVER
        if now < due or (not keystore.may_create and _is_at_work(newest, now)):
            return newest
        _add_csca(keystore, cscas, due)


def _add_csca(keystore: Keystore, cscas: list[CertifiedKey], at: datetime) -> None:
    """One more CSCA than these, as of `at`, and the newest one's word for it, unless another process was first.

    The world's clock may have jumped over that moment: then what was due then is done as of then, when the old key could
    still sign.
    """
    _check_may_create(keystore, CertificateUse.CSCA)
    key, style = generate_key(current_settings().csca_key), find_style(keystore)
    if not cscas:
        made = CertifiedKey(key, build_csca_certificate(key, at=at, style=style))
    else:
        old = cscas[-1]
        certificate = build_csca_certificate(key, at=at, style=style, name=old.certificate.subject)
        link = build_link_certificate(certificate, key, old.certificate, signing_key(old), at=at, style=style)
        made = CertifiedKey(key, certificate, link)
    keystore.add_certified_key(CertificateUse.CSCA, made, number=len(cscas) + 1)


def find_document_signer(keystore: Keystore | None = None, *, lasting: timedelta = timedelta()) -> Signer:
    """The document signer that may sign now in the world and for this long, and is not revoked; made where there is none."""
    return _find_signer(CertificateUse.DOCUMENT_SIGNER, keystore or current_keystore(), lasting)


def find_list_signer(keystore: Keystore | None = None, *, lasting: timedelta = timedelta()) -> Signer:
    """As find_document_signer, for master lists."""
    return _find_signer(CertificateUse.MASTER_LIST_SIGNER, keystore or current_keystore(), lasting)


def _find_signer(use: CertificateUse, keystore: Keystore, lasting: timedelta) -> Signer:
    revoked, now = set(db.session.scalars(select(RevokedSigner.serial))), world_now()
    at_work = (
        one
        for one in reversed(keystore.find_certified_keys(use))
        if _is_at_work(one, now) and _is_at_work(one, now + lasting)
    )
    fit = (one for one in at_work if write_serial(one.certificate.serial_number) not in revoked)
    found = next(fit, None) or _make_signer(use, keystore)
    key = signing_key(found)
    return Signer(key, encode(found.certificate), choose_scheme(key, padding=current_settings().rsa_padding))


def _make_signer(use: CertificateUse, keystore: Keystore) -> CertifiedKey:
    _check_may_create(keystore, use)
    # the CSCA first, then the time: one that is made for this signer must not begin a second after it
    key, csca = generate_key(current_settings().signer_key), find_csca(keystore)
    build = build_signer_certificate if use is CertificateUse.DOCUMENT_SIGNER else build_list_signer_certificate
    certificate = build(key, csca.certificate, signing_key(csca), at=_this_second(), style=find_style(keystore))
    return keystore.add_certified_key(use, CertifiedKey(key, certificate))


def find_style(keystore: Keystore) -> Style:
    """What the settings choose for all that is certified from now on. The list's address stays the same as long as the
    CSCA has its name; a key store from before CSCAs kept theirs may hold several."""
    settings = current_settings()
    cscas = keystore.find_certified_keys(CertificateUse.CSCA)
    return Style(
        uri=settings.public_url,
        crl_uri=f"{settings.public_url}{TRUST_PATH}/{name_crl(cscas, cscas[-1]) if cscas else 'csca-0001.crl'}",
        padding=settings.rsa_padding,
        curve_parameters=settings.curve_parameters,
    )


def name_crl(cscas: list[CertifiedKey], csca: CertifiedKey) -> str:
    """What the revocation list of a CSCA is called: by the number of the first that bore its name."""
    names = [known.certificate.subject for known in cscas]
    return f"csca-{names.index(csca.certificate.subject) + 1:04d}.crl"


@lru_cache(maxsize=256)
def find_key_period(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    """From when until when this certificate's key may sign."""
    starts, ends = parse_certificate(encode(certificate)).private_key_usage_period
    return starts or certificate.not_valid_before_utc, ends or certificate.not_valid_after_utc


def signing_key(found: CertifiedKey) -> PrivateKey:
    """Raises Unavailable: key_missing, where the key is of a kind that signs nothing here."""
    if not isinstance(found.private_key, PrivateKey):
        raise Unavailable("key_missing", "The service's card keys are of a kind that signs no cards.")
    return found.private_key


def encode(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _is_at_work(found: CertifiedKey, now: datetime) -> bool:
    starts, ends = find_key_period(found.certificate)
    return starts <= now < ends


def _check_may_create(keystore: Keystore, use: CertificateUse) -> None:
    if not keystore.may_create:
        raise Unavailable("key_missing", "The service lacks a key; its operator must provide one.", reason=str(use))


def _this_second() -> datetime:
    return world_now().replace(microsecond=0)
