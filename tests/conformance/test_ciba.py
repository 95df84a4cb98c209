"""The OpenID Foundation's plan fapi-ciba-id1-test-plan: plain_fapi, private_key_jwt, poll and ping.

Tokens are bound by DPoP, which the provider takes as it takes certificates; the modules about certificates use those.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.sign_in import begin_session_for
from eid.clock import wall_now
from eid.config import EXTENSION
from eid.db import db
from eid.errors import Unavailable
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import RegisteredClient
from eid.oauth.grant_types import CIBA, ExtraGrants
from eid.oauth.models import AuthMethod
from eid.oauth.notices.delivery import deliver_due
from eid.oauth.proofs import make_dpop_nonce
from tests.accounts.test_devices import bind
from tests.conformance.fapi2 import error_of
from tests.conformance.logout import claims_of
from tests.oauth import assertions
from tests.oauth.assertions import jwks_of, key_for, proof_of, register_keyed, sign
from tests.oauth.conftest import ISSUER
from tests.oauth.decoupled import Phone
from tests.oauth.notices import Receiver
from tests.oauth.proving import HeldKey
from tests.oauth.test_client_certificates import client_certificate, header_of, key_of
from tests.people import record_account_of, record_one

PIN = "979085000102"
POLL = ExtraGrants((CIBA,), "poll")
PING = ExtraGrants((CIBA,), "ping", "https://bank.example/ping")
SCOPE = "openid identity offline_access"


@dataclass
class Bank:
    """A client of profile fapi2 that signs what it asks, and the citizen's phone."""

    app: Flask
    registered: RegisteredClient
    phone: Phone
    key: HeldKey = field(default_factory=HeldKey.generate)
    last: dict[str, Any] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)
    """Parameters of each signed request."""

    @property
    def client_id(self) -> str:
        return self.registered.client_id

    def claims(self, **changes: Any) -> dict[str, Any]:
        """A good signed request, changed where a test says so; None leaves one out."""
        now = int(wall_now().timestamp())
        good = {
            "iss": self.client_id,
            "aud": ISSUER,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": f"jti-{now}-{len(self.last)}",
            "scope": SCOPE,
            "login_hint": PIN,
            **self.more,
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def send(self, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> TestResponse:
        return self.app.test_client().post(path, data=form, headers=headers)

    def ask(self, request: str | None = None, **changes: Any) -> TestResponse:
        signed = request or sign(self.claims(**changes))
        return self.send("/oauth/backchannel", {"request": signed} | proof_of(self.client_id))

    def opened(self, **changes: Any) -> dict[str, Any]:
        answer = self.ask(**changes)
        assert answer.status_code == 200, answer.text
        self.last = answer.get_json()
        return self.last

    def poll(self, proof: dict[str, str] | None = None, *, is_bound: bool = True) -> TestResponse:
        form = {"grant_type": CIBA, "auth_req_id": self.last["auth_req_id"]}
        shown = {"DPoP": self.key.prove("POST", ISSUER + "/oauth/token", nonce=make_dpop_nonce())} if is_bound else {}
        return self.send("/oauth/token", form | (proof or proof_of(self.client_id)), shown)

    def approve(self) -> None:
        assert self.phone.answer(self.last["matching_number"]).status_code == 200

    def tokens(self) -> dict[str, Any]:
        answer = self.poll()
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found


@pytest.fixture(scope="module")
def phone(fapi_app: Flask) -> Phone:
    person = record_one(person_id=102, pin=PIN, given_name="Minh")
    account = record_account_of(person.id)
    db.session.commit()
    session = begin_session_for(account.id, [Factor.PASSWORD, Factor.TOTP], act="begin_sign_in").session
    return Phone(fapi_app, bind(session))


def open_bank(app: Flask, phone: Phone, grants: ExtraGrants = POLL, **changes: Any) -> Bank:
    scopes = [*SCOPE.split(), "profile", "phone"]
    registered = register_keyed(scopes=scopes, redirect_uris=[], grants=grants, **changes)
    db.session.commit()
    return Bank(app, registered, phone)


@pytest.fixture
def bank(fapi_app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """How often a person may be asked is no matter here; what one module leaves waiting, the next does not meet."""
    monkeypatch.setattr("eid.oauth.decoupled.who_is_asked.MOST_OF_ALL", 10_000)
    yield open_bank(fapi_app, phone)
    for asked in phone.asked():
        phone.send("/answers", "answer", approval=asked["id"], answer="refuse", number=None)


@pytest.fixture
def ping_bank(bank: Bank) -> Bank:
    pinged = open_bank(bank.app, bank.phone, PING)
    pinged.more = {"client_notification_token": "its-own-token"}
    return pinged


def test_fapi_ciba_id1_discovery_end_point_verification(bank: Bank) -> None:
    """CIBA Core, section 4"""
    metadata = bank.app.test_client().get("/.well-known/openid-configuration").get_json()
    assert metadata["backchannel_authentication_endpoint"] == f"{ISSUER}/oauth/backchannel"
    assert metadata["backchannel_token_delivery_modes_supported"] == ["poll", "ping"]
    algorithms = metadata["backchannel_authentication_request_signing_alg_values_supported"]
    assert {"PS256", "ES256"} <= set(algorithms)
    assert "none" not in algorithms
    assert metadata["backchannel_user_code_parameter_supported"] is False
    assert CIBA in metadata["grant_types_supported"]


def test_fapi_ciba_id1(bank: Bank) -> None:
    """It is asked, waits, is approved, and gives tokens that are bound to the client's key"""
    opened = bank.opened()
    assert opened["expires_in"] > 0
    assert opened["interval"] <= 60
    assert len(opened["auth_req_id"]) >= 22, "CIBA Core, section 7.3: 128 bits and more"
    assert error_of(bank.poll()) == (400, "authorization_pending")
    bank.approve()
    answer = bank.poll()
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.get_json()
    assert (tokens["token_type"], "refresh_token" in tokens) == ("DPoP", True)
    claims = claims_of(tokens["id_token"])
    assert (claims["aud"], claims["iss"]) == (bank.client_id, ISSUER)
    assert claims["acr"] == "LoA2"


def test_fapi_ciba_id1_user_rejects_authentication(bank: Bank) -> None:
    """CIBA Core, section 11: access_denied"""
    bank.opened()
    bank.phone.answer(None, "refuse")
    assert error_of(bank.poll()) == (400, "access_denied")


def test_fapi_ciba_id1_multiple_call_to_token_endpoint(bank: Bank) -> None:
    """Who asks again at once is told to wait longer"""
    bank.opened()
    told = [error_of(bank.poll()) for _ in range(4)]
    assert told == [(400, "authorization_pending")] + [(400, "slow_down")] * 3


def test_fapi_ciba_id1_auth_req_id_expired(bank: Bank) -> None:
    """After thirty seconds that were asked for: expired_token"""
    assert bank.opened(requested_expiry=30)["expires_in"] == 30
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=31), tick=False):
        assert error_of(bank.poll()) == (400, "expired_token")


def test_fapi_ciba_id1_ensure_authorization_request_with_binding_message_succeeds(bank: Bank) -> None:
    """The phone shows it"""
    bank.opened(binding_message="1234")
    [asked] = bank.phone.asked()
    assert asked["consent"]["message"] == "1234"
    bank.approve()
    assert bank.tokens()["id_token"]


def test_fapi_ciba_id1_ensure_other_scope_order_succeeds(bank: Bank) -> None:
    bank.opened(scope=" ".join(reversed(SCOPE.split())))
    bank.approve()
    assert set(bank.tokens()["scope"].split()) == set(SCOPE.split())


def test_fapi_ciba_id1_ensure_requested_expiry_as_string_succeeds(bank: Bank) -> None:
    """A JSON string is as good as a number"""
    assert bank.opened(requested_expiry="30")["expires_in"] == 30
    bank.approve()
    assert bank.tokens()["access_token"]


def test_fapi_ciba_id1_ensure_authorization_request_with_potentially_bad_binding_message(bank: Bank) -> None:
    """Too long for a phone: invalid_binding_message"""
    bad = "1234 " + "áéíóú ☺ 你好 " * 12
    assert error_of(bank.ask(binding_message=bad)) == (400, "invalid_binding_message")


def assert_refused(answer: TestResponse) -> None:
    """CIBA Core, section 13: invalid_request, and nobody is asked"""
    assert error_of(answer) == (400, "invalid_request"), answer.text
    assert "\n" not in answer.get_json()["error_description"]


def at(minutes: int) -> int:
    return int((wall_now() + timedelta(minutes=minutes)).timestamp())


def test_fapi_ciba_id1_ensure_request_object_missing_aud_fails(bank: Bank) -> None:
    assert_refused(bank.ask(aud=None))


def test_fapi_ciba_id1_ensure_request_object_bad_aud_fails(bank: Bank) -> None:
    assert_refused(bank.ask(aud="https://evil.example"))


def test_fapi_ciba_id1_ensure_request_object_missing_iss_fails(bank: Bank) -> None:
    assert_refused(bank.ask(iss=None))


def test_fapi_ciba_id1_ensure_request_object_bad_iss_fails(bank: Bank) -> None:
    assert_refused(bank.ask(iss=f"{bank.client_id}1"))


def test_fapi_ciba_id1_ensure_request_object_missing_exp_fails(bank: Bank) -> None:
    assert_refused(bank.ask(exp=None))


def test_fapi_ciba_id1_ensure_request_object_expired_exp_fails(bank: Bank) -> None:
    assert_refused(bank.ask(exp=at(-5)))


def test_fapi_ciba_id1_ensure_request_object_exp_is_70_minutes_in_future_fails(bank: Bank) -> None:
    assert_refused(bank.ask(exp=at(70)))


def test_fapi_ciba_id1_ensure_request_object_missing_iat_fails(bank: Bank) -> None:
    assert_refused(bank.ask(iat=None))


def test_fapi_ciba_id1_ensure_request_object_missing_nbf_fails(bank: Bank) -> None:
    assert_refused(bank.ask(nbf=None))


def test_fapi_ciba_id1_ensure_request_object_nbf_is_10_minutes_in_future_fails(bank: Bank) -> None:
    assert_refused(bank.ask(nbf=at(10), exp=at(15)))


def test_fapi_ciba_id1_ensure_request_object_nbf_is_70_minutes_in_past_fails(bank: Bank) -> None:
    assert_refused(bank.ask(nbf=at(-70), exp=at(5)))


def test_fapi_ciba_id1_ensure_request_object_missing_jti_fails(bank: Bank) -> None:
    assert_refused(bank.ask(jti=None))


def test_fapi_ciba_id1_ensure_request_object_signature_algorithm_is_none_fails(bank: Bank) -> None:
    unsigned = HeldKey.generate().sign({"alg": "none"}, bank.claims())
    assert_refused(bank.ask(unsigned))


def test_fapi_ciba_id1_ensure_request_object_signature_algorithm_is_bad_fails(bank: Bank) -> None:
    """The last character of the signature is another"""
    good = sign(bank.claims())
    assert_refused(bank.ask(good[:-8] + ("AAAAAAAA" if good[-8:] != "AAAAAAAA" else "BBBBBBBB")))


def test_fapi_ciba_id1_ensure_request_object_signature_algorithm_is_rs256_fails(bank: Bank) -> None:
    assert_refused(bank.ask(sign(bank.claims(), alg="RS256")))


def test_fapi_ciba_id1_ensure_request_object_signed_by_other_client_fails(bank: Bank) -> None:
    assert_refused(bank.ask(sign(bank.claims(), key=key_for("ES256", 2))))


def test_fapi_ciba_id1_ensure_authorization_request_with_multiple_hints_fails(bank: Bank) -> None:
    assert_refused(bank.ask(id_token_hint="x.y.z"))


def test_fapi_ciba_id1_ensure_unsigned_backchannel_authorization_request_fails(bank: Bank) -> None:
    """FAPI-CIBA, section 5.2.2: signed requests alone; and nothing stands beside one"""
    plain = {"scope": SCOPE, "login_hint": PIN} | proof_of(bank.client_id)
    assert_refused(bank.send("/oauth/backchannel", plain))
    beside = {"request": sign(bank.claims()), "scope": SCOPE} | proof_of(bank.client_id)
    assert_refused(bank.send("/oauth/backchannel", beside))


def test_fapi_ciba_id1_ensure_wrong_auth_req_id_in_token_endpoint_request(bank: Bank) -> None:
    """Another client's: invalid_grant"""
    second = open_bank(bank.app, bank.phone)
    second.last = bank.opened()
    assert error_of(second.poll()) == (400, "invalid_grant")


def test_fapi_ciba_id1_ensure_without_client_assertion_in_token_endpoint_request(bank: Bank) -> None:
    bank.opened()
    assert error_of(bank.poll({"client_id": bank.client_id})) == (401, "invalid_client")


def test_fapi_ciba_id1_ensure_without_client_assertion_in_backchannel_authorization_request(bank: Bank) -> None:
    form = {"request": sign(bank.claims()), "client_id": bank.client_id}
    assert error_of(bank.send("/oauth/backchannel", form)) == (401, "invalid_client")


def test_fapi_ciba_id1_ensure_client_assertion_signature_algorithm_in_backchannel_authorization_request_is_rs256_fails(
    bank: Bank,
) -> None:
    form = {"request": sign(bank.claims())} | proof_of(bank.client_id, alg="RS256")
    assert error_of(bank.send("/oauth/backchannel", form)) == (401, "invalid_client")


def test_fapi_ciba_id1_ensure_client_assertion_signature_algorithm_in_token_endpoint_request_is_rs256_fails(
    bank: Bank,
) -> None:
    bank.opened()
    assert error_of(bank.poll(proof_of(bank.client_id, alg="RS256"))) == (401, "invalid_client")


def test_fapi_ciba_id1_ensure_client_assertion_with_iss_aud_to_token_endpoint_succeeds(bank: Bank) -> None:
    bank.opened()
    assert error_of(bank.poll(proof_of(bank.client_id, aud=ISSUER))) == (400, "authorization_pending")


def test_an_assertion_for_the_back_channel_names_its_address(fapi_app: Flask, bank: Bank) -> None:
    """CIBA Core, section 7.1: issuer, token endpoint or this address; profile fapi2 takes the issuer alone"""
    basic = register_keyed(assertions.Profile.BASIC, redirect_uris=[], grants=POLL)
    db.session.commit()
    form = {"scope": "openid", "login_hint": "979085000999"}
    for path in ("", "/oauth/token", "/oauth/backchannel"):
        proof = proof_of(basic.client_id, aud=ISSUER + path)
        assert bank.send("/oauth/backchannel", form | proof).status_code == 200
    proof = proof_of(basic.client_id, aud=ISSUER + "/oauth/par")
    assert error_of(bank.send("/oauth/backchannel", form | proof)) == (401, "invalid_client")


def test_fapi_ciba_id1_refresh_token(bank: Bank) -> None:
    """It is bound to the client, and gives tokens for its key"""
    bank.opened()
    bank.approve()
    tokens = bank.tokens()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    def prove(who: Bank) -> dict[str, str]:
        return {"DPoP": who.key.prove("POST", ISSUER + "/oauth/token", nonce=make_dpop_nonce())}

    second = open_bank(bank.app, bank.phone)
    stolen = second.send("/oauth/token", form | proof_of(second.client_id), prove(second))
    assert error_of(stolen) == (400, "invalid_grant")
    refreshed = bank.send("/oauth/token", form | proof_of(bank.client_id), prove(bank))
    assert refreshed.status_code == 200
    claims, before = claims_of(refreshed.get_json()["id_token"]), claims_of(tokens["id_token"])
    assert (claims["sub"], claims["auth_time"]) == (before["sub"], before["auth_time"])


# Certificates


@pytest.fixture
def behind_proxy(fapi_app: Flask) -> Iterator[None]:
    before = fapi_app.extensions[EXTENSION]
    fapi_app.extensions[EXTENSION] = replace(before, client_certificate_proxies=(ip_network("127.0.0.1/32"),))
    yield
    fapi_app.extensions[EXTENSION] = before


def open_certified(bank: Bank, name: str) -> tuple[Bank, dict[str, str]]:
    """A bank that proves itself by a certificate of its own key, and the header of a proxy that saw it."""
    pem = key_of(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    tls_key = ECKey.import_key(pem, {"kid": f"tls-{name}"})
    keys = ClientKeys(jwks_of(key_for("ES256"), tls_key))
    certified = open_bank(bank.app, bank.phone, auth_method=AuthMethod.SELF_SIGNED_TLS, keys=keys)
    shown = client_certificate(key=key_of(name), signer=name)
    return certified, {"Client-Cert": header_of(shown)}


def test_fapi_ciba_id1_ensure_mtls_holder_of_key_required(bank: Bank, behind_proxy: None) -> None:
    """Without a certificate no tokens; with it they are bound to it. What TLS itself refuses is before us"""
    bank.opened()
    bank.approve()
    assert error_of(bank.poll(is_bound=False)) == (400, "invalid_request")
    form = {"grant_type": CIBA, "auth_req_id": bank.last["auth_req_id"]} | proof_of(bank.client_id)
    own = {"Client-Cert": header_of(client_certificate())}
    tokens = bank.send("/oauth/token", form, own).get_json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    client = bank.app.test_client()
    assert client.get("/oauth/userinfo", headers=bearer).status_code == 401
    assert client.get("/oauth/userinfo", headers=bearer | own).status_code == 200


def test_fapi_ciba_id1_ensure_different_client_id_and_issuer_in_backchannel_authorization_request(
    bank: Bank, behind_proxy: None
) -> None:
    """The request is the first client's, client_id the second's, the certificate the first's: invalid_client"""
    first, shown = open_certified(bank, "bank")
    second, _ = open_certified(bank, "other")
    form = {"request": sign(first.claims()), "client_id": second.client_id}
    assert error_of(first.send("/oauth/backchannel", form, shown)) == (401, "invalid_client")


def test_fapi_ciba_id1_ensure_wrong_client_id_in_backchannel_authorization_request(
    bank: Bank, behind_proxy: None
) -> None:
    first, shown = open_certified(bank, "bank")
    second, _ = open_certified(bank, "other")
    form = {"request": sign(second.claims()), "client_id": second.client_id}
    assert error_of(first.send("/oauth/backchannel", form, shown)) == (401, "invalid_client")
    good = {"request": sign(first.claims()), "client_id": first.client_id}
    assert first.send("/oauth/backchannel", good, shown).status_code == 200


def test_fapi_ciba_id1_ensure_wrong_client_id_in_token_endpoint_request(bank: Bank, behind_proxy: None) -> None:
    first, shown = open_certified(bank, "bank")
    second, _ = open_certified(bank, "other")
    asked = {"request": sign(first.claims()), "client_id": first.client_id}
    handle = first.send("/oauth/backchannel", asked, shown).get_json()["auth_req_id"]
    form = {"grant_type": CIBA, "auth_req_id": handle, "client_id": second.client_id}
    assert error_of(first.send("/oauth/token", form, shown)) == (401, "invalid_client")


# Ping


def ping(bank: Bank, *statuses: int) -> Receiver:
    """The question is approved, and the client's address answers with these statuses, one delivery after the other."""
    bank.opened()
    bank.approve()
    receiver = Receiver(list(statuses))
    deliver_due(receiver)
    assert json.loads(receiver.received[0].body) == {"auth_req_id": bank.last["auth_req_id"]}
    assert receiver.received[0].authorization == "Bearer its-own-token"
    return receiver


def test_fapi_ciba_id1_ping_backchannel_notification_endpoint_response_has_body(ping_bank: Bank) -> None:
    """200 is as good as 204; what it says beside that is not looked at"""
    assert len(ping(ping_bank, 200).received) == 1
    assert ping_bank.tokens()["access_token"]


def test_fapi_ciba_id1_ping_backchannel_notification_endpoint_response_401(ping_bank: Bank) -> None:
    """The flow goes on by polling"""
    ping(ping_bank, 401)
    assert ping_bank.tokens()["access_token"]


def test_fapi_ciba_id1_ping_backchannel_notification_endpoint_response_403(ping_bank: Bank) -> None:
    """The flow goes on by polling"""
    ping(ping_bank, 403)
    assert ping_bank.tokens()["access_token"]


def test_fapi_ciba_id1_ping_with_mtls_ciba_notification_endpoint_response_401_and_require_server_does_not_retry(
    ping_bank: Bank,
) -> None:
    receiver = ping(ping_bank, 401, 204)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1), tick=False):
        assert deliver_due(receiver) == 0
    assert len(receiver.received) == 1


def test_fapi_ciba_id1_ping_backchannel_notification_endpoint_return_redirect_request(
    ping_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one way out follows no redirect (eid.fetching); the flow goes on by polling"""
    ping_bank.opened()
    ping_bank.approve()
    called: list[str] = []

    def redirect(url: str, *_: Any) -> int:
        called.append(url)
        raise Unavailable("fetch_redirected", "The address leads elsewhere, which is not followed.")

    deliver_due(redirect)
    assert called == [PING.backchannel_client_notification_endpoint]
    assert ping_bank.tokens()["access_token"]
