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
from click.testing import CliRunner, Result
from sqlalchemy import select

from eid.accounts.models import OfficerRole
from eid.accounts.service import record_officer, record_prepared_account
from eid.agencies.insurance import renew_health_insurance
from eid.agencies.service import deduct_licence_points, issue_driving_licence
from eid.audit import AuditEntry
from eid.audit_seal.examination import examine_log
from eid.audit_seal.retention import keeps_since
from eid.audit_seal.sealing import seal_entries
from eid.cards.chip.contents import ChipContents
from eid.cards.chip.virtual import VirtualChip
from eid.cards.inspection.reading import read_chip
from eid.cards.reader import read_demo_card
from eid.cards.service import issue_card
from eid.cli.wallet import wallet
from eid.clock import advance_world, world_now, world_today
from eid.credentials.additions import ANSWERED_AFTER
from eid.crypto.chip_access import CanPassword
from eid.crypto.jwt import verify_jwt
from eid.crypto.status_list import check_status, parse_status, verify_status_list
from eid.db import db
from eid.errors import VerificationFailed
from eid.oauth.clients import register_client
from eid.oauth.grant_types import CIBA
from eid.population.places import list_communes
from eid.randomness import system_rng
from tests.live import LiveServer
from tests.people import HOA, MINH, QUESTION_FIELDS, record_one
from tests.turns import both_engines
from tests.walker import Walker

