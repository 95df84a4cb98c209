"""Challenges for chips: eight random bytes for one chip to sign, once, within five minutes of wall time (ICAO 9303-11, 6.1).

Nothing is kept of one that is drawn: its id is a nonce sealed by a secret of the key store, so that every host knows it. That it
was answered is a row, added in the transaction of what the answer proves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.dialects.postgresql import insert

from eid.cards.models import CardChallenge
from eid.clock import wall_now
from eid.crypto.active_auth import CHALLENGE_BYTES
from eid.crypto.nonces import build_nonce, verify_nonce
from eid.crypto.report import Result, Step
from eid.db import db, run, table_of
from eid.errors import VerificationFailed
from eid.keystore import SecretUse, current_keystore
from eid.prepared import Prepared
from eid.randomness import random_bytes

CHALLENGE_LASTS = timedelta(minutes=5)
CHALLENGE_LABEL = "card challenge"

_RECORDING = Prepared(insert(table_of(CardChallenge)).inline().on_conflict_do_nothing())
"""Of all who add the same row at once, one does: the others wait for whether it is committed. SQLite has the same words."""


class OpenChallenge(NamedTuple):
    """One that may be answered."""

    id: str
    challenge: bytes


def open_challenge() -> OpenChallenge:
    """A challenge that one chip may answer once within five minutes. Raises Unavailable: key_missing."""
    challenge = random_bytes(CHALLENGE_BYTES)
    return OpenChallenge(
        build_nonce(CHALLENGE_LABEL, secret=_find_secret(), randomness=challenge, now=wall_now()), challenge
    )


def record_answered_challenge(challenge_id: str) -> bytes:
    """The eight bytes that the chip had to sign; from the caller's commit on the challenge is used up, whatever came of it.

    1. The challenge was drawn here,
    2. is not older than five minutes
    3. and was never answered; of all who answer one at once, one succeeds.

    Raises VerificationFailed (step active_authentication): aa_nonce_unknown, aa_nonce_expired, aa_nonce_reused.
    """
    now = wall_now()
    # (1) and (2)
    try:
        challenge = verify_nonce(challenge_id, CHALLENGE_LABEL, secret=_find_secret(), life=CHALLENGE_LASTS, now=now)
    except VerificationFailed as failure:
        raise _refuse_unverified(challenge_id, failure.code) from failure
    # (3)
    row = {"id": challenge_id, "challenge": challenge, "expires_at": now + CHALLENGE_LASTS, "used_at": now}
    if not run(_RECORDING, row).rowcount:
        raise _refuse("aa_nonce_reused", "This challenge was answered before.")
    return challenge


def _refuse_unverified(challenge_id: str, code: str) -> VerificationFailed:
    if code == "nonce_unknown":
        return _refuse("aa_nonce_unknown", "This challenge was not drawn here.")
    if db.session.get(CardChallenge, challenge_id) is not None:
        return _refuse("aa_nonce_reused", "This challenge was answered before.")
    return _refuse("aa_nonce_expired", "This challenge is too old; draw a new one.")


def _refuse(code: str, detail: str) -> VerificationFailed:
    step = Step("active_authentication", Result.FAILED, code, detail)
    return VerificationFailed(step.step, code, detail, evidence={"steps": [step.as_dict()]})


def _find_secret() -> bytes:
    return current_keystore().find_secret(SecretUse.LOOKUPS)
