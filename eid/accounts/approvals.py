"""Approving a sign-in on the phone: by a request that is pushed to it, or by a QR code that it scans.

The asking screen shows a number that the phone must be told (NIST SP 800-63B-4, section 3.1.3: a secret passes from one
channel to the other), so that nobody approves what they do not see. One wrong number ends the request. Pushes are counted,
so that a holder cannot be worn down by them; they are sent for somebody alone who has already proved to be the holder by
something else. A question for a consent is put there by whoever lets a service ask (eid.oauth.decoupled), and counted there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update

from eid.accounts.asked_consents import AskedConsent, read_withheld
from eid.accounts.authenticators import check_passcode
from eid.accounts.device_models import Approval, Device
from eid.accounts.devices import REPLACED, KnownDevice, find_device
from eid.accounts.guessing import GuessKind, check_may_guess, digest_lookup, record_failure, record_success
from eid.accounts.levels import Factor
from eid.accounts.models import GuessCounter
from eid.accounts.sessions import NewSession, Session, find_session, hash_token
from eid.accounts.sign_in import begin_session_for, raise_session
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Refused, VerificationFailed
from eid.events import ConsentAnsweredOnPhone, post_event
from eid.late_dataclasses import frozen
from eid.randomness import random_digits, random_token

APPROVAL_LIFE = timedelta(seconds=60)


class Decision(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"
    REPLACED = REPLACED


class ApprovalState(StrEnum):
    """What the asking browser is told."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"
    OVER = "over"


@frozen
class OpenedApproval:
    """What the asking browser keeps; the tokens are nowhere else."""

    token: str
    scan_token: str
    """For the QR code; nothing where the request was pushed."""


@frozen
class ShownApproval:
    """What the asking screen shows."""

    state: ApprovalState
    number: int
    expires_at: datetime


@frozen
class AskedApproval:
    """What a phone shows of a request; the number is not in it."""

    id: int
    asks: str
    purpose: str
    browser: str
    opened_at: datetime
    expires_at: datetime
    consent: AskedConsent | None = None
    """What a service would come to know; None where the request is for a sign-in."""


def open_push(session: Session, *, asks: str, purpose: str, browser: str) -> OpenedApproval:
    """The holder's phone is asked to let this session rise; committed. Raises Refused where the account has no phone.

    1. Neither wrong numbers nor pushes without an answer were too many (TooManyAttempts).
    2. What the phone was asked before and has not answered is over.
    """
    now, device = wall_now(), find_device(session.account_id)
    if device is None:
        raise Refused("device_none", "No phone is bound to the account.")
    # (1)
    check_may_guess(GuessKind.DEVICE, _numbers_of(session.account_id), now=now)
    record_failure(GuessKind.DEVICE, _pushes_to(session.account_id), now=now)
    # (2)
    db.session.execute(
        update(Approval)
        .where(Approval.account_id == session.account_id, Approval.decided_at.is_(None), Approval.consent.is_(None))
        .values(decided_at=now, decision=Decision.REPLACED)
    )
    opened = _record_opened(asks, purpose, browser, now, session=session, device=device)
    record_act("ask_phone", actor_kind=ActorKind.PERSON, actor=session.person_id, person_id=session.person_id)
    db.session.commit()
    return opened


def open_scan(*, asks: str, purpose: str, browser: str) -> OpenedApproval:
    """A QR code waits for a minute for whoever scans and approves it to be signed in here; committed."""
    opened = _record_opened(asks, purpose, browser, wall_now(), session=None, device=None)
    db.session.commit()
    return opened


def find_shown(token: str) -> ShownApproval | None:
    """What the browser that holds this token shows; None where it has asked for nothing."""
    found = db.session.scalar(select(Approval).where(Approval.token_digest == hash_token(token)))
    return None if found is None else ShownApproval(_state_of(found, wall_now()), found.number, found.expires_at)


def find_asked(device: KnownDevice) -> Sequence[AskedApproval]:
    """What the phone is asked just now, oldest first."""
    waiting = select(Approval).where(
        Approval.device_id == device.id, Approval.decided_at.is_(None), Approval.expires_at > wall_now()
    )
    return [_describe(found) for found in db.session.scalars(waiting.order_by(Approval.id))]


