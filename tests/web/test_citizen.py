"""The citizen's home, and locking one's own account."""

from __future__ import annotations

from eid.accounts.models import Account
from eid.accounts.service import find_account
from eid.cards.reader import DemoCard
from eid.population.models import Person
from tests.web.conftest import Browser


def test_a_stranger_is_led_to_sign_in_and_back(browser: Browser) -> None:
    answer = browser.client.get("/citizen/")
    assert (answer.status_code, answer.location) == (303, "/citizen/sign-in?next=%2Fcitizen%2F&level=LoA2")


def test_home_shows_the_card_the_account_and_what_was_done(
    browser: Browser, account: Account, person: Person, carded: DemoCard
) -> None:
    browser.sign_in(person.pin)
    assert browser.page is not None
    page = browser.page.text
    for shown in ("Trần Văn Minh", "02/11/1985", "Sign-in with password", "Card issued", 'data-act="sign-out"'):
        assert shown in page
    assert "0100000102" not in page


def test_home_works_without_a_card(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin)
    assert browser.page is not None and browser.page.status_code == 200


def test_the_holder_locks_the_account_and_is_out_at_once(
    browser: Browser, another_browser: Browser, account: Account, person: Person
) -> None:
    browser.sign_in(person.pin)
    browser.open("/citizen/lock")
    page = browser.submit("/citizen/lock")
    assert "Your account is locked" in page.text
    assert find_account(person.id).lock_reasons == {"holder"}
    assert browser.client.get("/citizen/").status_code == 303
