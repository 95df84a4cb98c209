"""A counter that asks a citizen's phone, a kiosk that shows a code, and the phone and browser that answer them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.sign_in import begin_session_for
from eid.db import db
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.grant_types import CIBA, DEVICE_CODE, ExtraGrants
from eid.scenarios.pages import find_form
from eid.web.session import COOKIE
from tests.accounts.test_devices import bind
from tests.authenticators import SoftwarePhone
from tests.oauth.conftest import Citizen
from tests.people import PASSCODE

SCOPE = "openid identity phone"
COUNTER = ExtraGrants((CIBA, DEVICE_CODE), "poll")


def register_counter(name: str = "Quầy Thử", grants: ExtraGrants = COUNTER, **changes: Any) -> RegisteredClient:
    """A service without a redirect address: it sends no browser anywhere."""
    given = {
        "name": name,
        "purpose": "Tiếp nhận người bệnh",
        "redirect_uris": [],
        "scopes": ["openid", "profile", "identity", "phone", "offline_access"],
        "required_scopes": ["openid", "identity"],
    }
    registered = register_client(grants=grants, **given | changes)
    db.session.commit()
    return registered


@dataclass
class Counter:
    """The asking side, by HTTP Basic."""

    app: Flask
    registered: RegisteredClient
    last: dict[str, Any] = field(default_factory=dict)

    @property
    def proof(self) -> tuple[str, str]:
        return self.registered.client_id, self.registered.secret or ""

    def send(self, path: str, **parameters: str | None) -> TestResponse:
        sent = {name: value for name, value in parameters.items() if value is not None}
        return self.app.test_client().post(path, data=sent, auth=self.proof)

    def ask(self, pin: str | None, **changes: str | None) -> TestResponse:
        """A backchannel authentication request."""
        return self.send("/oauth/backchannel", **{"login_hint": pin, "scope": SCOPE} | changes)

    def opened(self, pin: str | None, **changes: str | None) -> dict[str, Any]:
        """What a good one is answered."""
        answer = self.ask(pin, **changes)
        assert answer.status_code == 200, answer.text
        self.last = answer.get_json()
        return self.last

    def poll(self, **changes: str | None) -> TestResponse:
        return self.send("/oauth/token", **{"grant_type": CIBA, "auth_req_id": self.last.get("auth_req_id")} | changes)

    def show_code(self, **changes: str | None) -> dict[str, Any]:
        """What a kiosk gets to show."""
        answer = self.send("/oauth/device", **{"scope": SCOPE} | changes)
        assert answer.status_code == 200, answer.text
        self.last = answer.get_json()
        return self.last

    def poll_device(self, **changes: str | None) -> TestResponse:
        device_code = self.last.get("device_code")
        return self.send("/oauth/token", **{"grant_type": DEVICE_CODE, "device_code": device_code} | changes)


def error_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json().get("error", "")


@dataclass
class Phone:
    """A citizen's phone, over the API."""

    app: Flask
    signs: SoftwarePhone

    def send(self, path: str, act: str, beside: dict[str, Any] | None = None, **claims: Any) -> TestResponse:
        body = {"device": self.signs.device, "proof": self.signs.prove(act, **claims), **(beside or {})}
        return self.app.test_client().post(f"/api/v1/devices{path}", json=body)

    def asked(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.send("/approvals", "list").get_json()["approvals"]
        return found

    def answer(
        self, number: str | None, choice: str = "approve", passcode: str = PASSCODE, withheld: Any = None
    ) -> TestResponse:
        """The answer to the one thing that it is asked."""
        [asked] = self.asked()
        claims = {"approval": asked["id"], "answer": choice, "number": number, "withheld": withheld}
        return self.send("/answers", "answer", {"passcode": passcode}, **claims)


def give_phone(app: Flask, citizen: Citizen) -> Phone:
    session = begin_session_for(citizen.account.id, [Factor.PASSWORD, Factor.TOTP], act="begin_sign_in").session
    phone = Phone(app, bind(session))
    db.session.rollback()
    return phone


def browse(app: Flask, citizen: Citizen) -> FlaskClient:
    browser: FlaskClient = app.test_client()
    browser.set_cookie(COOKIE, citizen.new_session.token)
    return browser


def fill_in(
    browser: FlaskClient, page: TestResponse, act: str, untick: tuple[str, ...] = (), **fields: str
) -> TestResponse:
    """Send the form of a page as its citizen would, with these fields and without these ticks."""
    form, found = find_form(page.text, url=page.request.url, acts=(act,)) or (None, None)
    assert form is not None, page.text
    sent: dict[str, list[str]] = {}
    for name, value in form.fill(found, fields):
        if value not in untick:
            sent.setdefault(name, []).append(value)
    target = urlsplit(form.action)
    return browser.post(target.path, data=sent)
