"""The authority that certifies cards, as verifiers meet it: its CSCAs, the certificates that link them, its revocation
lists and its master list, in memory, in the trust folder, and at /trust.

Its keys are in signing_keys.py; who is revoked, in revocation.py.
"""

from __future__ import annotations

from datetime import UTC, date, timedelta
from functools import lru_cache
from pathlib import Path

from eid.cards.personalisation import Signer
from eid.cards.revocation import find_revocation_lists, list_revocation_lists
from eid.cards.signing_keys import encode, find_csca, find_document_signer, find_list_signer
from eid.clock import world_now
from eid.config import current_settings
from eid.crypto.master_list import build_master_list
from eid.crypto.x509 import parse_certificate
from eid.keystore import CertificateUse, CertifiedKey, Keystore, current_keystore

__all__ = [
    "find_csca",
    "find_document_signer",
    "list_anchors",
    "list_publications",
    "list_revocation_lists",
    "make_due_keys",
    "publish_trust",
]


def list_anchors() -> list[bytes]:
    """Every CSCA certificate that there ever was, DER, oldest first; a first one is made where there is none."""
    return [encode(found.certificate) for found in _list_cscas()]


def list_publications() -> dict[str, bytes]:
    """What the authority publishes today, by the names of its files: csca-0001.cer, link-0002.cer (by which csca-0001
    vouches for csca-0002), csca-0001.crl, and master-list.ml where there is a key to sign it with."""
    published: dict[str, bytes] = {}
    for number, csca in enumerate(_list_cscas(), 1):
        published[f"csca-{number:04d}.cer"] = encode(csca.certificate)
        if csca.link is not None:
            published[f"link-{number:04d}.cer"] = encode(csca.link)
    published |= find_revocation_lists()
    if current_keystore().may_create or current_keystore().find_certified_keys(CertificateUse.MASTER_LIST_SIGNER):
        published["master-list.ml"] = _find_master_list()
    return published


def publish_trust() -> Path:
    """Afterwards the trust folder holds what list_publications lists, each file whole; returns the folder."""
    folder = current_settings().trust_dir
    folder.mkdir(parents=True, exist_ok=True)
    published = list_publications()
    for name, content in published.items():
        _write(folder / name, content)
    for path in folder.glob("csca-*.crl"):  # of a time when each key of a CSCA had a list of its own
        if path.name not in published:
            path.unlink()
    return folder


AHEAD = timedelta(days=30)


def make_due_keys() -> None:
    """Afterwards there are keys of every use that may sign for the next thirty days of the world, in production too: an
    operator's own act."""
    keystore = Keystore(current_keystore().directory, may_create=True)
    find_csca(keystore)
    find_document_signer(keystore, lasting=AHEAD)
    find_list_signer(keystore, lasting=AHEAD)


def _list_cscas() -> list[CertifiedKey]:
    find_csca()
    return current_keystore().find_certified_keys(CertificateUse.CSCA)


def _find_master_list() -> bytes:
    """All CSCA certificates, self-signed and linking; signed once a day, and anew where something else is to be said."""
    cscas, signer = _list_cscas(), find_list_signer()
    key_id = parse_certificate(signer.certificate).authority_key_id
    certificates, issuers = [], []
    for csca in cscas:
        own = [encode(csca.certificate)] + ([encode(csca.link)] if csca.link else [])
        certificates += own
        if parse_certificate(own[0]).subject_key_id == key_id:
            issuers = own[-1:]  # who trusts the new one needs neither; who trusts the old one alone needs the link
    return _sign_master_list(tuple(certificates), signer, tuple(issuers), world_now().astimezone(UTC).date())


@lru_cache(maxsize=8)
def _sign_master_list(certificates: tuple[bytes, ...], signer: Signer, issuers: tuple[bytes, ...], _day: date) -> bytes:
    return build_master_list(
        certificates,
        signer_certificate=signer.certificate,
        signer_key=signer.key,
        signed_at=world_now(),
        scheme=signer.scheme,
        issuers=issuers,
    )


def _write(path: Path, content: bytes) -> None:
    """Replace a file whole, unless it says this already."""
    if path.exists() and path.read_bytes() == content:
        return
    temporary = path.with_suffix(".new")
    temporary.write_bytes(content)
    temporary.replace(path)
