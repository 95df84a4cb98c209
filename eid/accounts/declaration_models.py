"""Table of declarations: what people say has changed about them, until an agency confirms or refuses it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.db import Base, BigId, UtcDateTime


class DeclarationKind(StrEnum):
    RESIDENCE = "residence"
    EMAIL = "email"


class Declaration(Base):
    """What somebody said; from its request on, the state of that request is its own."""

    __tablename__ = "declarations"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    kind: Mapped[DeclarationKind] = mapped_column(String(32))
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Under "shown" as it is written, and in parts where it has some."""
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    code_digest: Mapped[str | None] = mapped_column(String(64))
    """Of the code that was mailed to the new address; None where none was."""
    code_tries: Mapped[int] = mapped_column(Integer)
    code_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("account_requests.id"), index=True)
    """None until it is with the authority."""
