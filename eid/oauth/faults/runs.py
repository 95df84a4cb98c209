"""A run: a sign-in without a fault, then one with each of the chosen faults, and in the end a signed score.

One turn is open at a time. What a service does after its turn is still seen, until the run is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from eid.audit import record_act
from eid.clock import wall_now
from eid.crypto.jwt import build_jwt, check_times, verify_signature
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, VerificationFailed
from eid.keystore import KeyUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.clients import find_client
from eid.oauth.faults.attending import CONTROL
from eid.oauth.faults.catalogue import FAULTS, Fault, Place, find_fault
from eid.oauth.faults.models import FaultRun, PlannedFault
from eid.oauth.faults.planning import check_fault_can_be_played, record_planned, record_watched
from eid.oauth.faults.scoring import Declared, Reaction, build_score_claims, judge
from eid.oauth.models import Client
from eid.randomness import random_token

RUN_LIFE = timedelta(hours=1)
SCORE_LIFE = timedelta(days=90)
SCORE_TYP = "eid-fault-score+jwt"
SKIP = "skip"


@frozen
class Turn:
    """What is played now, and whether an answer has met it."""

    number: int
    """0 is the control."""
    fault: Fault | None
    is_met: bool


@frozen
class Run:
    reference: str
    faults: tuple[str, ...]
    ends_at: datetime
    turn: Turn | None
    """None once the run is over."""
    score: str | None
    """Signed."""


def open_run(client_id: str, names: Sequence[str]) -> Run:
    """Afterwards the control waits for a sign-in. Another run of this client, if there is one, is over without a score.

    Raises Malformed (run_empty), NotFound (fault_unknown), Conflict (fault_clash, notice_none).
    """
    client, now = find_client(client_id), wall_now()
    chosen = [find_fault(name) for name in dict.fromkeys(names)]
    if not chosen:
        raise Malformed("run_empty", "A run plays at least one fault.")
    for fault in chosen:
        check_fault_can_be_played(client, fault)
    _end_runs(client, now)
    run = FaultRun(
        reference=random_token(),
        client_id=client.id,
        faults=[fault.name for fault in chosen],
        opened_at=now,
        ends_at=now + RUN_LIFE,
    )
    db.session.add(run)
    db.session.flush()
    record_watched(client, now=now)
    record_planned(client, CONTROL, Place.ANSWER, now=now, run_id=run.id)
    record_act("open_fault_run", client=client_id, faults=run.faults)
    db.session.commit()
    return describe_run(run)


def close_turn(client_id: str, reference: str, declared: str | None, *, issuer: str) -> Run:
    """The turn is over, the next one is open; after the last one the run is scored.

    `declared` is how the service reacted, as its developer says; `skip` passes over a turn that no answer met.
    Raises NotFound (run_over), Malformed (declared_unknown), Conflict (turn_not_met).
    """
    client, now = find_client(client_id), wall_now()
    run = _find_open(client, reference, now)
    played = _find_played(run)
    current = next(planned for planned in played if planned.closed_at is None)
    if declared not in (None, SKIP, *Declared):
        raise Malformed("declared_unknown", "A reaction is correct, incorrect, or the turn is skipped.")
    if current.met_at is None and declared != SKIP:
        raise Conflict("turn_not_met", "No answer has met this turn yet: sign in at your service first, or skip it.")
    current.declared = None if declared == SKIP else declared
    current.closed_at = now
    if len(played) <= len(run.faults):
        fault = find_fault(run.faults[len(played) - 1])
        record_planned(client, fault.name, fault.place, now=now, run_id=run.id)
    else:
        run.score = _sign_score(run, client, played, issuer=issuer, now=now)
        run.ends_at = now
        record_act("score_fault_run", client=client_id)
    db.session.commit()
    return describe_run(run)


def find_runs(client_id: str) -> list[Run]:
    """The runs of this client of the last day, the newest first."""
    query = select(FaultRun).join(Client, Client.id == FaultRun.client_id).where(Client.client_id == client_id)
    return [describe_run(run) for run in db.session.scalars(query.order_by(FaultRun.id.desc()).limit(20))]


def describe_run(run: FaultRun) -> Run:
    turn = None
    played = _find_played(run)
    current = next((planned for planned in played if planned.closed_at is None), None)
    if current is not None and run.ends_at > wall_now():
        fault = None if current.fault == CONTROL else find_fault(current.fault)
        turn = Turn(len(played) - 1, fault, current.met_at is not None)
    return Run(run.reference, tuple(run.faults), run.ends_at, turn, run.score)


def verify_score(token: str, *, issuer: str) -> dict[str, Any]:
    """What a score of ours says, as long as it is good. Raises VerificationFailed with the step."""
    keys = current_keystore().find_published_jwks(KeyUse.RECEIPTS)
    verified = verify_signature(token, keys=keys, expected_typ=SCORE_TYP)
    if verified.claims.get("iss") != issuer:
        raise VerificationFailed("iss", "token_issuer", "The token was issued by somebody else.")
    check_times(verified.claims, wall_now())
    return dict(verified.claims)


def list_playable(client: Client) -> list[tuple[Fault, bool]]:
    """Every fault, and whether it can be played to this client now."""
    return [(fault, _is_playable(client, fault)) for fault in FAULTS]


def _is_playable(client: Client, fault: Fault) -> bool:
    try:
        check_fault_can_be_played(client, fault)
    except Conflict:
        return False
    return True


def _find_open(client: Client, reference: str, now: datetime) -> FaultRun:
    """The run, its row held."""
    found = db.session.scalar(
        select(FaultRun)
        .where(FaultRun.reference == reference, FaultRun.client_id == client.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or found.ends_at <= now:
        raise NotFound("run_over", "This run is over, or there is none like it.")
    return found


def _find_played(run: FaultRun) -> Sequence[PlannedFault]:
    """The turns so far, the control first."""
    query = select(PlannedFault).where(PlannedFault.run_id == run.id).order_by(PlannedFault.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _end_runs(client: Client, now: datetime) -> None:
    """At most one run of a client is open."""
    open_runs = select(FaultRun.id).where(FaultRun.client_id == client.id, FaultRun.ends_at > now)
    ending = update(PlannedFault).where(PlannedFault.run_id.in_(open_runs), PlannedFault.closed_at.is_(None))
    db.session.execute(ending.values(closed_at=now).execution_options(synchronize_session=False))
    closing = update(FaultRun).where(FaultRun.client_id == client.id, FaultRun.ends_at > now)
    db.session.execute(closing.values(ends_at=now).execution_options(synchronize_session=False))


def _sign_score(run: FaultRun, client: Client, played: Sequence[PlannedFault], *, issuer: str, now: datetime) -> str:
    control, *rest = [
        Reaction(planned.met_at, planned.code_used_at, planned.token_used_at, planned.declared) for planned in played
    ]
    judged = [judge(find_fault(name), seen, control) for name, seen in zip(run.faults, rest, strict=True)]
    claims = build_score_claims(
        judged, issuer=issuer, client_id=client.client_id, reference=run.reference, now=now, life=SCORE_LIFE
    )
    return build_jwt(claims, key=current_keystore().find_signing_key(KeyUse.RECEIPTS), typ=SCORE_TYP)
