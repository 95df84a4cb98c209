"""The wallet in a browser, on a telephone: an offer is taken, a question is answered, and nobody can read its keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.clock import wall_now
from eid.db import db
from eid.demo.relying_services import WALLET_FILE, prepare_wallet
from eid.oauth.clients import register_client
from eid.oauth.offers.making import make_offer
from eid.outbox import find_messages
from eid.population.service import find_person
from eid.samples.wallet import WalletConfig, create_wallet
from tests.browser.conftest import PHONE
from tests.browser.country import Country, serving_clinic
from tests.browser.test_samples import look_at_sample
from tests.browser.visitor import Visitor
from tests.live import bound_listener, serving

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BOTH = ("health_insurance_sd_jwt", "driving_licence_mso_mdoc")
SPACE = "org.iso.18013.5.1"


@pytest.fixture
def wallet(country: Country) -> Iterator[str]:
    """Where the wallet is."""
    listener, url = bound_listener()
    prepare_wallet(country.settings.state_dir, issuer=country.url, wallet_url=url)
    config = WalletConfig.from_env(json.loads((country.settings.state_dir / WALLET_FILE).read_text()))
    with listener, serving(create_wallet(config), listener):
        yield url


def offer(country: Country) -> tuple[str, str]:
    """What Minh is offered, and the code that is texted to them."""
    with country.app.app_context():
        account = find_account(find_person(country.cast("Minh").pin).id)
        used = [UsedFactor(factor, wall_now()) for factor in (Factor.PASSWORD, Factor.TOTP)]
        session = record_session(account, used, now=wall_now()).session
        db.session.commit()
        made = make_offer(session, BOTH)
        found = re.search(r"\d{6}", find_messages()[0].body)
    assert found is not None
    return made.uri, found.group()


class Service:
    def __init__(self, country: Country) -> None:
        self.url = country.url
        with country.app.app_context():
            client = register_client(
                name="Phòng khám Thử",
                redirect_uris=["https://clinic.example/back"],
                purpose="Tiếp đón",
                own_scopes=["health_insurance", "driving_licence"],
            )
            form = {"grant_type": "client_credentials"}
            auth = (client.client_id, client.secret or "")
        token = requests.post(f"{self.url}/oauth/token", data=form, auth=auth, timeout=10).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def ask(self, **more: Any) -> dict[str, Any]:
        vct = f"{self.url}/api/v1/credential-types/health_insurance"
        insurance = {
            "id": "insurance",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": [vct]},
            "claims": [{"path": ["card_code"]}],
        }
        licence = {
            "id": "licence",
            "format": "mso_mdoc",
            "meta": {"doctype_value": f"{SPACE}.mDL"},
            "claims": [{"path": [SPACE, "document_number"]}],
        }
        body = {"query": {"credentials": [insurance, licence]}, **more}
        opened: dict[str, Any] = requests.post(
            f"{self.url}/api/v1/presentations", json=body, headers=self.headers, timeout=10
        ).json()
        return opened

    def read(self, opened: dict[str, Any]) -> dict[str, Any]:
        address = f"{self.url}/api/v1/presentations/{opened['id']}/result"
        found: dict[str, Any] = requests.post(address, json={}, headers=self.headers, timeout=10).json()
        return found


def paste(visitor: Visitor, text: str) -> None:
    visitor.page.fill("#text", text)
    visitor.page.click("[data-act=continue]")


def look_again(visitor: Visitor) -> None:
    """At a page that went on by script: letters that were exchanged since are no part of its weight."""
    visitor.page.evaluate("performance.clearResourceTimings()")
    look_at_sample(visitor)


def test_an_offer_is_taken_and_a_question_answered(chromium: Browser, country: Country, wallet: str) -> None:
    """Both formats; keys that the page itself cannot read; nothing that a strict content security policy forbids."""
    service, (uri, code) = Service(country), offer(country)
    with Visitor.arriving(chromium, country.url, width=PHONE, language="vi", friends=(wallet,)) as visitor:
        page = visitor.page
        page.goto(f"{wallet}/language/vi")
        look_at_sample(visitor)
        paste(visitor, uri)
        page.wait_for_selector("#offer:visible")
        look_again(visitor)
        page.fill("#tx_code", code)
        page.click("[data-act=take]")
        page.wait_for_selector("#link:visible")
        assert "Đã nhận vào ví." in page.inner_text("#told")
        assert page.locator("#papers li").count() == 2
        opened = service.ask()
        paste(visitor, opened["wallet_uri"])
        page.wait_for_selector("#question:visible")
        look_again(visitor)
        asked = page.inner_text("#question")
        assert "Phòng khám Thử" in asked and "Tiếp đón" in asked and "Mã thẻ" in asked and "DN479" in asked
        page.fill("#pin", "864209")
        page.click("[data-act=approve]")
        page.wait_for_selector("#link:visible")
        assert "Đã cho xem, và được chấp nhận." in page.inner_text("#told")
        found = service.read(opened)["credentials"]
        assert set(found["insurance"][0]["claims"]) == {"card_code"}
        assert set(found["licence"][0]["claims"][SPACE]) == {"document_number"}
        assert page.evaluate(EXTRACTABLE) == [False] * 8


EXTRACTABLE = """async () => {
    const { listKept } = await import('/static/store.js')
    return (await listKept()).map(kept => kept.key.privateKey.extractable)
}"""


def test_the_holder_may_say_no_and_other_digits_show_nothing(chromium: Browser, country: Country, wallet: str) -> None:
    service, (uri, code) = Service(country), offer(country)
    with Visitor.arriving(chromium, country.url, width=PHONE, language="en", friends=(wallet,)) as visitor:
        page = visitor.page
        page.goto(f"{wallet}/language/en")
        paste(visitor, service.ask()["wallet_uri"])
        expect(page.locator("#told")).to_contain_text("nothing in the wallet")
        page.goto(f"{wallet}/#{uri}")
        page.reload()
        page.wait_for_selector("#offer:visible")
        assert page.url == f"{wallet}/"
        page.fill("#tx_code", code)
        page.click("[data-act=take]")
        page.wait_for_selector("#link:visible")
        for digits, expected in (("111111", "accepted"), ("222222", "not the digits")):
            opened = service.ask()
            paste(visitor, opened["wallet_uri"])
            page.wait_for_selector("#question:visible")
            page.fill("#pin", digits)
            page.click("[data-act=approve]")
            expect(page.locator("#told")).to_contain_text(expected)
        page.click("[data-act=deny]")
        page.wait_for_selector("#link:visible")
        assert service.read(opened)["code"] == "presentation_declined"


def test_the_clinic_is_shown_an_insurance_card_and_the_wallet_leads_back(
    chromium: Browser, country: Country, wallet: str
) -> None:
    """One browser, two services: the counter's question, the wallet's page, and back to the visit."""
    uri, code = offer(country)
    with (
        serving_clinic(country, wallet) as clinic,
        Visitor.arriving(chromium, country.url, width=PHONE, language="vi", friends=(wallet, clinic.url)) as visitor,
    ):
        page = visitor.page
        page.goto(wallet)
        paste(visitor, uri)
        page.wait_for_selector("#offer:visible")
        page.fill("#tx_code", code)
        page.click("[data-act=take]")
        page.wait_for_selector("#link:visible")
        page.goto(f"{clinic.url}/language/vi")
        with page.expect_navigation():
            page.click("[data-act=wallet]")
        look_at_sample(visitor)
        visitor.press("ask-wallet")
        look_at_sample(visitor)
        page.goto(f"{clinic.url}/wallet")
        visitor.press("ask-wallet-here")
        look_at_sample(visitor)
        page.click("[data-act=sample-wallet]")
        page.wait_for_selector("#question:visible")
        page.fill("#pin", "864209")
        page.click("[data-act=approve]")
        page.click("#return")
        page.wait_for_url(f"{clinic.url}/visit")
        look_at_sample(visitor)
        assert page.inner_text("[data-claim=name]") == "Trần Văn Minh"
        assert page.inner_text("[data-claim=format]") == "dc+sd-jwt"


def test_letters_go_to_the_one_service_and_from_this_page_alone(wallet: str, country: Country) -> None:
    elsewhere = {"url": "https://elsewhere.example/", "method": "GET"}
    assert requests.post(f"{wallet}/letters", json=elsewhere, timeout=10).json()["status"] == 0
    beside = {"url": f"{country.url}.elsewhere.example/"}
    assert requests.post(f"{wallet}/letters", json=beside, timeout=10).json()["status"] == 0
    crossing = {"Sec-Fetch-Site": "cross-site"}
    there = {"url": f"{country.url}/healthz"}
    assert requests.post(f"{wallet}/letters", json=there, headers=crossing, timeout=10).status_code == 403
    assert requests.post(f"{wallet}/letters", json=there, timeout=10).json()["status"] == 200
