"""Proving oneself with what one really has: a phone, a passkey, a card, a face; up to level 4, in both languages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession

from eid.config import Settings
from tests.browser.conftest import DESK, PHONE, TABLET
from tests.browser.country import Authenticator, Country, serving_country, sign_in
from tests.browser.test_consent import Service, received, service
from tests.browser.visitor import Visitor

__all__ = ["service"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SIGN_IN, SECURITY = "/citizen/sign-in", "/citizen/security/"


@pytest.fixture
def named_country(made_country: Path, settings: Settings, database_url: str) -> Iterator[Country]:
    """The country at a name, because a passkey belongs to a name and to no bare address."""
    shutil.copytree(made_country, settings.state_dir)
    shutil.move(settings.state_dir / "country.sqlite3", database_url.removeprefix("sqlite:///"))
    with serving_country(settings, host="localhost") as country:
        yield country


@pytest.fixture(params=[(PHONE, "vi"), (DESK, "en")], ids=["phone-vi", "desk-en"])
def guest(request: pytest.FixtureRequest, chromium: Browser, named_country: Country) -> Iterator[Visitor]:
    width, language = request.param
    with Visitor.arriving(chromium, named_country.url, width=width, language=language) as visitor:
        yield visitor


@pytest.fixture(params=[(PHONE, "vi"), (DESK, "en")], ids=["phone-vi", "desk-en"])
def patient(request: pytest.FixtureRequest, chromium: Browser, country: Country, service: Service) -> Iterator[Visitor]:
    width, language = request.param
    with Visitor.arriving(chromium, country.url, width=width, language=language, friends=(service.url,)) as visitor:
        yield visitor


def plug_in_authenticator(visitor: Visitor) -> tuple[CDPSession, str]:
    """Chromium's virtual authenticator, which verifies its user without asking (WebAuthn, section 11)."""
    control = visitor.page.context.new_cdp_session(visitor.page)
    control.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = control.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return control, added["authenticatorId"]


def add_passkey(visitor: Visitor, country: Country, name: str) -> None:
    visitor.page.locator("summary").filter(has=visitor.page.locator("text=/passkey|khóa truy cập/i")).click()
    visitor.page.fill("#passkey-name", name)
    visitor.page.fill("#passkey-password", country.cast("Minh").password)
    visitor.press("add-passkey")
    visitor.press("passkey")


def test_a_passkey_is_added_signs_in_and_is_ended(guest: Visitor, named_country: Country) -> None:
    minh = named_country.cast("Minh")
    _control, _authenticator = plug_in_authenticator(guest)
    sign_in(guest, named_country, "Minh", to=SECURITY)
    add_passkey(guest, named_country, "Máy tính ở nhà")
    assert guest.reads("Máy tính ở nhà")
    guest.press("sign-out")
    guest.goto("/citizen/")
    guest.follow(f"{SIGN_IN}/passkey?next=%2Fcitizen%2F&level=LoA2")
    guest.press("passkey")
    assert guest.seen[-1] == f"{SIGN_IN}/password"
    guest.fill(password=minh.password)
    guest.press("sign-in")
    assert guest.seen[-1] == "/citizen/"
    guest.goto(SECURITY)
    guest.press("end-passkey")
    assert not guest.page.get_by_text("Máy tính ở nhà").count()


def test_a_device_without_the_passkey_says_so_and_the_way_back_is_there(guest: Visitor, named_country: Country) -> None:
    plug_in_authenticator(guest)
    guest.goto(f"{SIGN_IN}/passkey?level=LoA2")
    guest.page.click("[data-act=passkey]")
    guest.page.wait_for_selector("#passkey-failed:not([hidden])")
    guest.look()
    guest.follow(f"{SIGN_IN}?next=%2Fcitizen%2F&level=LoA2")
    assert guest.page.locator("[name=pin]").count() == 1


