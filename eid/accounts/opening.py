"""Opening an account at the desk (Decree 69/2024, articles 7 and 10): who may have one, and the text that says it is approved."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import ACTIVATION_PERIOD, AccountState
from eid.accounts.models import Account
from eid.accounts.phones import parse_phone
from eid.audit import ActorKind, record_act
from eid.cards.service import check_card_usable
from eid.clock import world_now, world_today
from eid.config import current_settings
from eid.db import db
from eid.errors import Conflict, Refused
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


def open_account(pin: str, phone: str, *, officer: int | str) -> Account:
    """The person has an approved account of level 2, to be activated within seven days, and was told so by text.

    Raises NotFound for an unknown person; Refused for one who is dead or younger than 14; Conflict without a usable card or
    with an account; Malformed for a phone number that is none.
    """
    phone = parse_phone(phone)
    person = find_person(pin)
    _check_may_have_account(person)
    check_card_usable(person.id)
    now = world_now()
    account = Account(
        person_id=person.id,
        state=AccountState.APPROVED,
        level=AccountLevel.TWO,
        phone=phone,
        approved_at=now,
        activate_by=now + ACTIVATION_PERIOD,
    )
    db.session.add(account)
    _flush_new_account()
    address = f"{current_settings().public_url}/citizen/activate"
    post_message(
        MessageKind.TEXT,
        recipient=phone,
        body=APPROVAL_TEXT.format(name=person.unaccented_name, address=address),
    )
    record_act("open_account", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id, level=AccountLevel.TWO)
    db.session.commit()
    return account


def _check_may_have_account(person: Person) -> None:
    if person.died_on is not None:
        raise Refused("person_dead", "The register says that this person has died.")
    if age_on(person.birth_date, world_today()) < YOUNGEST:
        raise Refused("person_too_young", "An account at the desk is for people of 14 years and older.")


def _flush_new_account() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("account_exists", "This person has an account already.") from error
