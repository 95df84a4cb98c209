"""The bank and the police check as people meet them in a browser: one journey each. The clinic's are in test_clinic.py."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from eid.demo.relying_services import BANK_FILE, ROADSIDE_FILE, prepare_bank, prepare_roadside
from eid.samples.bank import BankConfig, create_bank
from eid.samples.roadside import RoadsideConfig, create_roadside
from tests.browser.conftest import DESK, PHONE
from tests.browser.country import Country, sign_in, sign_in_here
from tests.browser.visitor import Visitor
from tests.live import bound_listener, serving

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def bank(country: Country) -> Iterator[str]:
    """Where the bank is, registered as the demo registers it."""
    listener, url = bound_listener()
    with country.app.app_context():
        prepare_bank(country.settings.state_dir, issuer=country.url, bank_url=url)
    config = BankConfig.from_env(json.loads((country.settings.state_dir / BANK_FILE).read_text()))
    with listener, serving(create_bank(config), listener):
        yield url


@pytest.fixture
def roadside(country: Country) -> Iterator[str]:
    """Where the terminal is."""
    listener, url = bound_listener()
    prepare_roadside(country.settings.state_dir, issuer=country.url, roadside_url=url)
    config = RoadsideConfig.from_env(json.loads((country.settings.state_dir / ROADSIDE_FILE).read_text()))
    with listener, serving(create_roadside(config), listener):
        yield url


CAMERA = """
    window.BarcodeDetector = class {
        static getSupportedFormats = async () => ['qr_code']
        detect = async video => video.videoWidth ? [{ rawValue: 'CODE' }] : []
    }
    navigator.mediaDevices.getUserMedia = async () => {
        const canvas = document.createElement('canvas')
        canvas.getContext('2d').fillRect(0, 0, 9, 9)
        return canvas.captureStream(10)
    }
"""
"""A telephone whose browser reads QR codes, as Android's do: this machine's Chromium has neither the detector nor a camera."""


def look_at_sample(visitor: Visitor) -> None:
    """A sample's pages are looked at as ours are."""
    friends, visitor.friends = visitor.friends, ()
    visitor.look()
    visitor.friends = friends


def test_a_customer_opens_an_account_at_the_bank(chromium: Browser, country: Country, bank: str) -> None:
    """From LoA2 on the way, up to LoA4, to an account number; accessible and fitting on a desk"""
    minh = country.cast("Minh")
    with Visitor.arriving(chromium, country.url, width=DESK, language="en", friends=(bank,)) as visitor:
        visitor.page.goto(f"{bank}/language/en")
        look_at_sample(visitor)
        visitor.page.check("[value=savings]")
        visitor.press("open-account")
        sign_in_here(visitor, minh)
        visitor.page.check(f"#face-{minh.pin}")
        visitor.press("continue")
        visitor.fill(passcode=minh.passcode)
        visitor.press("approve")
        assert visitor.page.get_attribute("[data-outcome]", "data-outcome") == "accepted"
        look_at_sample(visitor)
        visitor.press("confirm-account")
        look_at_sample(visitor)
        assert visitor.page.inner_text("[data-claim=account]").startswith("99")
        assert visitor.page.locator(".unmet").count() == 0


def test_an_officer_checks_a_licence_at_the_roadside(chromium: Browser, country: Country, roadside: str) -> None:
    """On two phones: what stands on the driver's is pasted on the officer's; the terminal was loaded before"""
    with Visitor.arriving(chromium, country.url, width=PHONE, language="vi") as driver:
        sign_in(driver, country, "Minh", to="/citizen/papers/driving_licence")
        driver.fill(passcode=country.cast("Minh").passcode)
        driver.press("continue")
        driver.page.click(".as-text summary")
        driver.look()
        code = driver.page.inner_text("#code-text")
    with Visitor.arriving(chromium, roadside, width=PHONE, language="vi") as officer:
        officer.goto("/language/vi")
        officer.press("load")
        officer.fill(code=code)
        officer.press("check")
        assert officer.page.get_attribute("[data-outcome]", "data-outcome") == "valid"
        assert officer.page.inner_text("[data-claim=name]") == "Trần Văn Minh"
        assert officer.page.get_attribute("[data-status-from]", "data-status-from") == "now"
        officer.page.add_init_script(CAMERA.replace("CODE", f"{code[:-4]}AAAA"))
        officer.goto("/")
        officer.press("scan")
        assert officer.page.get_attribute("[data-outcome]", "data-outcome") == "not_genuine"
