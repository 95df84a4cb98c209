"""A person who does not know of a disclosure, or objects to it, reports it to the desk; an officer answers it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.accounts.models import Account
from eid.audit import DISCLOSURES, ActorKind, AuditEntry, record_act
from eid.clock import world_now
from eid.db import Base, BigId, UtcDateTime, db, insert_unless_present
from eid.errors import Conflict, Malformed, NotFound
from eid.late_dataclasses import frozen
from eid.outbox import MessageKind, post_message

LONGEST = 500
SHORTEST_ANSWER = 5
SHOWN = 50
ANSWER_TEXT = "eID: Ban tiep dan da tra loi bao cao cua ban ve viec cung cap du lieu. Xem tai muc Du lieu da cung cap."


class DisclosureReport(Base):
    __tablename__ = "disclosure_reports"
    __table_args__ = (Index("ix_disclosure_reports_answered_at_id", "answered_at", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    """The entry of the audit log; no foreign key, because the log is dropped after its time."""
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    remark: Mapped[str] = mapped_column(String(LONGEST))
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """World time, as answered_at."""
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.account_id"))
    answer: Mapped[str | None] = mapped_column(String(LONGEST))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()


@frozen
class ReportedDisclosure:
    report: DisclosureReport
    entry: AuditEntry | None
    """None where the log was dropped meanwhile."""


def report_disclosure(entry_id: int, *, person_id: int, account_id: int, remark: str) -> None:
    """The desk finds this disclosure of the person's data in its list; reported twice is reported once. Committed.

    Raises NotFound: disclosure_unknown, for one of somebody else too; Malformed: remark_too_long.
    """
    find_own_disclosure(entry_id, person_id=person_id)
    if len(remark) > LONGEST:
        raise Malformed("remark_too_long", "Write at most 500 characters.", fields={"remark": ["500"]})
    if find_reports([entry_id]):
        return
    insert_unless_present(
        DisclosureReport,
        entry_id=entry_id,
        person_id=person_id,
        account_id=account_id,
        remark=remark,
        reported_at=world_now(),
    )
    record_act(
        "report_disclosure", actor_kind=ActorKind.PERSON, actor=person_id, person_id=person_id, disclosure=entry_id
    )
    db.session.commit()


def find_own_disclosure(entry_id: int, *, person_id: int) -> AuditEntry:
    """A disclosure of this person's data. Raises NotFound: disclosure_unknown."""
    entry = db.session.get(AuditEntry, entry_id)
    if entry is None or entry.person_id != person_id or entry.act not in DISCLOSURES:
        raise NotFound("disclosure_unknown", "There is no such disclosure of your data.")
    return entry


def find_reports(entry_ids: Sequence[int]) -> dict[int, DisclosureReport]:
    """The reports of these entries of the log, by entry."""
    found = db.session.scalars(select(DisclosureReport).where(DisclosureReport.entry_id.in_(entry_ids)))
    return {report.entry_id: report for report in found}


def find_open_reports() -> list[ReportedDisclosure]:
    """The reports that nobody has answered, the oldest first, fifty at most."""
    query = select(DisclosureReport, AuditEntry).outerjoin(AuditEntry, AuditEntry.id == DisclosureReport.entry_id)
    unanswered = query.where(DisclosureReport.answered_at.is_(None)).order_by(DisclosureReport.id).limit(SHOWN)
    return [ReportedDisclosure(report, entry) for report, entry in db.session.execute(unanswered)]


def answer_disclosure_report(report_id: int, *, answer: str, officer: int) -> None:
    """The person reads the answer beside the disclosure, and is told so by text; committed.

    Raises Malformed: answer_missing; NotFound: report_unknown; Conflict: report_answered.
    """
    if not SHORTEST_ANSWER <= len(answer) <= LONGEST:
        raise Malformed("answer_missing", "Answer in a few words, at most 500 characters.", fields={"answer": [""]})
    query = select(DisclosureReport).where(DisclosureReport.id == report_id)
    report = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if report is None:
        raise NotFound("report_unknown", "There is no such report.")
    if report.answered_at is not None:
        raise Conflict("report_answered", "This report is answered already.")
    report.answer, report.officer_id, report.answered_at = answer, officer, world_now()
    post_message(MessageKind.TEXT, recipient=report.account.phone, body=ANSWER_TEXT)
    record_act(
        "answer_disclosure_report",
        actor_kind=ActorKind.OFFICER,
        actor=officer,
        person_id=report.person_id,
        disclosure=report.entry_id,
    )
    db.session.commit()
