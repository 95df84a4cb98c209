"""A card at the counter, over real HTTP: read, verified, with the health insurance of its holder; and every step refuses."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask import Flask
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from eid.agencies.service import record_health_insurance
from eid.audit import find_acts_about
from eid.cards.folder import write_card_folder
from eid.cards.service import issue_card, withhold_card
from eid.db import db
from eid.oauth.models import Client, ClientToken
from eid.samples.clinic.cards import CardRefused, find_photo, read_birthdate, verify_receipt
from eid.samples.signatures import PublishedKeys
from tests.engines import one_engine
from tests.live import LiveServer
from tests.people import HOA, MINH, record_one
from tests.samples.clinic.conftest import RunningClinic
from tests.walker import Walker

PIN = MINH["pin"]


@pytest.fixture
def card(app: Flask, live_server: LiveServer, patient: dict[str, Any]) -> Iterator[str]:
    """Minh's card lies on the counter's reader; he is insured."""
    record_health_insurance(MINH["person_id"])
    db.session.commit()
    write_card_folder(issue_card(PIN), live_server.app.extensions["eid.settings"].cards_dir / PIN)
    db.session.rollback()
    yield PIN


def test_a_card_is_taken_and_the_insurance_comes_with_it(app: Flask, clinic: RunningClinic, card: str) -> None:
    walker = Walker().open(f"{clinic.url}/card").press("take-card", card=card)
    assert (walker.address, walker.status) == (f"{clinic.url}/visit", 200), walker.text
    assert 'data-claim="name">Trần Văn Minh<' in walker.text
    assert 'data-claim="birthdate">02/11/1985<' in walker.text
    assert 'src="data:image/jpeg;base64,/9j/' in walker.text
    assert 'data-claim="number">' in walker.text and 'data-claim="valid_from">' in walker.text
    assert 'data-paper="health_insurance" data-outcome="verified"' in walker.text
    assert walker.press("sign-out").address == f"{clinic.url}/"


def test_the_patient_can_see_that_the_clinic_read_it(clinic: RunningClinic, card: str) -> None:
    Walker().open(f"{clinic.url}/card").press("take-card", card=card)
    db.session.rollback()
    entry = find_acts_about(MINH["person_id"])[0]
    assert (entry.act, entry.actor) == ("disclose_paper_by_card", clinic.config.client_id)


def test_the_clinic_asks_for_a_token_of_its_own_once(clinic: RunningClinic, card: str) -> None:
    for _ in range(3):
        Walker().open(f"{clinic.url}/card").press("take-card", card=card)
    db.session.rollback()
    assert db.session.query(ClientToken).count() == 1


def test_a_card_without_insurance_shows_that_there_is_none(
    app: Flask, live_server: LiveServer, clinic: RunningClinic
) -> None:
    record_one(HOA)
    db.session.commit()
    write_card_folder(issue_card(HOA["pin"]), live_server.app.extensions["eid.settings"].cards_dir / HOA["pin"])
    db.session.rollback()
    walker = Walker().open(f"{clinic.url}/card").press("take-card", card=HOA["pin"])
    assert 'data-paper="health_insurance" data-outcome="none"' in walker.text


def test_a_card_that_is_withheld_is_not_accepted(clinic: RunningClinic, card: str) -> None:
    withhold_card(MINH["person_id"], reason="test")
    db.session.rollback()
    walker = Walker().open(f"{clinic.url}/language/en").open(f"{clinic.url}/card").press("take-card", card=card)
    assert (walker.status, 'data-problem="card"' in walker.text) == (403, True)
    assert "card_withheld" in walker.text and "This card is withheld." in walker.text
    assert "Minh" not in walker.text


@one_engine
@pytest.mark.parametrize(
    ("given", "code"), [("", "card_unknown"), ("../../keys", "card_unknown"), ("9" * 12, "folder_missing")]
)
def test_what_is_no_card_is_not_accepted(clinic: RunningClinic, given: str, code: str) -> None:
    answer = requests.post(f"{clinic.url}/card", data={"card": given}, timeout=20)
    assert (answer.status_code, code in answer.text) == (403, True)


@one_engine
def test_a_page_of_others_cannot_make_the_counter_read_a_card(clinic: RunningClinic, card: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = requests.post(f"{clinic.url}/card", data={"card": card}, headers=headers, timeout=20)
    assert (answer.status_code, "form_elsewhere" in answer.text) == (403, True)


@one_engine
def test_a_clinic_that_may_not_read_it_shows_nothing(clinic: RunningClinic, card: str) -> None:
    db.session.query(Client).filter_by(client_id=clinic.config.client_id).update({"own_scopes": []})
    db.session.commit()
    walker = Walker().open(f"{clinic.url}/card").press("take-card", card=card)
    assert (walker.status, 'data-problem="unreachable"' in walker.text) == (502, True)
    assert "Minh" not in walker.text


@one_engine
def test_without_a_reader_the_counter_says_so(clinic: RunningClinic) -> None:
    walker = Walker().open(f"{clinic.url}/language/en").open(f"{clinic.url}/card")
    assert "There is no card reader at this counter." in walker.text


ISSUER, NOW, SOD, CHALLENGE = "https://eid.example", 1_800_000_000.0, b"\x77\x01\x00", "challenge"
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
OTHER = ECKey.generate_key("P-256", {"kid": "k1"})


@pytest.fixture
def keys() -> PublishedKeys:
    found = PublishedKeys("http://127.0.0.1:9/never-asked")
    found._keys = {"k1": KEY.as_dict(private=False)}
    found._fetched_at = time.monotonic()
    return found


def make_receipt(header: dict[str, Any] | None = None, key: Any = KEY, **changes: Any) -> str:
    claims = {
        "iss": ISSUER,
        "iat": int(NOW) - 1,
        "exp": int(NOW) + 299,
        "verdict": "verified",
        "sod_sha256": hashlib.sha256(SOD).hexdigest(),
        "chip_proved": True,
        "challenge_sha256": hashlib.sha256(CHALLENGE.encode()).hexdigest(),
    }
    head = {"alg": "ES256", "typ": "eid-card-receipt+jwt", "kid": "k1"} | (header or {})
    return jws.serialize_compact(head, json.dumps(claims | changes).encode(), key, algorithms=["ES256", "HS256"])


Verify = Callable[[str], Any]


@pytest.fixture
def verify(keys: PublishedKeys) -> Verify:
    return lambda token: verify_receipt(token, sod=SOD, challenge_id=CHALLENGE, issuer=ISSUER, keys=keys, now=NOW)


def test_a_good_receipt_is_believed_and_each_step_is_told(verify: Verify) -> None:
    claims, steps = verify(make_receipt())
    assert claims["verdict"] == "verified"
    assert [step.name for step in steps] == ["receipt", "iss", "time", "files", "chip"]


@pytest.mark.parametrize(
    ("changes", "step", "code"),
    [
        ({"header": {"typ": "JWT"}}, "receipt", "receipt_typ"),
        ({"header": {"typ": "eid-health_insurance+jwt"}}, "receipt", "receipt_typ"),
        ({"header": {"kid": "k2"}}, "receipt", "receipt_signature"),
        ({"key": OTHER}, "receipt", "receipt_signature"),
        ({"header": {"alg": "HS256"}, "key": OctKey.import_key("a" * 64)}, "receipt", "receipt_signature"),
        ({"iss": "https://evil.example"}, "iss", "receipt_issuer"),
        ({"exp": int(NOW) - 11}, "time", "receipt_time"),
        ({"iat": int(NOW) + 11}, "time", "receipt_time"),
        ({"exp": None}, "time", "receipt_time"),
        ({"verdict": "refused"}, "files", "receipt_of_another"),
        ({"sod_sha256": "00" * 32}, "files", "receipt_of_another"),
        ({"chip_proved": False}, "chip", "receipt_without_chip"),
        ({"chip_proved": 1}, "chip", "receipt_without_chip"),
        ({"challenge_sha256": None}, "chip", "receipt_without_chip"),
        ({"challenge_sha256": "00" * 32}, "chip", "receipt_without_chip"),
    ],
)
def test_a_receipt_that_does_not_hold_is_refused_at_its_step(
    verify: Verify, changes: dict[str, Any], step: str, code: str
) -> None:
    with pytest.raises(CardRefused) as refused:
        verify(make_receipt(**changes))
    assert (refused.value.step, refused.value.code) == (step, code)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "e30.e30.", "ë.b.c"])
def test_what_is_no_receipt_is_refused(verify: Verify, token: str) -> None:
    with pytest.raises(CardRefused) as refused:
        verify(token)
    assert refused.value.step == "receipt"


@pytest.mark.parametrize(
    ("zone", "pin", "birthdate"),
    [
        ("851102", "979085000102", "1985-11-02"),
        ("240203", "979224000203", "2024-02-03"),
        ("050101", "001305000001", "2005-01-01"),
    ],
)
def test_the_pin_tells_the_century(zone: str, pin: str, birthdate: str) -> None:
    assert read_birthdate(zone, pin) == birthdate


def test_the_portrait_is_the_jpeg_inside_its_file() -> None:
    jpeg = b"\xff\xd8\xff\xe0 picture \xff\xd9"
    assert base64.b64decode(find_photo(b"\x75\x20FAC\0" + jpeg).split(",")[1]) == jpeg
    assert find_photo(b"") == find_photo(b"\xff\xd9 \xff\xd8\xff") == ""
