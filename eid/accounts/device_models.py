"""Tables of what a holder has: the phone that approves, what it is asked to approve, and passkeys. Times are wall time."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from eid.db import Base, BigId, UtcDateTime


class Device(Base):
    """A phone and the public half of its key; an account has one that is not ended."""

    __tablename__ = "devices"
    __table_args__ = (
        Index(
            "uq_devices_account_id",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(String(64))
    bound_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Approval(Base):
    """A question put to a holder's phone; one that a phone has yet to scan belongs to nobody."""

    __tablename__ = "approvals"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    """Of what the asking browser alone holds."""
    scan_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of what its QR code says, where it shows one."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    session_id: Mapped[int | None] = mapped_column(BigInteger)
    """The session that rises by it; none where one is begun by it."""
    number: Mapped[int]
    """What the asking screen shows, 0 to 99, and the phone must be told."""
    asks: Mapped[str] = mapped_column(String(120))
    """Who asks: a service's name, or our own."""
    purpose: Mapped[str] = mapped_column(String(300))
    browser: Mapped[str] = mapped_column(String(120))
    """The name of the browser that asks."""
    consent: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What a service would come to know, where it asks for that (accounts.asked_consents); None for a sign-in."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision: Mapped[str | None] = mapped_column(String(16))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the asking browser signed in by it."""


class Passkey(Base):
    """A credential of WebAuthn; an account has any number."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(64))
    backed_up: Mapped[bool]
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuthenticatorChallenge(Base):
    """What a new phone, or a passkey, must sign, by its digest; good once, also for a wrong answer."""

    __tablename__ = "authenticator_challenges"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
