"""What tests of registrations begin from: an owner with a session, an officer, and a form that can be approved."""

from __future__ import annotations

from typing import Any

from eid.accounts.models import Account, OfficerRole
from eid.accounts.service import record_officer
from eid.accounts.sessions import Session
from eid.db import db
from eid.oauth.client_registrations import begin_registration, save_registration, submit_registration
from eid.oauth.models import Client
from eid.oauth.registration_form import EMPTY_FORM
from eid.oauth.registration_models import ClientRegistration
from eid.oauth.registration_reviews import approve_registration, take_over_registration
from tests.people import record_account_of, record_one

GOOD_FORM: dict[str, Any] = EMPTY_FORM | {
    "name": "Thư viện Thử",
    "foreign_name": "Sample Library",
    "purpose": "Cấp thẻ đọc cho người đã đăng nhập",
    "legal_basis": "Quy chế thư viện mẫu, điều 3",
    "scopes": ["profile", "phone"],
    "required_scopes": ["profile"],
    "scope_purposes": {
        "profile": "In họ tên lên thẻ đọc của người mượn",
        "phone": "Nhắn tin khi sách mượn sắp đến hạn trả",
    },
    "redirect_uris": "https://library.example/back",
    "contacts": "library@library.example",
}


def record_reviewer(number: int = 140, role: OfficerRole = OfficerRole.REVIEWER) -> Account:
    """An officer who may review; committed."""
    person = record_one(person_id=number, pin=f"979085000{number:03}", given_name="Hải")
    account = record_account_of(person.id, phone=f"0100000{number:03}")
    record_officer(account, place="Phường Bến Thử", role=role)
    db.session.commit()
    return account


def submit(session: Session, **changes: Any) -> ClientRegistration:
    """A registration that waits for an officer."""
    registration = begin_registration(session, organisation_id=changes.pop("organisation_id", None))
    save_registration(session, registration.id, GOOD_FORM | changes)
    submit_registration(session, registration.id)
    return registration


def approve(session: Session, officer: Account, **changes: Any) -> Client:
    """A client as its owner asked for it and the officer approved it."""
    registration = submit(session, **changes)
    take_over_registration(registration.id, officer=officer.id)
    return approve_registration(registration.id, officer=officer.id)
