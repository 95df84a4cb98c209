"""A provider with one citizen and one service, shared by the tests of a file, and the way through it as the suite goes it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from eid.accounts.levels import AuthenticationLevel, Factor
from eid.accounts.models import Account
from eid.accounts.proofs import record_card_proof
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.app import create_app
from eid.cards.service import find_current_card, issue_card
from eid.clock import wall_now, world_now
from eid.db import db
from eid.oauth.clients import RegisteredClient, register_client
from eid.scenarios.pages import find_form
from eid.web.session import COOKIE
from tests.conftest import Databases, make_settings
from tests.oauth.conftest import BACK, ISSUER, answer_at, redemption_of, request_of
from tests.people import MINH, PASSCODE, PASSWORD, record_account_of, record_one


@dataclass
class Provider:
    app: Flask
    service: RegisteredClient
    pin: str
    person_id: int
    last: list[TestResponse] = field(default_factory=list)

    def open_browser(self) -> FlaskClient:
        """A browser in which nobody is signed in."""
        browser: FlaskClient = self.app.test_client()
        return browser

    def open_signed_in(self) -> FlaskClient:
        """A browser in which the citizen has signed in at this service, and agreed to all it asked for."""
        browser = self.open_browser()
        self.authorize(browser)
        return browser

    def open_strongly_signed_in(self) -> FlaskClient:
        """A browser in which the citizen has signed in at LoA2."""
        browser = self.open_browser()
        with self.app.app_context():
            used = [UsedFactor(factor, wall_now()) for factor in (Factor.PASSWORD, Factor.TOTP)]
            new = record_session(find_account(self.person_id), used, now=wall_now())
            browser.set_cookie(COOKIE, new.token)
            db.session.commit()
        return browser

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of a request as the suite makes it: without PKCE, but in the modules that are about it."""
        plain = {"scope": "openid", "code_challenge": None, "code_challenge_method": None}
        return request_of(self.service, **{**plain, **changes})

    def visit(self, browser: FlaskClient, address: str) -> TestResponse:
        """The page where a browser comes to rest: one of ours, or a redirect away from here."""
        answer = browser.get(address)
        while answer.status_code in (302, 303) and not answer.headers["Location"].startswith(BACK):
            answer = browser.get(urljoin(ISSUER, answer.headers["Location"]))
        self.last.append(answer)
        return answer

    def ask(self, browser: FlaskClient, **changes: str | None) -> TestResponse:
        """Where an authorization request leads at first."""
        return self.visit(browser, f"/oauth/authorize?{urlencode(self.request(**changes))}")

    def go_on(
        self, browser: FlaskClient, page: TestResponse, *, untick: Collection[tuple[str, str]] = ()
    ) -> TestResponse:
        """Sign in and agree, page by page, until the browser is sent back to the service; these ticks are taken away."""
        for _ in range(4):
            if page.status_code in (302, 303):
                return page
            here = page.request.url
            form, act = find_form(page.text, url=here, acts=("approve", "sign-in")) or pytest.fail(page.text)
            fields = {"passcode": PASSCODE} if act == "approve" else {"pin": self.pin, "password": PASSWORD}
            given: dict[str, list[str]] = {}
            for name, value in form.fill(act, fields):
                if (name, value) not in untick:
                    given.setdefault(name, []).append(value)
            target = urlsplit(form.action)
            answer = browser.post(f"{target.path}?{target.query}", data=given)
            assert answer.status_code == 303, answer.text
            location = answer.headers["Location"]
            page = answer if location.startswith(BACK) else self.visit(browser, urljoin(ISSUER, location))
        raise AssertionError(f"going in circles at {page.request.url}")

    def authorize(self, browser: FlaskClient, **changes: str | None) -> dict[str, str]:
        """The answer to an authorization request, after whatever the citizen has to do."""
        return answer_at(self.go_on(browser, self.ask(browser, **changes)))

    def redeem(self, code: str, **changes: str | None) -> TestResponse:
        """The token response, by client_secret_basic."""
        auth = (self.service.client_id, self.service.secret or "")
        form = redemption_of(code, **{"code_verifier": None, **changes})
        return self.open_browser().post("/oauth/token", data=form, auth=auth)

    def get_tokens(self, browser: FlaskClient | None = None, **changes: str | None) -> dict[str, Any]:
        """The tokens for an authorization request."""
        answer = self.redeem(self.authorize(browser or self.open_browser(), **changes)["code"])
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.get_json()
        return tokens

    def read_userinfo(self, token: str) -> TestResponse:
        return self.open_browser().get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})

    def get_claims(self, **changes: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        """What userinfo and the ID token say after an authorization request."""
        tokens = self.get_tokens(**changes)
        answer = self.read_userinfo(tokens["access_token"])
        assert answer.status_code == 200
        return answer.get_json(), self.verify_id_token(tokens["id_token"])

    def verify_id_token(self, token: str) -> dict[str, Any]:
        """The claims of an ID token whose signature holds under the published keys, for this client and from this issuer."""
        keys = KeySet.import_key_set(self.open_browser().get("/oauth/jwks.json").get_json())
        metadata = self.get_metadata()
        algorithms = metadata["id_token_signing_alg_values_supported"]
        claims: dict[str, Any] = json.loads(jws.deserialize_compact(token, keys, algorithms=algorithms).payload)
        assert (claims["iss"], claims["aud"]) == (metadata["issuer"], self.service.client_id)
        assert {"sub", "exp", "iat", "auth_time", "acr"} <= set(claims)
        assert claims["iat"] < claims["exp"]
        return claims

    def get_metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = self.open_browser().get("/.well-known/openid-configuration").get_json()
        return found


@pytest.fixture(scope="module")
def provider(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """No context of the application stands open meanwhile, so that browsers share nothing but the database."""
    folder = tmp_path_factory.mktemp("provider")
    (folder / "state").mkdir()
    with databases.empty("sqlite", folder) as url:
        app = create_app(make_settings(folder / "state", url))
        with app.app_context():
            person = record_one()
            account = record_account_of(person.id)
            db.session.commit()
            rest_on_card(account, person.pin)
            service = register_client(
                name="Phòng khám Thử",
                purpose="Tiếp nhận người bệnh",
                redirect_uris=[BACK],
                default_level=AuthenticationLevel.LOA1,
                requires_pkce=False,
            )
            db.session.refresh(service.client)
            db.session.expunge_all()
        yield Provider(app, service, MINH["pin"], MINH["person_id"])
        with app.app_context():
            db.engine.dispose()


def rest_on_card(account: Account, pin: str) -> None:
    """The account rests on a card of its holder, as after an activation."""
    issue_card(pin)
    record_card_proof(account, find_current_card(account.person_id).id, verified_at=world_now())
    account.email = "minh@mail.example"
    db.session.commit()


__all__ = ["ISSUER", "Provider", "provider"]
