"""Tables of who acts for whom: guardians for wards, representatives and members for organisations; and foreigners' papers.

Times are the world's, but for those of WardUse, which a service's request waits for: they are wall time.
"""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.db import Base, BigId, UtcDateTime


class Guardianship(Base):
    """Somebody answers for somebody else. Whether it still holds is decided by guardian_rules, not by `ended_at` alone."""

    __tablename__ = "guardianships"
    __table_args__ = (
        Index(
            "uq_guardianships_ward_id",
            "ward_id",
            "guardian_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    guardian_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    ground: Mapped[str] = mapped_column(String(32))
    document: Mapped[str | None] = mapped_column(String(100))
    """The decision that appointed the guardian; a parent needs none."""
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end: Mapped[str | None] = mapped_column(String(32))
    """Why it ended (guardian_rules.End)."""


class WardUse(Base):
    """One use of a ward's account, which waits for a guardian's word, had it, and was made of it once."""

    __tablename__ = "ward_uses"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    """What exactly: the client's id, or the paper's name."""
    recipient: Mapped[str] = mapped_column(String(200))
    """Who gets it, in words; empty where nobody else does."""
    purpose: Mapped[str] = mapped_column(String(200))
    attributes: Mapped[list[str]] = mapped_column(JSON)
    """What is shared, item by item (eid.oauth.asking)."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decision: Mapped[str | None] = mapped_column(String(16))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ForeignPaper(Base):
    """The passport of somebody who is no citizen, and until when they may stay."""

    __tablename__ = "foreign_papers"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    passport: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(3))
    passport_until: Mapped[date]
    residence_kind: Mapped[str] = mapped_column(String(16))
    residence_card: Mapped[str] = mapped_column(String(20))
    residence_until: Mapped[date]


class Organisation(Base):
    """An organisation and, as there is one to each, its account."""

    __tablename__ = "organisations"
    __table_args__ = (
        Index(
            "uq_organisations_code",
            "code",
            unique=True,
            sqlite_where=text("opened_at IS NOT NULL"),
            postgresql_where=text("opened_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(35), index=True)
    """Unique among accounts that were opened, so that nobody can keep a code from its owner by asking for it."""
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    foreign_name: Mapped[str | None] = mapped_column(String(200))
    short_name: Mapped[str | None] = mapped_column(String(100))
    founded_on: Mapped[date]
    address: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    representatives: Mapped[list["OrganisationRepresentative"]] = relationship(
        order_by="OrganisationRepresentative.person_id", cascade="all, delete-orphan"
    )
    locks: Mapped[list["OrganisationLock"]] = relationship(cascade="all, delete-orphan")

    @property
    def lock_reasons(self) -> frozenset[str]:
        return frozenset(lock.reason for lock in self.locks)


class OrganisationLock(Base):
    """One reason for which an organisation's account is locked; several may hold at once."""

    __tablename__ = "organisation_locks"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(16), primary_key=True)
    locked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OrganisationRepresentative(Base):
    """Who represents an organisation by law, and whether they agreed to its account."""

    __tablename__ = "organisation_representatives"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True, index=True)
    consented_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OrganisationMember(Base):
    __tablename__ = "organisation_members"
    __table_args__ = (
        Index(
            "uq_organisation_members_organisation_id",
            "organisation_id",
            "person_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    role: Mapped[str] = mapped_column(String(32))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Mandate(Base):
    """What a member may do in an organisation's name, and for how long."""

    __tablename__ = "mandates"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("organisation_members.id"), index=True)
    acts: Mapped[list[str]] = mapped_column(JSON)
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The first moment at which it holds no more."""
    given_by: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
