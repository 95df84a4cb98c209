"""People who cannot or need not act for themselves, and those who act for them: what tests of wards, foreigners and
organisations begin from. Minh of tests.people is the guardian and the representative."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from eid.accounts.authenticators import build_secret_hash, record_authenticators, seal_totp_secret
from eid.accounts.desk import look_up_person
from eid.accounts.guardian_rules import Ground
from eid.accounts.guardians import record_guardianship
from eid.accounts.levels import AuthenticationLevel, Factor
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account, OfficerRole
from eid.accounts.organisation_finding import NamedPerson
from eid.accounts.organisation_rules import OrganisationForm
from eid.accounts.organisations import ask_for_organisation
from eid.accounts.representation_models import Organisation
from eid.accounts.request_models import Request
from eid.accounts.requests import RequestState, decide_request
from eid.accounts.service import record_officer
from eid.accounts.sessions import Session, UsedFactor, record_session
from eid.audit import AuditEntry
from eid.cards.service import issue_card
from eid.clock import wall_now, world_today
from eid.db import db
from eid.population.models import Person, Sex
from eid.population.numbers import years_before
from tests.people import HOA, MINH, PASSCODE, PASSWORD, TOTP_SECRET, record_account_of, record_one

TRANG: dict[str, Any] = MINH | {
    "person_id": 7,
    "pin": "901300000107",
    "surname": "Đặng",
    "middle_name": "Thu",
    "given_name": "Trang",
    "birth_date": date(2000, 12, 5),
    "sex": Sex.FEMALE,
}
FORM = OrganisationForm(
    kind="enterprise",
    code="9900000017",
    name="Công ty TNHH Mẫu Bến Thử",
    foreign_name="Ben Thu Sample Co., Ltd.",
    short_name="MBT",
    founded_on=date(2020, 1, 2),
    address="Số 1, đường Mẫu, Phường Bến Thử",
)


def born_to_be(age: int) -> date:
    """The birth date of whoever is that old today, and has been for a month."""
    day = years_before(world_today(), age)
    return day.replace(year=day.year - 1, month=12) if day.month == 1 else day.replace(month=day.month - 1, day=1)


def record_child(age: int = 9, *, number: int = 20, carded: bool = True, **changes: Any) -> Person:
    """Minh's son of this age, with a card unless told otherwise; committed."""
    born = born_to_be(age)
    pin = f"979{2 if born.year >= 2000 else 0}{born.year % 100:02}000{number:03}"
    given = {"person_id": number, "pin": pin, "middle_name": "Văn", "given_name": "An", "birth_date": born}
    child = record_one(**given | {"father_id": MINH["person_id"]} | changes)
    db.session.commit()
    if carded:
        issue_card(child.pin)
    return child


def record_account_for(like: dict[str, Any], phone: str) -> Account:
    """Somebody like one of the cast with an active account and Minh's secrets; committed."""
    account = record_account_of(record_one(like).id, phone=phone)
    db.session.commit()
    return account


def record_approver() -> int:
    """Hoa decides on requests; her account's id."""
    account = record_account_for(HOA, "0100000101")
    record_officer(account, place="Phường Bến Thử", role=OfficerRole.APPROVER)
    db.session.commit()
    return account.id


def approve(request: Request, officer: int) -> Request:
    return decide_request(request.id, officer=officer, decision=RequestState.APPROVED)


def activate(account: Account) -> Account:
    """As its holder would, with Minh's secrets; committed."""
    account.state, account.activated_at = AccountState.ACTIVE, account.approved_at
    record_authenticators(
        account,
        password_hash=build_secret_hash(PASSWORD),
        passcode_hash=build_secret_hash(PASSCODE),
        sealed_totp=seal_totp_secret(TOTP_SECRET, person_id=account.person_id),
    )
    db.session.commit()
    return account


def open_look_up(person: Person, officer: int) -> int:
    return look_up_person(person.pin, purpose="đề nghị mở tài khoản", officer=officer).id


def record_ward(guardian: Person, ward: Person, *, officer: int, ground: Ground = Ground.PARENT) -> None:
    """The guardianship alone, committed."""
    record_guardianship(ward, guardian, ground, document="" if ground is Ground.PARENT else "QĐ 12", officer=officer)
    db.session.commit()


def session_of(account: Account) -> Session:
    """The holder is signed in with two factors; committed."""
    now = wall_now()
    factors = [UsedFactor(Factor.PASSWORD, now), UsedFactor(Factor.TOTP, now)]
    session = record_session(account, factors, now=now).session
    db.session.commit()
    assert session.level == AuthenticationLevel.LOA2
    return session


def open_organisation_of(session: Session, officer: int, **changes: Any) -> Organisation:
    """An organisation with an account, whose one representative this is."""
    form = OrganisationForm(**FORM.__dict__ | changes)
    organisation = ask_for_organisation(session, form, others=())
    approve(db.session.scalars(select(Request).where(Request.organisation_id == organisation.id)).one(), officer)
    return organisation


def named(person: Person) -> NamedPerson:
    return NamedPerson(person.pin, person.full_name)


def count_acts(act: str) -> int:
    return db.session.scalar(select(func.count()).where(AuditEntry.act == act)) or 0
