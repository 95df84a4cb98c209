"""One person's life through the whole chain: every link works because the one before it did, and all of them end together.

Each act goes through the outside where it has an outside: the desk's pages, the citizen's pages, the clinic's requests.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
import requests
import time_machine

from eid.accounts.service import record_officer, record_prepared_account
from eid.agencies.service import deduct_licence_points, issue_driving_licence, issue_health_insurance
from eid.cards.reader import read_demo_card
from eid.cards.service import issue_card
from eid.clock import advance_world, world_today
from eid.crypto.jwt import verify_jwt
from eid.crypto.status_list import check_status, parse_status, verify_status_list
from eid.db import db
from eid.errors import VerificationFailed
from eid.oauth.clients import register_client
from eid.population.models import Sex
from eid.population.registration import register_birth
from eid.population.service import record_person
from tests.live import LiveServer
from tests.walker import Walker

CLINIC_CALLBACK = "http://localhost:8009/callback"
PHONE, PASSWORD, PASSCODE = "0100777001", "Song#Mai2040", "936158"
OFFICER_PASSWORD, OFFICER_PASSCODE = "CanBo!Thu1", "428613"


@dataclass
class Clinic:
    """A relying service that knows nothing of eid but its addresses, and verifies papers offline."""

    url: str
    client_id: str
    secret: str
    tokens: dict[str, str] = field(default_factory=dict)
    access_token: str = ""

    def begin(self, verifier: str) -> Walker:
        """A citizen's browser, sent to eid to sign in."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        request = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CLINIC_CALLBACK,
            "scope": "openid identity health_insurance driving_licence",
            "state": "s",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return Walker(CLINIC_CALLBACK).open(f"{self.url}/oauth/authorize?{urlencode(request)}")

    def sign_in(self, member: dict[str, str]) -> None:
        """The citizen signs in and consents; afterwards the clinic has an access token."""
        verifier = secrets.token_urlsafe(32)
        walker = self.begin(verifier).walk(member)
        assert walker.has_stopped, walker.text
        answer = {name: values[0] for name, values in parse_qs(urlsplit(walker.address).query).items()}
        redeemed = requests.post(
            f"{self.url}/oauth/token",
            auth=(self.client_id, self.secret),
            data={
                "grant_type": "authorization_code",
                "code": answer["code"],
                "redirect_uri": CLINIC_CALLBACK,
                "code_verifier": verifier,
            },
            timeout=10,
        )
        assert redeemed.status_code == 200, redeemed.text
        self.access_token = redeemed.json()["access_token"]

    def check_kept_out(self, member: dict[str, str]) -> None:
        """With the right password, the citizen gets no further than the sign-in page, which does not say why."""
        walker = self.begin(secrets.token_urlsafe(32))
        walker.press("sign-in", pin=member["pin"], password=member["password"])
        assert walker.status == 401 and "sign-in" in walker.acts, walker.text

    def fetch(self, paper: str) -> requests.Response:
        answer = requests.post(
            f"{self.url}/api/v1/papers/{paper}/tokens",
            headers={"Authorization": f"Bearer {self.access_token}"},
            timeout=10,
        )
        if answer.ok:
            self.tokens[paper] = answer.json()["token"]
        return answer

    def verify(self, paper: str) -> dict[str, object]:
        """The paper's content, with signature, audience, times and status checked against the published keys and list."""
        keys = requests.get(f"{self.url}/api/v1/keys", timeout=10).json()["keys"]
        now = datetime.now(UTC)
        claims = verify_jwt(
            self.tokens[paper],
            keys=keys,
            expected_typ=f"eid-{paper}+jwt",
            expected_issuer=self.url,
            expected_audience=self.client_id,
            now=now,
        ).claims
        reference = parse_status(claims["status"])
        status_list = requests.get(reference.uri, timeout=10).text
        check_status(reference, verify_status_list(status_list, keys=keys, expected_uri=reference.uri, now=now))
        return dict(claims[paper])

    def check_card(self, files: dict[str, bytes], folder: Path) -> requests.Response:
        drawn = requests.post(f"{self.url}/api/v1/card-challenges", timeout=10).json()
        response = read_demo_card(folder).answer_challenge(base64.b64decode(drawn["challenge"]))
        body = {
            "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
            "active_authentication": {"challenge_id": drawn["id"], "response": base64.b64encode(response).decode()},
        }
        return requests.post(f"{self.url}/api/v1/card-verifications", json=body, timeout=10)


