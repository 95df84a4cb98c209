"""The register's tables: persons, households, life events.

Links between relatives bear no foreign key: a register can be wrong, and finding that out is the work of its quality rules.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from eid.db import Base, BigId, UtcDateTime
from eid.population.life.kinds import LifeEventKind, MaritalStatus, Relation
from eid.population.names import join_name
from eid.population.numbers import Sex

__all__ = [
    "Household",
    "LifeEvent",
    "LifeEventKind",
    "MaritalStatus",
    "NameWord",
    "Person",
    "Relation",
    "ReplacedPin",
    "Sex",
]


class Household(Base):
    __tablename__ = "households"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    province: Mapped[str] = mapped_column(String(2))
    """GSO code since 2025-07-01."""
    old_province: Mapped[str] = mapped_column(String(2))
    """GSO code until 2025-06-30."""
    commune: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(200))


BY_BIRTH = ("residence_province", "birth_date", "folded_name", "residence_old_province", "died_on")
BY_PROVINCE = ("residence_province", "folded_name", "birth_date", "residence_old_province", "died_on")
"""All that a search for people asks about, so that it reads an index and nothing else (search_plans)."""
_WHO_DIED: dict[str, Any] = dict.fromkeys(("sqlite_where", "postgresql_where"), text("died_on IS NOT NULL"))


class Person(Base):
    __tablename__ = "persons"
    __table_args__ = (
        Index("ix_persons_folded_name_birth_date", "folded_name", "birth_date"),
        Index("ix_persons_by_birth", *BY_BIRTH, postgresql_include=["id"]),
        Index("ix_persons_by_province", *BY_PROVINCE, postgresql_include=["id"]),
        Index("ix_persons_dead", "folded_name", "birth_date", **_WHO_DIED),
        Index("ix_persons_dead_by_province", *BY_PROVINCE[:-1], **_WHO_DIED, postgresql_include=["id"]),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    """1–999 are the cast's; generated people follow from 1000."""
    pin: Mapped[str] = mapped_column(String(12), unique=True, index=True)
    surname: Mapped[str] = mapped_column(String(40))
    middle_name: Mapped[str] = mapped_column(String(40))
    given_name: Mapped[str] = mapped_column(String(40))
    folded_name: Mapped[str] = mapped_column(String(122))
    """The full name in upper-case ASCII (fold_name), to be found by."""
    birth_date: Mapped[date] = mapped_column(Date)
    sex: Mapped[Sex] = mapped_column(String(1))
    birth_province: Mapped[str | None] = mapped_column(String(2))
    """GSO code, of the day of birth; None for those born abroad."""
    birth_country: Mapped[str] = mapped_column(String(3))
    """ISO 3166-1 alpha-3."""
    ethnicity: Mapped[str] = mapped_column(String(40))
    religion: Mapped[str] = mapped_column(String(60))
    nationality: Mapped[str] = mapped_column(String(3))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), index=True)
    """None for the dead: a death ends the registration of residence (Law on Residence, article 24)."""
    relation_to_head: Mapped[Relation | None] = mapped_column(String(16))
    father_id: Mapped[int | None] = mapped_column(BigId, index=True)
    mother_id: Mapped[int | None] = mapped_column(BigId, index=True)
    spouse_id: Mapped[int | None] = mapped_column(BigId)
    marital_status: Mapped[MaritalStatus] = mapped_column(String(16))
    residence_province: Mapped[str] = mapped_column(String(2))
    """GSO code since 2025-07-01."""
    residence_old_province: Mapped[str] = mapped_column(String(2))
    """GSO code until 2025-06-30."""
    residence_commune: Mapped[str] = mapped_column(String(80))
    residence_address: Mapped[str] = mapped_column(String(200))
    died_on: Mapped[date | None] = mapped_column(Date)
    old_id_number: Mapped[str | None] = mapped_column(String(9))
    """Nine digits, of the identity cards that ended with 2024."""
    phone: Mapped[str | None] = mapped_column(String(10))
    """As the register knows it; begins with 01, which no telephone in Vietnam does."""

    @property
    def full_name(self) -> str:
        """Family–middle–given, as it is written."""
        return join_name(self.surname, self.middle_name, self.given_name)

    @property
    def unaccented_name(self) -> str:
        """The full name in upper-case ASCII, as a machine-readable zone has it."""
        return self.folded_name

    @property
    def is_alive(self) -> bool:
        return self.died_on is None


class ReplacedPin(Base):
    """A PIN that was established anew: kept, linked to its holder, never good again."""

    __tablename__ = "replaced_pins"

    pin: Mapped[str] = mapped_column(String(12), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    replaced_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(32))


class NameWord(Base):
    """Which folded names contain a word; a name that nobody bears any more may stay."""

    __tablename__ = "name_words"
    __table_args__ = (
        Index(
            "ix_name_words_glued",
            "word",
            sqlite_where=text("instr(folded_name, word) = 0"),
            postgresql_where=text("strpos(folded_name, word) = 0"),
        ),
    )

    word: Mapped[str] = mapped_column(String(40), primary_key=True)
    folded_name: Mapped[str] = mapped_column(String(122), primary_key=True)


class LifeEvent(Base):
    """Something that happened to a person: when it took effect, and when it was recorded.

    `details["changes"]` says what it changed of the person: column → [before, after], dates in ISO 8601. Each change is in
    exactly one event of that person, so the events lead from the first state to the present and back.
    """

    __tablename__ = "life_events"
    __table_args__ = (Index("ix_life_events_person_id_effective_on", "person_id", "effective_on"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    kind: Mapped[LifeEventKind] = mapped_column(String(32))
    effective_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
