"""Client libraries that are not ours ask a citizen on another device, and exchange tokens: openid-client, oauth4webapi (npm),
requests-oauth2client (PyPI)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from flask import Flask
from jwskate import Jwk
from requests_oauth2client import (
    AccessDenied,
    AuthorizationPending,
    ClientSecretBasic,
    ClientSecretJwt,
    ClientSecretPost,
    InvalidGrant,
    OAuth2Client,
    PrivateKeyJwt,
    SlowDown,
)

from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sign_in import begin_session_for
from eid.db import db
from eid.oauth.client_choices import ClientChoices
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.grant_types import CIBA, DEVICE_CODE, TOKEN_EXCHANGE, ExtraGrants
from eid.oauth.models import AuthMethod
from eid.oauth.token_exchange import ACCESS_TOKEN
from tests.accounts.test_devices import bind
from tests.authenticators import SoftwarePhone
from tests.engines import one_engine
from tests.flows.test_outside_clients import BACK, node, running
from tests.live import LiveServer
from tests.oauth.assertions import jwks_of, key_for, register_keyed
from tests.people import MINH
from tests.walker import Walker

__all__ = ["node"]

pytestmark = [pytest.mark.clients, one_engine]

SCOPE = "openid identity"
AGENCY = "https://insurance.example/api"
ALL = ExtraGrants((CIBA, DEVICE_CODE, TOKEN_EXCHANGE), "poll")


@dataclass
class Citizen:
    """At a phone, over HTTP, and in a browser; both at the running service."""

    url: str
    phone: SoftwarePhone
    secrets: dict[str, Any]

    def send(self, path: str, act: str, beside: dict[str, Any] | None = None, **claims: Any) -> Any:
        body = {"device": self.phone.device, "proof": self.phone.prove(act, **claims), **(beside or {})}
        answer = requests.post(f"{self.url}/api/v1/devices{path}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def answer_phone(self, number: str | None, message: str, choice: str = "approve") -> None:
        [asked] = self.send("/approvals", "list")["approvals"]
        assert (asked["asks"], asked["consent"]["message"]) == ("Outside", message)
        passcode = {"passcode": self.secrets["passcode"]}
        self.send("/answers", "answer", passcode, approval=asked["id"], answer=choice, number=number)

    def enter_code(self, link: str) -> None:
        """The code of the kiosk, at the pages: signed in first, then compared, then decided."""
        walker = Walker().open(f"{self.url}/citizen/sign-in?next=/device").walk(self.secrets)
        walker.open(link).press("continue")
        walker.press("approve", tick=("own",), passcode=self.secrets["passcode"])
        assert walker.status == 200, walker.text
        assert walker.address.endswith("/device/done")

    def agree(self, address: str) -> str:
        walker = Walker(stop_at=BACK).open(address).walk(self.secrets)
        assert walker.has_stopped, walker.text
        return walker.address


@pytest.fixture
def citizen(app: Flask, live_server: LiveServer, patient: dict[str, Any]) -> Citizen:
    with live_server.app.app_context():
        account = find_account(MINH["person_id"])
        session = begin_session_for(account.id, [Factor.PASSWORD, Factor.TOTP], act="begin_sign_in").session
        phone = bind(session)
        db.session.remove()
    return Citizen(live_server.url, phone, patient)


def register(**changes: Any) -> RegisteredClient:
    given = {
        "name": "Outside",
        "redirect_uris": [BACK],
        "scopes": ["openid", "identity", "offline_access"],
        "choices": ClientChoices(resources=(AGENCY,)),
        "grants": ALL,
    }
    registered = register_client(**given | changes)
    db.session.commit()
    return registered


def converse(node: str, script: str, task: dict[str, Any], answers: Callable[[dict[str, Any]], str]) -> dict[str, Any]:
    """What the script says last; each line before that is answered."""
    with running(node, script, task) as process:
        assert process.stdin and process.stdout and process.stderr
        while line := process.stdout.readline():
            said: dict[str, Any] = json.loads(line)
            if "atCounter" in said:
                return said
            process.stdin.write(answers(said) + "\n")
            process.stdin.flush()
        raise AssertionError(process.stderr.read())


def play_citizen(citizen: Citizen, message: str) -> Callable[[dict[str, Any]], str]:
    def answer(said: dict[str, Any]) -> str:
        if "asked" in said:
            citizen.answer_phone(said["asked"]["matching_number"], message)
        if "shown" in said:
            citizen.enter_code(said["shown"]["verification_uri_complete"])
        return citizen.agree(said["address"]) if "address" in said else "done"

    return answer


def test_openid_client_asks_on_other_devices_and_exchanges(
    app: Flask, live_server: LiveServer, node: str, citizen: Citizen
) -> None:
    """It verifies each ID token with our published keys, and polls by itself"""
    registered = register()
    task = {
        "issuer": live_server.url,
        "client_id": registered.client_id,
        "client_secret": registered.secret,
        "redirect_uri": BACK,
        "scope": SCOPE,
        "login_hint": MINH["pin"],
        "resource": AGENCY,
    }
    found = converse(node, "decoupled-openid-client.mjs", task, play_citizen(citizen, "QUAY-07"))
    assert (found["atCounter"]["amr"], found["atKiosk"]["amr"]) == (["swk", "pin", "mfa"], ["pwd", "otp", "mfa"])
    assert found["userinfo"]["pin"] == MINH["pin"]
    assert found["exchanged"]["issued_token_type"] == ACCESS_TOKEN
    assert (found["told"]["act"], found["told"]["aud"]) == ({"sub": registered.client_id}, [AGENCY])


def test_oauth4webapi_asks_with_signed_requests_and_bound_tokens(
    app: Flask, live_server: LiveServer, node: str, citizen: Citizen
) -> None:
    """Profile fapi2 on the back channel (FAPI-CIBA); a kiosk that keeps no secret in the device flow"""
    key = key_for("ES256")
    bank = register_keyed(name="Outside", grants=ExtraGrants((CIBA,), "poll"))
    kiosk = register(grants=ExtraGrants((DEVICE_CODE,)), auth_method=AuthMethod.NONE, redirect_uris=[])
    task = {
        "issuer": live_server.url,
        "client_id": bank.client_id,
        "kiosk_id": kiosk.client_id,
        "key": key.as_dict(private=True),
        "scope": SCOPE,
        "login_hint": MINH["pin"],
    }
    found = converse(node, "decoupled-oauth4webapi.mjs", task, play_citizen(citizen, "QUAY-08"))
    assert (found["pending"], found["token_type"]) == ("authorization_pending", "dpop")
    assert (found["atCounter"]["acr"], found["atKiosk"]["acr"]) == ("LoA2", "LoA2")


def discover(live_server: LiveServer, auth: Any) -> OAuth2Client:
    """A client of the metadata; of these addresses it reads all but the back channel's and the kiosk's by itself."""
    address = f"{live_server.url}/.well-known/openid-configuration"
    metadata = requests.get(address, timeout=30).json()
    unread = ("backchannel_authentication_endpoint", "device_authorization_endpoint")
    return OAuth2Client.from_discovery_endpoint(
        address,
        issuer=live_server.url,
        auth=auth,
        redirect_uri=BACK,
        id_token_signed_response_alg="ES256",
        testing=True,
        **{name: metadata[name] for name in unread},
    )


def keyed(method: AuthMethod, key: Any) -> dict[str, Any]:
    return {"auth_method": method, "keys": ClientKeys(jwks_of(key) if key else None)}


@pytest.mark.parametrize(
    "method",
    [AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST, AuthMethod.SECRET_JWT, AuthMethod.PRIVATE_KEY_JWT],
)
def test_requests_oauth2client_signs_a_citizen_in_by_every_method(
    app: Flask, live_server: LiveServer, citizen: Citizen, method: AuthMethod
) -> None:
    """Code with PKCE, pushed; refreshing, introspection, userinfo and revocation.

    Clients of JWTs have their tokens bound by DPoP, whose ID tokens the library's version 1.8 cannot validate: it loses the key.
    """
    key = key_for("ES256") if method is AuthMethod.PRIVATE_KEY_JWT else None
    registered = register(**keyed(method, key))
    secret = registered.secret or ""
    auth: Any = {
        AuthMethod.SECRET_BASIC: lambda: ClientSecretBasic(registered.client_id, secret),
        AuthMethod.SECRET_POST: lambda: ClientSecretPost(registered.client_id, secret),
        AuthMethod.SECRET_JWT: lambda: ClientSecretJwt(registered.client_id, secret),
        AuthMethod.PRIVATE_KEY_JWT: lambda: PrivateKeyJwt(
            registered.client_id, Jwk(key.as_dict(private=True)), alg="ES256"
        ),
    }[method]()
    client = discover(live_server, auth)
    is_bound = method in (AuthMethod.SECRET_JWT, AuthMethod.PRIVATE_KEY_JWT)
    asked = client.authorization_request(scope=f"{SCOPE} offline_access", dpop=is_bound)
    pushed = client.pushed_authorization_request(asked)
    back = asked.validate_callback(citizen.agree(str(pushed.uri)))
    tokens: Any = client.authorization_code(back, validate=not is_bound)
    assert tokens.token_type == ("DPoP" if is_bound else "Bearer")
    assert tokens.id_token.claims["iss"] == live_server.url
    assert client.userinfo(tokens)["pin"] == MINH["pin"]
    refreshed: Any = client.refresh_token(tokens)
    assert client.introspect_token(refreshed)["active"] is True
    assert client.revoke_access_token(refreshed)
    assert client.introspect_token(refreshed)["active"] is False


def test_requests_oauth2client_asks_on_other_devices_and_exchanges(
    app: Flask, live_server: LiveServer, citizen: Citizen
) -> None:
    registered = register()
    client = discover(live_server, (registered.client_id, registered.secret))
    asked: Any = client.backchannel_authentication_request(
        SCOPE, login_hint=MINH["pin"], binding_message="QUAY-09", requested_expiry=90
    )
    with pytest.raises(AuthorizationPending):
        client.ciba(asked)
    with pytest.raises(SlowDown):
        client.ciba(asked)
    citizen.answer_phone(asked.matching_number, "QUAY-09")
    at_counter: Any = client.ciba(asked)
    assert client.userinfo(at_counter)["pin"] == MINH["pin"]
    with pytest.raises(InvalidGrant):
        client.ciba(asked)
    refused = client.backchannel_authentication_request(SCOPE, login_hint=MINH["pin"], binding_message="QUAY-10")
    citizen.answer_phone(None, "QUAY-10", "refuse")
    with pytest.raises(AccessDenied):
        client.ciba(refused)
    shown: Any = client.authorize_device(scope=SCOPE)
    citizen.enter_code(shown.verification_uri_complete)
    at_kiosk: Any = client.device_code(shown)
    assert at_kiosk.id_token is not None
    request = client.authorization_request(scope=SCOPE, resource=AGENCY)
    own = client.authorization_code(request.validate_callback(citizen.agree(str(request.uri))))
    given: Any = client.token_exchange(
        subject_token=own.access_token, subject_token_type=ACCESS_TOKEN, resource=AGENCY, scope="identity"
    )
    assert given.issued_token_type == ACCESS_TOKEN
    assert client.introspect_token(given)["act"] == {"sub": registered.client_id}
