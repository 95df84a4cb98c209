"""What happened, posted in the transaction of the act and handled before that transaction commits.

A package tells the packages to its left what happened without knowing them: eid.app registers who handles what. Handlers
run inside the same transaction, add and never commit; what they post is handled in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from eid.db import db
from eid.late_dataclasses import frozen


@frozen
class PersonDied:
    person_id: int
    died_on: date


@frozen
class PinReplaced:
    """A person has a new number; the one before is kept, and good for nothing."""

    person_id: int


@frozen
class CitizenshipLost:
    person_id: int


@frozen
class PersonChange:
    """What the register says of somebody that it did not say before."""

    person_id: int
    kind: str
    """Of the event (population.life.kinds.LifeEventKind)."""
    columns: frozenset[str]
    """Of the person's row, those that are others now."""
    home_ids: frozenset[int]
    """The households that were left or entered."""


@frozen
class PeopleChanged:
    """Events of lives were entered in the register: of one act, or of many days at once."""

    changes: tuple[PersonChange, ...]


@frozen
class DaysLived:
    """The country has lived the days up to and with this one; agencies do what fell due in them."""

    last_day: date


@frozen
class CardIssued:
    card_id: int
    person_id: int


@frozen
class CardEnded:
    """A card stopped being good for proving anything: `state` is what it became (lost, withheld, revoked, …)."""

    card_id: int
    person_id: int
    state: str


@frozen
class CardReturned:
    """A withheld card is its holder's again."""

    card_id: int
    person_id: int


@frozen
class AccountLocked:
    account_id: int
    person_id: int
    reason: str


@frozen
class AccountUnlocked:
    account_id: int
    person_id: int


@frozen
class AccountClosed:
    account_id: int
    person_id: int


@frozen
class OrganisationLocked:
    """Nobody acts in the organisation's name any more; `reason` is one of OrganisationLockReason, dissolution among them."""

    organisation_id: int
    reason: str


@frozen
class AccountActivated:
    account_id: int
    person_id: int


@frozen
class AccountLevelChanged:
    """The account is of another level than before (accounts.levels.AccountLevel)."""

    account_id: int
    person_id: int
    before: str
    after: str


@frozen
class SessionsEnded:
    """Sessions of the pages are over that were not before; `is_whole_account` where the account has no other left."""

    account_id: int
    session_ids: tuple[int, ...]
    is_whole_account: bool = False


@frozen
class PhoneChanged:
    """The account's texts go to another number from now on."""

    account_id: int
    person_id: int


@frozen
class SecretChanged:
    """The holder has another secret of this kind (an authenticator's, as models.AuthenticatorKind has it)."""

    account_id: int
    person_id: int
    kind: str


@frozen
class PossessionChanged:
    """The holder signs in with one more thing of this kind (device, passkey), or with one less: create, delete."""

    account_id: int
    person_id: int
    kind: str
    change: str


@frozen
class ConsentAnsweredOnPhone:
    """The holder's phone has answered what a service asked for: approved, refused or wrong_number (accounts.approvals)."""

    approval_id: int
    account_id: int
    device_id: int
    decision: str
    withheld: tuple[str, ...] = ()
    """What was asked for and not given, by the keys of the question."""
    kind: str = "consent"
    """What was asked: accounts.asked_consents has the kinds. Who asked something else takes no notice."""


@frozen
class EntitlementChanged:
    """What a paper says about a person changed; `status` is valid, suspended or invalid (draft Token Status List, 7.1)."""

    person_id: int
    paper: str
    status: str


@frozen
class EntitlementsChanged:
    """The same of many people at once."""

    person_ids: frozenset[int]
    paper: str
    status: str


Handler = Callable[[Any], None]
Handlers = Mapping[type, Sequence[Handler]]

_QUEUE = "eid.events"
_MAX_ROUNDS = 32
"""Handlers that keep posting to each other would otherwise never end."""


def post_event(happened: object) -> None:
    """Remember what happened until just before the transaction commits; a rollback forgets it."""
    db.session.connection()  # an event belongs to a transaction: without one, no rollback would forget it
    db.session().info.setdefault(_QUEUE, []).append(happened)


def register_handlers(handlers: Handlers) -> None:
    """From now on these handlers, and no others, answer events in this process."""
    _handlers.clear()
    _handlers.update(handlers)


def _run_handlers(session: Session) -> None:
    for _ in range(_MAX_ROUNDS):
        happened = session.info.pop(_QUEUE, [])
        if not happened:
            return
        for fact in happened:
            for handle in _handlers.get(type(fact), ()):
                handle(fact)
    raise RuntimeError("event handlers keep posting events to each other")


def _forget(session: Session) -> None:
    session.info.pop(_QUEUE, None)


_handlers: dict[type, Sequence[Handler]] = {}

event.listen(db.session, "before_commit", _run_handlers)
event.listen(db.session, "after_rollback", _forget)
