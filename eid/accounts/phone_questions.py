"""What a service asks, put to a holder's phone: who lets services ask (eid.oauth.decoupled) counts it and hears the answer as
ConsentAnsweredOnPhone. The phone answers it as it answers sign-ins (eid.accounts.approvals).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from eid.accounts.approvals import APPROVAL_LIFE
from eid.accounts.asked_consents import AskedConsent
from eid.accounts.device_models import Approval
from eid.accounts.devices import REPLACED, find_device
from eid.accounts.sessions import hash_token
from eid.db import db
from eid.randomness import random_token


def record_question(
    account_id: int,
    *,
    asks: str,
    purpose: str,
    consent: AskedConsent,
    number: int,
    now: datetime,
    until: datetime,
    life: timedelta = APPROVAL_LIFE,
) -> int | None:
    """The holder's phone is asked what a service wants to know; the caller commits. None where the account has no phone.

    The number is shown by the service. Sign-ins that wait there go on waiting; the question is over after `life`, or at
    `until` where that is earlier.
    """
    device = find_device(account_id)
    if device is None:
        return None
    question = Approval(
        token_digest=hash_token(random_token()),
        account_id=account_id,
        device_id=device.id,
        number=number,
        asks=asks[:120],
        purpose=purpose[:300],
        browser="",
        consent=consent.to_json(),
        opened_at=now,
        expires_at=min(now + life, until),
    )
    db.session.add(question)
    db.session.flush()
    question_id: int = question.id
    return question_id


def record_question_over(approval_id: int | None, *, now: datetime) -> None:
    """The phone need not answer any more: it was answered elsewhere; the caller commits."""
    waiting = update(Approval).where(Approval.id == approval_id, Approval.decided_at.is_(None))
    db.session.execute(waiting.values(decided_at=now, decision=REPLACED))
