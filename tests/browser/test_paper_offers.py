"""A citizen puts a paper into a wallet: the code on the screen is read as a wallet's camera would read it, and what the wallet
did then stands on the page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser

from eid.outbox import find_messages
from tests.browser.conftest import DESK, PHONE, TABLET
from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor
from tests.oauth.proving import HeldKey

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"


@pytest.fixture(
    params=[(PHONE, "vi", "dark"), (TABLET, "en", "light"), (DESK, "en", "light")],
    ids=["phone-vi", "tablet-en", "desk-en"],
)
def visitor(request: pytest.FixtureRequest, chromium: Browser, country: Country) -> Iterator[Visitor]:
    width, language, scheme = request.param
    with Visitor.arriving(chromium, country.url, width=width, language=language, scheme=scheme) as visitor:
        yield visitor


def scan(visitor: Visitor) -> str:
    """What a program that is not ours reads from the code on the screen."""
    picture = Image.open(BytesIO(visitor.page.locator(".qr svg[role=img]").screenshot()))
    [found] = zxingcpp.read_barcodes(picture)
    return str(found.text)


def take_offer(country: Country, scanned: str) -> None:
    """What a wallet does with the code, in short: the offer, the tokens, a credential, and that it has it."""
    [address] = parse_qs(urlsplit(scanned).query)["credential_offer_uri"]
    offer = requests.get(address, timeout=10).json()
    with country.app.app_context():
        body = find_messages(recipient=country.cast("Minh").phone, limit=1)[0].body
    texted = re.search(r"\b\d{6}\b", body)
    assert texted is not None
    code = offer["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code, "tx_code": texted[0]}
    access = requests.post(f"{country.url}/oauth/token", data=form, timeout=10).json()["access_token"]
    nonce, key = requests.post(f"{country.url}/oauth/nonce", timeout=10).json()["c_nonce"], HeldKey.generate()
    claims = {"aud": country.url, "iat": int(time.time()), "nonce": nonce}
    proof = key.sign({"alg": "ES256", "typ": "openid4vci-proof+jwt", "jwk": key.jwk()}, claims)
    wanted = {"credential_configuration_id": offer["credential_configuration_ids"][1], "proofs": {"jwt": [proof]}}
    bearer = {"Authorization": f"Bearer {access}"}
    issued = requests.post(f"{country.url}/oauth/credentials", json=wanted, headers=bearer, timeout=10).json()
    told = {"notification_id": issued["notification_id"], "event": "credential_accepted"}
    assert requests.post(f"{country.url}/oauth/notifications", json=told, headers=bearer, timeout=10).status_code == 204


@pytest.mark.parametrize("paper", ["driving_licence", "identity"])
def test_a_paper_is_offered_by_a_code_that_a_wallet_reads_from_the_screen(
    visitor: Visitor, country: Country, paper: str
) -> None:
    sign_in(visitor, country, "Minh", to=f"/citizen/papers/{paper}/wallet")
    visitor.fill(passcode=country.cast("Minh").passcode)
    visitor.press("continue")
    scanned = scan(visitor)
    assert scanned.startswith("openid-credential-offer://?credential_offer_uri=")
    assert visitor.page.locator("[data-act=open-wallet]").get_attribute("href") == scanned
    take_offer(country, scanned)
    visitor.goto(f"/citizen/papers/{paper}/wallet")
    assert visitor.page.locator("table .tag.success").count() == 1