MDL, MDL_SPACE = "org.iso.18013.5.1.mDL", "org.iso.18013.5.1"
CLINIC_CALLBACK = "http://localhost:8009/callback"
PHONE, PASSWORD, PASSCODE = "0100777001", "Song#Mai2040", "936158"
DAY = timedelta(days=1)
PIN, MARITAL_STATUS, RESIDENCE = "Số định danh cá nhân", "Tình trạng hôn nhân", "Nơi cư trú"
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

    def take_card(self, folder: Path) -> dict[str, object]:
        """The health insurance of whoever holds out this card at the counter."""
        grant = {"grant_type": "client_credentials", "scope": "health_insurance"}
        own = requests.post(
            f"{self.url}/oauth/token", data=grant, auth=(self.client_id, self.secret), timeout=10
        ).json()
        files = dict(read_demo_card(folder).files)
        answer = self.check_card(files, folder, papers=["health_insurance"], token=own["access_token"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["papers"]["health_insurance"])

    def check_card(
        self, files: dict[str, bytes], folder: Path, *, papers: list[str] | None = None, token: str = ""
    ) -> requests.Response:
        drawn = requests.post(f"{self.url}/api/v1/card-challenges", timeout=10).json()
        response = read_demo_card(folder).answer_challenge(base64.b64decode(drawn["challenge"]))
        body: dict[str, object] = {
            "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
            "active_authentication": {"challenge_id": drawn["id"], "response": base64.b64encode(response).decode()},
        }
        if papers:
            body["papers"] = papers
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.post(f"{self.url}/api/v1/card-verifications", json=body, headers=headers, timeout=10)

    def ask_wallet(self) -> dict[str, str]:
        """A question for whoever shows a licence from a wallet."""
        query = {
            "id": "licence",
            "format": "mso_mdoc",
            "meta": {"doctype_value": MDL},
            "claims": [{"path": [MDL_SPACE, "document_number"]}],
        }
        body = {"query": {"credentials": [query]}}
        answer = requests.post(f"{self.url}/api/v1/presentations", json=body, headers=self._own_token(), timeout=10)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def read_wallet(self, asked: dict[str, str]) -> requests.Response:
        address = f"{self.url}/api/v1/presentations/{asked['id']}/result"
        return requests.post(address, json={}, headers=self._own_token(), timeout=10)

    def _own_token(self) -> dict[str, str]:
        answer = requests.post(
            f"{self.url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(self.client_id, self.secret),
            timeout=10,
        )
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@dataclass
class PocketWallet:
    """`eid wallet`, on the clock of this life."""

    folder: Path

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(wallet, [*arguments, "--folder", str(self.folder)])

    def take_licence(self, citizen: Walker, url: str) -> None:
        """From the page of the paper, with the code that is texted."""
        citizen.open(f"{url}/citizen/papers/driving_licence/wallet").press("continue", passcode=PASSCODE)
        offer = re.findall(r'openid-credential-offer://[^"<\s]+', citizen.text)[0].replace("&amp;", "&")
        code = re.findall(r"eid: (\d{6}) là mã để đưa giấy tờ vào ví", Walker().open(f"{url}/outbox/").text)[0]
        taken = self.run("receive", offer, "--tx-code", code, "--copies", "2")
        assert taken.exit_code == 0, (taken.output, taken.exception)

    def show(self, asked: dict[str, str]) -> Result:
        return self.run("present", asked["wallet_uri"], "--yes")


@dataclass
class Library:
    """A service that was registered at the portal; its counter asks people on the back channel, and has no browser of theirs."""

    url: str
    client_id: str
    secret: str
    question: str = ""

    def ask(self, pin: str) -> str:
        """The two digits that the counter shows."""
        opened = self._post("/oauth/backchannel", login_hint=pin, scope="openid profile", binding_message="QUAY-01")
        assert opened.status_code == 200, opened.text
        self.question = opened.json()["auth_req_id"]
        return str(opened.json()["matching_number"])

    def poll(self) -> requests.Response:
        return self._post("/oauth/token", grant_type=CIBA, auth_req_id=self.question)

    def read(self) -> dict[str, object]:
        """What it comes to know, once."""
        tokens = self.poll()
        assert tokens.status_code == 200, tokens.text
        headers = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
        return dict(requests.get(f"{self.url}/oauth/userinfo", headers=headers, timeout=10).json())

    def _post(self, path: str, **form: str) -> requests.Response:
        return requests.post(f"{self.url}{path}", data=form, auth=(self.client_id, self.secret), timeout=10)


class Officer(Walker):
    """An officer at the desk, signed in."""

    def look_up(self, url: str, pin: str, purpose: str) -> Officer:
        self.open(f"{url}/desk/").press("look-up", pin=pin, purpose=purpose)
        assert self.status == 200 and "/desk/look-ups/" in self.address
        return self

    def enter(self, act: str, *, tick: tuple[str, ...] = (), **fields: str) -> Officer:
        """An event of the life of the person whose record is open: written, looked at, approved."""
        self.open(f"{self.record}/life/{act}").press("continue", tick=tick, **fields)
        assert "approve" in self.acts, self.text
        self.press("approve")
        assert self.address == f"{self.record}/life/", self.text
        return self

    def read_as_of(self, day: date) -> dict[str, str]:
        """Who the person whose record is open was on that day: the page's facts."""
        record = self.record
        self.open(f"{record}/life/?day={day:%d/%m/%Y}")
        facts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", self.text)
        self.open(record)
        return {name: re.sub(r"<[^>]+>", "", value) for name, value in facts}

    @property
    def record(self) -> str:
        found = re.match(r".*/desk/look-ups/\d+", self.address)
        assert found, self.address
        return found[0]


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
    record_one(HOA, pin=pin, given_name="Sen", birth_date=date(1990, 5, 4))
    db.session.commit()
    return pin


@pytest.fixture
def groom(at: LiveServer) -> str:
    """Two years older than the child who is to be born, and at home in another province."""
    pin = "979224000203"
    record_one(MINH, person_id=3, pin=pin, surname="Đỗ", given_name="Sơn", birth_date=date(2024, 2, 3))
    db.session.commit()
    return pin


@pytest.fixture
def officer(at: LiveServer) -> Officer:
    return come_to_the_desk(at, 2, "Lan", "Số 2, phố Mẫu")


@pytest.fixture
def approver(at: LiveServer) -> Officer:
    return come_to_the_desk(at, 5, "Liên", "Số 4, phố Mẫu")


def come_to_the_desk(at: LiveServer, number: int, given_name: str, address: str) -> Officer:
    """An officer who may do everything, signed in; so old that their card never expires, however long this life is."""
    secret, pin = pyotp.random_base32(), f"90116000020{number}"
    at_home = {"residence_commune": "Phường Sen Thử", "residence_address": address}
    born = {"birth_date": date(1960, 1, 1), "surname": "Lê", "given_name": given_name}
    person = record_one(HOA, person_id=number, pin=pin, **born, **at_home)
    account = record_prepared_account(
        person.id, phone=f"010077700{number}", password=OFFICER_PASSWORD, passcode=OFFICER_PASSCODE, totp_secret=secret
    )
    db.session.flush()
    record_officer(account, place="Công an Phường Sen Thử", role=OfficerRole.APPROVER)
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
        name="Phòng khám",
        redirect_uris=[CLINIC_CALLBACK],
        purpose="Khám bệnh",
        required_scopes=["identity"],
        own_scopes=["driving_licence", "health_insurance"],
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
    citizen.press("continue", **QUESTION_FIELDS)
    secret = re.search(r"\b[A-Z2-7]{32}\b", citizen.text)
    assert secret, citizen.text
    citizen.press("continue", otp=citizen.code_of(secret[0]))
    citizen.press("activate")
    assert citizen.address.endswith("/done"), citizen.text
    return {"pin": pin, "password": PASSWORD, "passcode": PASSCODE, "totp_secret": secret[0]}


def register_library(owner: Walker, officer: Officer, url: str) -> Library:
    """Registered at the portal by whoever is signed in, reviewed and approved at the desk; its secret is shown once."""
    owner.open(f"{url}/services/mine").press("begin")
    draft = owner.address
    chosen = {"profile": "basic", "auth_method": "client_secret_basic", "application_type": "web"}
    levels = {"default_level": "LoA2", "highest_level": "LoA2"}
    asked = {"scopes": "profile", "purpose_of_profile": "In họ tên lên thẻ đọc của người mượn"}
    grant = {"extra_grant_types": CIBA, "backchannel_token_delivery_mode": "poll"}
    what = {"name": "Thư viện Thử", "purpose": "Cấp thẻ đọc", "legal_basis": "Quy chế thư viện mẫu, điều 3"}
    owner.press("submit", **what, **asked, **grant, **chosen, **levels)
    assert "withdraw" in owner.acts, owner.text
    officer.open(f"{url}/desk/services/registrations/{draft.rpartition('/')[2]}").press("take-over")
    assert 'data-warning="other_device"' in officer.text, officer.text
    officer.press("approve")
    found = re.search(r"/services/([A-Za-z0-9_-]{43})/", owner.open(draft).text)
    assert found, owner.text
    secret = re.search(
        r"data-secret.*?<code>([^<]{43})</code>", owner.open(url + found[0]).press("make-secret").text, re.S
    )
    assert secret, owner.text
    return Library(url, found[1], secret[1])


def marry_and_move(officer: Officer, url: str, pin: str, groom: str) -> None:
    """She marries and joins him; the next day both move to Đà Nẵng. Each day is read as it was, and as it became."""
    day = world_today()
    officer.look_up(url, groom, "đăng ký kết hôn")
    officer.enter("marriage", spouse_pin=pin, lives_with="here", on=f"{day:%d/%m/%Y}")
    advance_world(timedelta(days=1))
    officer.look_up(url, groom, "đăng ký chuyển nơi ở").open(f"{officer.record}/life/move")
    companions = tuple({name for form in officer.forms for name, _ in form.unticked})
    home = {"province": "48", "commune": list_communes("48")[0].name, "house": "Số 9, ngõ Mới"}
    officer.enter("move", tick=companions, **home, on=f"{day + DAY:%d/%m/%Y}")
    officer.look_up(url, pin, "xác nhận nơi ở")
    before, between, after = (officer.read_as_of(day + days * DAY) for days in (-1, 0, 1))
    assert [then[MARITAL_STATUS] for then in (before, between, after)] == [
        "Chưa kết hôn",
        *["Đang có vợ hoặc chồng"] * 2,
    ]
    assert [then[RESIDENCE].split(",")[0] for then in (before, between, after)] == [
        "Số 12",
        "Số 7",
        "Số 9",
    ]


def correct_birth(officer: Officer, url: str, pin: str, birth_date: date) -> str:
    """Her birth date was a day off: she has a new number, which a letter tells her, and the old one is told from it by day."""
    advance_world(DAY)
    day = world_today()
    right = {"birth_date": f"{birth_date - DAY:%d/%m/%Y}", "sex": "F", "birth_province": "01"}
    officer.look_up(url, pin, "cải chính ngày sinh").enter("correction", **right, on=f"{day:%d/%m/%Y}")
    letters = requests.get(f"{url}/outbox/", timeout=10).text
    new_pin = re.findall(r"xác lập lại: (\d{12})", letters)[0]
    assert [officer.read_as_of(day + days * DAY)[PIN] for days in (-1, 0)] == [pin, new_pin]
    return str(new_pin)


def ask_as_authority(officer: Officer, approver: Officer, url: str, pin: str, kind: str) -> None:
    """A lawful body's letter is taken in and examined by one officer, and decided by another."""
    letter = {"authority": "Cơ quan điều tra Thử", "document": "12/CV", "why": "xác minh", "kind": kind}
    officer.look_up(url, pin, "văn bản của cơ quan điều tra").press("authority", **letter)
    review = officer.open(f"{url}/desk/reviews").text
    address = f"{url}/desk/reviews/{re.findall(r'/desk/reviews/([0-9]+)', review)[0]}"
    officer.open(address).press("take-over")
    officer.press("approve")
    assert "approve" not in officer.acts, officer.text
    approver.open(address).press("take-over")
    approver.press("approve")
    assert "take-over" not in approver.acts, approver.text


def check_refused_everywhere(officer: Officer, url: str, old_pin: str) -> None:
    """An officer is told that the number was replaced; who signs in learns no more than with a number of nobody."""
    officer.open(f"{url}/desk/").press("look-up", pin=old_pin, purpose="tra cứu")
    assert (officer.status, 'data-code="pin_replaced"' in officer.text) == (409, True)
    answers = []
    for pin in (old_pin, "901345000999"):
        stranger = Walker().open(f"{url}/citizen/sign-in").press("sign-in", pin=pin, password=PASSWORD)
        answers.append((stranger.status, re.sub(rf'{pin}|name="csrf_token" value="[^"]+"', "", stranger.text)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401


@both_engines
def test_one_life(
    wall: time_machine.Traveller,
    at: LiveServer,
    mother: str,
    groom: str,
    officer: Officer,
    approver: Officer,
    clinic: Clinic,
    tmp_path: Path,
) -> None:
    url = at.url
    cards = at.app.extensions["eid.settings"].cards_dir

    # Birth: a PIN that tells province, century, sex and year, and belongs to nobody real. The new person is found by name.
    birth_date = world_today()
    name = {"surname": "Trần", "middle_name": "Thị", "given_name": "Mai"}
    officer.look_up(url, mother, "đăng ký khai sinh")
    officer.enter("birth", **name, on=f"{birth_date:%d/%m/%Y}", sex="F", province="01")
    officer.open(f"{url}/desk/").press("look-up", pin="mai tran thi", purpose="trả kết quả khai sinh")
    pin = officer.forms[1].buttons["open-record"][1]
    assert re.fullmatch(rf"9013{birth_date:%y}\d{{6}}", pin)

    # Childhood: insured from birth, and too young for an account, even with a card in hand.
    officer.look_up(url, pin, "cấp thẻ").press("issue-card")
    assert str(clinic.take_card(cards / pin)["card_code"]).startswith("TE1")
    officer.press("open-account", phone=PHONE)
    assert officer.status == 403

    # Nineteen: a card of the day, read by anybody, and an account opened at the desk and activated by its holder.
    grow_up(19)
    officer.look_up(url, pin, "cấp đổi thẻ và mở tài khoản").press("issue-card")
    chip = read_demo_card(cards / pin).files
    virtual = VirtualChip(ChipContents(chip), rng=system_rng())
    assert read_chip(virtual.transmit, CanPassword(pin[-6:]), rng=system_rng()).files == chip
    assert clinic.check_card(dict(chip), cards / pin).status_code == 200
    officer.press("open-account", phone=PHONE)
    assert officer.status == 200
    member = activate(url, pin)

    # The clinic: insured, a licence once the test is passed, and told of neither before she has added it to her account.
    renew_health_insurance(pin, object_code="SV")
    let_go()
    printed = str(clinic.take_card(cards / pin)["card_code"])
    clinic.sign_in(member)
    assert clinic.fetch("health_insurance").json()["code"] == "paper_not_added"
    licence = issue_driving_licence(pin, classes=["A1", "B"])
    let_go()
    assert clinic.fetch("driving_licence").json()["code"] == "paper_not_added"
    wall.shift(60)
    reader = Walker()
    reader.open(f"{url}/citizen/papers/").walk(member)
    who = {"name": "Trần Thị Mai", "birth_date": f"{birth_date:%d/%m/%Y}", "pin": pin}
    for paper, number in {"health_insurance": printed, "driving_licence": licence.number}.items():
        reader.open(f"{url}/citizen/papers/{paper}/request").press("ask-for-paper", **who, number=number)
    wall.shift(ANSWERED_AFTER)
    assert clinic.fetch("health_insurance").status_code == 200
    assert str(clinic.verify("health_insurance")["card_code"]).startswith("SV4")
    assert clinic.fetch("driving_licence").status_code == 200
    assert clinic.verify("driving_licence")["points"] == 12

    # At the counter her card alone suffices for the insurance.
    assert str(clinic.take_card(cards / pin)["card_code"]).startswith("SV4")

    # She registers a library; once an officer has approved it, its counter asks her, and she confirms on her own page.
    wall.shift(60)
    reader.open(f"{url}/services/mine")
    library = register_library(reader, officer, url)
    number = library.ask(pin)
    assert library.poll().json()["error"] == "authorization_pending"
    question = re.search(r"/citizen/confirmations/\d+", reader.open(f"{url}/citizen/confirmations").text)
    assert question, reader.text
    assert "QUAY-01" in reader.open(url + question[0]).text
    reader.press("approve", number=number, passcode=PASSCODE)
    wall.shift(6)
    assert library.read()["name"] == "Trần Thị Mai"

    # Her licence goes into a wallet, and the clinic reads it from there.
    pocket = PocketWallet(tmp_path / "wallet")
    pocket.take_licence(reader, url)
    asked = clinic.ask_wallet()
    assert pocket.show(asked).exit_code == 0
    shown = clinic.read_wallet(asked).json()["credentials"]["licence"][0]["claims"][MDL_SPACE]
    assert shown == {"document_number": clinic.verify("driving_licence")["number"]}

    # A point lost: what clinic and wallet hold no longer says what is so; a fresh token does.
    deduct_licence_points(pin, 2, decision="QĐ-0001")
    let_go()
    asked = clinic.ask_wallet()
    assert pocket.show(asked).exit_code == 1
    assert clinic.read_wallet(asked).json()["code"] == "paper_invalid"
    with pytest.raises(VerificationFailed) as outdated:
        clinic.verify("driving_licence")
    assert outdated.value.code == "paper_invalid"
    assert clinic.fetch("driving_licence").status_code == 200
    assert clinic.verify("driving_licence")["points"] == 10

    # A revoked card: its signatures still hold, but it proves nothing, and the account that rests on it is locked.
    officer.look_up(url, pin, "thẻ bị làm giả").open(f"{officer.record}/card/revoke")
    officer.press("revoke-card", reason="sửa chữa nội dung")
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

    # An authority's lock, and its end: two officers each time.
    ask_as_authority(officer, approver, url, pin, "lock_by_authority")
    assert clinic.fetch("health_insurance").status_code == 401
    clinic.check_kept_out(member)
    ask_as_authority(officer, approver, url, pin, "unlock_by_authority")
    wall.shift(60)
    clinic.sign_in(member)
    for paper in ("health_insurance", "driving_licence"):
        assert clinic.fetch(paper).status_code == 200

    # Marriage and move; then a corrected birth date: a new PIN, and what was issued under the old one is good no longer.
    marry_and_move(officer, url, pin, groom)
    old_pin, pin = pin, correct_birth(officer, url, pin, birth_date)
    check_refused_everywhere(officer, url, old_pin)
    assert clinic.check_card(dict(chip), cards / old_pin).status_code == 422
    for paper in ("health_insurance", "driving_licence"):
        assert clinic.fetch(paper).status_code == 401
        with pytest.raises(VerificationFailed) as replaced:
            clinic.verify(paper)
        assert replaced.value.code == "paper_invalid"
    clinic.check_kept_out(member)

    # The account goes on under the new number, with a new card and new papers.
    member["pin"] = pin
    officer.look_up(url, pin, "cấp đổi thẻ").press("issue-card")
    chip = read_demo_card(cards / pin).files
    assert clinic.check_card(dict(chip), cards / pin).status_code == 200
    wall.shift(60)
    clinic.sign_in(member)
    for paper in ("health_insurance", "driving_licence"):
        assert clinic.fetch(paper).status_code == 200
        assert clinic.verify(paper)

    # Death: the same moment, every verifier refuses, and he is a widower.
    died_on = world_today()
    officer.look_up(url, pin, "khai tử").enter("death", died_on=f"{died_on:%d/%m/%Y}")
    refused = clinic.check_card(dict(chip), cards / pin)
    assert (refused.status_code, refused.json()["step"]) == (422, "card_state")
    clinic.check_kept_out(member)
    for paper in ("health_insurance", "driving_licence"):
        assert clinic.fetch(paper).status_code == 401
        with pytest.raises(VerificationFailed) as ended:
            clinic.verify(paper)
        assert ended.value.code == "paper_invalid"
    assert library.poll().json()["error"] == "unauthorized_client"  # her library has no owner any more
    officer.look_up(url, groom, "kiểm tra")
    assert [officer.read_as_of(died_on + days * DAY)[MARITAL_STATUS] for days in (-1, 0)] == [
        "Đang có vợ hoặc chồng",
        "Góa",
    ]
    officer.look_up(url, pin, "kiểm tra")
    assert "issue-card" not in officer.acts and "open-account" not in officer.acts

    # Whoever runs the service sees one account locked by a death, and nobody's number.
    figures = requests.get(f"{url}/metrics", timeout=30).text
    assert 'eid_account_locks{reason="death"} 1.0' in figures.splitlines()
    assert pin not in figures

    # All of it is in the log, sealed, and nothing of it can be altered unnoticed.
    seal_entries()
    report = examine_log(keeps_since=keeps_since(world_now()))
    assert (report.fault_count, report.unsealed) == (0, 0)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    entry.at -= DAY
    db.session.commit()
    altered = examine_log(keeps_since=keeps_since(world_now()))
    assert [(fault.code, fault.entry) for fault in altered.faults] == [("entry_altered", entry.id)]
