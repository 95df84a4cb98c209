"""Officers of two desks, for tests of what several of them do."""

from __future__ import annotations

from collections.abc import Callable

from eid.accounts.models import OfficerRole
from eid.accounts.service import record_officer
from eid.db import db
from eid.population.models import Person
from tests.people import HOA, SECRETS, record_account_of, record_one

DESK = "Phường Bến Thử"
OTHER_DESK = "Xã Sông Mẫu"

MakeOfficer = Callable[..., int]


def make_officer(role: OfficerRole = OfficerRole.APPROVER, *, number: int = 1, place: str = DESK) -> int:
    """Appoint somebody whom the register does not know yet; the number of their account, committed."""
    person = record_person_of(number)
    account = record_account_of(person.id, phone=f"010000{number:04}", **SECRETS)
    record_officer(account, place=place, role=role)
    db.session.commit()
    return account.id


def record_person_of(number: int) -> Person:
    """Somebody of this number, who lives apart from all others."""
    changes = {"person_id": 100 + number, "pin": f"901190{number:06}", "given_name": f"Hoa{'abcdefghij'[number % 10]}"}
    return record_one(HOA, **changes, residence_address=f"Số {number}, ngõ 5")
