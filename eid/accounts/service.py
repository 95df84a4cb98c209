"""Accounts: preparing them for the demo, finding them, and what the hotline and the desk's roles need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from eid.accounts import lifecycle
from eid.accounts.authenticators import (
    build_secret_hash,
    check_passcode,
    record_authenticators,
    seal_totp_secret,
)
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import ACTIVATION_PERIOD, AccountEvent, AccountState, LockReason
from eid.accounts.locking import lock_account, unlock_account
from eid.accounts.models import Account, AccountLock, Officer, OfficerRole
from eid.accounts.officers import find_acting_officer
from eid.accounts.opening import open_account
from eid.audit import ActorKind, record_act
from eid.clock import world_now
from eid.db import db, run, table_of
from eid.errors import NotFound
from eid.population.models import Person
from eid.prepared import Prepared

__all__ = [
    "HOLDER_COLUMNS",
    "check_passcode",
    "find_account",
    "find_holder",
    "find_officer",
    "lock_account",
    "open_account",
    "read_holder",
    "record_officer",
    "record_prepared_account",
    "reopen_activation",
    "unlock_account",
]


def record_prepared_account(
    person_id: int,
    *,
    phone: str,
    state: AccountState = AccountState.ACTIVE,
    level: AccountLevel = AccountLevel.TWO,
    password: str | None = None,
    passcode: str | None = None,
    totp_secret: str | None = None,
    password_hash: str | None = None,
    passcode_hash: str | None = None,
    lock_reasons: Iterable[LockReason] = (),
    approved_at: datetime | None = None,
) -> Account:
    """Add an account in this state with these secrets, without commit: for the demo, for load and for tests.

    A cohort may share hashes (from authenticators.build_secret_hash), which take most of the time. An account in a state that
    was activated needs a password and a passcode, or their hashes; a locked one needs a reason.
    """
    approved_at = approved_at or world_now() - timedelta(days=1)
    was_activated = state != AccountState.APPROVED
    account = Account(
        person_id=person_id,
        state=state,
        level=level,
        phone=phone,
        approved_at=approved_at,
        activate_by=approved_at + ACTIVATION_PERIOD,
        activated_at=approved_at if was_activated else None,
    )
    account.locks = [AccountLock(reason=reason, locked_at=approved_at) for reason in lock_reasons]
    if bool(account.locks) != (state == AccountState.LOCKED):
        raise ValueError("an account is locked exactly while there are reasons")
    if was_activated:
        record_authenticators(
            account,
            password_hash=password_hash or _hash_given(password),
            passcode_hash=passcode_hash or _hash_given(passcode),
            sealed_totp=seal_totp_secret(totp_secret, person_id=person_id) if totp_secret else None,
        )
    db.session.add(account)
    return account


def record_officer(account: Account, *, place: str, role: OfficerRole = OfficerRole.DESK) -> Officer:
    """Let an account that is already flushed act as an officer; the caller commits."""
    officer = Officer(account_id=account.id, role=role, place=place)
    db.session.add(officer)
    return officer


def find_account(person_id: int) -> Account:
    """The person's account. Raises NotFound where there is none."""
    account = db.session.scalar(select(Account).where(Account.person_id == person_id))
    if account is None:
        raise NotFound("account_unknown", "This person has no account.")
    return account


class Holder(NamedTuple):
    """What services may be told of a person and their account, as their rows have it."""

    person_id: int
    pin: str
    surname: str
    middle_name: str
    given_name: str
    birth_date: date
    sex: str
    residence_province: str
    residence_old_province: str
    residence_commune: str
    residence_address: str
    account_id: int
    level: AccountLevel
    phone: str
    email: str | None


_persons, _accounts = table_of(Person), table_of(Account)
HOLDER_COLUMNS = (
    _persons.c.id.label("holder_person_id"),
    *(_persons.c[name].label(f"holder_{name}") for name in Holder._fields[1:11]),
    _accounts.c.id.label("holder_account_id"),
    *(_accounts.c[name].label(f"holder_{name}") for name in Holder._fields[12:]),
)
"""Those of a Holder in their order, of a person's row and of their account's, for statements that read more besides."""
_HOLDER = Prepared(
    select(*HOLDER_COLUMNS)
    .outerjoin(_accounts, _accounts.c.person_id == _persons.c.id)
    .where(_persons.c.id == bindparam("person"))
)


def find_holder(person_id: int) -> Holder:
    """The person of this row and their account, by one statement. Raises NotFound where either is missing."""
    return read_holder(person_id, run(_HOLDER, {"person": person_id}).one_or_none())


def read_holder(person_id: int, columns: Sequence[Any] | None) -> Holder:
    """As find_holder, of HOLDER_COLUMNS that were read with something else."""
    if columns is None or columns[0] is None:
        raise NotFound("person_unknown", "Nobody in the register has this number.", reason=str(person_id))
    holder = Holder(*columns)
    if holder.account_id is None:
        raise NotFound("account_unknown", "This person has no account.")
    return holder


def find_officer(account_id: int) -> Officer:
    """What this account may do at the desk. Raises Refused where that is nothing."""
    return find_acting_officer(account_id)


def reopen_activation(account_id: int, *, officer: int | str) -> Account:
    """The holder called the hotline: the account can be activated for another seven days.

    Raises Conflict for an account that is not waiting to be activated.
    """
    account = db.session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound("account_unknown", "There is no such account.")
    lifecycle.state_after(AccountState(account.state), AccountEvent.REOPEN)
    account.activate_by = world_now() + ACTIVATION_PERIOD
    record_act("reopen_activation", actor_kind=ActorKind.OFFICER, actor=officer, person_id=account.person_id)
    db.session.commit()
    return account


def _hash_given(secret: str | None) -> str:
    if secret is None:
        raise ValueError("an account that was activated has a password and a passcode")
    return build_secret_hash(secret)
