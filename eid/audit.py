"""What was done, by whom, to whose record. An entry is added in the transaction of the act and stands or falls with it.

Details never hold a secret, nor what a person's record says: only which attributes, for which purpose, with which result.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, Index, LargeBinary, String, case, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from eid.clock import wall_now, world_time_of
from eid.db import Base, BigId, UtcDateTime, db, run, run_each, table_of
from eid.prepared import Prepared
from eid.replicas import read_scalars

DISCLOSURES = frozenset(
    {
        "issue_code",
        "answer_backchannel_question",
        "answer_device_question",
        "exchange_token",
        "read_userinfo",
        "issue_paper_token",
        "issue_credentials",
        "present_paper",
        "present_credential",
        "check_shown_papers",
        "print_paper",
        "list_signing_certificates",
        "disclose_paper_by_card",
        "issue_card_receipt",
        "look_up_person",
        "find_person_at_desk",
        "inspect_card_at_desk",
    }
)
"""The acts by which somebody came to know something of a person."""


class ActorKind(StrEnum):
    PERSON = "person"
    OFFICER = "officer"
    CLIENT = "client"
    SYSTEM = "system"


_UNSEALED: dict[str, Any] = dict.fromkeys(("sqlite_where", "postgresql_where"), text("batch IS NULL"))


class AuditEntry(Base):
    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_person_id_id", "person_id", "id"),
        Index("ix_audit_entries_batch_place", "batch", "place"),
        Index("ix_audit_entries_unsealed", "id", **_UNSEALED),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    world_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[ActorKind] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    batch: Mapped[int | None] = mapped_column(BigInteger)
    """Where it was sealed (eid.audit_seal), with `place` from 0 and `leaf`, its hash; None until then."""
    place: Mapped[int | None]
    leaf: Mapped[bytes | None] = mapped_column(LargeBinary(32))


_INSERTION = Prepared(insert(table_of(AuditEntry)).inline())
"""Something is recorded at each sign-in and each look, so it is written as it is, and no model made of it."""


def record_act(
    act: str,
    *,
    actor_kind: ActorKind = ActorKind.SYSTEM,
    actor: str | int = "",
    person_id: int | None = None,
    **details: Any,
) -> None:
    """Add an entry to the audit log; the caller's transaction commits it. `act` is the verb_noun of the use case."""
    run(_INSERTION, _columns(act, actor_kind, actor, person_id, details, _now()))


def _now() -> tuple[datetime, datetime]:
    """The time of an act: the wall's and the world's."""
    now = wall_now()
    return now, world_time_of(now)


def _columns(
    act: str,
    actor_kind: ActorKind,
    actor: str | int,
    person_id: int | None,
    details: dict[str, Any],
    now: tuple[datetime, datetime],
) -> dict[str, Any]:
    return {
        "at": now[0],
        "world_at": now[1],
        "actor_kind": actor_kind,
        "actor": str(actor),
        "act": act,
        "person_id": person_id,
        "details": details,
    }


def find_acts_about(person_id: int, *, limit: int = 20) -> Sequence[AuditEntry]:
    """What was done with a person's record, newest first."""
    query = select(AuditEntry).where(AuditEntry.person_id == person_id).order_by(AuditEntry.id.desc()).limit(limit)
    return read_scalars(query, newer_than=_last_act_about(person_id))


def record_disclosure(
    act: str,
    *,
    person_id: int,
    attributes: Iterable[str],
    purpose: str,
    actor_kind: ActorKind,
    actor: str | int = "",
    **details: Any,
) -> None:
    """As record_act, for an act that discloses these attributes of a person to somebody, for a purpose.

    `attributes` are names, never values; the client is the actor, or `client` among the details. ValueError for an act that is
    not among DISCLOSURES: the person would not find it.
    """
    _check_discloses(act)
    told = {"attributes": list(attributes), "purpose": purpose, **details}
    run(_INSERTION, _columns(act, actor_kind, actor, person_id, told, _now()))


def record_disclosures(
    act: str,
    entries: Iterable[Mapping[str, Any]],
    *,
    attributes: Iterable[str],
    actor_kind: ActorKind,
    actor: str | int = "",
    purpose: str = "",
) -> None:
    """As record_disclosure for each of these, by one statement: `person_id` and further details of each."""
    _check_discloses(act)
    same = {"attributes": list(attributes), "purpose": purpose}
    rows, now = [], _now()
    for entry in entries:
        told = {name: detail for name, detail in entry.items() if name != "person_id"}
        rows.append(_columns(act, actor_kind, actor, entry["person_id"], same | told, now))
    if rows:
        run_each(_INSERTION, rows)


def _check_discloses(act: str) -> None:
    if act not in DISCLOSURES:
        raise ValueError(f"{act} is not among the disclosures")


def find_disclosures(
    person_id: int,
    *,
    since: datetime,
    until: datetime | None = None,
    client: str | None = None,
    after: int | None = None,
    oldest_first: bool = False,
    limit: int = 20,
) -> Sequence[AuditEntry]:
    """Who came to know something of a person from `since` to before `until` (world time), newest first unless asked otherwise.

    `after` is the last entry of the page before; `client` the service, empty for acts without one.
    """
    query = select(AuditEntry).where(*_disclosures_of(person_id, since))
    if until is not None:
        query = query.where(AuditEntry.world_at < until)
    if client is not None:
        query = query.where(_client == client)
    if after is not None:
        query = query.where(AuditEntry.id > after if oldest_first else AuditEntry.id < after)
    order = AuditEntry.id.asc() if oldest_first else AuditEntry.id.desc()
    return read_scalars(query.order_by(order).limit(limit), newer_than=_last_act_about(person_id))


def find_disclosing_clients(person_id: int, *, since: datetime) -> set[str]:
    """The services among who came to know something of a person; an empty text where somebody else did, too."""
    query = select(_client).where(*_disclosures_of(person_id, since)).distinct()
    return set(read_scalars(query, newer_than=_last_act_about(person_id)))


LONGEST_ACT = timedelta(seconds=2)
"""By so much the commit of an act may be later than the time that its entry bears."""


def _last_act_about(person_id: int) -> Callable[[], datetime | None]:
    """A person's history from a replica has everything that the primary knows of, whoever did it and from wherever."""

    def find() -> datetime | None:
        newest = select(AuditEntry.at).where(AuditEntry.person_id == person_id).order_by(AuditEntry.id.desc()).limit(1)
        at = db.session.scalar(newest)
        return None if at is None else at + LONGEST_ACT

    return find


def _disclosures_of(person_id: int, since: datetime) -> tuple[ColumnElement[bool], ...]:
    return AuditEntry.person_id == person_id, AuditEntry.act.in_(DISCLOSURES), AuditEntry.world_at >= since


_client: ColumnElement[str] = case(
    (AuditEntry.actor_kind == ActorKind.CLIENT, AuditEntry.actor),
    (AuditEntry.details["client"].as_string().is_not(None), AuditEntry.details["client"].as_string()),
    else_="",
)
"""The service that an act concerned."""
