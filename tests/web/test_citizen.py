"""The citizen's home, and locking one's own account."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import time_machine

from eid.accounts.models import Account
from eid.accounts.service import find_account
from eid.cards.lifecycle import CardState
from eid.cards.reader import DemoCard
from eid.cards.service import find_current_card
from eid.clock import wall_now
from eid.credentials.card_code import verify_card_code
from eid.crypto.mrz import parse_mrz
from eid.db import db
from eid.population.models import Person
from tests.web.conftest import Browser
from tests.web.qr_reader import read_drawing, read_qr


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
    assert 'id="side-back"' not in browser.page.text and 'id="card-code"' not in browser.page.text


def test_the_card_has_both_sides_of_2024(browser: Browser, account: Account, person: Person, carded: DemoCard) -> None:
    """FACTS of the card issued from July 2024: what is printed in front, what on the back, and the zone of ICAO 9303-5."""
    browser.sign_in(person.pin)
    assert browser.page is not None
    front, back = browser.page.text.split('class="identity-front"')[1].split('class="identity-back"')
    for label in ("Personal identification number", "Full name", "Date of birth", "Sex", "Nationality"):
        assert f"<dt>{label}</dt>" in front
    for label in ("Place of residence", "Place of birth registration", "Issued", "Valid until"):
        assert f"<dt>{label}</dt>" in back
    zone = [unescape(line) for line in re.findall(r"<span>(.*?)</span>", back.split('class="identity-mrz"')[1])[:3]]
    assert [len(line) for line in zone] == [30, 30, 30]
    read = parse_mrz("".join(zone))
    assert (read.document_number, read.optional_data.rstrip("<"), read.surname) == ("085000102", person.pin, "TRAN")
    assert "SIMULATION" in front and "SIMULATION" in back


def test_each_code_is_new_and_verified_with_the_published_keys_alone(
    browser: Browser, account: Account, person: Person, carded: DemoCard
) -> None:
    browser.sign_in(person.pin)
    keys = browser.client.get("/api/v1/keys").json["keys"]  # type: ignore[index]
    shown = []
    for later in (0, 31):
        with time_machine.travel(wall_now() + timedelta(seconds=later)):
            page = browser.client.get("/citizen/card/code")
            now = wall_now()
        assert page.headers["Cache-Control"] == "no-store"
        drawing = re.search(r"<svg id=.*?</svg>", page.text)
        assert drawing is not None
        shown.append(read_qr(read_drawing(drawing[0])))
        verified = verify_card_code(shown[-1], keys=keys, expected_issuer="http://localhost:8000", now=now)
        assert (verified.holder.name, verified.holder.pin) == (person.full_name, person.pin)
    assert shown[0] != shown[1]


def test_a_card_that_is_not_in_use_has_no_code(
    browser: Browser, account: Account, person: Person, carded: DemoCard
) -> None:
    """Withheld for a moment: the account is locked with it, and unlocked when it is returned."""
    browser.sign_in(person.pin)
    card = find_current_card(person.id)
    card.state = CardState.WITHHELD
    db.session.commit()
    home = browser.client.get("/citizen/")
    assert (home.status_code, 'id="card-code"' in home.text, 'id="side-back"' in home.text) == (200, False, True)
    refused = browser.client.get("/citizen/card/code")
    assert (refused.status_code, "card_unusable" in refused.text) == (409, True)


def test_the_holder_locks_the_account_and_is_out_at_once(
    browser: Browser, another_browser: Browser, account: Account, person: Person
) -> None:
    browser.sign_in(person.pin)
    browser.open("/citizen/lock")
    page = browser.submit("/citizen/lock")
    assert "Your account is locked" in page.text
    assert find_account(person.id).lock_reasons == {"holder"}
    assert browser.client.get("/citizen/").status_code == 303
