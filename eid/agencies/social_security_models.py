"""The table of social-security accounts."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.db import Base, UtcDateTime


class SocialSecurityAccount(Base):
    """The one account that a person has linked; the row goes when it is unlinked."""

    __tablename__ = "social_security_accounts"

    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"), primary_key=True, autoincrement=False)
    institution: Mapped[str] = mapped_column(String(16))
    account_number: Mapped[str] = mapped_column(String(19))
    account_holder: Mapped[str] = mapped_column(String(122))
    linked_on: Mapped[date]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""
