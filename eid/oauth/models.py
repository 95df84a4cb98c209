"""What the provider keeps: clients, authorization requests under way, consents, codes and access tokens.

Secrets, codes and tokens are kept as SHA-256 digests only. Persons, accounts and sessions are referred to by number.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.db import Base, BigId, UtcDateTime


class Profile(StrEnum):
    """How strict the provider is with a client."""

    BASIC = "basic"
    """OpenID Connect Basic OP, with PKCE required."""


class ApplicationType(StrEnum):
    """OpenID Connect Registration, section 2."""

    WEB = "web"
    NATIVE = "native"


class AuthMethod(StrEnum):
    """How a client proves itself at the token endpoint (OpenID Connect Core, section 9)."""

    SECRET_BASIC = "client_secret_basic"
    SECRET_POST = "client_secret_post"
    NONE = "none"


class Client(Base):
    """A relying service's registration."""

    __tablename__ = "clients"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[str] = mapped_column(String(64), unique=True)
    """Chosen by the provider, never by the service: it can then not be mistaken for a subject (RFC 9700, section 4.15)."""
    secret_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(300))
    """Why the service asks, as the citizen reads it before consenting."""
    profile: Mapped[Profile] = mapped_column(String(16))
    application_type: Mapped[ApplicationType] = mapped_column(String(8))
    auth_method: Mapped[AuthMethod] = mapped_column(String(32))
    redirect_uris: Mapped[list[str]] = mapped_column(JSON)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    """What the service may ask for."""
    required_scopes: Mapped[list[str]] = mapped_column(JSON)
    """What it cannot do without; the citizen may withhold all the rest."""
    own_scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What it may ask for in its own name, without a citizen at the pages (client credentials); empty for most."""
    default_level: Mapped[str] = mapped_column(String(8))
    """The authentication level of a request that names none."""
    sector: Mapped[str] = mapped_column(String(255))
    """Clients of one sector see the same subject for a person."""
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuthorizationRequest(Base):
    """A checked request that waits for its citizen to sign in or to decide."""

    __tablename__ = "authorization_requests"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    """Unguessable: it stands in the address of the page."""
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    session_id: Mapped[int | None] = mapped_column(BigInteger)
    """The session that met the request first; from then on no other may answer it."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)


class Consent(Base):
    """What a person let a client have, for a purpose, of what it asked for; one at a time per person and client."""

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_person_id_client_id_given",
            "person_id",
            "client_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(300))
    asked_scopes: Mapped[list[str]] = mapped_column(JSON)
    granted_scopes: Mapped[list[str]] = mapped_column(JSON)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)


class AuthorizationCode(Base):
    """A code, and with it the one grant that all tokens redeemed from it stand and fall with."""

    __tablename__ = "authorization_codes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    session_id: Mapped[int] = mapped_column(BigInteger)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    redirect_uri: Mapped[str] = mapped_column(Text)
    code_challenge: Mapped[str] = mapped_column(String(43))
    nonce: Mapped[str | None] = mapped_column(Text)
    acr: Mapped[str] = mapped_column(String(8))
    amr: Mapped[list[str]] = mapped_column(JSON)
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    redeemed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccessToken(Base):
    """An opaque access token."""

    __tablename__ = "access_tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("authorization_codes.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    acr: Mapped[str] = mapped_column(String(8))
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)


class ClientToken(Base):
    """An opaque access token of a client in its own name: no person stands behind it."""

    __tablename__ = "client_tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)


class RefreshToken(Base):
    """One of a family of refresh tokens; what it stands for is the code that the family began with."""

    __tablename__ = "refresh_tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("authorization_codes.id"), index=True)
    predecessor_id: Mapped[int | None] = mapped_column(ForeignKey("refresh_tokens.id"), index=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rotated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was first used; from then on its successor counts."""
