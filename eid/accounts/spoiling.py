"""Plants defects of accounts into a generated register, to see whether an audit finds them. Shares no code with the audit.

For tests and demos only. Nobody knows the secrets of these accounts.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import select

from eid.accounts.authenticators import build_secret_hash
from eid.accounts.levels import AccountLevel, AuthenticationLevel
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.models import Account, AccountLock, Authenticator, AuthenticatorKind, SignInSession
from eid.cards.models import Card, CardState
from eid.cards.spoiling import give_card, is_suited
from eid.db import db
from eid.population.models import Person
from eid.population.spoiling.spoiler import Breakage, Kind, Planted, Spoiler
from eid.randomness import random_token

SECRETS = (AuthenticatorKind.PASSWORD, AuthenticatorKind.PASSCODE)
DAYS_SINCE_APPROVAL = 60


def find_holders() -> set[int]:
    """Everybody who has a card or an account: what is planted into them would break rules of these too, so they are spared."""
    return {*db.session.scalars(select(Card.person_id)), *db.session.scalars(select(Account.person_id))}


def _give_account(
    spoiler: Spoiler,
    person: Person,
    *,
    locked_for: LockReason | None = None,
    secrets: tuple[AuthenticatorKind, ...] = SECRETS,
    **otherwise: Any,
) -> Account:
    """An account as it should be but for what is told: approved two months ago, activated a day later."""
    approved_at = _days_ago(spoiler, DAYS_SINCE_APPROVAL)
    as_it_should_be = {
        "person_id": person.id,
        "state": AccountState.LOCKED if locked_for else AccountState.ACTIVE,
        "level": AccountLevel.TWO,
        "phone": f"012{person.id % 10**7:07d}",
        "approved_at": approved_at,
        "activate_by": approved_at + timedelta(days=7),
        "activated_at": approved_at + timedelta(days=1),
    }
    account = Account(**as_it_should_be | otherwise)
    account.authenticators = [
        Authenticator(kind=kind, secret_hash=_hash_of_what_nobody_knows(), added_at=approved_at) for kind in secrets
    ]
    account.locks = [AccountLock(reason=locked_for, locked_at=approved_at)] if locked_for else []
    db.session.add(account)
    return account


@cache
def _hash_of_what_nobody_knows() -> str:
    """One for all, since making it takes tens of milliseconds."""
    return build_secret_hash(random_token())


def _days_ago(spoiler: Spoiler, days: int) -> datetime:
    return datetime.combine(spoiler.today - timedelta(days=days), time(3), UTC)


def _is_adult(spoiler: Spoiler, person: Person) -> bool:
    return is_suited(spoiler, person) and spoiler.age(person) >= 20


def _account_of_a_child(spoiler: Spoiler, person: Person) -> Breakage:
    if not is_suited(spoiler, person) or spoiler.age(person) > 12:
        return None
    give_card(spoiler, person)
    _give_account(spoiler, person)
    return [Planted("account-age", person.id)]


def _locked_without_reason(spoiler: Spoiler, person: Person) -> Breakage:
    return _wrong_account("account-lock", spoiler, person, state=AccountState.LOCKED)


def _reason_without_lock(spoiler: Spoiler, person: Person) -> Breakage:
    state = AccountState.ACTIVE
    return _wrong_account("account-lock", spoiler, person, locked_for=LockReason.HOLDER, state=state)


def _active_but_never_activated(spoiler: Spoiler, person: Person) -> Breakage:
    return _wrong_account("account-activated", spoiler, person, activated_at=None)


def _activated_but_waiting(spoiler: Spoiler, person: Person) -> Breakage:
    return _wrong_account("account-activated", spoiler, person, state=AccountState.APPROVED)


def _activated_late(spoiler: Spoiler, person: Person) -> Breakage:
    activated_at = _days_ago(spoiler, spoiler.rng.randint(1, DAYS_SINCE_APPROVAL - 9))
    return _wrong_account("account-overdue", spoiler, person, activated_at=activated_at)


def _activated_before_approval(spoiler: Spoiler, person: Person) -> Breakage:
    activated_at = _days_ago(spoiler, spoiler.rng.randint(DAYS_SINCE_APPROVAL + 1, 90))
    return _wrong_account("account-order", spoiler, person, activated_at=activated_at)


def _approved_in_the_future(spoiler: Spoiler, person: Person) -> Breakage:
    approved_at = _days_ago(spoiler, -spoiler.rng.randint(2, 90))
    waiting = {"state": AccountState.APPROVED, "activated_at": None, "activate_by": approved_at + timedelta(days=7)}
    return _wrong_account("account-order", spoiler, person, approved_at=approved_at, **waiting)


def _telephone_malformed(spoiler: Spoiler, person: Person) -> Breakage:
    number = f"{person.id % 10**8:08d}"
    return _wrong_account(
        "account-phone", spoiler, person, phone=spoiler.rng.choice([f"84{number}", f"0{number}", "0"])
    )


def _account_without_card(spoiler: Spoiler, person: Person) -> Breakage:
    if not _is_adult(spoiler, person):
        return None
    _give_account(spoiler, person)
    return [Planted("account-card", person.id)]


def _account_without_secret(spoiler: Spoiler, person: Person) -> Breakage:
    secrets = spoiler.rng.choice([SECRETS[:1], SECRETS[1:], ()])
    return _wrong_account("account-secret", spoiler, person, secrets=secrets)


def _wrong_account(rule: str, spoiler: Spoiler, person: Person, **otherwise: Any) -> Breakage:
    """An account that is otherwise than it should be, of somebody with a good card."""
    if not _is_adult(spoiler, person):
        return None
    give_card(spoiler, person)
    _give_account(spoiler, person, **otherwise)
    return [Planted(rule, person.id)]


def _account_of_the_dead(spoiler: Spoiler, person: Person) -> Breakage:
    """The card was revoked for the death; the account was forgotten, or is locked for the card alone."""
    if not _is_adult(spoiler, person) or not spoiler.is_alone(person):
        return None
    spoiler.die(person, spoiler.today - timedelta(days=30), recorded_after=4)
    give_card(spoiler, person, state=CardState.REVOKED)
    locked_for = spoiler.rng.choice([None, LockReason.CARD])
    _give_account(spoiler, person, locked_for=locked_for)
    forgotten = [] if locked_for else [Planted("account-card-ended", person.id)]
    return [Planted("account-dead", person.id), *forgotten]


def _account_of_a_card_that_ended(spoiler: Spoiler, person: Person) -> Breakage:
    if not _is_adult(spoiler, person):
        return None
    give_card(spoiler, person, state=spoiler.rng.choice([CardState.LOST, CardState.WITHHELD, CardState.REVOKED]))
    _give_account(spoiler, person, locked_for=spoiler.rng.choice([None, LockReason.HOLDER]))
    return [Planted("account-card-ended", person.id)]


def _card_in_use_past_its_last_day(spoiler: Spoiler, person: Person) -> Breakage:
    """Issued five years before a birthday that has passed."""
    if not _is_adult(spoiler, person) or spoiler.age(person) < 26:
        return None
    past = max(age for age in (25, 40, 60) if age < spoiler.age(person))
    born = person.birth_date
    give_card(spoiler, person, date(born.year + past - 5, born.month, born.day))
    _give_account(spoiler, person)
    return [Planted("account-card-expired", person.id)]


def _locked_for_a_good_card(spoiler: Spoiler, person: Person) -> Breakage:
    return _wrong_account("account-card-good", spoiler, person, locked_for=LockReason.CARD)


def _signed_in_though_locked(spoiler: Spoiler, person: Person) -> Breakage:
    if not _is_adult(spoiler, person):
        return None
    give_card(spoiler, person)
    account = _give_account(spoiler, person, locked_for=LockReason.HOLDER)
    db.session.flush()
    since = account.approved_at + timedelta(days=2)
    session = SignInSession(
        token_hash=spoiler.rng.randbytes(32).hex(),
        account_id=account.id,
        level=AuthenticationLevel.LOA1,
        factors=[],
        authenticated_at=since,
        started_at=since,
        seen_at=since,
        expires_at=since + timedelta(hours=1),
    )
    db.session.add(session)
    return [Planted("account-session", person.id)]


ACCOUNT_KINDS: tuple[Kind, ...] = (
    _account_of_a_child,
    _locked_without_reason,
    _reason_without_lock,
    _active_but_never_activated,
    _activated_but_waiting,
    _activated_late,
    _activated_before_approval,
    _approved_in_the_future,
    _telephone_malformed,
    _account_without_card,
    _account_without_secret,
    _account_of_the_dead,
    _account_of_a_card_that_ended,
    _card_in_use_past_its_last_day,
    _locked_for_a_good_card,
    _signed_in_though_locked,
)
