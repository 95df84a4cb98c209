"""The desk's reviews, its officers, and the account's part of a record: who may do what, and what each refusal says."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from eid.accounts.levels import AccountLevel
from eid.accounts.models import Account, Officer, OfficerRole
from eid.accounts.request_models import Request
from eid.accounts.request_queue import PAGE_LENGTH
from eid.accounts.requests import RequestKind, RequestState, record_request
from eid.accounts.service import find_account
from eid.audit import AuditEntry
from eid.cards.service import issue_card
from eid.config import Settings
from eid.db import db
from eid.population.models import Person
from tests.accounts.conftest import MakeAccount, MakePerson, last_text, world_later
from tests.accounts.officers import make_officer
from tests.web.conftest import Browser
from tests.web.test_requests import refused_by

BAO_PHONE = "0100000104"


@pytest.fixture
def bao(make_person: MakePerson) -> Person:
    return make_person(person_id=4, pin="979085000104", given_name="Bảo", residence_address="Số 4, đường Mẫu")


def come_in(browser: Browser, account: Account, person: Person, role: OfficerRole) -> None:
    """Minh signs in at the desk, in this role."""
    db.session.add(Officer(account_id=account.id, role=role, place="Phường Bến Thử"))
    db.session.commit()
    browser.sign_in(person.pin, at="/desk/")


def open_record(browser: Browser, pin: str) -> str:
    browser.open("/desk/")
    address = str(browser.send("/desk/look-ups", pin=pin, purpose="asks for an account").location)
    browser.open(address)
    return address


@pytest.fixture
def approver(browser: Browser, account: Account, person: Person) -> Browser:
    come_in(browser, account, person, OfficerRole.APPROVER)
    return browser


def record_many(bao: Person, count: int) -> list[int]:
    made = [
        record_request(RequestKind.CHANGE_EMAIL, person_id=bao.id, asked_by=None, details={}).id for _ in range(count)
    ]
    db.session.commit()
    return made


def test_a_review_is_taken_over_and_decided(approver: Browser, bao: Person, settings: Settings) -> None:
    [asked] = record_many(bao, 1)
    with world_later(settings, days=7):
        assert "Open requests: 1" in approver.open("/desk/").text and "Overdue: 1." in approver.open("/desk/").text
        page = approver.open("/desk/reviews").text
        assert "Overdue: 1." in page and page.count(">overdue</span>") == 1
    assert "Bảo" not in page
    page = approver.open(f"/desk/reviews/{asked}").text
    assert "Bảo" not in page
    assert approver.open(f"/desk/reviews/{asked}/portrait").status_code == 404
    assert "Bảo" not in approver.open(f"/desk/reviews/{asked}/form").text
    approver.open(f"/desk/reviews/{asked}")
    assert "Bảo" in approver.press("take-over").text
    assert approver.client.get(f"/desk/reviews/{asked}/portrait").mimetype == "image/jpeg"
    assert refused_by(approver.press("refuse", reason="")) == "reason_missing"
    assert "whoever asked is told why" in approver.press("refuse", reason="Chưa đủ.").text
    assert db.session.get_one(Request, asked).state == RequestState.REFUSED
    acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.person_id == bao.id)).all()
    assert acts == ["open_request", "take_over_request", "decide_request"]


def test_a_decision_that_is_none_is_refused(approver: Browser, bao: Person) -> None:
    [asked] = record_many(bao, 1)
    approver.open(f"/desk/reviews/{asked}")
    approver.press("take-over")
    assert refused_by(approver.submit(f"/desk/reviews/{asked}/decide", decision="x")) == "decision_unknown"


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=99999999999999999999", "order=x&kind=%00", "mine=maybe", "kind=a' or 1"]
)
def test_a_list_takes_whatever_is_asked(approver: Browser, bao: Person, query: str) -> None:
    record_many(bao, 1)
    assert approver.client.get(f"/desk/reviews?{query}").status_code in (200, 400)


def test_the_list_is_paged(approver: Browser, bao: Person) -> None:
    record_many(bao, PAGE_LENGTH + 1)
    assert "Page 1 of 2" in approver.open("/desk/reviews?order=newest").text
    page = approver.open("/desk/reviews?order=newest&page=2").text
    assert page.count("<tr>") == 2


@pytest.mark.parametrize("role", [OfficerRole.DESK, OfficerRole.HOTLINE])
@pytest.mark.parametrize("address", ["/desk/reviews", "/desk/reviews/1", "/desk/officers"])
def test_other_roles_are_not_let_in(
    browser: Browser, account: Account, person: Person, role: OfficerRole, address: str
) -> None:
    come_in(browser, account, person, role)
    answer = browser.open(address)
    assert (answer.status_code, "officer_role" in answer.text) == (403, True)


def test_the_hotline_answers_and_does_nothing_else(
    browser: Browser, account: Account, person: Person, bao: Person
) -> None:
    come_in(browser, account, person, OfficerRole.HOTLINE)
    issue_card(bao.pin)
    record = open_record(browser, bao.pin)
    assert refused_by(browser.submit(f"{record}/account", phone=BAO_PHONE)) == "officer_role"
    browser.open(record)
    assert refused_by(browser.submit(f"{record}/card")) == "officer_role"
    browser.open(record)
    for address, fields in (
        ("/close", {"close_reason": "holder"}),
        ("/unlock", {"reason": "holder"}),
        ("/authority", {"kind": "lock_by_authority"}),
        ("/lock", {"reason": "terms", "note": "Cho mượn tài khoản"}),
    ):
        assert refused_by(browser.submit(record + address, **fields)) == "officer_role"
        browser.open(record)
    assert refused_by(browser.submit(f"{record}/lock", reason="holder")) == "account_unknown"


def test_the_form_tk01_is_taken_in_and_left_to_review(approver: Browser, bao: Person) -> None:
    record = open_record(approver, bao.pin)
    assert refused_by(approver.press("review-account", phone="1")) == "phone_malformed"
    assert refused_by(approver.press("review-account", phone=BAO_PHONE, email="x")) == "email_malformed"
    page = approver.press("review-account", phone=BAO_PHONE, email="bao@example.test", wishes=["vehicle", "x"])
    assert "The request waits for review." in page.text
    asked = db.session.scalars(select(Request)).one()
    assert asked.details == {"phone": BAO_PHONE, "email": "bao@example.test", "wishes": ["vehicle"], "card": "none"}
    assert asked.place == "Phường Bến Thử"
    approver.open(record)
    assert refused_by(approver.press("review-account", phone=BAO_PHONE)) == "request_open"


def test_an_account_opened_at_once_leaves_its_form(approver: Browser, bao: Person) -> None:
    issue_card(bao.pin)
    open_record(approver, bao.pin)
    approver.press("open-account", phone=BAO_PHONE, email="bao@example.test")
    asked = db.session.scalars(select(Request)).one()
    assert (asked.kind, asked.form, asked.state) == ("account_level_2", "TK01", "approved")
    assert find_account(bao.id).email == "bao@example.test"
    assert "PHAM" not in last_text(BAO_PHONE) and "BAO" in last_text(BAO_PHONE)


def test_an_account_of_level_1_is_raised_to_2_at_the_desk(
    approver: Browser, bao: Person, make_account: MakeAccount
) -> None:
    issue_card(bao.pin)
    account = make_account(bao.id, phone=BAO_PHONE, level=AccountLevel.ONE)
    activated_at = account.activated_at
    open_record(approver, bao.pin)
    page = approver.press("open-account")
    assert "Raise to level 2" not in page.text
    db.session.expire_all()
    assert (account.level, account.state, account.activated_at) == ("2", "active", activated_at)
    acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.person_id == bao.id)).all()
    assert acts[-1] == "upgrade_account"


def test_a_breach_of_the_terms_is_noted_where_the_holder_reads_it(approver: Browser, bao: Person) -> None:
    issue_card(bao.pin)
    record = open_record(approver, bao.pin)
    approver.press("open-account", phone=BAO_PHONE)
    assert refused_by(approver.press("lock", reason="terms", note="")) == "note_missing"
    assert "The account is locked" in approver.press("lock", reason="terms", note="Cho mượn tài khoản").text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "lock_account")).one()
    assert (entry.person_id, entry.details["purpose"]) == (bao.id, "Cho mượn tài khoản")
    approver.open(record)
    assert "This lock is lifted" in approver.press("unlock").text


def test_nobody_acts_on_their_own_account_at_the_desk(approver: Browser, person: Person) -> None:
    record = open_record(approver, person.pin)
    for address, fields in (
        ("/close", {"close_reason": "holder"}),
        ("/lock", {"reason": "holder"}),
        ("/authority", {"kind": "unlock_by_authority"}),
    ):
        assert refused_by(approver.submit(record + address, **fields)) == "own_request"
        approver.open(record)


def test_an_account_is_closed_at_the_desk(approver: Browser, bao: Person) -> None:
    issue_card(bao.pin)
    record = open_record(approver, bao.pin)
    approver.press("open-account", phone=BAO_PHONE)
    assert refused_by(approver.submit(f"{record}/close", close_reason="death")) == "person_alive"
    approver.open(record)
    page: Any = approver.press("close-account", close_reason="holder")
    assert "The account is closed for good." in page.text
    assert 'data-act="lock"' not in page.text and 'data-act="open-account"' not in page.text


def test_an_approver_appoints_at_their_own_desk(approver: Browser, bao: Person) -> None:
    make_officer(OfficerRole.DESK)
    page = approver.open("/desk/officers").text
    assert page.count('data-act="dismiss"') == 1
    assert refused_by(approver.press("appoint", pin=bao.pin, role="desk")) == "account_unknown"
    assert "Dismissed." in approver.press("dismiss").text
