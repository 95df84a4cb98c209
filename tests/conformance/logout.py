"""A service that has signed a citizen in, as the logout plans of the OpenID Foundation's suite begin."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.logout.addresses import LogoutAddresses
from eid.web.session import COOKIE
from tests.oauth.conftest import BACK, Citizen, answer_at, redeem, request_of

RETURN = "https://clinic.example/post_logout_redirect"
BACKCHANNEL = "https://clinic.example/backchannel_logout"
FRONTCHANNEL = "https://clinic.example/frontchannel_logout"


@dataclass
class SignedInService:
    """A service with an ID token of the citizen who is signed in in this browser."""

    browser: FlaskClient
    registered: RegisteredClient
    id_token: str
    claims: dict[str, Any]

    def ask(self, **changes: str | None) -> TestResponse:
        """The browser at the end session endpoint with a good request, changed where a test says so."""
        good = {"id_token_hint": self.id_token, "post_logout_redirect_uri": RETURN, "state": "s-1"} | changes
        query = {name: value for name, value in good.items() if value is not None}
        return self.browser.get("/oauth/logout", query_string=query)

    def is_signed_in(self) -> bool:
        """Asked as the suite does: an authorization request with prompt=none succeeds, or says login_required."""
        answer = self.browser.get("/oauth/authorize", query_string=request_of(self.registered, prompt="none"))
        said = answer_at(answer)
        assert said.get("error") in (None, "login_required")
        return "code" in said


SignIn = Callable[..., SignedInService]


@pytest.fixture
def sign_in(client: FlaskClient, citizen: Citizen) -> SignIn:
    """Let the citizen sign in at a service with these logout addresses; the browser is signed in with us."""

    def sign_in(name: str = "Phòng khám Thử", **addresses: Any) -> SignedInService:
        scopes = ["openid", "identity", "phone"]
        registered = register_client(
            name=name,
            redirect_uris=[BACK],
            scopes=scopes,
            logout=LogoutAddresses(post_logout_redirect_uris=(RETURN,), **addresses),
        )
        record_consent(citizen.person_id, registered.client, asked=scopes, granted=scopes, now=wall_now())
        db.session.commit()
        client.set_cookie(COOKIE, citizen.new_session.token)
        code = answer_at(client.get("/oauth/authorize", query_string=request_of(registered)))["code"]
        id_token = redeem(client, registered, code).get_json()["id_token"]
        return SignedInService(client, registered, id_token, claims_of(id_token))

    return sign_in


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, its signature not looked at."""
    return dict(jwt_parts(token)[1])


def jwt_parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, its signature not looked at."""
    header, payload, _signature = token.split(".")
    first, second = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (header, payload))
    return first, second


def query_of(answer: TestResponse) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
