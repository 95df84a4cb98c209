"""The scene of an attack: a citizen and an attacker with a browser each, an honest service and the attacker's own.

No context of the application stands open meanwhile, so browsers share nothing but the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.app import create_app
from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.logout.addresses import LogoutAddresses
from eid.oauth.models import ApplicationType, AuthMethod
from eid.oauth.proofs import make_dpop_nonce
from eid.web.session import COOKIE
from tests.conftest import Databases, lend_rsa_keys, make_settings
from tests.oauth.assertions import register_keyed
from tests.oauth.conftest import BACK, ISSUER, redemption_of, request_of
from tests.oauth.proving import HeldKey
from tests.people import record_account_of, record_one

EVIL_BACK = "https://evil.example/back"
NATIVE_BACK = "http://127.0.0.1/back"
SCOPES = ["openid", "profile", "identity", "phone", "offline_access"]
ASKED = ["openid", "identity", "phone", "offline_access"]
CITIZEN, ATTACKER = 102, 103


@dataclass(frozen=True)
class Scene:
    app: Flask
    honest: RegisteredClient
    """Proves itself by a secret."""
    evil: RegisteredClient
    """The attacker's own service, registered like any other."""
    native: RegisteredClient
    """Proves itself by nothing."""
    unchallenged: RegisteredClient
    """Was registered to do without PKCE."""
    bank: RegisteredClient
    """Of profile fapi2, with keys."""

    def open_browser(self, number: int | None = None) -> FlaskClient:
        """A browser of this person, signed in at LoA2; or one that nobody has used yet."""
        browser = self.app.test_client()
        if number is not None:
            with self.app.app_context():
                used = [UsedFactor(factor, wall_now()) for factor in (Factor.PASSWORD, Factor.TOTP)]
                browser.set_cookie(COOKIE, record_session(find_account(number), used, now=wall_now()).token)
                db.session.commit()
        return browser

    def ask(self, browser: FlaskClient, service: RegisteredClient, **changes: str | None) -> TestResponse:
        """Where an authorization request leads at first."""
        return browser.get("/oauth/authorize", query_string=self.request(service, **changes))

    def request(self, service: RegisteredClient, **changes: str | None) -> dict[str, str]:
        """The parameters of a good request of this service, changed where a test says so."""
        return request_of(service, **{"redirect_uri": back_of(service), "scope": " ".join(ASKED), **changes})

    def get_code(self, browser: FlaskClient, service: RegisteredClient, **changes: str | None) -> str:
        return answer_of(self.ask(browser, service, **changes))["code"]

    def redeem(
        self, code: str, service: RegisteredClient, *, headers: dict[str, str] | None = None, **changes: str | None
    ) -> TestResponse:
        """Whoever has this service's secret asks for the code's tokens."""
        form = redemption_of(code, **{"redirect_uri": back_of(service), **changes})
        return self.post("/oauth/token", form, service, headers)

    def post(
        self, path: str, form: dict[str, str], service: RegisteredClient | None, headers: dict[str, str] | None = None
    ) -> TestResponse:
        """A form by a program, which proves itself by the service's secret, or names it where it has none."""
        auth = (service.client_id, service.secret) if service and service.secret else None
        named = {"client_id": service.client_id} if service and not service.secret else {}
        return self.app.test_client().post(path, data=form | named, auth=auth, headers=headers or {})

    def get_tokens(self, browser: FlaskClient, service: RegisteredClient, **changes: str | None) -> dict[str, Any]:
        answer = self.redeem(self.get_code(browser, service, **changes), service)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def read(self, token: str, *, scheme: str = "Bearer", proof: str | None = None) -> TestResponse:
        """Userinfo, by whoever has the token."""
        shown = {} if proof is None else {"DPoP": proof}
        headers = {"Authorization": f"{scheme} {token}", **shown}
        return self.app.test_client().get("/oauth/userinfo", headers=headers)

    def prove(self, key: HeldKey, path: str, *, method: str = "POST", **changes: Any) -> str:
        """A DPoP proof with a fresh nonce of the service."""
        with self.app.app_context():
            return key.prove(method, ISSUER + path, nonce=make_dpop_nonce(), **changes)


@contextmanager
def playing(databases: Databases, kind: str, folder: Path, **changes: object) -> Iterator[Scene]:
    """The scene on a database of this kind; the citizen has consented to every service, the attacker to the same."""
    (folder / "state").mkdir()
    with databases.empty(kind, folder) as url:
        settings = make_settings(folder / "state", url, **changes)
        lend_rsa_keys(settings.keys_dir)
        app = create_app(settings)
        with app.app_context():
            services = _register_services()
            for number in (CITIZEN, ATTACKER):
                person = record_one(person_id=number, pin=f"979085000{number:03}", given_name="Minh")
                record_account_of(person.id, phone=f"0100000{number:03}")
                for service in services:
                    record_consent(person.id, service.client, asked=ASKED, granted=ASKED, now=wall_now())
            db.session.commit()
            for service in services:
                db.session.refresh(service.client)
            db.session.expunge_all()
        yield Scene(app, *services)
        with app.app_context():
            db.engine.dispose()


def _register_services() -> tuple[RegisteredClient, ...]:
    return (
        register_client(
            name="Phòng khám Thử",
            purpose="Tiếp nhận người bệnh",
            redirect_uris=[BACK],
            scopes=SCOPES,
            logout=LogoutAddresses(post_logout_redirect_uris=("https://clinic.example/",)),
        ),
        register_client(name="Kẻ gian", purpose="Trò chơi", redirect_uris=[EVIL_BACK], scopes=SCOPES),
        register_client(
            name="Ứng dụng Thử",
            purpose="Xem thông tin",
            redirect_uris=[NATIVE_BACK],
            scopes=SCOPES,
            auth_method=AuthMethod.NONE,
            application_type=ApplicationType.NATIVE,
        ),
        register_client(
            name="Máy cũ",
            purpose="Tiếp nhận",
            redirect_uris=["https://old.example/back"],
            scopes=SCOPES,
            requires_pkce=False,
        ),
        register_keyed(redirect_uris=["https://bank.example/back"], scopes=SCOPES),
    )


def back_of(service: RegisteredClient) -> str:
    return str(service.client.redirect_uris[0])


def answer_of(response: TestResponse) -> dict[str, str]:
    """What a redirect away from here tells, whomever it tells it; each parameter comes once."""
    assert response.status_code == 303, response.text
    pairs = parse_qsl(urlsplit(response.headers["Location"]).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def error_of(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


def form_token(page: TestResponse) -> str:
    """What proves that a form came from the page before."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]
