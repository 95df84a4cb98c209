"""Watching a client and planning what goes wrong for it. Each plan waits for one answer, for an hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from eid.audit import record_act
from eid.clock import wall_now
from eid.db import db, insert_unless_present
from eid.errors import Conflict, Malformed, NotFound
from eid.oauth.clients import find_client
from eid.oauth.faults.catalogue import Fault, Place, find_clash, find_fault
from eid.oauth.faults.models import FaultRun, LoggedRequest, PlannedFault, Trial
from eid.oauth.models import Client
from eid.oauth.notices.models import Notice, Outcome
from eid.randomness import random_token

TRIAL_LIFE = timedelta(hours=1)
KEPT = timedelta(days=1)
"""For so long is known what went wrong and what was asked."""
MOST_TIMES = 20
MOST_PLANNED = 60
"""Faults that may wait at once for one client."""


def watch_client(client_id: str) -> Trial:
    """From now on, for an hour, the requests of this client are logged and meet the faults planned for it."""
    client = find_client(client_id)
    now = wall_now()
    trial = record_watched(client, now=now)
    forget_old_trials(now)
    record_act("watch_client", client=client_id)
    db.session.commit()
    return trial


def find_trial(client_id: str) -> Trial | None:
    """The trial of this client that goes on now."""
    query = select(Trial).join(Client, Client.id == Trial.client_id)
    return db.session.scalar(query.where(Client.client_id == client_id, Trial.ends_at > wall_now()))


def stop_trial(client_id: str) -> None:
    """The client is watched no more and nothing goes wrong for it any more; what was logged is gone."""
    client = find_client(client_id)
    db.session.execute(delete(LoggedRequest).where(LoggedRequest.client_id == client.id))
    db.session.execute(
        delete(PlannedFault).where(
            PlannedFault.client_id == client.id, PlannedFault.met_at.is_(None), PlannedFault.run_id.is_(None)
        )
    )
    db.session.execute(delete(Trial).where(Trial.client_id == client.id))
    record_act("stop_trial", client=client_id)
    db.session.commit()


def plan_fault(client_id: str, name: str, *, times: int = 1) -> Fault:
    """The next answer of this client's in the fault's place, or the next few, goes wrong. Replaying a notice happens at once.

    Raises NotFound (fault_unknown), Malformed (fault_times), Conflict (fault_clash, fault_too_many, notice_none).
    """
    client, fault, now = find_client(client_id), find_fault(name), wall_now()
    if not 1 <= times <= MOST_TIMES:
        raise Malformed("fault_times", "A fault is planned once, or at most twenty times.")
    check_fault_fits(client, fault)
    waiting = select(func.count()).where(
        PlannedFault.client_id == client.id, PlannedFault.met_at.is_(None), PlannedFault.ends_at > now
    )
    if (db.session.scalar(waiting) or 0) + times > MOST_PLANNED:
        raise Conflict("fault_too_many", "Too many faults are waiting already; play or take back some of them.")
    record_watched(client, now=now)
    for _ in range(times):
        record_planned(client, fault.name, fault.place, now=now)
    record_act("plan_fault", client=client_id, fault=name, times=times)
    db.session.commit()
    return fault


def take_back_fault(client_id: str, reference: str) -> None:
    """The fault does not happen. Raises NotFound where it is not planned, or was met already."""
    client = find_client(client_id)
    taking = delete(PlannedFault).where(
        PlannedFault.client_id == client.id,
        PlannedFault.reference == reference,
        PlannedFault.met_at.is_(None),
        PlannedFault.run_id.is_(None),
    )
    if db.session.execute(taking).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("fault_over", "This fault has been met already, or is not planned.")
    record_act("take_back_fault", client=client_id)
    db.session.commit()


def find_planned(client_id: str) -> Sequence[PlannedFault]:
    """What is planned for this client and what it met, the newest first."""
    query = select(PlannedFault).join(Client, Client.id == PlannedFault.client_id)
    return db.session.scalars(
        query.where(Client.client_id == client_id).order_by(PlannedFault.id.desc()).limit(MOST_PLANNED)
    ).all()


def check_fault_fits(client: Client, fault: Fault) -> None:
    """Raise Conflict (fault_clash) where this fault cannot be played to a client that is registered so."""
    clash = find_clash(
        fault,
        signs_userinfo=bool(client.userinfo_signed_response_alg),
        id_token_alg=client.id_token_signed_response_alg,
        is_encrypted=bool(client.id_token_encrypted_response_alg or client.userinfo_encrypted_response_alg),
    )
    if clash:
        raise Conflict("fault_clash", clash)


def check_fault_can_be_played(client: Client, fault: Fault) -> None:
    """Raise Conflict as check_fault_fits; and notice_none, where there is nothing that could come twice."""
    check_fault_fits(client, fault)
    if fault.place is Place.NOTICE:
        _find_last_notice(client)


def record_watched(client: Client, *, now: datetime) -> Trial:
    """Add or prolong the client's trial; the caller commits."""
    values = {"reference": random_token(), "ends_at": now + TRIAL_LIFE}
    insert_unless_present(Trial, client_id=client.id, **values)
    db.session.execute(update(Trial).where(Trial.client_id == client.id).values(ends_at=now + TRIAL_LIFE))
    return db.session.scalars(
        select(Trial).where(Trial.client_id == client.id).execution_options(populate_existing=True)
    ).one()


def record_planned(
    client: Client, name: str, place: Place, *, now: datetime, run_id: int | None = None
) -> PlannedFault:
    """Add a plan; the caller commits. A notice is replayed in this very transaction."""
    planned = PlannedFault(
        reference=random_token(),
        client_id=client.id,
        run_id=run_id,
        fault=name,
        place=place,
        planned_at=now,
        ends_at=now + TRIAL_LIFE,
    )
    if place is Place.NOTICE:
        _record_notice_due_again(client, now=now)
        planned.met_at = now
    db.session.add(planned)
    return planned


def forget_old_trials(now: datetime) -> None:
    """What is older than a day goes; the caller commits."""
    db.session.execute(delete(LoggedRequest).where(LoggedRequest.at < now - KEPT))
    old_runs = select(FaultRun.id).where(FaultRun.ends_at < now - KEPT)
    db.session.execute(
        delete(PlannedFault).where(or_(PlannedFault.ends_at < now - KEPT, PlannedFault.run_id.in_(old_runs)))
    )
    db.session.execute(delete(FaultRun).where(FaultRun.ends_at < now - KEPT))
    db.session.execute(delete(Trial).where(Trial.ends_at < now - KEPT))


def _record_notice_due_again(client: Client, *, now: datetime) -> None:
    """The newest notice that arrived is due once more; its jti is its own, so it is the same. Raises Conflict (notice_none)."""
    last = _find_last_notice(client)
    last.due_at = now if last.outcome == Outcome.DELIVERED else None
    last.done_at, last.outcome = None, None


def _find_last_notice(client: Client) -> Notice:
    last = db.session.scalar(
        select(Notice)
        .where(Notice.client_id == client.id, Notice.outcome.in_([Outcome.DELIVERED, Outcome.ACKNOWLEDGED]))
        .order_by(Notice.id.desc())
        .limit(1)
    )
    if last is None:
        raise Conflict("notice_none", "No notice has reached this service yet, so none can come twice.")
    return last
