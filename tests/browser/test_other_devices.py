"""A counter asks the phone in the citizen's hand, and a kiosk's code is entered in a browser without scripts."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Browser

from eid.db import db
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.grant_types import CIBA, DEVICE_CODE, ExtraGrants
from tests.browser.country import Country, sign_in
from tests.browser.test_ways_in import phone_of
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SCOPE = "openid identity phone"


def register(country: Country, grants: ExtraGrants) -> RegisteredClient:
    with country.app.app_context():
        registered = register_client(
            name="Phòng khám Thử Nghiệm",
            purpose="Tiếp đón người bệnh",
            redirect_uris=[],
            scopes=["openid", "identity", "phone"],
            required_scopes=["openid", "identity"],
            grants=grants,
        )
        db.session.remove()
    return registered


def send(country: Country, registered: RegisteredClient, path: str, **form: str) -> dict[str, str]:
    proof = (registered.client_id, registered.secret or "")
    found: dict[str, str] = requests.post(country.url + path, data=form, auth=proof, timeout=30).json()
    return found


def test_a_counter_asks_the_phone_and_the_page(visitor: Visitor, chromium: Browser, country: Country) -> None:
    """On the phone something is unticked; on the page the next question is refused"""
    minh, counter = country.cast("Minh"), register(country, ExtraGrants((CIBA,), "poll"))
    ask = {"scope": SCOPE, "login_hint": minh.pin, "binding_message": "QUAY-07"}
    sign_in(visitor, country, "Minh", to="/citizen/security/")
    with phone_of(visitor, chromium, country) as phone:
        asked = send(country, counter, "/oauth/backchannel", **ask)
        phone.page.wait_for_selector("#asked li")
        phone.look()
        assert phone.reads("QUAY-07")
        phone.page.uncheck("#asked [data-part=things] input:not([disabled])")
        phone.page.fill("#asked [name=number]", asked["matching_number"])
        phone.page.fill("#asked [name=passcode]", str(minh.passcode))
        phone.page.click("#asked [data-act=approve]")
        phone.page.wait_for_selector("#nothing:not([hidden])")
        phone.look()
    tokens = send(country, counter, "/oauth/token", grant_type=CIBA, auth_req_id=asked["auth_req_id"])
    assert tokens["scope"] == "openid identity"
    asked = send(country, counter, "/oauth/backchannel", **ask)
    visitor.goto("/citizen/")
    visitor.follow("/citizen/confirmations")
    assert visitor.reads("QUAY-07")
    visitor.page.click("main .card a.button")
    visitor.look()
    visitor.press("report")
    told = send(country, counter, "/oauth/token", grant_type=CIBA, auth_req_id=asked["auth_req_id"])
    assert told["error"] == "access_denied"


def test_a_code_is_entered_without_scripts(plain_visitor: Visitor, country: Country) -> None:
    minh, kiosk = country.cast("Minh"), register(country, ExtraGrants((DEVICE_CODE,)))
    shown = send(country, kiosk, "/oauth/device", scope=SCOPE)
    sign_in(plain_visitor, country, "Minh")
    plain_visitor.goto(shown["verification_uri_complete"].removeprefix(country.url))
    plain_visitor.press("continue")
    plain_visitor.page.check("#own")
    plain_visitor.page.uncheck("#scope-phone")
    plain_visitor.fill(passcode=str(minh.passcode))
    plain_visitor.press("approve")
    assert plain_visitor.seen[-1] == "/device/done"
    tokens = send(country, kiosk, "/oauth/token", grant_type=DEVICE_CODE, device_code=shown["device_code"])
    assert tokens["scope"] == "openid identity"
