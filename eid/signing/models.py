"""Tables of people's signing certificates, of what they are asked to sign, and of documents that wait. Times are wall time."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from eid.db import Base, BigId, UtcDateTime


class SigningCertificate(Base):
    """A holder's certificate and the key that goes with it; an account has one that is not revoked."""

    __tablename__ = "signing_certificates"
    __table_args__ = (
        Index(
            "uq_signing_certificates_account_id",
            "account_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    credential_id: Mapped[str] = mapped_column(String(32), unique=True)
    """By which services name it (CSC API, 11.4)."""
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    serial: Mapped[str] = mapped_column(String(40), unique=True)
    """In hexadecimal."""
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    """DER."""
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The private key, sealed; gone from the moment of its revocation."""
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    revocation_reason: Mapped[str | None] = mapped_column(String(32))
    """As RFC 5280, section 5.3.1, has it."""


class SigningRequest(Base):
    """Digests that a holder is asked to have signed, and what came of it."""

    __tablename__ = "signing_requests"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    handle_digest: Mapped[str] = mapped_column(String(64), unique=True)
    """Of what the asking service, or the holder's own page, holds."""
    client_id: Mapped[str | None] = mapped_column(String(64))
    """Who asks, by its public identifier; None for a page of ours."""
    certificate_id: Mapped[int] = mapped_column(ForeignKey("signing_certificates.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    approval_id: Mapped[int] = mapped_column(BigInteger, index=True)
    """The question on the holder's phone."""
    number: Mapped[int]
    """What the asking screen shows and the phone must be told."""
    hash_name: Mapped[str] = mapped_column(String(16))
    digests: Mapped[list[str]] = mapped_column(JSON)
    """What may be signed and nothing else, in hexadecimal."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verdict: Mapped[str | None] = mapped_column(String(16))
    sad_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of the signature activation data, once they were given out."""
    sad_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SigningDocument(Base):
    """A PDF that its holder brought to be signed on our own page; forgotten after an hour."""

    __tablename__ = "signing_documents"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("signing_requests.id"), index=True)
    """The question that is asked about it, the last one."""
    name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the content, in hexadecimal."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    signed: Mapped[bytes | None] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
