"""A new phone number for the account: asked for by the signed-in holder, proved by more than signing in (recovery_rules).

With a code from the old phone it takes effect at once; without the old phone it takes the card and more, and a wait. The
number that the register knows is another matter: the holder declares that one.
"""

from __future__ import annotations

from eid.accounts.guessing import GuessKind, digest_lookup, record_failure
from eid.accounts.models import Account
from eid.accounts.recovery_attempts import record_code, record_recovery_attempt
from eid.accounts.recovery_rules import Proof, RecoveryKind
from eid.accounts.security import prove_password
from eid.accounts.sessions import Session
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict


def begin_phone_change(session: Session, *, password: str, phone: str) -> str:
    """A code is on its way to the new number; the attempt's token.

    Raises Refused for a wrong password, Conflict where it is the number already, TooManyAttempts.
    """
    prove_password(session, password)
    account = db.session.get_one(Account, session.account_id)
    if account.phone == phone:
        raise Conflict("phone_same", "This is the account's number already.")
    record_failure(GuessKind.TEXTED_CODE, digest_lookup("new phone", session.account_id), now=wall_now())
    token, attempt = record_recovery_attempt(RecoveryKind.PHONE, account, new_phone=phone)
    record_code(attempt, Proof.NEW_PHONE, token=token, phone=phone)
    person_id = session.person_id
    record_act("begin_phone_change", actor_kind=ActorKind.PERSON, actor=person_id, person_id=person_id)
    db.session.commit()
    return token
