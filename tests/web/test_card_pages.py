"""Reading a card on a page: who may, what they see, what is refused, and that nothing is kept."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from eid.accounts.models import Account
from eid.audit import ActorKind, find_acts_about
from eid.cards.folder import write_card_folder
from eid.cards.reader import DemoCard, read_demo_card
from eid.cards.service import issue_card, revoke_card
from eid.config import current_settings
from eid.crypto.lds import disk_file_name
from eid.db import db
from eid.population.models import Person
from tests.accounts.conftest import MakePerson
from tests.engines import one_engine
from tests.web.conftest import Browser

PLACES = ("/desk/cards/verify", "/citizen/card", "/services/card")


@pytest.fixture
def card(app: Flask, person: Person) -> DemoCard:
    """The card of the person, at the reader."""
    folder = current_settings().cards_dir / person.pin
    write_card_folder(issue_card(person.pin), folder)
    db.session.commit()
    return read_demo_card(folder)


@pytest.fixture
def hers(app: Flask, make_person: MakePerson) -> str:
    """The PIN of another person, whose card is at the reader, too."""
    other = make_person(person_id=5, pin="979085000105", given_name="Bảo")
    write_card_folder(issue_card(other.pin), current_settings().cards_dir / other.pin)
    pin = other.pin
    db.session.commit()
    return pin


def sent(card: DemoCard, **changes: bytes | None) -> dict[str, Any]:
    """The files of a card as a form sends them."""
    files = {disk_file_name(name): content for name, content in card.files.items()} | changes
    return {"files": [(io.BytesIO(content), name) for name, content in files.items() if content is not None]}


def upload(browser: Browser, place: str, card: DemoCard, **changes: bytes | None) -> TestResponse:
    browser.open(place)
    return browser.submit(place, **sent(card, **changes))


def test_at_the_desk_a_card_is_read_and_its_holder_shown(
    browser: Browser, officer: Account, person: Person, card: DemoCard, hers: str
) -> None:
    browser.sign_in(person.pin, at="/desk/cards/verify")
    page = browser.press("read-card", card=hers)
    assert page.status_code == 200
    assert 'data-verdict="verified"' in page.text and "it is the card itself" in page.text
    assert "Bảo" in page.text and 'src="data:image/jpeg;base64,/9j/' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.text.count("<tr>") == 1 + 26
    entry = find_acts_about(5)[0]
    assert (entry.act, entry.actor_kind, entry.actor) == (
        "inspect_card_at_desk",
        ActorKind.OFFICER,
        str(officer.id),
    )


def test_a_citizen_reads_the_own_card_and_nobody_elses(
    browser: Browser, account: Account, person: Person, card: DemoCard, hers: str
) -> None:
    browser.sign_in(person.pin, at="/citizen/card")
    page = browser.press("read-card", card=person.pin)
    assert 'data-verdict="verified"' in page.text and person.full_name in page.text
    browser.open("/citizen/card")
    page = browser.press("read-card", card=hers)
    assert 'data-verdict="refused" data-step="card_holder" data-code="card_of_another"' in page.text
    assert "Bảo" not in page.text and "data:image" not in page.text


@pytest.mark.parametrize("place", PLACES)
def test_files_are_verified_and_said_to_prove_no_chip(
    browser: Browser, officer: Account, person: Person, card: DemoCard, place: str
) -> None:
    browser.sign_in(person.pin, at="/citizen/")
    page = upload(browser, place, card)
    assert 'data-verdict="verified"' in page.text
    assert "a copy cannot be told from the original" in page.text
    assert "aa_not_done" in page.text and "clone_detection_not_done" in page.text


@one_engine
def test_a_changed_file_is_refused_with_the_step_and_nothing_of_it_shown(
    browser: Browser, person: Person, card: DemoCard
) -> None:
    changed = card.files["EF.DG2"][:-1] + b"\x00"
    page = upload(browser, "/services/card", card, **{"EF_DG2.bin": changed})
    assert 'data-verdict="refused" data-step="data_groups" data-code="dg_hash_mismatch"' in page.text
    assert person.pin not in page.text.replace("EF", "") and "data:image" not in page.text


@one_engine
def test_a_revoked_card_is_refused_although_its_signatures_hold(
    browser: Browser, person: Person, card: DemoCard
) -> None:
    revoke_card(person.id, reason="test")
    browser.open("/services/card")
    page = browser.press("read-card", card=person.pin)
    assert 'data-step="card_state" data-code="card_revoked"' in page.text
    assert "This card is revoked." in page.text


@one_engine
def test_what_is_let_pass_is_told(browser: Browser, card: DemoCard) -> None:
    """Bytes after EF.SOD: strict refuses them, lenient reports them."""
    changes = {"EF_SOD.bin": card.files["EF.SOD"] + b"\x00\x00"}
    strict = upload(browser, "/services/card", card, **changes)
    assert 'data-code="sod_trailing_data"' in strict.text
    assert "The setting trailing_data (policy lenient) would let it pass." in strict.text
    browser.open("/services/card")
    lenient = browser.submit("/services/card", policy="lenient", **sent(card, **changes))
    assert "known deviation" in lenient.text


@one_engine
@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        ({"chip_keys.json": b"{}"}, "chip_keys_uploaded", "private keys must never be sent"),
        ({"notes.txt": b""}, "file_unknown", "no file of a chip has"),
        ({"dg1.bin": b""}, "file_twice", "are the same file"),
        ({"folder/EF_DG1.bin": b""}, "file_twice", "are the same file"),
        ({"EF_DG3.bin": bytes(300_000)}, "file_too_large", "larger than"),
        ({f"x{n}.bin": b"" for n in range(20)}, "too_many_files", "fewer files"),
    ],
)
def test_what_is_no_card_is_refused_on_the_form(
    browser: Browser, card: DemoCard, changes: dict[str, bytes], code: str, sentence: str
) -> None:
    page = upload(browser, "/services/card", card, **changes)
    assert (page.status_code, f'data-code="{code}"' in page.text, sentence in page.text) == (400, True, True)
    assert 'data-act="verify-files"' in page.text


@one_engine
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "files_missing"),
        ({"card": "x"}, "card_unknown"),
        ({"card": "../../keys"}, "card_unknown"),
        ({"card": "901190000999"}, "folder_missing"),
        ({"card": "979085000102", "policy": "none"}, "policy_unknown"),
        ({"files": (io.BytesIO(b"x"), "")}, "files_missing"),
    ],
)
def test_what_is_chosen_must_be_there(browser: Browser, card: DemoCard, fields: dict[str, Any], code: str) -> None:
    browser.open("/services/card")
    page = browser.submit("/services/card", **fields)
    assert f'data-code="{code}"' in page.text
    assert page.status_code in (400, 404)


@one_engine
def test_nothing_that_is_sent_is_kept(browser: Browser, card: DemoCard) -> None:
    state = current_settings().state_dir
    before = {path for path in Path(state).rglob("*") if path.is_file() and "sqlite" not in path.name}
    upload(browser, "/services/card", card)
    after = {path for path in Path(state).rglob("*") if path.is_file() and "sqlite" not in path.name}
    assert {path.name for path in after - before} <= {"receipts.pem"}


@one_engine
@pytest.mark.parametrize("place", PLACES[:2])
def test_a_stranger_is_led_to_sign_in(browser: Browser, place: str) -> None:
    assert browser.client.get(place).status_code == 303


@one_engine
def test_a_citizen_is_no_officer(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin, at="/desk/cards/verify")
    assert browser.page is not None and browser.page.status_code == 403


@one_engine
def test_the_ways_lead_there(browser: Browser, officer: Account, person: Person) -> None:
    browser.sign_in(person.pin, at="/desk/")
    assert 'href="/desk/cards/verify"' in browser.open("/desk/").text
    assert 'href="/citizen/card"' in browser.open("/citizen/").text
    assert 'href="/services/card"' in browser.open("/services/").text
