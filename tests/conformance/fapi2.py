"""A bank with keys of its own and a citizen who is signed in: FAPI 2.0 over HTTP, as the OpenID Foundation's suite plays it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.sessions import UsedFactor, record_session
from eid.clock import wall_now
from eid.db import db
from eid.oauth.client_choices import USUAL_CHOICES, ClientChoices
from eid.oauth.clients import RegisteredClient
from eid.oauth.consents import record_consent
from eid.oauth.proofs import make_dpop_nonce
from eid.web.session import COOKIE
from tests.conftest import Databases, make_settings, running_app
from tests.oauth.assertions import proof_of, register_keyed
from tests.oauth.conftest import BACK, ISSUER, VERIFIER, s256
from tests.oauth.proving import HeldKey
from tests.people import record_account_of, record_one

SCOPES = ["openid", "profile", "identity", "phone", "offline_access"]
SCOPE = "openid identity phone offline_access"


@dataclass
class Bank:
    """One client, its DPoP key, and the browser of a citizen who has consented."""

    app: Flask
    registered: RegisteredClient
    browser: FlaskClient
    person_id: int
    key: HeldKey = field(default_factory=HeldKey.generate)

    @property
    def client_id(self) -> str:
        return self.registered.client_id

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of a good authorization request, changed where a test says so; None leaves one out."""
        good: dict[str, str | None] = {
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": SCOPE,
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
            "state": "the-state",
            "nonce": "the-nonce",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def prove(
        self, path: str, *, method: str = "POST", key: HeldKey | None = None, nonce: bool = True, **changes: Any
    ) -> str:
        """A DPoP proof; with a nonce of ours unless a test says otherwise."""
        given = make_dpop_nonce() if nonce else None
        return (key or self.key).prove(method, ISSUER + path, nonce=given, **changes)

    def push(
        self, parameters: dict[str, str] | None = None, *, proof: str | None = None, **assertion: Any
    ) -> TestResponse:
        """`assertion` changes claims of the client assertion."""
        sent = (parameters or self.request()) | proof_of(self.client_id, **assertion)
        return self.app.test_client().post("/oauth/par", data=sent, headers={} if proof is None else {"DPoP": proof})

    def pushed(self, **changes: str | None) -> str:
        """The request_uri of a good request."""
        answer = self.push(self.request(**changes))
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["request_uri"])

    def send(self, request_uri: str, **more: str) -> TestResponse:
        """The citizen follows the bank to the authorization endpoint."""
        named = {"client_id": self.client_id, "request_uri": request_uri}
        return self.browser.get("/oauth/authorize", query_string=named | more)

    def code(self, **changes: str | None) -> str:
        return answer_of(self.send(self.pushed(**changes)))["code"]

    def redeem(self, code: str, *, proof: str | None = "", **changes: str | None) -> TestResponse:
        """By default with a good proof; None sends none."""
        good: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        return self.ask_tokens({n: v for n, v in (good | changes).items() if v is not None}, proof=proof)

    def refresh(self, token: str, *, proof: str | None = "") -> TestResponse:
        return self.ask_tokens({"grant_type": "refresh_token", "refresh_token": token}, proof=proof)

    def ask_tokens(self, parameters: dict[str, str], *, proof: str | None = "") -> TestResponse:
        shown = self.prove("/oauth/token") if proof == "" else proof
        return self.app.test_client().post(
            "/oauth/token",
            data=parameters | proof_of(self.client_id),
            headers={} if shown is None else {"DPoP": shown},
        )

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        answer = self.redeem(self.code(**changes))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def read(self, token: str, *, proof: str | None = "", scheme: str = "DPoP") -> TestResponse:
        """Userinfo, the protected resource that every client has."""
        shown = self.prove("/oauth/userinfo", method="GET", token=token) if proof == "" else proof
        headers = {"Authorization": f"{scheme} {token}", **({} if shown is None else {"DPoP": shown})}
        return self.app.test_client().get("/oauth/userinfo", headers=headers)


def answer_of(response: TestResponse) -> dict[str, str]:
    """The parameters that the bank gets at its redirect URI."""
    assert response.status_code == 303, response.text
    location = response.headers["Location"]
    assert location.startswith(BACK + "?"), location
    return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True, strict_parsing=True))


def error_of(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


@pytest.fixture(scope="module")
def fapi_app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all tests of a module, each of which has clients of its own or disturbs none."""
    folder: Path = tmp_path_factory.mktemp("fapi2")
    with databases.empty("sqlite", folder) as url, running_app(make_settings(folder / "state", url)) as app:
        yield app


@pytest.fixture(scope="module")
def bank(fapi_app: Flask) -> Bank:
    return open_bank(fapi_app)


def open_bank(app: Flask, number: int = 102, choices: ClientChoices = USUAL_CHOICES, **changes: Any) -> Bank:
    """A registered client of profile fapi2 and a consented citizen of this number; committed."""
    registered = register_keyed(scopes=SCOPES, choices=choices, **changes)
    person = record_one(person_id=number, pin=f"979085000{number:03}", given_name="Minh")
    account = record_account_of(person.id, phone=f"0100000{number:03}")
    used = [UsedFactor(factor, wall_now()) for factor in (Factor.PASSWORD, Factor.TOTP)]
    session = record_session(account, used, now=wall_now())
    asked = SCOPE.split()
    record_consent(person.id, registered.client, asked=asked, granted=asked, now=wall_now())
    person_id = person.id
    db.session.commit()
    browser = app.test_client()
    browser.set_cookie(COOKIE, session.token)
    return Bank(app, registered, browser, person_id)
