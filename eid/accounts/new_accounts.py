"""The account that follows an approved request: opened, or raised to level 2 with all that it was before."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from eid.accounts.foreign_papers import are_papers_good, find_foreign_paper
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import ACTIVATION_PERIOD, AccountState
from eid.accounts.models import Account
from eid.accounts.opening import APPROVAL_TEXT
from eid.accounts.request_models import OPEN_STATES, Request, RequestKind
from eid.accounts.who_may_have import Prerequisite, Subject
from eid.audit import ActorKind, record_act
from eid.cards.service import check_card_usable
from eid.clock import world_now
from eid.config import current_settings
from eid.db import db
from eid.errors import Conflict, Malformed
from eid.events import AccountLevelChanged, post_event
from eid.outbox import MessageKind, post_message
from eid.population.life.acts import CITIZEN
from eid.population.models import Person


def parse_level(level: str) -> AccountLevel:
    """An account's level as a form has it. Raises Malformed: account_level."""
    if level not in list(AccountLevel):
        raise Malformed("account_level", "Choose the level of the account.")
    return AccountLevel(level)


def subject_of(person: Person) -> Subject:
    return Subject.CITIZEN if person.nationality == CITIZEN else Subject.FOREIGNER


def find_held(person: Person) -> frozenset[Prerequisite]:
    """What the person has today of that which an account needs."""
    held = set()
    if are_papers_good(find_foreign_paper(person.id)):
        held.add(Prerequisite.RESIDENCE_CARD)
    if subject_of(person) is Subject.CITIZEN and _has_usable_card(person.id):
        held.add(Prerequisite.IDENTITY_CARD)
    return frozenset(held)


def check_not_asked_for(kind: RequestKind, person_id: int) -> None:
    """Raise Conflict: request_open, where such a request about this person waits already."""
    waiting = select(Request.id).where(
        Request.kind == kind, Request.person_id == person_id, Request.state.in_(OPEN_STATES)
    )
    if db.session.scalar(waiting.limit(1)) is not None:
        raise Conflict("request_open", "This has been asked for already; the request is being examined.")


def find_own_account(person_id: int, *, held: bool = False) -> Account | None:
    """The person's account, if any; its row held until the commit where told."""
    query = select(Account).where(Account.person_id == person_id)
    if held:
        query = query.with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=held))


def has_level(account: Account | None, level: AccountLevel) -> bool:
    return account is not None and account.level >= level


def record_approved_account(
    person: Person, *, level: AccountLevel, phone: str, email: str | None, officer: int | str
) -> Account:
    """The person has an approved account, to be activated within seven days; the caller commits. They are told by text.

    One of level 1 that they have becomes one of level 2, in the state in which it is. Raises Conflict: account_closed, and
    account_exists where another was opened at the same moment.
    """
    account = find_own_account(person.id, held=True)
    if account is not None:
        _raise_level(account, level, officer)
        return account
    now = world_now()
    account = Account(
        person_id=person.id,
        state=AccountState.APPROVED,
        level=level,
        phone=phone,
        email=email,
        approved_at=now,
        activate_by=now + ACTIVATION_PERIOD,
    )
    db.session.add(account)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("account_exists", "This person has an account already.") from error
    address = f"{current_settings().public_url}/citizen/activate"
    body = APPROVAL_TEXT.format(name=person.unaccented_name, address=address)
    post_message(MessageKind.TEXT, recipient=phone, body=body)
    record_act("open_account", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id, level=level)
    return account


def _raise_level(account: Account, level: AccountLevel, officer: int | str) -> None:
    if account.state == AccountState.CLOSED:
        raise Conflict("account_closed", "The account is not in a state in which this can be done.")
    if account.level < level:
        post_event(AccountLevelChanged(account.id, account.person_id, account.level, level))
        account.level = level
        record_act(
            "raise_account_level", actor_kind=ActorKind.OFFICER, actor=officer, person_id=account.person_id, level=level
        )


def _has_usable_card(person_id: int) -> bool:
    try:
        check_card_usable(person_id)
    except Conflict:
        return False
    return True