def take_scanned(device: KnownDevice) -> AskedApproval:
    """The request behind a QR code is this phone's from now on; committed. Of many phones, the first has it.

    Raises NotFound where the code is unknown, too old, or another phone's.
    """
    scanned = hash_token(str(device.claims.get("token")))
    db.session.execute(
        update(Approval)
        .where(
            Approval.scan_digest == scanned,
            Approval.device_id.is_(None),
            Approval.decided_at.is_(None),
            Approval.expires_at > wall_now(),
        )
        .values(device_id=device.id, account_id=device.account_id)
        .execution_options(synchronize_session=False)
    )
    taken = db.session.scalar(
        select(Approval).where(
            Approval.scan_digest == scanned,
            Approval.device_id == device.id,
            Approval.decided_at.is_(None),
            Approval.expires_at > wall_now(),
        )
    )
    if taken is None:
        raise NotFound("approval_over", "This request is over, or was answered already.")
    asked = _describe(taken)
    db.session.commit()
    return asked


def decide_approval(device: KnownDevice, *, passcode: str = "") -> Decision:
    """The phone has approved or refused a request, as it signed; committed. Of many answers at once, one counts.

    What a service asks for is approved with the passcode too, as on a page (Refused: passcode_wrong; its tries are counted).

    1. What the phone signed names a request and an answer (Malformed).
    2. The request waits for this phone; its row is held (NotFound).
    3. Whoever approves was told the right number. A wrong one ends the request and is counted: VerificationFailed, step
       "number"; TooManyAttempts, where no try was left, and nothing has changed.
    """
    # (1)
    approval_id, answer, number = _read_answer(device)
    # (2)
    now = wall_now()
    if answer == "approve" and _hold(approval_id, device, now).consent is not None:
        check_passcode(device.account_id, passcode)
    asked = _hold(approval_id, device, now)
    withheld = _read_withheld(asked, device)
    # (3)
    decision = Decision.REFUSED
    if answer == "approve":
        decision = Decision.APPROVED if number == asked.number else Decision.WRONG_NUMBER
        count = record_success if decision is Decision.APPROVED else record_failure
        count(GuessKind.DEVICE, _numbers_of(device.account_id), now=now)
    if decision is Decision.APPROVED and asked.consent is None:
        _forget_pushes(device.account_id)
    asked.decided_at, asked.decision = now, decision
    if asked.consent is not None:
        kind = AskedConsent.from_json(asked.consent).kind
        post_event(ConsentAnsweredOnPhone(asked.id, device.account_id, device.id, decision, withheld, kind))
    record_act(
        "answer_on_phone" if asked.consent is None else "answer_service_on_phone",
        actor_kind=ActorKind.PERSON,
        actor=device.person_id,
        person_id=device.person_id,
        decision=decision,
        result="done" if decision is Decision.APPROVED else "refused",
    )
    db.session.commit()
    if decision is Decision.WRONG_NUMBER:
        raise VerificationFailed(
            "number", "number_wrong", "That is not the number on the other screen. Ask again there."
        )
    return decision


def begin_sign_in_by_phone(approval_token: str, *, browser: str = "") -> NewSession:
    """A session of level 1 for the holder of the phone that has scanned and approved; once.

    Raises as check_approved; Unauthenticated where the account cannot be used.
    """
    account_id, device_id = _use(approval_token, session=None)
    return begin_session_for(
        account_id, [Factor.DEVICE], act="begin_sign_in_by_phone", browser=browser, device_id=device_id
    )


def complete_sign_in_by_phone(token: str, approval_token: str) -> NewSession:
    """The session has shown the holder's phone too, under a new token; once. Raises as check_approved."""
    session = find_session(token)

    def prove() -> None:
        _use(approval_token, session=session)

    return raise_session(token, Factor.DEVICE, prove, session, act="complete_sign_in_by_phone")


def check_approved(shown: ShownApproval | None) -> None:
    """Return where the phone has approved. Raises Conflict while it waits or when it is over, Refused where it said no."""
    state = shown.state if shown else ApprovalState.OVER
    if state is ApprovalState.WAITING:
        raise Conflict("approval_waiting", "The phone has not approved yet.")
    if state is ApprovalState.REFUSED:
        raise Refused("approval_refused", "The phone refused.")
    if state is ApprovalState.WRONG_NUMBER:
        raise Refused("approval_number", "The phone was told another number. Ask again.")
    if state is ApprovalState.OVER:
        raise Conflict("approval_over", "This request is over, or was answered already.")


