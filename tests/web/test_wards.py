"""The guardian's pages: an account asked for, a use agreed to, a disclosure seen and ended, and all of it closed at 14."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.representation_models import WardUse
from eid.accounts.request_models import Request
from eid.accounts.service import find_account
from eid.accounts.ward_uses import Use, UseKind, check_use_agreed
from eid.accounts.wards import ask_for_childs_account, ask_for_wards_account_at_desk
from eid.audit import AuditEntry
from eid.clock import wall_now, world_today
from eid.config import Settings
from eid.db import db
from eid.errors import Refused
from eid.oauth.clients import RegisteredClient
from eid.oauth.consents import find_consents, record_consent
from eid.population.models import Person
from tests.accounts.conftest import world_later
from tests.engines import one_engine
from tests.oauth.conftest import answer_at, request_of, service
from tests.people import PASSCODE, record_added_insurance
from tests.representation import (
    TRANG,
    activate,
    approve,
    open_look_up,
    record_account_for,
    record_approver,
    record_child,
    session_of,
)
from tests.web.conftest import Browser

__all__ = ["service"]

WARDS = "/citizen/wards/"


@pytest.fixture
def officer_id(app: Flask) -> int:
    return record_approver()


@pytest.fixture
def child(account: Account) -> Person:
    return record_child()


@pytest.fixture
def ward(child: Person, account: Account, officer_id: int) -> Person:
    """The child has an account of level 2, asked for at the desk together with Minh: one of level 1 shows no papers."""
    look_up = open_look_up(child, officer_id)
    guardian_pin = db.session.get_one(Person, account.person_id).pin
    request = ask_for_wards_account_at_desk(
        look_up, guardian_pin=guardian_pin, ground="parent", document="", level="2", officer=officer_id
    )
    approve(request, officer_id)
    activate(find_account(child.id))
    record_added_insurance(child.id)
    db.session.commit()
    return child


@pytest.fixture
def guardian(browser: Browser, account: Account, person: Person) -> Browser:
    browser.sign_in(person.pin)
    return browser


def ask(ward_id: int) -> int:
    """The ward wants to use the account; the use that waits."""
    use = Use(UseKind.SERVICE, "clinic", recipient="Phòng khám Mẫu", purpose="Khám bệnh", attributes=("profile",))
    with pytest.raises(Refused) as refused:
        check_use_agreed(ward_id, use)
    assert refused.value.code == "guardian_asked"
    return db.session.scalars(select(WardUse.id)).one()


def give_consent(ward_id: int, to: RegisteredClient) -> int:
    record_consent(ward_id, to.client, asked=["openid", "profile"], granted=["openid", "profile"], now=wall_now())
    db.session.commit()
    return find_consents(ward_id)[0].id


def test_a_parent_asks_for_the_childs_account_and_sees_where_it_stands(
    child: Person, guardian: Browser, officer_id: int
) -> None:
    page = guardian.open(WARDS)
    assert child.full_name in page.text
    page = guardian.press("ask-child")
    assert "The request is made." in page.text
    assert "being examined" in page.text
    assert 'data-act="ask-child"' not in page.text
    approve(db.session.scalars(select(Request)).one(), officer_id)
    page = guardian.open(WARDS)
    assert f'href="{WARDS}{child.id}"' in page.text
    assert "approved" in page.text
    assert "Activate it with the PIN of your ward" in guardian.open(f"{WARDS}{child.id}").text


def test_the_page_of_somebody_without_wards_says_so(guardian: Browser) -> None:
    assert "Children of yours younger than 14" in guardian.open(WARDS).text
    assert WARDS in guardian.open("/citizen/").text


def test_an_ask_that_is_refused_says_why_on_the_page(child: Person, guardian: Browser) -> None:
    guardian.open(WARDS)
    for pin in ("", "x", "979085000999"):
        answer = guardian.send(f"{WARDS}requests", child=pin)
        assert (answer.status_code, 'data-code="child_unknown"' in answer.text) == (404, True)
    assert db.session.scalars(select(Request)).all() == []


def test_a_guardian_agrees_to_a_use_which_the_ward_sees(ward: Person, guardian: Browser) -> None:
    ask(ward.id)
    page = guardian.open(WARDS)
    assert "Phòng khám Mẫu" in page.text
    assert "Khám bệnh" in page.text
    assert "It counts once" in guardian.press("approve").text
    use = db.session.scalars(select(WardUse)).one()
    assert (use.decision, use.decided_by) == ("agreed", guardian_id())
    assert 'data-act="approve"' not in guardian.open(WARDS).text


def guardian_id() -> int:
    return db.session.scalars(select(Person.id).where(Person.pin == "979085000102")).one()


def test_a_guardian_does_not_agree_and_anything_but_yes_is_no(ward: Person, guardian: Browser) -> None:
    use_id = ask(ward.id)
    guardian.open(WARDS)
    assert "nothing is shared" in guardian.submit(f"{WARDS}uses/{use_id}", decision="perhaps").text
    assert db.session.scalars(select(WardUse.decision)).one() == "refused"
    answer = guardian.send(f"{WARDS}uses/{use_id}", decision="agreed")
    assert answer.status_code in (400, 409)


def test_a_guardian_sees_card_papers_and_disclosures_of_a_ward_and_ends_one(
    ward: Person, guardian: Browser, service: RegisteredClient
) -> None:
    """Issue: what is done with a ward's identity is seen and steered by the guardian."""
    consent_id = give_consent(ward.id, service)
    page = guardian.open(f"{WARDS}{ward.id}")
    for text in (ward.full_name, "Health insurance card", "parent, by the register", "Guardian recorded"):
        assert text in page.text
    assert guardian.client.get(f"{WARDS}{ward.id}/portrait").mimetype == "image/jpeg"
    page = guardian.press("withdraw")
    assert "can read nothing of your ward" in page.text
    assert find_consents(ward.id) == []
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "withdraw_consent")).one()
    assert (entry.person_id, entry.actor) == (ward.id, str(guardian_id()))
    answer = guardian.send(f"{WARDS}{ward.id}/consents/{consent_id + 1}/withdraw")
    assert (answer.status_code, "consent_unknown" in answer.text) == (404, True)


