"""Opening an account (Decree 69/2024, articles 7, 10, 11 and 14): who may have one, and the text that says it is approved.

The record_ functions add to the caller's transaction; open_account commits.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from eid.accounts import lifecycle
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import ACTIVATION_PERIOD, AccountState
from eid.accounts.mail_addresses import parse_mail_address
from eid.accounts.models import Account
from eid.accounts.phones import parse_phone
from eid.audit import ActorKind, record_act
from eid.cards.service import check_card_usable
from eid.clock import world_now, world_today
from eid.config import current_settings
from eid.db import db
from eid.errors import Conflict, Refused
from eid.events import AccountLevelChanged, post_event
from eid.outbox import MessageKind, post_message
from eid.population.models import Person
from eid.population.numbers import age_on
from eid.population.service import find_person

YOUNGEST = 14
"""Decree 69/2024, article 7: younger people's accounts are asked for by their guardians."""

APPROVAL_TEXT = (
    "Cuc Canh sat QLHC ve TTXH thong bao: Ho so dang ky tai khoan dinh danh dien tu cua cong dan {name} da duoc phe duyet. "
    "De nghi truy cap ung dung VNeID hoac dia chi {address} de kich hoat tai khoan."
)
"""The wording is fixed; the address is this simulation's own."""
UPGRADED_TEXT = (
    "eid: Tai khoan dinh danh dien tu cua ban da len muc do 2. Ten dang nhap, mat khau va lich su van giu nguyen."
)


def open_account(pin: str, phone: str, *, officer: int | str, email: str = "") -> Account:
    """The person has an account of level 2 and was told so by text: approved, to be activated within seven days; or, where
    they had one of level 1, that one, with all its history.

    Raises NotFound for an unknown person; Refused for one who is dead or younger than 14; Conflict without a usable card or
    with an account that cannot grow; Malformed for a phone number or mail address that is none.
    """
    phone, address = parse_phone(phone), parse_mail_address(email)
    account = record_level_2(find_person(pin), phone=phone, email=address, actor=officer)
    db.session.commit()
    return account


def check_may_open(person: Person) -> None:
    """Raise Refused or Conflict where the person may not have an account of their own today: who they are, and their card."""
    _check_may_have_account(person)
    check_card_usable(person.id)


def check_may_ask(person: Person) -> None:
    """Raise Refused or Conflict where an account of level 2 will never be had: dead, too young, or there is one."""
    _check_may_have_account(person)
    account = _lock_account_of(person.id)
    if account is not None and (account.level != AccountLevel.ONE or account.state == AccountState.CLOSED):
        raise Conflict("account_exists", "This person has an account already.")


def record_level_2(person: Person, *, phone: str, email: str | None, actor: int | str) -> Account:
    """An account of level 2 for whoever has none, or one of level 1; the caller commits. Raises as open_account."""
    check_may_open(person)
    account = _lock_account_of(person.id)
    if account is None or account.level != AccountLevel.ONE:
        return record_account(person, level=AccountLevel.TWO, phone=phone, email=email, actor=actor)
    lifecycle.upgrade(account.standing)
    account.level = AccountLevel.TWO
    account.email = email or account.email
    post_message(MessageKind.TEXT, recipient=account.phone, body=UPGRADED_TEXT)
    post_event(AccountLevelChanged(account.id, person.id, AccountLevel.ONE, AccountLevel.TWO))
    record_act("upgrade_account", actor_kind=ActorKind.OFFICER, actor=actor, person_id=person.id)
    return account


def record_account(
    person: Person, *, level: AccountLevel, phone: str, email: str | None = None, actor: int | str
) -> Account:
    """An approved account of this level, and the text that says so; the caller commits. Raises Conflict: account_exists."""
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
    name = person.unaccented_name
    _flush_new_account()
    address = f"{current_settings().public_url}/citizen/activate"
    body = APPROVAL_TEXT.format(name=name, address=address)
    post_message(MessageKind.TEXT, recipient=phone, body=body)
    if email:
        post_message(MessageKind.MAIL, recipient=email, body=body)
    record_act("open_account", actor_kind=ActorKind.OFFICER, actor=actor, person_id=account.person_id, level=level)
    return account


def _check_may_have_account(person: Person) -> None:
    if person.died_on is not None:
        raise Refused("person_dead", "The register says that this person has died.")
    if age_on(person.birth_date, world_today()) < YOUNGEST:
        raise Refused("person_too_young", "An account at the desk is for people of 14 years and older.")


def _lock_account_of(person_id: int) -> Account | None:
    query = select(Account).where(Account.person_id == person_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def _flush_new_account() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("account_exists", "This person has an account already.") from error