class Officer(Walker):
    """An officer at the desk, signed in."""

    def look_up(self, url: str, pin: str, purpose: str) -> Officer:
        self.open(f"{url}/desk/").press("look-up", pin=pin, purpose=purpose)
        assert self.status == 200 and "/desk/look-ups/" in self.address
        return self


@pytest.fixture
def at(live_server: LiveServer) -> Iterator[LiveServer]:
    """The service, with its use cases at hand for acts that have no page yet."""
    with live_server.app.app_context():
        yield live_server


@pytest.fixture
def wall() -> Iterator[time_machine.Traveller]:
    """The wall clock, which `shift` lets run ahead: an authenticator's codes are good once each, so its holder must wait."""
    with time_machine.travel(datetime.now(UTC), tick=True) as traveller:
        yield traveller


@pytest.fixture
def mother(at: LiveServer) -> str:
    pin = "901190000201"
    record_person(
        person_id=1,
        pin=pin,
        surname="Nguyễn",
        middle_name="Thị",
        given_name="Sen",
        birth_date=date(1990, 5, 4),
        sex=Sex.FEMALE,
        residence_province="01",
        residence_commune="Phường Sen Thử",
        residence_address="Số 1, phố Mẫu",
    )
    db.session.commit()
    return pin


@pytest.fixture
def officer(at: LiveServer) -> Officer:
    secret = pyotp.random_base32()
    person = record_person(
        person_id=2,
        pin="901185000202",
        surname="Lê",
        middle_name="Thị",
        given_name="Lan",
        birth_date=date(1985, 1, 1),
        sex=Sex.FEMALE,
        residence_province="01",
        residence_commune="Phường Sen Thử",
        residence_address="Số 2, phố Mẫu",
    )
    db.session.flush()
    account = record_prepared_account(
        person.id, phone="0100777002", password=OFFICER_PASSWORD, passcode=OFFICER_PASSCODE, totp_secret=secret
    )
    db.session.flush()
    record_officer(account, place="Công an Phường Sen Thử")
    pin = person.pin
    db.session.commit()
    issue_card(pin)
    let_go()
    member = {"pin": pin, "password": OFFICER_PASSWORD, "passcode": OFFICER_PASSCODE, "totp_secret": secret}
    walker = Officer()
    walker.open(f"{at.url}/desk/").walk(member)
    assert walker.address.startswith(f"{at.url}/desk/"), walker.text
    return walker


@pytest.fixture
def clinic(at: LiveServer) -> Clinic:
    registered = register_client(
        name="Phòng khám", redirect_uris=[CLINIC_CALLBACK], purpose="Khám bệnh", required_scopes=["identity"]
    )
    assert registered.secret
    clinic = Clinic(at.url, registered.client.client_id, registered.secret)
    let_go()
    return clinic


def let_go() -> None:
    """End the transaction in which this test looked at something: on SQLite it would keep everybody else from writing."""
    db.session.rollback()


def grow_up(years: int) -> None:
    """Let the world run for so many years: birthdays are the world's, tokens stay on wall time."""
    advance_world(timedelta(days=366 * years))


def activate(url: str, pin: str) -> dict[str, str]:
    """The person activates the account at the pages; what they now know."""
    citizen = Walker().open(f"{url}/citizen/activate").press("continue", pin=pin, phone=PHONE)
    texts = requests.get(f"{url}/outbox/", params={"recipient": PHONE}, timeout=10).text
    code = re.findall(r"(?<!\d)\d{6}(?!\d)", re.sub(r"<[^>]+>", " ", texts))[0]
    citizen.press("continue", code=code)
    citizen.press("continue", password=PASSWORD)
    citizen.press("continue", passcode=PASSCODE)
    secret = re.search(r"\b[A-Z2-7]{32}\b", citizen.text)
    assert secret, citizen.text
    citizen.press("continue", otp=citizen.code_of(secret[0]))
    citizen.press("activate")
    assert citizen.address.endswith("/done"), citizen.text
    return {"pin": pin, "password": PASSWORD, "passcode": PASSCODE, "totp_secret": secret[0]}