def test_a_guardian_shows_a_wards_paper_after_their_own_passcode(ward: Person, guardian: Browser) -> None:
    address = f"{WARDS}{ward.id}/papers/health_insurance"
    guardian.open(address)
    assert "passcode_wrong" in guardian.send(address, passcode="000000").text
    shown = guardian.send(address, passcode=PASSCODE)
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert ward.full_name in shown.text
    assert f'href="{address}"' in shown.text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "present_paper")).one()
    assert (entry.person_id, entry.actor) == (ward.id, str(guardian_id()))
    assert guardian.client.get(f"{WARDS}{ward.id}/papers/wallet").status_code == 404
    assert guardian.client.get(f"{WARDS}{ward.id}/papers/driving_licence").status_code == 409


def test_a_wards_account_of_level_1_shows_no_papers_to_the_guardian_either(
    child: Person, account: Account, guardian: Browser, officer_id: int
) -> None:
    approve(ask_for_childs_account(session_of(account), child.pin), officer_id)
    activate(find_account(child.id))
    record_added_insurance(child.id)
    db.session.commit()
    assert "Health insurance card" not in guardian.open(f"{WARDS}{child.id}").text
    page = guardian.open(f"{WARDS}{child.id}/papers/health_insurance")
    assert (page.status_code, "account_level" in page.text) == (409, True)


def test_the_ward_reads_who_acted(ward: Person, guardian: Browser) -> None:
    """What a guardian did is not told as if the ward had done it."""
    ask(ward.id)
    guardian.open(WARDS)
    guardian.press("approve")
    page = guardian.open(f"{WARDS}{ward.id}")
    assert "· you" in page.text
    assert f"· {ward.full_name}" in page.text


def test_a_guardian_locks_the_account(ward: Person, guardian: Browser) -> None:
    guardian.open(f"{WARDS}{ward.id}")
    assert "The account is locked" in guardian.press("lock").text
    assert find_account(ward.id).state == AccountState.LOCKED


