"""Documents that holders bring to our own page: kept for an hour, named with their digest, approved on the phone, signed.

The signature is PAdES B-T. What the phone approves is the digest of the file as it came; the signature is over all of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cryptography.x509 import load_der_x509_certificate
from cryptography.x509.oid import NameOID
from sqlalchemy import delete, select

from eid.accounts.sessions import Session
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.late_dataclasses import frozen
from eid.lazily import Later
from eid.signing.authority import list_authorities
from eid.signing.certificates import find_usable_certificate, sign_prehashed
from eid.signing.holder_certificate import HolderCertificate
from eid.signing.models import SigningDocument
from eid.signing.pdf_values import DocumentSigner, Mark
from eid.signing.requests import (
    Asker,
    ShownRequest,
    ToSign,
    find_signing_request,
    record_request_used,
    record_signing_request,
)
from eid.signing.timestamping import answer_timestamp_request

if TYPE_CHECKING:
    from eid.signing import pades
else:
    pades = Later("eid.signing.pades")

KEPT = timedelta(hours=1)
MOST_DOCUMENTS = 10
"""That one person has here at a time."""

WriteMark = Callable[[str, datetime], Sequence[str]]
"""From the signer's name and the time to what the mark says."""


@frozen
class BroughtDocument:
    """A document as its holder sees it."""

    id: int
    name: str
    digest: str
    """SHA-256, in hexadecimal."""
    size: int
    uploaded_at: datetime
    expires_at: datetime
    is_signed: bool
    request: ShownRequest | None
    """The last time that it was put to the phone."""


def bring_document(session: Session, *, name: str, content: bytes) -> BroughtDocument:
    """The document waits for an hour to be signed; recorded and committed.

    Raises Malformed: pdf_malformed, pdf_encrypted, pdf_too_long, document_unnamed; Conflict: documents_too_many.
    """
    pades.inspect_pdf(content)
    title = _write_name(name)
    now = wall_now()
    db.session.execute(delete(SigningDocument).where(SigningDocument.expires_at < now))
    mine = db.session.scalars(select(SigningDocument.id).where(SigningDocument.person_id == session.person_id)).all()
    if len(mine) >= MOST_DOCUMENTS:
        raise Conflict("documents_too_many", "There are ten documents of yours here already; remove one.")
    row = SigningDocument(
        person_id=session.person_id,
        name=title,
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
        uploaded_at=now,
        expires_at=now + KEPT,
    )
    db.session.add(row)
    record_act(
        "bring_document",
        actor_kind=ActorKind.PERSON,
        actor=session.person_id,
        person_id=session.person_id,
        digest=row.digest,
    )
    db.session.commit()
    return _describe(row)


def list_documents(person_id: int) -> list[BroughtDocument]:
    """What this person has here, the newest first."""
    query = select(SigningDocument).where(
        SigningDocument.person_id == person_id, SigningDocument.expires_at > wall_now()
    )
    return [_describe(row) for row in db.session.scalars(query.order_by(SigningDocument.id.desc()))]


def find_document(document_id: int, *, person_id: int) -> BroughtDocument:
    """Raises NotFound: document_unknown."""
    return _describe(_find(document_id, person_id))


def remove_document(document_id: int, *, person_id: int) -> None:
    """It is gone, signed or not; committed. Raises NotFound."""
    db.session.delete(_find(document_id, person_id))
    db.session.commit()


def ask_to_sign_document(session: Session, document_id: int, *, asker: Asker) -> None:
    """The holder's phone is asked; committed. Raises NotFound; Conflict: document_signed, and as find_usable_certificate;
    Refused: device_none; TooManyAttempts."""
    certificate = find_usable_certificate(session.account_id)
    row = _find(document_id, session.person_id, hold=True)
    if row.signed is not None:
        raise Conflict("document_signed", "This document is signed already.")
    row.request_id = record_signing_request(certificate, [ToSign(row.digest, row.name)], asker).id
    db.session.commit()


def sign_document(session: Session, document_id: int, *, write_mark: WriteMark) -> None:
    """The document bears the holder's signature, as the phone approved; recorded and committed. Of many at once, one signs.

    1. Account and certificate are good; both rows are held (Conflict, Refused, NotFound).
    2. The request about this very document was approved, in time, and nothing was signed for it (Conflict).
    3. What is signed is what was approved: the content's digest (Conflict: document_altered).
    """
    # (1)
    certificate = find_usable_certificate(session.account_id)
    # (2)
    row = _find(document_id, session.person_id, hold=True)
    if row.request_id is None:
        raise Conflict("signing_request_over", "This was signed already, or too late.")
    record_request_used(row.request_id)
    # (3)
    if hashlib.sha256(row.content).hexdigest() != row.digest:
        raise Conflict("document_altered", "The document is not the one that was approved.")
    row.signed = pades.sign_pdf(
        row.content,
        _as_signer(certificate),
        name="Signature",
        mark=Mark(write_mark(holder_name_of(certificate), wall_now())),
        ask_time=answer_timestamp_request,
    )
    record_act(
        "sign_document",
        actor_kind=ActorKind.PERSON,
        actor=session.person_id,
        person_id=session.person_id,
        digest=row.digest,
        serial=certificate.serial,
    )
    db.session.commit()


def find_signed_document(document_id: int, *, person_id: int) -> tuple[str, bytes]:
    """Name and content of the signed document. Raises NotFound: document_unknown, document_unsigned."""
    row = _find(document_id, person_id)
    if row.signed is None:
        raise NotFound("document_unsigned", "This document is not signed yet.")
    return row.name, row.signed


def holder_name_of(certificate: HolderCertificate) -> str:
    """The holder's name as it stands in the certificate."""
    [named] = load_der_x509_certificate(certificate.certificate).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(named.value)


def _as_signer(certificate: HolderCertificate) -> DocumentSigner:
    def sign_raw(data: bytes) -> bytes:
        return sign_prehashed(certificate, hashlib.sha256(data).digest())

    return DocumentSigner(certificate.certificate, list_authorities(), sign_raw)


def _find(document_id: int, person_id: int, *, hold: bool = False) -> SigningDocument:
    row = db.session.get(SigningDocument, document_id, populate_existing=hold, with_for_update=hold or None)
    if row is None or row.person_id != person_id or row.expires_at <= wall_now():
        raise NotFound("document_unknown", "There is no such document here; they are kept for an hour.")
    return row


def _write_name(name: str) -> str:
    title = "".join(letter for letter in PurePosixPath(name.replace("\\", "/")).name if letter.isprintable())[
        :120
    ].strip()
    if not title:
        raise Malformed("document_unnamed", "The document has no name.")
    return title


def _describe(row: SigningDocument) -> BroughtDocument:
    asked = None if row.request_id is None else find_signing_request(row.request_id, person_id=row.person_id)
    return BroughtDocument(
        row.id,
        row.name,
        row.digest,
        len(row.content),
        row.uploaded_at,
        row.expires_at,
        row.signed is not None,
        asked,
    )
