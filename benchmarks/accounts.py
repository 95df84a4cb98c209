"""Accounts of people who sign in for a benchmark."""

from __future__ import annotations

from datetime import datetime

from eid.accounts.authenticators import generate_totp_secret, record_authenticators, seal_totp_secret
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.db import db
from eid.population.models import Person


def record_active_account(person: Person, *, password_hash: str, passcode_hash: str, now: datetime) -> str:
    """Add an active account of level 2 with these hashes; the caller commits. Returns its new TOTP secret."""
    secret = generate_totp_secret()
    account = Account(
        person_id=person.id,
        state=AccountState.ACTIVE,
        level=AccountLevel.TWO,
        phone=f"01{person.id % 10**8:08}",
        approved_at=now,
        activate_by=now,
        activated_at=now,
    )
    db.session.add(account)
    sealed = seal_totp_secret(secret, person_id=person.id)
    record_authenticators(account, password_hash=password_hash, passcode_hash=passcode_hash, sealed_totp=sealed)
    return secret