def test_a_passkey_made_twice_is_refused_by_the_device_itself(guest: Visitor, named_country: Country) -> None:
    plug_in_authenticator(guest)
    sign_in(guest, named_country, "Minh", to=SECURITY)
    add_passkey(guest, named_country, "Một")
    guest.page.locator("summary").filter(has=guest.page.locator("text=/passkey|khóa truy cập/i")).click()
    guest.page.fill("#passkey-name", "Hai")
    guest.page.fill("#passkey-password", named_country.cast("Minh").password)
    guest.press("add-passkey")
    guest.page.click("[data-act=passkey]")
    guest.page.wait_for_selector("#passkey-failed:not([hidden])")


@contextmanager
def phone_of(visitor: Visitor, chromium: Browser, country: Country) -> Iterator[Visitor]:
    """The visitor binds a phone: another browser, with a key of its own."""
    visitor.goto("/citizen/device/bind")
    visitor.fill(password=country.cast("Minh").password)
    visitor.press("continue")
    code = visitor.page.locator(".copyable code").inner_text()
    with Visitor.arriving(chromium, country.url, width=PHONE, language=visitor.language) as phone:
        phone.goto(f"/citizen/device#bind={code}")
        phone.page.wait_for_selector("#unbound:not([hidden])")
        phone.page.fill("#bind-name", "Bạch")
        phone.page.click("[data-act=bind]")
        phone.page.wait_for_selector("#bound:not([hidden])")
        phone.look()
        yield phone


def test_a_phone_is_bound_approves_refuses_and_is_ended(visitor: Visitor, chromium: Browser, country: Country) -> None:
    minh = country.cast("Minh")
    sign_in(visitor, country, "Minh", to=SECURITY)
    with phone_of(visitor, chromium, country) as phone:
        key = phone.page.evaluate("""
            new Promise(done => { const opening = indexedDB.open("eid-phone", 1); opening.onsuccess = () => {
              const asked = opening.result.transaction("phone").objectStore("phone").get("own");
              asked.onsuccess = () => { opening.result.close(); done(asked.result.keys.privateKey.extractable); }; }; })
        """)
        assert key is False
        visitor.goto(SECURITY)
        assert visitor.reads("Bạch")
        visitor.press("sign-out")
        visitor.goto("/citizen/")
        visitor.fill(pin=minh.pin, password=minh.password)
        visitor.press("sign-in")
        for choice in ("deny", "approve"):
            visitor.press("phone")
            number = visitor.page.inner_text(".match-number")
            phone.page.wait_for_selector("#asked li")
            phone.look()
            phone.page.fill("#asked [name=number]", number)
            phone.page.click(f"#asked [data-act={choice}]")
            if choice == "deny":
                visitor.page.wait_for_selector(".notice.danger")
                visitor.look()
        visitor.page.wait_for_url("**/citizen/")
        visitor.goto(SECURITY)
        visitor.press("end-device")
        phone.page.wait_for_selector("#unbound:not([hidden])")


def test_a_wrong_number_on_the_phone_signs_nobody_in(visitor: Visitor, chromium: Browser, country: Country) -> None:
    minh = country.cast("Minh")
    sign_in(visitor, country, "Minh", to=SECURITY)
    with phone_of(visitor, chromium, country) as phone:
        visitor.press("sign-out")
        visitor.goto("/citizen/")
        visitor.fill(pin=minh.pin, password=minh.password)
        visitor.press("sign-in")
        visitor.press("phone")
        number = int(visitor.page.inner_text(".match-number"))
        phone.page.wait_for_selector("#asked li")
        phone.page.fill("#asked [name=number]", f"{(number + 1) % 100:02}")
        phone.page.click("#asked [data-act=approve]")
        visitor.page.wait_for_selector(".notice.danger")
        assert phone.page.inner_text("#said")


