"""Tables of requests: what somebody asks of the account authority, where it stands, and the stages that it went through.

Times are the world's, since deadlines of working days are counted in them; but those of an application are wall time.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.accounts.request_lifecycle import OPEN_STATES, RequestState
from eid.accounts.request_plans import RequestForm, RequestKind
from eid.db import Base, BigId, UtcDateTime

__all__ = ["OPEN_STATES", "AccountApplication", "Request", "RequestForm", "RequestKind", "RequestStage", "RequestState"]


class Request(Base):
    __tablename__ = "account_requests"
    __table_args__ = (Index("ix_account_requests_state_stage_due_at", "state", "stage_due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[RequestKind] = mapped_column(String(32))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    """Whom it is about."""
    organisation_id: Mapped[int | None] = mapped_column(BigInteger)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """The account that it is about, where there is one already."""
    asked_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.account_id"))
    """Who has it: took it in at the desk, works on it, or decided it."""
    place: Mapped[str | None] = mapped_column(String(64))
    """The desk that took it in; None for what came in by itself."""
    form: Mapped[RequestForm] = mapped_column(String(8))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the form says besides; never a secret."""
    state: Mapped[RequestState] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(32))
    stage_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(300))
    """Why it was refused."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appeal_of: Mapped[int | None] = mapped_column(ForeignKey("account_requests.id"))


class RequestStage(Base):
    """One stage of a request: who has it, since when and until when."""

    __tablename__ = "account_request_stages"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("account_requests.id"), index=True)
    stage: Mapped[str] = mapped_column(String(32))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.account_id"))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AccountApplication(Base):
    """Somebody asks in the app for an account of level 1, in one browser; the code on the registered phone comes first.

    One for which no such person and phone belong together has no person_id, and never gets beyond the texted code. Wall time.
    """

    __tablename__ = "account_applications"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    code_digest: Mapped[str] = mapped_column(String(64))
    code_tries: Mapped[int]
    code_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    code_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
