"""Tables of accounts: the account, what locks it, its authenticators, its activations, counters of guesses, sessions, officers.

Times that end in _at are wall time, but for an account's own (approval, activation, its deadline), which are the world's.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.accounts.levels import AccountLevel, AuthenticationLevel
from eid.accounts.lifecycle import AccountState, LockReason, Standing
from eid.db import Base, BigId, UtcDateTime


class AuthenticatorKind(StrEnum):
    PASSWORD = "password"
    PASSCODE = "passcode"
    TOTP = "totp"
    NEW_TOTP = "new_totp"
    """Shown to be scanned; takes the old one's place once a code of it was seen."""


class OfficerRole(StrEnum):
    DESK = "desk"
    """Receives people and enters what they ask for."""
    REVIEWER = "reviewer"
    """Examines what was asked for."""
    APPROVER = "approver"
    """Decides on it."""
    HOTLINE = "hotline"
    """Answers the telephone."""


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), unique=True)
    state: Mapped[AccountState] = mapped_column(String(16))
    level: Mapped[AccountLevel] = mapped_column(String(8))
    phone: Mapped[str] = mapped_column(String(10))
    email: Mapped[str | None] = mapped_column(String(254))
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activate_by: Mapped[datetime] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    authenticators: Mapped[list["Authenticator"]] = relationship()
    locks: Mapped[list["AccountLock"]] = relationship(cascade="all, delete-orphan")

    @property
    def lock_reasons(self) -> frozenset[LockReason]:
        return frozenset(LockReason(lock.reason) for lock in self.locks)

    @property
    def standing(self) -> Standing:
        return Standing(AccountState(self.state), self.lock_reasons, self.activated_at is not None)


class AccountLock(Base):
    """One reason for which an account is locked; several may hold at once."""

    __tablename__ = "account_locks"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    reason: Mapped[LockReason] = mapped_column(String(16), primary_key=True)
    locked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Authenticator(Base):
    """What proves the holder: a hash for what is only compared, a sealed secret for what must be read again."""

    __tablename__ = "authenticators"
    __table_args__ = (UniqueConstraint("account_id", "kind"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[AuthenticatorKind] = mapped_column(String(16))
    secret_hash: Mapped[str | None] = mapped_column(String(255))
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """TOTP: the last time step whose code was accepted."""
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __mapper_args__ = {"primary_key": [id, account_id]}
    """PostgreSQL keeps authenticators in parts by account: a row is then sought in one of them."""


class RecoveryCode(Base):
    """A code on paper, good once in place of the authenticator's; here is only its keyed digest."""

    __tablename__ = "recovery_codes"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Activation(Base):
    """One attempt at activating an account, in one browser; what is confirmed here takes effect when it is finished.

    An attempt for a person without an account has no account_id, and never gets beyond the texted code.
    """

    __tablename__ = "activations"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    code_digest: Mapped[str] = mapped_column(String(64))
    code_tries: Mapped[int]
    code_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    code_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    passcode_hash: Mapped[str | None] = mapped_column(String(255))
    answer_hashes: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """Two security questions, by name, each with the hash of its answer."""
    sealed_totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    """Set once a code of the new TOTP secret was confirmed: the step of that code."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """A later attempt took its place."""


class GuessCounter(Base):
    """How often something was guessed at in vain; `subject` is a keyed digest, whether or not such an account exists."""

    __tablename__ = "guess_counters"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInSession(Base):
    """A signed-in browser; its token is known to the browser alone, here is only the SHA-256."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    level: Mapped[AuthenticationLevel] = mapped_column(String(8))
    factors: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Each factor used and when, in order: {"factor", "at"}; `at` in seconds since 1970."""
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    browser: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """The name of the browser that it was begun in, for its holder to know it by."""
    device_id: Mapped[int | None] = mapped_column(BigInteger)
    """The phone that it was begun with or by."""
    replaced_by: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """The session of the same account that was begun in its place: services that knew this one hear when that one ends."""


class Officer(Base):
    """What an account may do at the desk, and where."""

    __tablename__ = "officers"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    role: Mapped[OfficerRole] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when they are an officer no longer; what they did keeps their name."""


class LookUp(Base):
    """An officer opened a person's record, for a purpose; acts on the record refer to it."""

    __tablename__ = "look_ups"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.account_id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    purpose: Mapped[str] = mapped_column(String(200))
    looked_up_at: Mapped[datetime] = mapped_column(UtcDateTime)