def test_a_qr_code_is_scanned_by_the_phone(visitor: Visitor, chromium: Browser, country: Country) -> None:
    minh = country.cast("Minh")
    sign_in(visitor, country, "Minh", to=SECURITY)
    with phone_of(visitor, chromium, country) as phone:
        visitor.press("sign-out")
        visitor.goto("/citizen/")
        visitor.press("phone")
        assert visitor.page.locator("svg[role=img]").count() == 1
        number = visitor.page.inner_text(".match-number")
        token = visitor.page.locator(".copyable code").text_content()
        phone.page.goto(f"{phone.url}/citizen/device#approve={token}")
        phone.page.wait_for_selector("#asked li")
        phone.page.fill("#asked [name=number]", number)
        phone.page.click("#asked [data-act=approve]")
        visitor.page.wait_for_url("**/sign-in/password*")
        visitor.look()
        visitor.fill(password=minh.password)
        visitor.press("sign-in")
        assert visitor.seen[-1] == "/citizen/"


def test_a_card_signs_in_without_scripts(plain_visitor: Visitor, country: Country) -> None:
    """Nobody needs a passkey, a phone or a script."""
    minh = country.cast("Minh")
    plain_visitor.goto("/citizen/")
    plain_visitor.follow(f"{SIGN_IN}/card?next=%2Fcitizen%2F&level=LoA2")
    plain_visitor.page.check(f"#card-{minh.pin}")
    plain_visitor.press("read-card")
    plain_visitor.follow(f"{SIGN_IN}/passcode?next=%2Fcitizen%2F&level=LoA2")
    plain_visitor.fill(passcode=minh.passcode)
    plain_visitor.press("continue")
    assert plain_visitor.seen[-1] == "/citizen/"


@pytest.mark.parametrize("level", ["LoA3", "LoA4"])
def test_a_service_asks_for_a_level_and_gets_it(
    patient: Visitor, country: Country, service: Service, level: str
) -> None:
    """OpenID Connect Core, section 5.5.1.1."""
    minh = country.cast("Minh")
    patient.goto(service.request(claims=f'{{"id_token":{{"acr":{{"essential":true,"values":["{level}"]}}}}}}'))
    patient.fill(pin=minh.pin, password=minh.password)
    patient.press("sign-in")
    if level == "LoA4":
        patient.fill(otp=Authenticator().code(str(minh.totp_secret)))
        patient.press("continue")
    assert patient.seen[-1] == f"{SIGN_IN}/face"
    others = [box for box in patient.page.locator("[name=face]").all() if not box.is_checked()]
    others[0].check()
    patient.press("continue")
    assert patient.page.locator(".notice.danger").count() == 1
    patient.page.check(f"#face-{minh.pin}")
    patient.press("continue")
    patient.fill(passcode=minh.passcode)
    patient.press("approve")
    assert received(patient, service)["state"] == "state-1"
    patient.goto(SECURITY)
    assert patient.reads(level)


def test_who_is_at_level_2_is_asked_for_the_face_alone_by_a_service(
    patient: Visitor, country: Country, service: Service
) -> None:
    minh = country.cast("Minh")
    sign_in(patient, country, "Minh")
    patient.goto(service.request(acr_values="LoA4"))
    assert patient.seen[-1] == f"{SIGN_IN}/face"
    patient.page.check(f"#face-{minh.pin}")
    patient.press("continue")
    patient.fill(passcode=minh.passcode)
    patient.press("approve")
    assert "code" in received(patient, service)


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(PHONE, "vi", "dark"), (TABLET, "en", "light"), (DESK, "vi", "light")]
)
def test_every_page_of_these_fits_and_is_accessible(
    chromium: Browser, country: Country, width: int, language: str, scheme: str
) -> None:
    minh = country.cast("Minh")
    with Visitor.arriving(chromium, country.url, width=width, language=language, scheme=scheme) as visitor:
        for path in (SIGN_IN, f"{SIGN_IN}/passkey", f"{SIGN_IN}/card", f"{SIGN_IN}/phone", "/citizen/device"):
            visitor.goto(path)
        visitor.goto(SIGN_IN)
        visitor.press("phone")
        visitor.goto(f"{SIGN_IN}?level=LoA4")
        visitor.fill(pin=minh.pin, password=minh.password)
        visitor.press("sign-in")
        visitor.fill(otp=Authenticator().code(str(minh.totp_secret)))
        visitor.press("continue")
        for path in (SECURITY, "/citizen/device/bind"):
            visitor.goto(path)