@one_engine
def test_everything_of_a_ward_is_nobody_elses(
    ward: Person, another_browser: Browser, service: RegisteredClient
) -> None:
    use_id, consent_id = ask(ward.id), give_consent(ward.id, service)
    record_account_for(TRANG, "0100000107")
    another_browser.sign_in(TRANG["pin"])
    another_browser.open("/citizen/lock")
    for path in ("", "/portrait", "/papers/health_insurance"):
        assert another_browser.client.get(f"{WARDS}{ward.id}{path}").status_code == 404
    for path in (f"{ward.id}/lock", f"{ward.id}/consents/{consent_id}/withdraw", f"uses/{use_id}"):
        assert another_browser.send(f"{WARDS}{path}", decision="agreed").status_code == 404
    answer = another_browser.send(f"{WARDS}{ward.id}/papers/health_insurance", passcode=PASSCODE)
    assert answer.status_code == 404
    assert len(find_consents(ward.id)) == 1
    assert find_account(ward.id).state == AccountState.ACTIVE


@one_engine
def test_the_page_of_a_ward_is_gone_on_the_14th_birthday(ward: Person, guardian: Browser, settings: Settings) -> None:
    fourteenth = ward.birth_date.replace(year=ward.birth_date.year + 14)
    with world_later(settings, (fourteenth - world_today()).days - 1):
        assert guardian.open(f"{WARDS}{ward.id}").status_code == 200
    with world_later(settings, (fourteenth - world_today()).days):
        page = guardian.open(f"{WARDS}{ward.id}")
        assert (page.status_code, "ward_unknown" in page.text) == (404, True)
        assert ward.full_name not in guardian.open(WARDS).text


@one_engine
def test_a_ward_opens_papers_once_the_guardian_agrees(
    ward: Person, guardian: Browser, another_browser: Browser
) -> None:
    """Decree 69/2024, article 10."""
    another_browser.sign_in(ward.pin)
    address = "/citizen/papers/health_insurance"
    another_browser.open(address)
    answer = another_browser.send(address, passcode=PASSCODE)
    assert (answer.status_code, "guardian_asked" in answer.text) == (403, True)
    guardian.open(WARDS)
    guardian.press("approve")
    assert another_browser.submit(address, passcode=PASSCODE).status_code == 200
    assert db.session.scalars(select(WardUse.used_at)).one() is not None


def test_a_service_gets_nothing_of_a_ward_before_the_guardian_agrees_each_time(
    ward: Person, guardian: Browser, another_browser: Browser, service: RegisteredClient
) -> None:
    """Decree 69/2024, article 10: a consent that was given once does not stand for the next use."""
    another_browser.sign_in(ward.pin)
    for _time in range(2):
        page = another_browser.open(f"/oauth/authorize?{urlencode(request_of(service))}")
        here = page.request.path
        agreed = {"scope": ["openid", "identity", "phone"], "passcode": PASSCODE}
        answer = another_browser.send(here, act="approve", **agreed)
        assert (answer.status_code, "guardian_asked" in answer.text) == (403, True)
        assert "Phòng khám Thử" in guardian.open(WARDS).text
        guardian.press("approve")
        another_browser.open(here)
        assert "code" in answer_at(another_browser.send(here, act="approve", **agreed))
    [consent] = find_consents(ward.id)
    use = db.session.scalars(select(WardUse).order_by(WardUse.id.desc())).first()
    assert use is not None and consent.given_by == use.decided_by is not None
    assert set(use.attributes) == set(consent.granted_items or [])
    page = guardian.open(f"{WARDS}{ward.id}").text
    assert "Personal identification number" in page and page.count('data-act="withdraw-attribute"') == 1
    assert "Agreed to by your guardian" in another_browser.open("/citizen/services").text
    here = f"{WARDS}{ward.id}/consents/{consent.id}/attributes"
    assert guardian.send(f"{here}/pin/withdraw").status_code == 409
    assert guardian.send(f"{here}/phone/withdraw").status_code == 303
    db.session.rollback()
    [rest] = find_consents(ward.id)
    assert "phone_number" not in (rest.granted_items or []) and rest.given_by == use.decided_by