def test_one_life(wall: time_machine.Traveller, at: LiveServer, mother: str, officer: Officer, clinic: Clinic) -> None:
    url = at.url
    cards = at.app.extensions["eid.settings"].cards_dir

    # Birth: a PIN that tells province, century, sex and year, and belongs to nobody real.
    born = register_birth(
        mother_pin=mother,
        surname="Trần",
        middle_name="Thị",
        given_name="Mai",
        birth_date=world_today(),
        sex=Sex.FEMALE,
        province="01",
    )
    pin = born.pin
    assert re.fullmatch(rf"9013{born.birth_date:%y}\d{{6}}", pin)
    let_go()

    # Childhood: too young for an account, even with a card in hand.
    officer.look_up(url, pin, "cấp thẻ").press("issue-card")
    officer.press("open-account", phone=PHONE)
    assert officer.status == 403

    # Nineteen: a card of the day, read by anybody, and an account opened at the desk and activated by its holder.
    grow_up(19)
    officer.look_up(url, pin, "cấp đổi thẻ và mở tài khoản").press("issue-card")
    chip = read_demo_card(cards / pin).files
    assert clinic.check_card(dict(chip), cards / pin).status_code == 200
    officer.press("open-account", phone=PHONE)
    assert officer.status == 200
    member = activate(url, pin)

    # The clinic: insurance first, a licence once the test is passed.
    issue_health_insurance(pin, object_code="SV")
    let_go()
    clinic.sign_in(member)
    assert clinic.fetch("health_insurance").status_code == 200
    assert str(clinic.verify("health_insurance")["card_code"]).startswith("SV4")
    assert clinic.fetch("driving_licence").status_code == 404
    issue_driving_licence(pin, classes=["A1", "B"])
    let_go()
    assert clinic.fetch("driving_licence").status_code == 200
    assert clinic.verify("driving_licence")["points"] == 12

    # A point lost: what the clinic holds no longer says what is so; a fresh token does.
    deduct_licence_points(pin, 2, decision="QĐ-0001")
    let_go()
    with pytest.raises(VerificationFailed) as outdated:
        clinic.verify("driving_licence")
    assert outdated.value.code == "paper_invalid"
    assert clinic.fetch("driving_licence").status_code == 200
    assert clinic.verify("driving_licence")["points"] == 10

    # A revoked card: its signatures still hold, but it proves nothing, and the account that rests on it is locked.
    officer.look_up(url, pin, "thẻ bị làm giả").press("revoke-card", reason="sửa chữa nội dung")
    refused = clinic.check_card(dict(chip), cards / pin)
    assert (refused.status_code, refused.json()["code"]) == (422, "card_revoked")
    assert clinic.fetch("health_insurance").status_code == 401
    clinic.check_kept_out(member)

    # A new card ends the lock; the old one stays worthless.
    officer.look_up(url, pin, "cấp lại thẻ").press("issue-card")
    assert clinic.check_card(dict(chip), cards / pin).status_code == 422
    chip = read_demo_card(cards / pin).files
    assert clinic.check_card(dict(chip), cards / pin).status_code == 200
    wall.shift(60)
    clinic.sign_in(member)
    for paper in ("health_insurance", "driving_licence"):
        assert clinic.fetch(paper).status_code == 200
        assert clinic.verify(paper)

    # Death: the same moment, every verifier refuses.
    died_on = f"{world_today():%d/%m/%Y}"
    officer.look_up(url, pin, "khai tử").press("register-death", died_on=died_on)
    assert officer.status == 200
    refused = clinic.check_card(dict(chip), cards / pin)
    assert (refused.status_code, refused.json()["step"]) == (422, "card_state")
    clinic.check_kept_out(member)
    for paper in ("health_insurance", "driving_licence"):
        assert clinic.fetch(paper).status_code == 401
        with pytest.raises(VerificationFailed) as ended:
            clinic.verify(paper)
        assert ended.value.code == "paper_invalid"
    officer.look_up(url, pin, "kiểm tra")
    assert "issue-card" not in officer.acts and "open-account" not in officer.acts
