"""Challenges that a new phone or a passkey has to answer: random, short-lived, and good once, also for a wrong answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, update

from eid.accounts.device_models import AuthenticatorChallenge
from eid.accounts.sessions import hash_token
from eid.clock import wall_now
from eid.db import db
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen
from eid.randomness import random_token

CHALLENGE_LIFE = timedelta(minutes=5)


class ChallengePurpose(StrEnum):
    BIND = "bind"
    ADD_PASSKEY = "add_passkey"
    USE_PASSKEY = "use_passkey"


@frozen
class DrawnChallenge:
    text: str
    """32 random octets in base64url, as WebAuthn writes a challenge too."""
    expires_at: datetime


def record_challenge(purpose: ChallengePurpose, account_id: int | None) -> DrawnChallenge:
    """A new challenge, good for five minutes; those of the day before are swept away. The caller commits."""
    now, text = wall_now(), random_token()
    db.session.execute(
        delete(AuthenticatorChallenge).where(AuthenticatorChallenge.expires_at < now - timedelta(days=1))
    )
    drawn = AuthenticatorChallenge(
        digest=hash_token(text),
        purpose=purpose,
        account_id=account_id,
        opened_at=now,
        expires_at=now + CHALLENGE_LIFE,
    )
    db.session.add(drawn)
    return DrawnChallenge(text, drawn.expires_at)


def spend_challenge(text: str, purpose: ChallengePurpose) -> int | None:
    """The account for which the challenge was drawn, if for one; it is used up, and that is committed. Of many at once, one wins.

    Raises VerificationFailed, step "challenge", where it is unknown, used, too old, or was drawn for something else.
    """
    now = wall_now()
    spent: Any = db.session.execute(
        update(AuthenticatorChallenge)
        .where(
            AuthenticatorChallenge.digest == hash_token(text),
            AuthenticatorChallenge.purpose == purpose,
            AuthenticatorChallenge.used_at.is_(None),
            AuthenticatorChallenge.expires_at > now,
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    drawn = db.session.get(AuthenticatorChallenge, hash_token(text), populate_existing=True) if spent.rowcount else None
    account_id = drawn.account_id if drawn else None
    db.session.commit()
    if drawn is None:
        raise VerificationFailed("challenge", "challenge_over", "This took too long, or was done already. Begin again.")
    return account_id