def _use(approval_token: str, *, session: Session | None) -> tuple[int, int]:
    """Account and phone of an approved request, which is used up; the caller commits. Raises as check_approved.

    A request that was pushed for a session raises that one and begins no other.
    """
    check_approved(find_shown(approval_token))
    used: Any = db.session.execute(
        update(Approval)
        .where(
            Approval.token_digest == hash_token(approval_token),
            Approval.decision == Decision.APPROVED,
            Approval.used_at.is_(None),
            Approval.consent.is_(None),
            Approval.session_id.is_(None) if session is None else Approval.session_id == session.id,
        )
        .values(used_at=wall_now())
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:
        raise Conflict("approval_over", "This request is over, or was answered already.")
    found = db.session.scalars(select(Approval).where(Approval.token_digest == hash_token(approval_token))).one()
    assert found.account_id is not None
    assert found.device_id is not None
    return found.account_id, found.device_id


def _record_opened(
    asks: str, purpose: str, browser: str, now: datetime, *, session: Session | None, device: Device | None
) -> OpenedApproval:
    token, scan_token = random_token(), "" if device else random_token()
    db.session.add(
        Approval(
            token_digest=hash_token(token),
            scan_digest=hash_token(scan_token) if scan_token else None,
            account_id=session.account_id if session else None,
            device_id=device.id if device else None,
            session_id=session.id if session else None,
            number=int(random_digits(2)),
            asks=asks[:120],
            purpose=purpose[:300],
            browser=browser[:120],
            opened_at=now,
            expires_at=now + APPROVAL_LIFE,
        )
    )
    return OpenedApproval(token, scan_token)


def _read_answer(device: KnownDevice) -> tuple[int, str, int]:
    approval_id, answer, number = (device.claims.get(name) for name in ("approval", "answer", "number"))
    is_known = answer in ("approve", "refuse") and type(approval_id) is int and 0 < approval_id < 2**63
    if not is_known or not isinstance(number, str | None):
        raise Malformed(
            "answer_malformed", "The phone signs a request's number, approve or refuse, and the number shown."
        )
    digits = number if number and number.isascii() and number.isdigit() and len(number) == 2 else "-1"
    return approval_id, answer, int(digits)  # type: ignore[return-value]


def _read_withheld(asked: Approval, device: KnownDevice) -> tuple[str, ...]:
    if asked.consent is None:
        return ()
    return read_withheld(AskedConsent.from_json(asked.consent), device.claims.get("withheld"))


def _hold(approval_id: int, device: KnownDevice, now: datetime) -> Approval:
    query = select(Approval).where(Approval.id == approval_id, Approval.device_id == device.id)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None or _state_of(found, now) is not ApprovalState.WAITING:
        raise NotFound("approval_over", "This request is over, or was answered already.")
    return found


def _state_of(found: Approval, now: datetime) -> ApprovalState:
    """A request that was approved in time can be used for as long as it would have waited."""
    if found.decision in (Decision.REFUSED, Decision.WRONG_NUMBER):
        return ApprovalState(found.decision)
    if found.used_at is not None or found.decision == Decision.REPLACED or now >= found.expires_at:
        return ApprovalState.OVER
    return ApprovalState.APPROVED if found.decision == Decision.APPROVED else ApprovalState.WAITING


def _describe(found: Approval) -> AskedApproval:
    return AskedApproval(
        found.id,
        found.asks,
        found.purpose,
        found.browser,
        found.opened_at,
        found.expires_at,
        None if found.consent is None else AskedConsent.from_json(found.consent),
    )


def _numbers_of(account_id: int) -> str:
    return digest_lookup("number", account_id)


def _pushes_to(account_id: int) -> str:
    return digest_lookup("push", account_id)


def _forget_pushes(account_id: int) -> None:
    """What the holder has just approved was wanted; also where the last one allowed was the one approved."""
    db.session.execute(
        update(GuessCounter)
        .where(GuessCounter.kind == GuessKind.DEVICE, GuessCounter.subject == _pushes_to(account_id))
        .values(failures=0, blocked_until=None)
    )
