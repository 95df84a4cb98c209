"""A few people of the register, with and without accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from eid.accounts.models import Account
from eid.accounts.service import record_prepared_account
from eid.db import db
from eid.population.models import Person, Sex
from eid.population.service import record_person

PASSWORD = "MinhTran@85"
PASSCODE = "497135"
TOTP_SECRET = "MZXW6YTBOI3EIZLNN5QWG2LEMVUWIZLE"
PHONE = "0100000102"
UNKNOWN_PIN = "979085000999"

MakePerson = Callable[..., Person]
MakeAccount = Callable[..., Account]


@pytest.fixture
def make_person(app: Flask) -> MakePerson:
    """Add a person of the register, committed: Trần Văn Minh unless told otherwise."""

    def make(**changes: Any) -> Person:
        given: dict[str, Any] = {
            "person_id": 2,
            "pin": "979085000102",
            "surname": "Trần",
            "middle_name": "Văn",
            "given_name": "Minh",
            "birth_date": date(1985, 11, 2),
            "sex": Sex.MALE,
            "residence_province": "79",
            "residence_commune": "Phường Bến Thử",
            "residence_address": "Số 7, đường Mẫu",
        }
        person = record_person(**given | changes)
        db.session.commit()
        return person

    return make


@pytest.fixture
def person(make_person: MakePerson) -> Person:
    return make_person()


@pytest.fixture
def make_account(person: Person) -> MakeAccount:
    """Add an account, committed: active and Minh's unless told otherwise."""

    def make(person_id: int = person.id, **changes: Any) -> Account:
        given = {"phone": PHONE, "password": PASSWORD, "passcode": PASSCODE, "totp_secret": TOTP_SECRET}
        account = record_prepared_account(person_id, **given | changes)
        db.session.commit()
        return account

    return make


@pytest.fixture
def account(make_account: MakeAccount) -> Account:
    return make_account()
