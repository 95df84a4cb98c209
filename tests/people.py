"""The people of tests: two of the cast as the register records them, and what Minh signs in with."""

from __future__ import annotations

from datetime import date
from typing import Any

from eid.accounts.models import Account
from eid.accounts.service import record_prepared_account
from eid.agencies.service import record_driving_licence, record_health_insurance
from eid.credentials.additions import record_prepared_additions
from eid.db import db
from eid.population.models import Person, Sex
from eid.population.service import record_person

HOA: dict[str, Any] = {
    "person_id": 1,
    "pin": "901190000101",
    "surname": "Nguyễn",
    "middle_name": "Thị",
    "given_name": "Hoa",
    "birth_date": date(1990, 3, 12),
    "sex": Sex.FEMALE,
    "residence_province": "01",
    "residence_commune": "Xã Sông Mẫu",
    "residence_address": "Số 12, ngõ 5",
}
MINH: dict[str, Any] = {
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
PHONE = "0100000102"
PASSWORD = "SongHong@85x"
PASSCODE = "497135"
TOTP_SECRET = "MZXW6YTBOI3EIZLNN5QWG2LEMVUWIZLE"
ANSWERS = {"first_pet": "Con Mực", "childhood_street": "Đường Hoa Sữa"}
QUESTION_FIELDS = {
    f"{name}_{number}": value
    for number, answered in enumerate(ANSWERS.items(), 1)
    for name, value in zip(("question", "answer"), answered, strict=True)
}
"""The answers as the pages' forms send them."""
SECRETS = {"password": PASSWORD, "passcode": PASSCODE, "totp_secret": TOTP_SECRET}


def record_one(like: dict[str, Any] = MINH, **changes: Any) -> Person:
    """Add somebody like one of the cast; other rows can refer to them, but nothing is committed."""
    person = record_person(**like | changes)
    db.session.flush()
    return person


def record_account_of(person_id: int, **changes: Any) -> Account:
    """Add an active account of level 2 with Minh's phone and secrets; other rows can refer to it, but nothing is committed."""
    account = record_prepared_account(person_id, **{"phone": PHONE, **SECRETS, **changes})
    db.session.flush()
    return account


def record_added_insurance(person_id: int, **terms: Any) -> None:
    """Add health insurance that its holder has added to their account too; nothing is committed."""
    record_health_insurance(person_id, **terms)
    record_prepared_additions(person_id, ["health_insurance"])


def record_added_licence(person_id: int, **terms: Any) -> None:
    """Add a driving licence that its holder has added to their account too; nothing is committed."""
    record_driving_licence(person_id, **terms)
    record_prepared_additions(person_id, ["driving_licence"])
